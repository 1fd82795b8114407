"""What was said in a stretch or a recording. Times are seconds from the start of the recording."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from json.encoder import encode_basestring
from typing import Any

from transcribe.certificate import Certificate
from transcribe.seams import Seam, parted
from transcribe.segment import Segment, Word, ms
from transcribe.version import VERSION

__all__ = ["Damage", "Hit", "Segment", "Transcript", "Word", "pieces", "record_json", "segment_of", "segment_record"]


@dataclass(frozen=True)
class Damage:
    """A place where the file was broken, seconds of the recording.

    `kind` is `gap` (silence was put in), `corrupt` (bytes that cannot be decoded), `end` (the data stops before its time) or
    `rebuilt` (got out of a file without an index: all times may be off).
    """

    start: float
    end: float
    kind: str


@dataclass(frozen=True)
class Hit:
    """How often a glossary's term stands in the text."""

    term: str
    count: int


@dataclass(frozen=True)
class Transcript:
    """The text of a stretch or of a whole recording; `duration` and `speech` are seconds."""

    segments: Sequence[Segment]
    language: str
    duration: float
    speech: float
    model: str
    damage: tuple[Damage, ...] = ()
    certificate: Certificate = field(default_factory=Certificate)
    hits: tuple[Hit, ...] = ()
    engine: str = field(default=VERSION)
    start: float = 0.0
    """Where a stretch begins in its recording; `duration`, `speech` and `certificate` are of its own part alone."""
    lead: float = 0.0
    """Seconds before `start` whose text it holds too, though they are the neighbour's; as `tail` after its end."""
    tail: float = 0.0

    @property
    def text(self) -> str:
        """Every segment's text, one per line."""
        return "\n".join(segment.text for segment in self.segments)

    @property
    def measured(self) -> bool:
        """Whether it was compared with the speech in its recording. Transcripts of the first engine were not."""
        return self.certificate != Certificate() or self.speech == 0

    def shifted(self, offset: float) -> "Transcript":
        """The same transcript `offset` seconds later; durations stay."""
        damage = tuple(replace(one, start=ms(one.start + offset), end=ms(one.end + offset)) for one in self.damage)
        return replace(
            self,
            segments=tuple(segment.shifted(offset) for segment in self.segments),
            damage=damage,
            certificate=self.certificate.shifted(offset),
            start=ms(self.start + offset),
        )

    @classmethod
    def joined(cls, parts: Iterable["Transcript"]) -> "Transcript":
        """One transcript of parts whose times are already those of the recording, in their order.

        Durations and speech add up; what two parts both heard stands once. Parts may be of different models or engines, as when a
        server was updated or a machine added in the middle of a long meeting: both are named then. ValueError when there is no part, or
        when languages differ.
        """
        parts = tuple(parts)
        if not parts:
            raise ValueError("nothing to join")
        if len({part.language for part in parts}) > 1:
            raise ValueError("parts of different languages do not join")
        # Certified in parts is not certified: the figures would be of some hours and look like those of all.
        certified = all(part.measured for part in parts)
        return replace(
            parts[0],
            segments=tuple(segment for piece in pieces(parts) for segment in piece),
            duration=ms(sum(part.duration for part in parts)),
            speech=ms(sum(part.speech for part in parts)),
            damage=tuple(one for part in parts for one in part.damage),
            certificate=Certificate.joined(_own_certificate(part) for part in parts) if certified else Certificate(),
            model=_named(part.model for part in parts),
            engine=_named(part.engine for part in parts),
            hits=_added(hit for part in parts for hit in part.hits),
            lead=parts[0].lead,
            tail=parts[-1].tail,
        )

    def to_json(self) -> str:
        """Stable text: sorted keys, times in whole milliseconds, one trailing newline."""
        return record_json(self.record())

    def record(self) -> dict[str, Any]:
        """Plain values, as JSON takes them."""
        return {**asdict(replace(self, segments=())), "segments": [segment_record(one) for one in self.segments]}

    @classmethod
    def from_json(cls, text: str | bytes) -> "Transcript":
        """The transcript that `to_json` wrote; a `heading` beside it is left alone."""
        record: dict[str, Any] = json.loads(text)
        record.pop("heading", None)
        segments = tuple(segment_of(segment) for segment in record.pop("segments"))
        damage = tuple(Damage(**one) for one in record.pop("damage"))
        # The first engine measured nothing and counted nothing; its transcripts stay readable.
        certified = record.pop("certificate", None)
        certificate = Certificate() if certified is None else Certificate.from_record(certified)
        hits = tuple(Hit(**one) for one in record.pop("hits", ()))
        return cls(segments=segments, damage=damage, certificate=certificate, hits=hits, **record)


