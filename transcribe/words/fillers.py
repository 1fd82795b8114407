"""Sounds that fill a pause (えー, あのー, um): marked in the record, left out of the minutes where that is asked for.

Only what cannot be anything else is marked. 「あの件」「その後」「まあまあ」「ええ、そうです」 stay, and so does 「はあ」.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from transcribe.segment import Segment
from transcribe.words.places import Change, changed, places

_PAUSE = "、，,。．.!?！？…"
_ALONE = rf"(?:^|(?<=[{_PAUSE}\s「『（(])){{}}(?=[、，,…])"
"""Between two pauses only: the same sounds are words elsewhere, also at the end of an utterance that another one continues."""

# Before a drawn vowel these belong to a word: へえー, いえー, さあー, まあー, ねえー; すげえー; 考えー, 踏まえー, 聞こえー.
_BEFORE_E = (
    "へねえいまげけせぜべめれぼこ考教答替換変代加与超越終迎備揃抱支見燃冷植据添整伝捉覚憶鍛訴抑押数例構控堪耐絶栄"
    "消増生映肥飢震応従違唱称交甘蓄貯聞衰萎凍携煮吠怯脅踏"
)
_JAPANESE = re.compile(
    "|".join(
        (
            # The と of えーと, unless a word that begins with it follows: えーとても. With a question mark it is astonishment.
            rf"(?<![{_BEFORE_E}])え(?:ええ+)?ー[ーえ]*+(?![?？!！])(?:っと[ーお]*|と(?!ても|って|にかく|ころ|き|もに|り|なり|く|お|い[うっ]|し[てた]|か|う)ー*)?(?:ですね(?=[、，,]))?",
            r"ええっ?とー*(?=[、，,。\s]|$|です)(?:ですね(?=[、，,]))?",
            rf"(?<![{_BEFORE_E}])えっとー*(?=[、，,。\s]|$|です)(?:ですね(?=[、，,]))?",
            r"(?<![ぁ-んー])あー[ーあ]*+(?![ぁ-んァ-ヶ?？!！])",
            r"あの(?:ー+|う(?=[、，,…\s]))(?:ですね(?=[、，,]))?",
            r"その(?:ー+|う(?=[、，,…\s]))(?:ですね(?=[、，,]))?",
            r"(?<![ぁ-んー])(?:うー*ん+|うー+|んー+)とー*(?=[、，,。\s]|$)",
            r"(?<![ぁ-んァ-ヶー])(?:うー+ん*|んー+)(?=[、，,…。\s]|$)",
            _ALONE.format(r"(?:あの|その|まあ|まー+|ま)"),
        )
    )
)
# 10 mm is a length.
_ENGLISH = re.compile(r"(?<![\w'-])(?:[Uu]m+|[Uu]h+|[Ee]rm*|[Hh]mm+|(?<!\d\s)[Mm]m+)(?![\w'-])")
_BY_LANGUAGE = {"ja": _JAPANESE, "en": _ENGLISH}


def spoken_fillers(text: str, language: str = "ja") -> list[tuple[int, int]]:
    """Begin and end of each filler, punctuation not counted."""
    pattern = _BY_LANGUAGE.get(language)
    return [one.span() for one in pattern.finditer(text)] if pattern else []


def marked(segments: Iterable[Segment], language: str = "ja") -> tuple[Segment, ...]:
    """The segments, each word that is filler and nothing else marked as such."""
    return tuple(_marked(segment, language) for segment in segments)


def _marked(segment: Segment, language: str) -> Segment:
    found = spoken_fillers(segment.text, language)
    known = places(segment)
    if not found or not known:
        return segment
    words = []
    for word, (begin, _) in zip(segment.words, known, strict=True):
        bare = begin + len(word.text.rstrip(_PAUSE))
        words.append(replace(word, filler=any(start <= begin < bare <= stop for start, stop in found)))
    return replace(segment, words=tuple(words))


def without_fillers(segment: Segment, language: str = "ja") -> Segment:
    """The segment without them and without the commas that set them off; its text may be empty then."""
    return changed(segment, [*_removals(segment.text, spoken_fillers(segment.text, language))])


def _removals(text: str, found: list[tuple[int, int]]) -> Iterator[Change]:
    """Neighbouring fillers go together, with the comma or the blank behind them."""
    at = 0
    while at < len(found):
        begin, end = found[at]
        end = _behind(text, end)
        while at + 1 < len(found) and found[at + 1][0] == end:
            at += 1
            end = _behind(text, found[at][1])
        at += 1
        before, after = text[:begin].rstrip(), text[end : end + 1]
        if after in {"。", "．", "."} and (not before or before[-1] in _PAUSE):
            # 「…です、えー。」 keeps its full stop, a filler that was a sentence of its own takes it along.
            if before and before[-1] in "、，,":
                begin = len(before) - 1
            else:
                end = len(text) - len(text[end + 1 :].lstrip())
        yield Change(begin, end)


def _behind(text: str, end: int) -> int:
    tail = text[end:]
    return end + len(tail) - len(re.sub(r"^\s*[、，,…]*\s*", "", tail))
