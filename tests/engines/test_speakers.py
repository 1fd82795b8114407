"""The whole engine with the real demo model, on made conversations of voices that it was not trained on."""

import itertools
import json
import os
import random
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.calibrate_speakers import calibration
from tools.made_conversations import RATE, Conversation, conversation, drawn
from transcribe.__main__ import main
from transcribe.errors import SpeakerModelBrokenError
from transcribe.speakers import Separator, Turn, open_separator
from transcribe.speakers.error_rate import error_rate

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "demo-speakers"


@pytest.fixture(scope="module")
def separator() -> Iterator[Separator]:
    with open_separator(MODEL) as opened:
        yield opened


def made(number: int, seconds: float = 30.0, seed: int = 1) -> Conversation:
    """A conversation of that many voices."""
    return conversation(drawn(random.Random(f"test {number} {seed}"), number), seconds, seed)


def truth(given: Conversation) -> list[Turn]:
    return [Turn(one.start, one.end, one.voice) for one in given.said]


def voices(turns: list[Turn]) -> list[str]:
    """In the order of their first turns."""
    return list(dict.fromkeys(turn.speaker for turn in turns))


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize("given", [True, False])
def test_voices_are_told_apart_whether_their_number_is_given_or_not(
    separator: Separator, number: int, given: bool
) -> None:
    talk = made(number)
    turns = separator.turns([talk.sound], speakers=number if given else None)
    assert voices(turns) == [f"S{at + 1}" for at in range(number)]
    assert error_rate(truth(talk), turns).rate < 0.08


def test_one_voice_is_one_and_a_number_that_is_too_high_does_no_harm_but_to_names(separator: Separator) -> None:
    talk = made(1, 20.0)
    assert voices(separator.turns([talk.sound])) == ["S1"]
    assert len(voices(separator.turns([talk.sound], speakers=2))) == 2


def test_speakers_who_give_each_other_no_pause_are_told_apart(separator: Separator) -> None:
    talk = conversation((("A", 1.0), ("D", 1.06)), 30.0, 5, pauses=(0.0, 0.05))
    assert error_rate(truth(talk), separator.turns([talk.sound], speakers=2)).rate < 0.1


def test_turns_are_in_order_and_never_overlap(separator: Separator) -> None:
    turns = separator.turns([made(3).sound])
    assert all(turn.start < turn.end for turn in turns)
    assert all(one.end <= other.start for one, other in itertools.pairwise(turns))


def test_the_same_recording_gives_the_same_turns_whatever_the_blocks_and_threads(separator: Separator) -> None:
    sound = made(3).sound
    blocks = [sound[begin : begin + 7001] for begin in range(0, len(sound), 7001)]
    whole = separator.turns([sound])
    assert separator.turns(blocks) == whole
    with open_separator(MODEL, 3) as other:
        assert other.turns(blocks) == whole


@pytest.mark.parametrize("sound", [np.zeros(0, np.int16), np.zeros(5 * RATE, np.int16)])
def test_where_nobody_speaks_there_are_no_turns(separator: Separator, sound: NDArray[np.int16]) -> None:
    assert separator.turns([sound], speakers=2) == []


