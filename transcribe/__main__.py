"""python -m transcribe REC … -o DIR: recordings to minutes, without a job server."""

import argparse
import datetime
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import NoReturn

from faster_whisper.tokenizer import _LANGUAGE_CODES

from transcribe.audio import probe, stream
from transcribe.engine import Transcriber
from transcribe.errors import (
    GlossaryUnreadableError,
    SpeakerModelBrokenError,
    SpeakerModelMissingError,
    TranscribeError,
    sentence,
)
from transcribe.progress import Bar
from transcribe.speakers import Separator, assigned, open_separator
from transcribe.speech import cut
from transcribe.stored import opened
from transcribe.stretch import Stretch
from transcribe.transcript import Transcript
from transcribe.words import Style, Term, read_terms, recounted
from transcribe.writing import Heading, write_all
from transcribe.writing.heading import printable

_MOST_SPEAKERS, _MOST_THREADS = 50, 512
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DONE, SOME_FAILED, WRONG_CALL, STOPPED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 all written, 1 a recording or the model was refused, 2 wrong call, 130 stopped."""
    call = _parser().parse_args(arguments)
    try:
        call.terms = read_terms(call.glossary, call.date) if call.glossary else ()
        with ExitStack() as models:
            separator = _separator(call, models)
            engine = models.enter_context(
                Transcriber(call.model, threads=call.threads, language=call.language, words=call.words)
            )
            failures = [rec for rec, stem in _stems(call.recordings) if not _one(engine, separator, rec, stem, call)]
    except GlossaryUnreadableError as error:
        _say(_failure(call.glossary.name, error))
        return SOME_FAILED
    except (SpeakerModelMissingError, SpeakerModelBrokenError) as error:
        _say(_failure(call.speaker_model.name, error))
        return SOME_FAILED
    except TranscribeError as error:
        _say(_failure(call.model.name, error))
        return SOME_FAILED
    except OSError as error:
        _say(_word("run-no-access", name=Path(error.filename or call.glossary or call.model).name))
        return SOME_FAILED
    except KeyboardInterrupt:
        _say(_word("run-stopped"))
        return STOPPED
    return SOME_FAILED if failures else DONE


def _separator(call: argparse.Namespace, models: ExitStack) -> Separator | None:
    """Opened before the work begins, so that a missing model is told at once and not after an hour."""
    if call.speakers is None:
        return None
    return models.enter_context(open_separator(call.speaker_model, call.threads))


def _one(
    engine: Transcriber, separator: Separator | None, recording: Path, stem: str, call: argparse.Namespace
) -> bool:
    """Transcribe and write one recording; False when it was refused, after saying why."""
    if not _is_file(recording):
        _say(_word("run-not-found", name=recording.name))
        return False
    heading = Heading(
        title=call.title or recording.stem,
        date=call.date,
        department=call.department,
        source=recording.name,
    )
    failed: TranscribeError | None = None
    try:
        with TemporaryDirectory(prefix="transcribe-") as parts:
            transcript = _transcript(engine, recording, call, Path(parts))
            if separator:
                transcript, failed = _with_speakers(transcript, separator, recording, call)
            style = Style(hide_fillers=call.hide_fillers, written_numbers=call.numbers == "written")
            written = write_all(transcript, heading, call.out, stem, style)
    except TranscribeError as error:
        _say(_failure(recording.name, error))
        return False
    except OSError as error:
        if error.errno in _NO_ROOM:
            _say(_word("run-no-room", path=call.out, temporary=gettempdir()))
        else:
            _say(_word("run-no-access", name=Path(error.filename or recording).name))
        return False
    for path in written:
        print(_word("run-written", path=path))
    if call.terms:
        times = sum(hit.count for hit in transcript.hits)
        print(_word("run-hits", terms=len(call.terms), found=len(transcript.hits), times=times))
    if failed:
        _say(_failure(recording.name, failed))
    return failed is None


def _transcript(engine: Transcriber, recording: Path, call: argparse.Namespace, parts: Path) -> Transcript:
    """Read out of the files of its stretches: a day's words would fill the memory."""
    files: list[Path] = []
    with Bar(None if call.salvage else probe(recording).seconds, sys.stderr) as bar:
        for stretch in cut(recording, salvage=call.salvage):
            files.append(parts / f"{stretch.index}.json")
            files[-1].write_text(_read(engine, stretch, call.terms, bar).to_json(), encoding="utf-8")
    return recounted(opened(files))


