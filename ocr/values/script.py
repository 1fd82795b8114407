"""One shape, two scripts: which one is meant is told by the neighbours. For free writing and addresses, never for names.

Recognisers give エ for 工, 一 for ー and so on by chance, because on paper there is no difference.
"""

from collections.abc import Callable

_KATAKANA = dict(zip("工力二口夕卜八才千", "エカニロタトハオチ", strict=True))
_KANJI = {kana: kanji for kanji, kana in _KATAKANA.items() if kanji != "卜"}
_HIRAGANA = dict(zip("リヘベペ", "りへべぺ", strict=True))
_FROM_HIRAGANA = {hiragana: katakana for katakana, hiragana in _HIRAGANA.items()}
_DASHES = "ー一-－−‐―─"
_LETTERS = frozenset([*_KATAKANA, *_KATAKANA.values(), *_HIRAGANA, *_FROM_HIRAGANA])

_STARTS_NO_WORD = frozenset("力工夕卜")
"""Kanji after which no katakana follows at the start of a word (力メラ, 工アコン); 口コミ and 二トン are words."""
_ENDS_NO_WORD = frozenset("口卜夕")
"""Kanji that end no word of katakana (ポス卜, デー夕); タイル工, アルバイト力 and チーム二 may be words."""
_BEGINS_NO_WORD = frozenset("ァィゥェォッャュョヮー")
"""二ュース, 口ーン: what stands before these belongs to their word."""
_COUNTED_BY_KA = frozenset("月所国年条村町箇寺")
"""3カ月, 二カ所: カ before these is the counter, not 力."""


def by_neighbours(text: str) -> str:
    """`text` with each doubtful shape in the script that its neighbours have. Where they disagree it stays as it was read."""
    letters = [_letter(text, place) if character in _LETTERS else character for place, character in enumerate(text)]
    # Dashes come second: whether カ一ド begins with a katakana or with 力 is known by then.
    return "".join(_dash(letters, place) if each in _DASHES else each for place, each in enumerate(letters))


def _letter(text: str, place: int) -> str:
    character = text[place]
    before, after = _side(text, place, -1), _side(text, place, 1)
    if character in _FROM_HIRAGANA or character in _HIRAGANA:
        return _round(character, before, after)
    if character in _KATAKANA:
        between = before == after == "katakana"
        begins = before == "" and after == "katakana" and character in _STARTS_NO_WORD
        ends = after == "" and before == "katakana" and character in _ENDS_NO_WORD
        carried = after == "katakana" and text[place + 1] in _BEGINS_NO_WORD
        return _KATAKANA[character] if between or begins or ends or carried else character
    return _square(text, place, before, after)


def _round(character: str, before: str, after: str) -> str:
    """り and へ are written alike in both scripts: クりーム is katakana, あリがとう hiragana, 東ヘ a particle after kanji."""
    sides = {before, after}
    if "katakana" in sides and sides <= {"katakana", ""}:
        return _FROM_HIRAGANA.get(character, character)
    particle = character in "ヘベペ" and before == "kanji" and after != "katakana"
    if particle or ("hiragana" in sides and "katakana" not in sides) or before == after == "kanji":
        return _HIRAGANA.get(character, character)
    return character


def _square(text: str, place: int, before: str, after: str) -> str:
    """エ事 → 工事, 窓ロ → 窓口: one katakana alone among kanji is a kanji."""
    character = text[place]
    counter = character == "カ" and text[place + 1 : place + 2] in _COUNTED_BY_KA
    alone = "kanji" in (before, after) and "katakana" not in (before, after)
    return _KANJI.get(character, character) if alone and not counter else character


def _dash(text: list[str], place: int) -> str:
    """1ー2 → 1-2, カ一ド → カード, ー般 → 一般: digits want a hyphen, katakana has no kanji one inside, no word begins with ー."""
    character = text[place]
    before, after = _beside(text, place, -1), _beside(text, place, 1)
    if before == after == "digit":
        return "-"
    if before == "katakana" and (after == "katakana" or (after == "" and character != "-")):
        return "ー"
    if character == "ー" and before == "" and after == "kanji":
        return "一"
    return character


def _side(text: str, place: int, step: int) -> str:
    """Script of the nearest neighbour that is sure of its own, '' at the end of a word. Doubtful shapes between are looked through."""
    place += step
    while 0 <= place < len(text) and (text[place] in _LETTERS or text[place] in _DASHES):
        place += step
    return _script(text[place]) if 0 <= place < len(text) else ""


def _beside(text: list[str], place: int, step: int) -> str:
    """Script of the nearest neighbour that is no dash."""
    place += step
    while 0 <= place < len(text) and text[place] in _DASHES:
        place += step
    return _script(text[place]) if 0 <= place < len(text) else ""


def _script(character: str) -> str:
    return next((name for name, holds in _SCRIPTS if holds(character)), "")


_SCRIPTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("katakana", lambda each: "ァ" <= each <= "ヺ" or "ｦ" <= each <= "ﾟ"),
    ("hiragana", lambda each: "ぁ" <= each <= "ゖ"),
    ("digit", lambda each: each in "0123456789０１２３４５６７８９"),
    (
        "kanji",
        lambda each: (
            "一" <= each <= "鿿" or "豈" <= each <= "﫿" or each in "々〆" or "\U00020000" <= each <= "\U0003fffd"
        ),
    ),
)
