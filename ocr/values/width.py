"""Full and half width, by our own small tables: NFKC would also change kanji, and a name must keep the ones it has."""

_ASCII = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {
    0x3000: " ",
    0x00A0: " ",
    0xFFE5: "¥",
    0x5C: "¥",
    0xFF3C: "¥",
}

_HALF = "ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ｡｢｣､･"
_FULL = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン。「」、・"
_KANA = dict(zip(_HALF, _FULL, strict=True))
_VOICED = dict(
    zip("ウカキクケコサシスセソタチツテトハヒフヘホ", "ヴガギグゲゴザジズゼゾダヂヅデドバビブベボ", strict=True)
)
_HALF_VOICED = dict(zip("ハヒフヘホ", "パピプペポ", strict=True))
_MARKS = {mark: table for marks, table in (("ﾞ゛\u3099", _VOICED), ("ﾟ゜\u309a", _HALF_VOICED)) for mark in marks}

HYPHENS = "-－−‐‑–—―─ーｰ一"
"""What a hyphen on paper comes out as."""


def narrow(text: str) -> str:
    """Full-width letters, digits and signs → ASCII, one for one; the yen sign in any form → ¥. Kana and kanji stay."""
    return text.translate(_ASCII)


def widen_kana(text: str) -> str:
    """Half-width katakana → full-width; a voicing mark of its own joins the kana before it."""
    out: list[str] = []
    for character in text:
        joined = _MARKS.get(character, {}).get(out[-1]) if out else None
        if joined:
            out[-1] = joined
        else:
            out.append(_KANA.get(character, character))
    return "".join(out)


def hyphenate(text: str) -> str:
    """Every dash, long mark and 一 → ASCII hyphen: for numbers only, where none of them is a letter."""
    return text.translate(dict.fromkeys(map(ord, HYPHENS), "-"))
