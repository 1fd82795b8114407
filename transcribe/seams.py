"""Joins two readings of one stream of speech, both of which heard the sound around their common edge.

At the edge of what it hears a model garbles or drops a word; a little farther in, both readings have the same words at nearly the same
times. There, between two words, the text changes over from one reading to the other: nothing is doubled and nothing is lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from transcribe.segment import Segment, Word, ms

_REACH = 8  # characters on each side of a place that are compared
_ALIKE = 0.05  # seconds: what a character in which both agree is worth
_FAR = 0.25  # what a second away from the middle costs, squared: at the edges unlike readings agree by chance
_MARGIN = 0.3  # seconds of the shared sound's ends, of which a reading has heard only one side
_UNSAFE = 0.7  # what taking a word from that margin costs, where the other reading has one too


@dataclass(frozen=True)
class Seam:
    """The sound from `start` to `end` was heard by both readings; `place` is where one's own part ends and the other's begins."""

    start: float
    place: float
    end: float


Segments = tuple[Segment, ...]


def sewn(readings: Iterable[Segments], seams: Iterable[Seam | None]) -> Iterator[Segments]:
    """Each reading's segments without what its neighbours say; `seams` lie between one reading and the next, None where none is shared."""
    gaps = iter(seams)
    held: Segments | None = None
    for reading in readings:
        if held is None:
            held = reading
            continue
        seam = next(gaps)
        if seam is not None:
            held, rest = parted(held, reading, seam)
        else:
            rest = reading
        yield held
        held = rest
    if held is not None:
        yield held


def parted(left: Segments, right: Segments, seam: Seam) -> tuple[Segments, Segments]:
    """The two readings cut between the same two words, so that laid end to end they say everything once."""
    before, after = _words(left), _words(right)
    first, second = _zone(before, seam), _zone(after, seam)
    here, there, at = _place(before, after, first, second, seam)
    return _until(left, before, here, at), _from(right, after, there, at)


@dataclass(frozen=True)
class _Said:
    """A word and the segment it stands in."""

    word: Word
    segment: int


def _words(segments: Segments) -> list[_Said]:
    return [_Said(word, index) for index, one in enumerate(segments) for word in one.words or _guessed(one)]


def _guessed(segment: Segment) -> tuple[Word, ...]:
    """Characters evenly spread over the segment, where no word times are known."""
    text = "".join(segment.text.split())
    share = (segment.end - segment.start) / max(len(text), 1)
    return tuple(
        Word(segment.start + at * share, segment.start + (at + 1) * share, sign, 0.0) for at, sign in enumerate(text)
    )


def _zone(said: Sequence[_Said], seam: Seam) -> range:
    """Numbers of the boundaries between words that lie in the shared sound; boundary i is before word i."""
    first = sum(1 for one in said if _middle(one.word) < seam.start)
    last = sum(1 for one in said if _middle(one.word) <= seam.end)
    return range(first, max(first, last) + 1)


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2


def _place(
    left: Sequence[_Said], right: Sequence[_Said], first: range, second: range, seam: Seam
) -> tuple[int, int, float]:
    """The best pair of boundaries, and its time.

    What counts, in seconds: words said twice, words said by one reading and kept from neither; then agreement of the words around the
    place, and its distance from the edges and from the middle of the shared sound.
    """
    before, after = ([_bare(one.word.text) for one in side] for side in (left, right))
    late, early = seam.end - _MARGIN, seam.start + _MARGIN
    late_both = _ends(left, len(left), seam) > late and _ends(right, len(right), seam) > late
    early_both = _begins(left, first.start, seam) < early and _begins(right, second.start, seam) < early
    best: tuple[float, int, int, float] | None = None
    for i in first:
        ends = _ends(left, i, seam)
        for j in second:
            begins = _begins(right, j, seam)
            at = min(max(seam.place, ends), begins) if ends <= begins else (ends + begins) / 2
            cost = max(0.0, ends - begins) + _lost(left[i:], right[:j], ends, begins)
            cost += _UNSAFE * ((late_both and ends > late) + (early_both and begins < early))
            cost += _FAR * (at - seam.place) ** 2 - _ALIKE * _alike(before, i, after, j)
            if best is None or cost < best[0]:
                best = (cost, i, j, at)
    if best is None:
        raise ValueError("a range of boundaries is never empty")
    return best[1:]


