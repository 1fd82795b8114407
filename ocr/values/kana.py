"""Katakana: what is one sound, what the bank transfer format makes of it, and what two readings of one name agree on."""

import re
import unicodedata

from ocr.definition.form import KanaField
from ocr.values.parsed import Parsed
from ocr.values.width import narrow, widen_kana

_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_LONG = dict.fromkeys(map(ord, "-－−‐‑–—―─一"), "ー")
ALLOWED = frozenset(map(chr, range(ord("ァ"), ord("ヶ") + 1))) | frozenset("ー・ ")
BANK = (ALLOWED - frozenset("ァィゥェォッャュョヮヵヶヰヱー・")) | frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789().-/ "
)
_LEGAL_FORMS = {
    "カ": "カブシキガイシヤ",
    "ユ": "ユウゲンガイシヤ",
    "ド": "ゴウドウガイシヤ",
    "シ": "ゴウシガイシヤ",
    "メ": "ゴウメイガイシヤ",
    "イ": "イリヨウホウジン",
    "ザイ": "ザイダンホウジン",
    "シヤ": "シヤダンホウジン",
    "フク": "シヤカイフクシホウジン",
    "ガク": "ガツコウホウジン",
    "トクヒ": "トクテイヒエイリカツドウホウジン",
}
"""全銀協's abbreviations of legal forms (法人略語), written before or after a name with a bracket on the side of the name."""
_LEGAL_FORM = re.compile(
    rf"^(?:{'|'.join((*(rf'{short}[)）]' for short in _LEGAL_FORMS), *_LEGAL_FORMS.values()))})"
    rf"|(?:{'|'.join((*(rf'[(（]{short}[)）]?' for short in _LEGAL_FORMS), *_LEGAL_FORMS.values()))})$"
)
_PALATAL = frozenset("キシチニヒミリギジヂビピテデフヴウ")
_AFTER = {
    "ャ": _PALATAL,
    "ュ": _PALATAL,
    "ョ": _PALATAL,
    "ァ": frozenset("クグツフヴスウ"),
    "ィ": frozenset("ウクグスズツテデトドフヴ"),
    "ゥ": frozenset("トドテデフ"),
    "ェ": frozenset("イウクグシジスチツニヒフヴキギ"),
    "ォ": frozenset("ウクグスツフヴ"),
    "ヮ": frozenset("クグ"),
}
"""Small kana → what they can follow."""
_NOT_DOUBLED = frozenset("アイウエオナニヌネノマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー")
"""Never after ッ."""
_ALIKE = (
    "シツ",
    "ソン",
    "クワ",
    "ウワ",
    "クタ",
    "コユ",
    "ユヨ",
    "チテ",
    "ナメ",
    "ヌス",
    "ラウ",
    "ルレ",
    "アマ",
    "ノソ",
    "セヤ",
)
"""Katakana that hands write alike."""


def parse(field: KanaField, written: str, path: str) -> Parsed:
    """Katakana, or what the transfer format makes of it; characters that are neither are named and stay."""
    whole = katakana(written)
    value = for_bank(written) if field.bank else speakable(whole)
    allowed = BANK if field.bank else ALLOWED
    foreign = "".join(dict.fromkeys(character for character in value if character not in allowed))
    if not any(map(str.isalnum, value.replace("ー", ""))):
        foreign = value  # a stroke or a dot: nobody is called ー
    changed = 0 if field.bank else sum(one != other for one, other in zip(whole, value, strict=True))
    parsed = Parsed(value, signs={"script_changed": float(changed)} if changed else {})
    return parsed.failed(path, "kana-foreign", characters=foreign) if foreign else parsed


def speakable(kana: str) -> str:
    """Small kana that nobody can say where they stand, as large: マュミ → マユミ, マッモト → マツモト. Sizes look alike on paper."""
    out = list(kana)
    for place, character in enumerate(kana):
        before = kana[place - 1] if place else ""
        after = kana[place + 1 : place + 2]
        if character == "ッ":
            wrong = not before.strip() or not after.strip() or after in _NOT_DOUBLED
        else:
            wrong = character in _AFTER and before not in _AFTER[character]
        if wrong:
            out[place] = large(character)
    return "".join(out)


def katakana(text: str) -> str:
    """Hiragana and half-width kana → full-width katakana; every dash → ー; single blanks, none at the ends."""
    kana = widen_kana(text).translate(_TO_KATAKANA).translate(_LONG)
    return " ".join(kana.replace("･", "・").split())


def large(kana: str) -> str:
    """Small kana → large."""
    return kana.translate(_SMALL)


def for_bank(text: str) -> str:
    """As the transfer format (全銀協 規定フォーマット) writes it: large kana, capitals, - for the long mark, . for the middle dot."""
    return (
        large(katakana(narrow(text).upper()))
        .replace("ー", "-")
        .replace("・", ".")
        .replace("ヰ", "イ")
        .replace("ヱ", "エ")
    )


def sound(kana: str) -> str:
    """The key of a reading: no blanks, no dots, no legal form of a company (カ), カブシキガイシャ); small kana as large."""
    key = large("".join(katakana(narrow(kana)).split())).replace("・", "").replace(".", "").replace("ヲ", "オ")
    bare = _LEGAL_FORM.sub("", key)
    return bare or key


def alike(one: str, other: str) -> bool:
    """Whether two kana differ by size or by voicing marks only, or are of one shape in handwriting."""
    bare = [unicodedata.normalize("NFD", large(each))[:1] for each in (one, other)]
    return bare[0] == bare[1] or any(one in pair and other in pair for pair in _ALIKE)
