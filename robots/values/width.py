"""Full and half width, by tables of our own: NFKC would also change kanji, and a name keeps those it has (X22)."""

_ASCII = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: " ", 0xA0: " ", 0xFFE5: "¥", 0xFF3C: "\\"}

_FULL = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜"
_HALF = "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"
_VOICED = dict(
    zip("ガギグゲゴザジズゼゾダヂヅデドバビブベボヴ", "カキクケコサシスセソタチツテトハヒフヘホウ", strict=True)
)
_HALF_VOICED = dict(zip("パピプペポ", "ハヒフヘホ", strict=True))
_KANA = dict(zip(_FULL, _HALF, strict=True))
_TO_HALF = (
    {ord(full): half for full, half in _KANA.items()}
    | {ord(full): _KANA[bare] + "ﾞ" for full, bare in _VOICED.items()}
    | {ord(full): _KANA[bare] + "ﾟ" for full, bare in _HALF_VOICED.items()}
    | {0x3099: "ﾞ", 0x309A: "ﾟ"}
)
_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_DASHES = dict.fromkeys(map(ord, "－−‐‑‒–—―─ーｰ一"), "-")


def narrow(text: str) -> str:
    """Full-width letters, digits, signs and blanks → ASCII, one for one; the full-width yen sign → ¥. Kana and kanji stay."""
    return text if text.isascii() else text.translate(_ASCII)


def half_kana(text: str) -> str:
    """Hiragana and full-width katakana → half-width katakana, voicing marks apart."""
    return text.translate(_TO_KATAKANA).translate(_TO_HALF)


def hyphened(text: str) -> str:
    """Every dash, long mark and 一 → ASCII hyphen: where none of them is a letter."""
    return text.translate(_DASHES)