def pieces(parts: Iterable[Transcript]) -> Iterator[tuple[Segment, ...]]:
    """The segments of each part without what its neighbour says; no more than two parts are held at a time."""
    last: Transcript | None = None
    held: tuple[Segment, ...] = ()
    for part in parts:
        told = tuple(part.segments)
        if last is not None:
            if seam := _seam(last, part):
                held, told = parted(held, told, seam)
            yield held
        last, held = replace(part, segments=()), told
    if last is not None:
        yield held


def _own_certificate(part: Transcript) -> Certificate:
    """Without what was taken out of the neighbours' sound: they list it themselves."""
    end = part.start + part.duration
    before, after = not part.lead, not part.tail
    removed = tuple(
        one
        for one in part.certificate.removed
        if (before or (one.start + one.end) / 2 >= part.start) and (after or (one.start + one.end) / 2 < end)
    )
    return replace(part.certificate, removed=removed)


def _named(names: Iterable[str]) -> str:
    """Each once, in the order of their first coming. Of what was joined before only one part is left, which names them all."""
    return " + ".join(dict.fromkeys(names))


def _seam(left: Transcript, right: Transcript) -> Seam | None:
    if not (left.tail and right.lead):
        return None
    return Seam(right.start - right.lead, right.start, right.start + left.tail)


def segment_record(segment: Segment) -> dict[str, Any]:
    """Plain values; `asdict` takes three times as long, which counts over a day of words."""
    return {**vars(segment), "words": [vars(word) for word in segment.words]}


def segment_of(record: dict[str, Any]) -> Segment:
    """What `segment_record` made of one, or an earlier engine, which noted a temperature that was always 0."""
    record = {name: value for name, value in record.items() if name != "temperature"}
    return Segment(**{**record, "words": tuple(Word(**word) for word in record["words"])})


def record_json(record: dict[str, Any]) -> str:
    """JSON that is the same byte for byte for equal records.

    As `json.dumps` writes it with sorted keys and an indent of one, but in a third of the time: a day has a million values.
    """
    return _laid_out(record, "") + "\n"


def _laid_out(value: Any, margin: str) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, float):
        return repr(round(value, 3) + 0.0)  # + 0.0 turns -0.0 into 0.0, which would be other bytes
    if isinstance(value, dict):
        lines = [f"{encode_basestring(key)}: {_laid_out(value[key], margin + ' ')}" for key in sorted(value)]
        return _listed(lines, "{}", margin)
    if isinstance(value, list | tuple):
        return _listed([_laid_out(one, margin + " ") for one in value], "[]", margin)
    return json.dumps(value)


def _listed(lines: list[str], brackets: str, margin: str) -> str:
    if not lines:
        return brackets
    between = f",\n{margin} "
    return f"{brackets[0]}\n{margin} {between.join(lines)}\n{margin}{brackets[1]}"


def _added(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """One hit per term, in the order of their first coming."""
    counts: dict[str, int] = {}
    for hit in hits:
        counts[hit.term] = counts.get(hit.term, 0) + hit.count
    return tuple(Hit(term, count) for term, count in counts.items())
