"""Terms as the text before a clip, as many as its prompt has room for."""

import math
import re
from collections.abc import Callable, Sequence

from transcribe.certificate import Note
from transcribe.words.terms import Term

SEPARATOR = "、"
_WIDE_BLANK = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_PROMPT_MOST = (
    223  # a Whisper model was trained with at most half its 448 tokens before the clip, less the sign that opens them
)
_ALL_TOKENS = 448
_SIGNS = 8  # language, task, marks and the like around the text
_TOKENS_PER_SECOND = 10  # fast speech with its time marks
_LEAST_MORE = 2  # what parts one term from the next, and a term of one sign


def prompt_room(window_seconds: float) -> int:
    """Tokens that hotwords may take so that what is said in a full window still fits behind them."""
    return max(0, min(_PROMPT_MOST, _ALL_TOKENS - _SIGNS - math.ceil(window_seconds * _TOKENS_PER_SECOND)))


def offered(terms: Sequence[Term], room_tokens: int, count_tokens: Callable[[str], int]) -> tuple[Term, ...]:
    """The most useful terms that fit together; one that is too long leaves its place to the next.

    `terms` come most useful first (the glossary's choice orders them); terms of one spelling count once.
    """
    taken: list[Term] = []
    seen: set[str] = set()
    text = ""
    for term in terms:
        if text and count_tokens(text) + _LEAST_MORE > room_tokens:
            break
        spoken = as_spoken(term.text)
        longer = f"{text}{SEPARATOR}{spoken}" if text else spoken
        if spoken and spoken not in seen and count_tokens(longer) <= room_tokens:
            seen.add(spoken)
            taken.append(term)
            text = longer
    return tuple(taken)


def hotwords(terms: Sequence[Term], room_tokens: int, count_tokens: Callable[[str], int]) -> str:
    """Those terms as one text."""
    return SEPARATOR.join(as_spoken(term.text) for term in offered(terms, room_tokens, count_tokens))


def as_spoken(text: str) -> str:
    """As a model writes it: without the blank that rosters put between names, with that between Latin words."""
    return _WIDE_BLANK.sub("", text.strip())


def glossary_notes(terms: Sequence[Term], text: str) -> tuple[Note, ...]:
    """What a reader should know of how many terms the model was told in `text`."""
    if not terms:
        return ()
    if not text:
        return (Note("glossary-not-taken"),)
    given = len(text.split(SEPARATOR))
    return (Note("glossary-taken", (("given", given), ("all", len(terms)))),)