def _lost(dropped: Sequence[_Said], also: Sequence[_Said], start: float, end: float) -> float:
    """Seconds of words that would be dropped though the other side says nothing at their time."""
    if start >= end:
        return 0.0
    return max(_inside(dropped, start, end), _inside(also, start, end))


def _inside(said: Sequence[_Said], start: float, end: float) -> float:
    return sum(max(0.0, min(one.word.end, end) - max(one.word.start, start)) for one in said)


def _ends(said: Sequence[_Said], boundary: int, seam: Seam) -> float:
    """Where the word before a boundary ends."""
    return max(seam.start, said[boundary - 1].word.end) if boundary else seam.start


def _begins(said: Sequence[_Said], boundary: int, seam: Seam) -> float:
    """Where the word after a boundary begins."""
    return min(seam.end, said[boundary].word.start) if boundary < len(said) else seam.end


def _bare(text: str) -> str:
    """What two readings agree in when they differ in punctuation only."""
    return "".join(sign for sign in text if sign.isalnum()).casefold()


def _alike(left: Sequence[str], i: int, right: Sequence[str], j: int) -> int:
    """How many characters before and after two boundaries are the same."""
    before = _run(reversed("".join(left[max(0, i - _REACH) : i])), reversed("".join(right[max(0, j - _REACH) : j])))
    after = _run("".join(left[i : i + _REACH]), "".join(right[j : j + _REACH]))
    return before + after


def _run(one: Iterable[str], other: Iterable[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b or count == _REACH:
            break
        count += 1
    return count


def _until(segments: Segments, said: Sequence[_Said], boundary: int, at: float) -> Segments:
    """What stands before a boundary."""
    kept = _grouped(said[:boundary], len(segments))
    return tuple(
        _head(segment, words, at) for segment, words in zip(segments, kept, strict=True) if words or _empty(segment, at)
    )


def _from(segments: Segments, said: Sequence[_Said], boundary: int, at: float) -> Segments:
    kept = _grouped(said[boundary:], len(segments))
    return tuple(
        _tail(segment, words, at)
        for segment, words in zip(segments, kept, strict=True)
        if words or _empty(segment, at, after=True)
    )


def _grouped(said: Iterable[_Said], count: int) -> list[list[Word]]:
    groups: list[list[Word]] = [[] for _ in range(count)]
    for one in said:
        groups[one.segment].append(one.word)
    return groups


def _empty(segment: Segment, at: float, *, after: bool = False) -> bool:
    """A segment without a word belongs to the side that it lies on."""
    return not segment.text.strip() and (segment.start >= at) == after


def _head(segment: Segment, words: Sequence[Word], at: float) -> Segment:
    """The segment with these first words of it, ended by `at`."""
    # A word that the other reading puts earlier may begin behind the place: it goes there, or it would stand behind the other's words.
    start = min(segment.start, at)
    end = max(start, min(at, segment.end))
    text = segment.text if _whole(segment, words) else _first_letters(segment.text, _length(words))
    words = [replace(word, start=ms(min(word.start, end)), end=ms(min(word.end, end))) for word in words]
    return replace(segment, start=ms(start), end=ms(end), text=text, words=tuple(words) if segment.words else ())


def _tail(segment: Segment, words: Sequence[Word], at: float) -> Segment:
    """The segment with these last words of it, begun no earlier than `at`."""
    start = max(at, segment.start)
    end = max(start, segment.end)
    text = segment.text if _whole(segment, words) else _last_letters(segment.text, _length(words))
    words = [replace(word, start=ms(max(word.start, start)), end=ms(max(word.end, start))) for word in words]
    return replace(segment, start=ms(start), end=ms(end), text=text, words=tuple(words) if segment.words else ())


def _whole(segment: Segment, words: Sequence[Word]) -> bool:
    """Is every word of it there? Then its text stays, whatever letters an alignment lost."""
    return len(words) == len(segment.words or _guessed(segment))


def _length(words: Iterable[Word]) -> int:
    return sum(not sign.isspace() for word in words for sign in word.text)


def _first_letters(text: str, count: int) -> str:
    """The beginning of a text that has so many signs, spaces not counted."""
    for at, sign in enumerate(text):
        if count == 0:
            return text[:at].strip()
        count -= not sign.isspace()
    return text


def _last_letters(text: str, count: int) -> str:
    return _first_letters(text[::-1], count)[::-1]
