"""What was said: words, segments, transcripts. Times are seconds from the start of the recording."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from transcribe.certificate import Certificate
from transcribe.version import VERSION


@dataclass(frozen=True)
class Word:
    """One word (in Japanese: one or few characters) with its model probability 0–1."""

    start: float
    end: float
    text: str
    probability: float
    filler: bool = False
    """えー, あのー and the like: kept, and hidden where that is asked for."""


@dataclass(frozen=True)
class Segment:
    """One utterance as the model marked it; `log_probability` is the mean per token of its clip."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    log_probability: float = 0.0
    no_speech_probability: float = 0.0
    temperature: float = 0.0
    again: bool = False
    """Decoded a second time."""
    speaker: str = ""
    """A label such as `S1`; empty before speakers were separated."""

    def shifted(self, offset: float) -> "Segment":
        """The same segment `offset` seconds later."""
        words = tuple(replace(word, start=_ms(word.start + offset), end=_ms(word.end + offset)) for word in self.words)
        return replace(self, start=_ms(self.start + offset), end=_ms(self.end + offset), words=words)


@dataclass(frozen=True)
class Damage:
    """A place where the file was broken: `kind` is `gap` (silence was put in) or `corrupt`."""

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

    segments: tuple[Segment, ...]
    language: str
    duration: float
    speech: float
    model: str
    damage: tuple[Damage, ...] = ()
    certificate: Certificate = field(default_factory=Certificate)
    hits: tuple[Hit, ...] = ()
    engine: str = field(default=VERSION)

    @property
    def text(self) -> str:
        """Every segment's text, one per line."""
        return "\n".join(segment.text for segment in self.segments)

    def shifted(self, offset: float) -> "Transcript":
        """The same transcript `offset` seconds later; durations stay."""
        damage = tuple(replace(one, start=_ms(one.start + offset), end=_ms(one.end + offset)) for one in self.damage)
        return replace(
            self,
            segments=tuple(segment.shifted(offset) for segment in self.segments),
            damage=damage,
            certificate=self.certificate.shifted(offset),
        )

    @classmethod
    def joined(cls, parts: Iterable["Transcript"]) -> "Transcript":
        """One transcript of parts whose times are already those of the recording, in their order.

        Durations and speech add up. ValueError when there is no part, or when models or languages differ.
        """
        parts = tuple(parts)
        if not parts:
            raise ValueError("nothing to join")
        if len({(part.model, part.language, part.engine) for part in parts}) > 1:
            raise ValueError("parts of different models, languages or engines do not join")
        return replace(
            parts[0],
            segments=tuple(segment for part in parts for segment in part.segments),
            duration=_ms(sum(part.duration for part in parts)),
            speech=_ms(sum(part.speech for part in parts)),
            damage=tuple(one for part in parts for one in part.damage),
            certificate=Certificate.joined(part.certificate for part in parts),
            hits=_added(hit for part in parts for hit in part.hits),
        )

    def to_json(self) -> str:
        """Stable text: sorted keys, times in whole milliseconds, one trailing newline."""
        return record_json(self.record())

    def record(self) -> dict[str, Any]:
        """Plain values, as JSON takes them."""
        return asdict(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Transcript":
        """The transcript that `to_json` wrote; a `heading` beside it is left alone."""
        record: dict[str, Any] = json.loads(text)
        record.pop("heading", None)
        segments = tuple(
            Segment(**{**segment, "words": tuple(Word(**word) for word in segment["words"])})
            for segment in record.pop("segments")
        )
        damage = tuple(Damage(**one) for one in record.pop("damage"))
        certificate = Certificate.from_record(record.pop("certificate"))
        hits = tuple(Hit(**one) for one in record.pop("hits"))
        return cls(segments=segments, damage=damage, certificate=certificate, hits=hits, **record)


def record_json(record: dict[str, Any]) -> str:
    """JSON that is the same byte for byte for equal records."""
    return json.dumps(_rounded(record), ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def _added(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """One hit per term, in the order of their first coming."""
    counts: dict[str, int] = {}
    for hit in hits:
        counts[hit.term] = counts.get(hit.term, 0) + hit.count
    return tuple(Hit(term, count) for term, count in counts.items())


def _ms(seconds: float) -> float:
    return round(seconds, 3)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3) + 0.0  # + 0.0 turns -0.0 into 0.0, which would be other bytes
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
