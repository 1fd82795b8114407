"""What can be wrong with a recording or a model, as one tree; the sentences live in language/*.toml."""

import tomllib
from functools import cache
from importlib.resources import files


class TranscribeError(Exception):
    """Raised when a recording cannot become a transcript. `evidence` holds plain values for the sentence."""

    code = "transcription-failed"

    def __init__(self, **evidence: str | float | int) -> None:
        super().__init__(self.code, evidence)
        self.evidence = evidence

    def sentence(self, language: str = "ja") -> str:
        """What, where and what to do, for a clerk."""
        return sentence(self.code, language, self.evidence)

    def __str__(self) -> str:
        return f"{self.code} {self.evidence}"


class AudioError(TranscribeError):
    """Raised when the recording itself is the reason."""


class AudioEmptyError(AudioError):
    """Raised for a file of 0 bytes."""

    code = "audio-empty"


class AudioUnreadableError(AudioError):
    """Raised when no decoder finds sound in the bytes."""

    code = "audio-unreadable"


class AudioIsOtherTypeError(AudioError):
    """Raised when the bytes are something else; `found` names it (`pdf`, `zip`, `text` …)."""

    code = "audio-is-other-type"

    def sentence(self, language: str = "ja") -> str:
        found = sentence(f"type-{self.evidence['found']}", language, {})
        return sentence(self.code, language, {**self.evidence, "found": found})


class AudioTypeRefusedError(AudioIsOtherTypeError):
    """Raised for what would open other files or the network (playlists), or has no open decoder (DS2)."""

    code = "audio-type-refused"


class AudioWithoutSoundTrackError(AudioError):
    """Raised for a film without a sound track."""

    code = "audio-without-sound-track"


class AudioEndsEarlyError(AudioError):
    """Raised when the file stops before its own index says; `seconds` could be read."""

    code = "audio-ends-early"

    def sentence(self, language: str = "ja") -> str:
        seconds = float(self.evidence.get("seconds", 0.0))
        readable = {"minutes": int(seconds // 60), "rest": int(seconds % 60)}
        code = self.code if seconds >= 1 else f"{self.code}-at-once"
        return sentence(code, language, {**self.evidence, **readable})


class AudioBeyondSalvageError(AudioError):
    """Raised when no sound is found in a file whose recorder died."""

    code = "audio-beyond-salvage"


class AudioNoSpeechError(AudioError):
    """Raised when nobody speaks in the whole recording."""

    code = "audio-no-speech"


class AudioTooShortError(AudioError):
    """Raised when the recording is shorter than one word takes; `seconds`, `least`."""

    code = "audio-too-short"


class AudioTooLongError(AudioError):
    """Raised when decoding passes the limit; `hours` is the limit."""

    code = "audio-too-long"


class AudioProtectedError(AudioError):
    """Raised for DRM or encryption."""

    code = "audio-protected"


class GlossaryUnreadableError(TranscribeError):
    """Raised when a glossary's file is no table with a column 用語, or a cell is not what it should be; `name`, `line`."""

    code = "glossary-unreadable"


class ModelError(TranscribeError):
    """Raised when the model folder is the reason."""


class ModelMissingError(ModelError):
    """Raised when there is no such folder, or a file is not in it; `path`."""

    code = "model-missing"


class ModelBrokenError(ModelError):
    """Raised when the folder's files do not load; `path`, `reason`."""

    code = "model-broken"


class MachineError(TranscribeError):
    """Raised when this machine cannot do it now; the recording and the model are sound, and it may be tried again."""


class CardTakenError(MachineError):
    """Raised when other processes hold every graphics card."""

    code = "card-taken"


class MemoryShortError(MachineError):
    """Raised when the model or a single clip does not fit into memory, on the CPU, too; `path`."""

    code = "memory-short"


class SpeakerModelMissingError(ModelMissingError):
    """Raised when there is no such speaker model, or a file is not in it; `path`."""

    code = "speaker-model-missing"


class SpeakerModelBrokenError(ModelBrokenError):
    """Raised when a speaker model does not load, or is not as its `speakers.json` says; `path`, `reason`."""

    code = "speaker-model-broken"


def sentence(code: str, language: str, evidence: dict[str, str | float | int]) -> str:
    """The sentence of `code` with its evidence filled in."""
    return _sentences(language)[code].format(**evidence)


@cache
def _sentences(language: str) -> dict[str, str]:
    text = files("transcribe").joinpath("language", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)
