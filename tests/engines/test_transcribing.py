"""The demo model on speech that it was not trained on: right, complete, repeatable, silent on silence."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import transcribe.warm
from bad import audio as made
from bad.audio import RATE, Sound
from transcribe.__main__ import main
from transcribe.decoding import Reading, Settings
from transcribe.engine import Transcriber
from transcribe.errors import ModelBrokenError, ModelMissingError
from transcribe.speech import cut
from transcribe.stretch import Span, Stretch
from transcribe.transcript import Segment, Transcript
from transcribe.warm import Decoder, load_decoder

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples" / "speech"
MODEL = ROOT / "models" / "demo"


@pytest.fixture(scope="module")
def meeting() -> Sound:
    return np.concatenate([made.speech(SAMPLES, path.name) for path in sorted(SAMPLES.glob("*.ogg"))])


@pytest.fixture(scope="module")
def stretches(meeting: Sound, tmp_path_factory: pytest.TempPathFactory) -> list[Stretch]:
    path = made.write(tmp_path_factory.mktemp("rec") / "rec.wav", meeting)
    return list(cut(path, target_seconds=100, most_seconds=150))


@pytest.fixture(scope="module")
def engine() -> Iterator[Transcriber]:
    with Transcriber(MODEL, threads=1) as engine:
        yield engine


def read(engine: Transcriber, stretches: list[Stretch]) -> Transcript:
    return Transcript.joined(
        engine.transcribe(one.samples, one.spans, one.start, damage=one.damage) for one in stretches
    )


@pytest.fixture(scope="module")
def transcript(engine: Transcriber, stretches: list[Stretch]) -> Transcript:
    return read(engine, stretches)


def errors(said: str, heard: str) -> int:
    """Edit distance."""
    row = list(range(len(heard) + 1))
    for i, sign in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (sign != other))
    return row[-1]


def test_at_most_six_of_a_hundred_characters_are_wrong(transcript: Transcript) -> None:
    said = "".join(text for _, _, text in made.truth(SAMPLES))
    heard = "".join(segment.text for segment in transcript.segments)
    assert errors(said, heard) / len(said) <= 0.06


def test_segments_stand_where_they_were_said(transcript: Transcript) -> None:
    starts, ends = [], []
    for start, end, text in made.truth(SAMPLES):
        same = [one for one in transcript.segments if one.text == text and abs(one.start - start) < 2]
        starts += [abs(one.start - start) for one in same]
        ends += [abs(one.end - end) for one in same]
    assert len(starts) > 40
    assert np.median(starts) <= 0.2
    assert np.median(ends) <= 0.2


def test_every_segment_has_words_that_spell_it_inside_its_times(transcript: Transcript) -> None:
    for segment in transcript.segments:
        assert "".join(word.text for word in segment.words) == segment.text.replace(" ", "")
        assert all(segment.start <= one.start <= one.end <= segment.end for one in segment.words)
        assert all(0 < one.probability <= 1 for one in segment.words)


def test_the_same_stretch_gives_the_same_bytes_alone_or_in_any_order(
    engine: Transcriber, stretches: list[Stretch], transcript: Transcript
) -> None:
    parts = {one.index: read(engine, [one]) for one in reversed(stretches)}
    again = Transcript.joined(parts[index] for index in sorted(parts))
    assert again.to_json() == transcript.to_json()


def test_another_process_with_two_threads_gives_the_same_bytes(
    stretches: list[Stretch], transcript: Transcript
) -> None:
    with Transcriber(MODEL, threads=2) as other:
        assert read(other, stretches).to_json() == transcript.to_json()


def test_a_stretch_that_went_through_files_gives_the_same_text(engine: Transcriber, stretches: list[Stretch]) -> None:
    back = Stretch.read(stretches[1].to_json(), stretches[1].to_wav())
    assert read(engine, [back]).to_json() == read(engine, [stretches[1]]).to_json()


def test_silence_gives_no_text(engine: Transcriber) -> None:
    quiet = engine.transcribe(made.silence(30), (), 100.0)
    assert quiet.segments == ()
    assert quiet.duration == 30.0


def test_silence_that_is_taken_for_speech_still_gives_no_text(engine: Transcriber) -> None:
    hum = (np.random.default_rng(1).standard_normal(20 * RATE) * 3).astype(np.int16)
    assert engine.transcribe(hum, [Span(1.0, 19.0)]).segments == ()


def test_progress_is_told_in_seconds_and_what_it_raises_stops_the_work(
    engine: Transcriber, stretches: list[Stretch]
) -> None:
    told: list[float] = []
    engine.transcribe(stretches[0].samples, stretches[0].spans, stretches[0].start, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(stretches[0].end - stretches[0].start)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.transcribe(stretches[0].samples, stretches[0].spans, stretches[0].start, progress=stop)


class Narrow:
    """The real decoder in a machine that has room for one clip at a time."""

    def __init__(self, real: Decoder) -> None:
        self._real = real

    def read(self, sounds: Sequence[NDArray[np.float32]], settings: Settings) -> list[Reading]:
        if len(sounds) > 1:
            raise MemoryError
        return self._real.read(sounds, settings)


def test_what_happened_to_work_that_was_stopped_is_not_told_of_the_next(
    stretches: list[Stretch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcribe.warm, "load_decoder", lambda *place: Narrow(load_decoder(*place)))
    one = stretches[0]
    with Transcriber(MODEL, batch_size=8) as engine:

        def stop(_: float) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            engine.transcribe(one.samples, one.spans, one.start, progress=stop)
        assert [note.code for note in engine.transcribe(one.samples, one.spans, one.start).certificate.notes] == [
            "device"
        ]


@pytest.mark.parametrize("window", [10, 20])
def test_a_model_folder_may_ask_for_a_shorter_window(tmp_path: Path, stretches: list[Stretch], window: int) -> None:
    folder = shutil.copytree(MODEL, tmp_path / "short")
    (folder / "decoding.json").write_text(json.dumps({"window_seconds": window, "beam_size": 1}))
    with Transcriber(folder) as engine:
        said = "".join(text for _, end, text in made.truth(SAMPLES) if end < stretches[0].end)
        heard = "".join(one.text for one in read(engine, stretches[:1]).segments)
        assert errors(said, heard) / len(said) < 0.12


def test_a_model_folder_that_is_not_there_or_broken_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        Transcriber(tmp_path / "none")
    folder = shutil.copytree(MODEL, tmp_path / "broken")
    (folder / "model.bin").write_bytes((MODEL / "model.bin").read_bytes()[:1000])
    with pytest.raises(ModelBrokenError), Transcriber(folder):
        pass
    (folder / "decoding.json").write_text('{"window_seconds": 300}')
    with pytest.raises(ModelBrokenError):
        Transcriber(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelMissingError):
        Transcriber(folder)


@pytest.mark.parametrize(
    ("option", "value", "said"), [("--language", "xx", "xx"), ("--threads", "-1", "512"), ("--threads", "0", "512")]
)
def test_an_option_that_cannot_be_is_a_wrong_call_and_no_broken_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(SAMPLES / "meeting-1.ogg"), "-o", str(tmp_path), "--model", str(MODEL), option, value])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]


def test_the_command_line_writes_all_formats_for_several_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, second = SAMPLES / "meeting-1.ogg", tmp_path / "meeting-1.mp3"
    made.write(second, made.speech(SAMPLES, "meeting-2.ogg"), "mp3")
    call = [sys.executable, "-m", "transcribe", str(first), str(second), "-o", str(out), "--model", str(MODEL)]
    done = subprocess.run([*call, "--date", "2026-11-21"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "録音 0分4" in done.stderr
    assert {path.name for path in out.iterdir()} == {
        f"{stem}.{suffix}" for stem in ("meeting-1", "meeting-1-2") for suffix in ("docx", "txt", "srt", "vtt", "json")
    }
    segments: tuple[Segment, ...] = Transcript.from_json((out / "meeting-1.json").read_bytes()).segments
    assert len(segments) >= 8


def test_no_recordings_result_is_written_over_anothers(tmp_path: Path) -> None:
    sound, out = made.speech(SAMPLES, "meeting-1.ogg", 6.0), tmp_path / "out"
    given = [made.write(tmp_path / name, sound, name[-3:]) for name in ("a.wav", "a.mp3", "a-2.wav", "a.ogg")]
    assert main([*map(str, given), "-o", str(out), "--model", str(MODEL), "--no-words"]) == 0
    sources = {path.stem: json.loads(path.read_bytes())["heading"]["source"] for path in out.glob("*.json")}
    assert sources == {"a": "a.wav", "a-2": "a-2.wav", "a-3": "a.mp3", "a-4": "a.ogg"}


def test_a_full_disk_is_said_to_be_full_and_not_to_be_a_recording_that_may_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording, out = made.write(tmp_path / "a.wav", made.speech(SAMPLES, "meeting-1.ogg", 6.0)), tmp_path / "out"
    out.mkdir()
    (out / "a.docx").symlink_to("/dev/full")
    assert main([str(recording), "-o", str(out), "--model", str(MODEL)]) == 1
    (said,) = [line for line in capsys.readouterr().err.splitlines() if str(out) in line]
    assert "空き容量がありません" in said
    assert "a.wav" not in said


def test_what_cannot_be_opened_is_named_and_the_other_recordings_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = made.write(tmp_path / "a.wav", made.speech(SAMPLES, "meeting-1.ogg", 6.0))
    call = [str(tmp_path / ("長" * 200)), str(recording), "-o", str(tmp_path), "--model", str(MODEL)]
    assert main(call) == 1
    assert "ファイルがありません" in capsys.readouterr().err
    assert (tmp_path / "a.docx").is_file()
    glossary = tmp_path / "用語.csv"
    glossary.symlink_to("/proc/self/mem")  # a file that opens and gives nothing, for root, too
    assert main([str(recording), "-o", str(tmp_path), "--model", str(MODEL), "--glossary", str(glossary)]) == 1
    assert "権限" in capsys.readouterr().err
