"""How often a glossary's terms stand in a text, whatever of their usual spellings the model chose."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from transcribe.transcript import Hit, Segment, Transcript
from transcribe.words.terms import Term

# Old and personal forms of kanji in names; a model writes the usual one.
_USUAL = str.maketrans(
    "髙﨑嵜邉邊齋齊濱濵澤櫻國廣冨嶋嶌瀨德眞惠靜榮會縣學與壽龍瀧條圓實藏豐彌曾峯岡槇",
    "高崎崎辺辺斎斎浜浜沢桜国広富島島瀬徳真恵静栄会県学与寿竜滝条円実蔵豊弥曽峰岡槙",
)
_LOOSE = frozenset(" 　・=＝-‐")
"""Signs that one writes inside a name and another leaves out."""


def hits(segments: Iterable[Segment], terms: Sequence[Term]) -> tuple[Hit, ...]:
    """Terms that occur, in the order given, with their number. Inside a longer term a shorter one is not counted."""
    spelt: dict[str, str] = {}
    for term in terms:
        if folded := fold(term.text):
            spelt.setdefault(folded, term.text)
    by_first: defaultdict[str, list[str]] = defaultdict(list)
    for folded in sorted(spelt, key=len, reverse=True):
        by_first[folded[0]].append(folded)
    counts: Counter[str] = Counter()
    for segment in segments:
        text, at = fold(segment.text), 0
        while at < len(text):
            found = next((one for one in by_first.get(text[at], ()) if _stands(one, text, at)), "")
            if found:
                counts[spelt[found]] += 1
            at += len(found) or 1
    return tuple(Hit(term, counts[term]) for term in dict.fromkeys(spelt.values()) if counts[term])


def recounted(transcript: Transcript) -> Transcript:
    """A joined transcript whose hits are those of its own text: where stretches overlap, each of them counted what both heard."""
    terms = [Term(hit.term) for hit in transcript.hits]
    return replace(transcript, hits=hits(transcript.segments, terms)) if terms else transcript


def fold(text: str) -> str:
    """One spelling for all that mean the same: width, case, old forms of kanji, signs inside names."""
    plain = unicodedata.normalize("NFKC", text).translate(_USUAL).casefold()
    # A blank between Latin words is what tells them apart.
    return "".join(
        sign
        for at, sign in enumerate(plain)
        if sign not in _LOOSE or (_latin(plain[at - 1 : at]) and _latin(plain[at + 1 : at + 2]))
    )


def _stands(term: str, text: str, at: int) -> bool:
    """Whether the term begins there and no Latin word or number goes on beyond its ends: `DX` is not in `DXF`.

    Japanese has no ends of words to look for.
    """
    if not text.startswith(term, at):
        return False
    before, after = text[at - 1 : at], text[at + len(term) : at + len(term) + 1]
    return not (_latin(before) and _latin(term[0])) and not (_latin(after) and _latin(term[-1]))


def _latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