def _with_speakers(
    transcript: Transcript, separator: Separator, recording: Path, call: argparse.Namespace
) -> tuple[Transcript, TranscribeError | None]:
    """With who spoke, or as it is and why: the text is never lost for want of its speakers."""
    sound = stream(recording, salvage=call.salvage)
    try:
        with Bar(transcript.duration, sys.stderr, "run-progress-speakers") as bar:
            turns = separator.turns(sound, speakers=call.speakers or None, progress=bar.show)
    except TranscribeError as error:
        return transcript, error
    return assigned(transcript, turns), None


def _read(engine: Transcriber, stretch: Stretch, terms: Sequence[Term], bar: Bar) -> Transcript:
    return engine.transcribe(
        stretch.samples,
        stretch.heard,
        stretch.sound_start,
        damage=stretch.damage,
        lead=stretch.lead,
        tail=stretch.tail,
        terms=terms,
        progress=lambda done: bar.show(stretch.sound_start + done),
    )


def _stems(recordings: Sequence[Path]) -> list[tuple[Path, str]]:
    """A file name for each recording; of equal names the later ones get a number, which makes no name that another recording bears."""
    taken = {recording.stem for recording in recordings}
    named: dict[str, Path] = {}
    for recording in recordings:
        stem = recording.stem
        if stem in named:
            stem = next(name for number in count(2) if (name := f"{recording.stem}-{number}") not in taken)
        taken.add(stem)
        named[stem] = recording
    return [(recording, stem) for stem, recording in named.items()]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        _say(_word("run-wrong-call", reason=message))
        sys.exit(WRONG_CALL)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m transcribe", description=_word("run-help"))
    parser.add_argument("recordings", metavar="REC", nargs="+", type=Path, help=_word("run-recordings"))
    parser.add_argument("-o", "--out", metavar="DIR", type=Path, required=True, help=_word("run-out"))
    parser.add_argument("--model", metavar="DIR", type=Path, default="models/demo", help=_word("run-model"))
    parser.add_argument("--title", default="", help=_word("run-title"))
    parser.add_argument("--date", type=_date, help=_word("run-date"))
    parser.add_argument("--department", default="", help=_word("run-department"))
    parser.add_argument("--speakers", metavar="N|auto", type=_speakers, help=_word("run-speakers"))
    parser.add_argument(
        "--speaker-model", metavar="DIR", type=Path, default="models/demo-speakers", help=_word("run-speaker-model")
    )
    parser.add_argument("--glossary", metavar="FILE.csv", type=_file, help=_word("run-glossary"))
    parser.add_argument("--hide-fillers", action="store_true", help=_word("run-hide-fillers"))
    parser.add_argument("--numbers", choices=("spoken", "written"), default="spoken", help=_word("run-numbers"))
    parser.add_argument("--salvage", action="store_true", help=_word("run-salvage"))
    parser.add_argument("--language", type=_language, help=_word("run-language"))
    threads = os.cpu_count() or 1
    parser.add_argument("--threads", type=_threads, default=threads, help=_word("run-threads"))
    parser.add_argument("--no-words", dest="words", action="store_false", help=_word("run-no-words"))
    return parser


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def _file(text: str) -> Path:
    if not _is_file(Path(text)):
        raise argparse.ArgumentTypeError(_word("run-not-found", name=text))
    return Path(text)


def _speakers(text: str) -> int:
    """The number of voices; 0 lets the engine find it."""
    if text == "auto":
        return 0
    if not (text.isdecimal() and 1 <= int(text) <= _MOST_SPEAKERS):
        raise argparse.ArgumentTypeError(_word("run-bad-speakers", most=_MOST_SPEAKERS))
    return int(text)


def _threads(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= _MOST_THREADS):
        raise argparse.ArgumentTypeError(_word("run-bad-threads", most=_MOST_THREADS))
    return int(text)


def _language(text: str) -> str:
    """One that speech models know: asked for another one they refuse to load, as if they were broken."""
    if text not in _LANGUAGE_CODES:
        raise argparse.ArgumentTypeError(_word("run-bad-language", language=text))
    return text


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(_word("run-bad-date")) from error


def _failure(name: str, error: TranscribeError) -> str:
    return _word("run-failed", name=name, sentence=error.sentence(), code=error.code)


def _word(name: str, /, **values: object) -> str:
    return sentence(name, "ja", {key: printable(str(value)) for key, value in values.items()})


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