def test_a_single_word_is_somebodys(separator: Separator) -> None:
    talk = made(1, 3.0).sound
    short = np.concatenate([np.zeros(RATE, np.int16), talk[RATE // 2 : RATE // 2 + 4000], np.zeros(RATE, np.int16)])
    assert voices(separator.turns([short], speakers=3)) in ([], ["S1"])


@pytest.mark.parametrize(("least", "most"), [(0, 3), (4, 3)])
def test_numbers_that_cannot_be_meant_are_refused(separator: Separator, least: int, most: int) -> None:
    with pytest.raises(ValueError, match="speakers"):
        separator.turns([], least=least, most=most)


def test_progress_reaches_the_end_and_what_it_raises_ends_the_work(separator: Separator) -> None:
    sound, heard = made(1, 20.0).sound, list[float]()
    separator.turns([sound], progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(len(sound) / RATE)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        separator.turns([sound], progress=stop)


def test_a_known_number_of_speakers_shows_where_the_threshold_belongs() -> None:
    talk = made(3)
    with open_separator(MODEL) as opened:
        heard = opened.heard([talk.sound])
        found = calibration(heard.embeddings, heard.likeness(opened.voices(heard, 3, 3)))
    assert found.other < opened.model.threshold < found.same
    assert found.other < found.threshold < found.same


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Conversation]:
    talk = conversation((("A", 1.0), ("D", 1.06)), 20.0, 4)
    path = tmp_path_factory.mktemp("talk") / "打合せ.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(talk.sound.tobytes())
    return path, talk


@pytest.mark.parametrize("number", ["2", "auto"])
def test_the_command_writes_who_said_what(recording: tuple[Path, Conversation], tmp_path: Path, number: str) -> None:
    path, talk = recording
    assert main([str(path), "-o", str(tmp_path), "--model", str(ROOT / "models" / "demo"), *speakers(number)]) == 0
    record = json.loads((tmp_path / "打合せ.json").read_text("utf-8"))
    names: dict[str, set[str]] = {}
    for segment in record["segments"]:
        middle = (segment["start"] + segment["end"]) / 2
        for said in talk.said:
            if said.start <= middle <= said.end:
                names.setdefault(said.voice, set()).add(segment["speaker"])
    assert sorted(names.values(), key=sorted) == [{"S1"}, {"S2"}]


def speakers(number: str) -> list[str]:
    return ["--speakers", number, "--speaker-model", str(MODEL)]


def test_the_command_tells_the_speakers_of_a_recording_that_it_salvages(
    recording: tuple[Path, Conversation], tmp_path: Path
) -> None:
    path = tmp_path / "途中.wav"
    whole = recording[0].read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    call = [str(path), "-o", str(tmp_path), "--model", str(ROOT / "models" / "demo"), "--salvage", *speakers("2")]
    assert main(call) == 0
    record = json.loads((tmp_path / "途中.json").read_text("utf-8"))
    assert {segment["speaker"] for segment in record["segments"]} == {"S1", "S2"}


def test_the_command_takes_a_file_name_of_another_encoding(
    recording: tuple[Path, Conversation], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / os.fsdecode("会議".encode("cp932") + b".wav")
    with wave.open(str(recording[0]), "rb") as whole, wave.open(str(path), "wb") as file:
        file.setparams(whole.getparams())
        file.writeframes(whole.readframes(4 * RATE))
    assert main([str(path), "-o", str(tmp_path), "--model", str(ROOT / "models" / "demo")]) == 0
    assert path.with_suffix(".docx").is_file()
    capsys.readouterr().out.encode("utf-8")


def test_minutes_are_written_even_where_their_speakers_cannot_be_told_apart(
    recording: tuple[Path, Conversation],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def breaks(*_: object, **__: object) -> list[Turn]:
        raise SpeakerModelBrokenError(path="models/voices", reason="dimension 3")

    monkeypatch.setattr("transcribe.speakers.separation.EmbeddingSeparator.turns", breaks)
    call = [str(recording[0]), "-o", str(tmp_path), "--model", str(ROOT / "models" / "demo"), *speakers("2")]
    assert main(call) == 1
    assert json.loads((tmp_path / "打合せ.json").read_text("utf-8"))["segments"]
    assert "speaker-model-broken" in capsys.readouterr().err


def test_a_missing_speaker_model_is_told_before_the_work(
    recording: tuple[Path, Conversation], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = ["--speakers", "auto", "--speaker-model", str(tmp_path / "none")]
    assert main([str(recording[0]), "-o", str(tmp_path), "--model", str(ROOT / "models" / "demo"), *away]) == 1
    assert "speaker-model-missing" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", ["0", "-1", "two", "51"])
def test_a_number_of_speakers_that_cannot_be_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["x.wav", "-o", str(tmp_path), f"--speakers={number}"])
    assert caught.value.code == 2
    assert "auto" in capsys.readouterr().err
