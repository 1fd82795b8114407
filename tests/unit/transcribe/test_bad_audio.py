"""Every broken recording of the corpus gets its own error, in words for a clerk."""

import os
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bad import audio as made
from bad import sounds
from bad.audio import RATE, Sound
from transcribe.audio import stream
from transcribe.containers import account
from transcribe.errors import AudioBeyondSalvageError, AudioEndsEarlyError, AudioError, TranscribeError
from transcribe.speech import cut, cut_blocks

SAMPLES = Path(__file__).parents[3] / "samples" / "speech"
FULL = os.environ.get("DIGILAB_FAULTS") == "full"
CUT_OFF = ("wav", "mp3", "ogg", "flac", "wma", "webm", "mkv", "w64", "aiff", "caf")
CORRUPTED = ("mp3", "ogg", "flac", "webm", "mkv", "m4a")


@pytest.fixture(scope="module")
def speech() -> Sound:
    return made.speech(SAMPLES, seconds=30)


def refusal(path: Path) -> AudioError:
    with pytest.raises(AudioError) as caught:
        list(cut(path))
    return caught.value


Build = Callable[[Path], Path]
NOT_AUDIO: dict[str, tuple[Build, str, str, str]] = {
    "A1 empty": (made.empty, "audio-empty", "", "0バイト"),
    "A2 random bytes": (made.random_bytes, "audio-unreadable", "", "音声として読み取れない"),
    "A3 PDF": (made.pdf, "audio-is-other-type", "pdf", "音声ではなくPDF（文書）です"),
    "text": (made.text, "audio-is-other-type", "text", "テキスト"),
    "text in cp932": (lambda path: made.text(path, encoding="cp932"), "audio-is-other-type", "text", "テキスト"),
    "text in UTF-16": (lambda path: made.text(path, encoding="utf-16"), "audio-is-other-type", "text", "テキスト"),
    "web page": (lambda path: made.text(path, "<!DOCTYPE html><p>404</p>"), "audio-is-other-type", "html", "HTML"),
    "A18 zip": (made.zipped, "audio-is-other-type", "zip", "展開"),
    "Word": (lambda path: made.zipped(path, "word/document.xml"), "audio-is-other-type", "office", "Word"),
    "A5 film without sound": (made.film_without_sound, "audio-without-sound-track", "", "音声が入っていません"),
    "A17 DS2": (lambda path: made.raw(path, b"\x03ds2" + b"\0" * 4000), "audio-type-refused", "ds2", "DS2・DSS Pro"),
    "picture": (lambda path: made.raw(path, b"\x89PNG\r\n\x1a\n" + b"\0" * 99), "audio-is-other-type", "image", "画像"),
    "one byte": (lambda path: made.raw(path, b"\0"), "audio-unreadable", "", "音声として読み取れない"),
}


@pytest.mark.parametrize("case", NOT_AUDIO)
@pytest.mark.parametrize("name", ["rec.mp3", "rec.wav", "rec.m4a"])
def test_what_is_no_recording_is_refused_by_its_content_whatever_its_name(tmp_path: Path, case: str, name: str) -> None:
    build, code, found, said = NOT_AUDIO[case]
    error = refusal(build(tmp_path / name))
    assert error.code == code
    assert error.evidence.get("found", "") == found
    assert said in error.sentence()


def test_what_ic_recorders_write_is_read(tmp_path: Path, speech: Sound) -> None:
    """A17: WMA and DSS; DS2 is encrypted and says so."""
    wma = stream(made.write(tmp_path / "rec.wma", speech, "wma", rate=44100))
    assert sum(map(len, wma)) == pytest.approx(len(speech), abs=0.1 * RATE)
    dss = stream(made.dss(tmp_path / "rec.dss"))
    assert sum(map(len, dss)) / RATE == pytest.approx(17.7, abs=0.5)


@pytest.mark.parametrize(("suffix", "rate"), [("amr", 8000), ("3gp", 8000), ("ulaw.wav", 8000), ("mp3", 8000)])
def test_speech_over_a_telephone_is_found_where_it_was_said(
    tmp_path: Path, speech: Sound, suffix: str, rate: int
) -> None:
    """A10"""
    wide = list(cut(made.write(tmp_path / "rec.wav", speech)))
    narrow = list(cut(made.write(tmp_path / f"rec.{suffix}", speech, suffix, rate=rate)))
    assert sum(one.speech for one in narrow) > 0.9 * sum(one.speech for one in wide)
    assert narrow[-1].end == pytest.approx(wide[-1].end, abs=0.1)


@pytest.mark.parametrize("kind", made.PLAYLISTS)
def test_a_playlist_opens_no_other_file_and_no_network(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A15: the playlist names a real recording, which must not be read. The sniffing is also switched off, so
    that the whitelist behind it has to hold alone."""
    path = made.playlist(tmp_path / "rec.mp3", kind, SAMPLES / "meeting-1.ogg")
    error = refusal(path)
    assert error.code in ("audio-type-refused", "audio-is-other-type")
    assert "録音" in error.sentence()
    monkeypatch.setattr("transcribe.nature.refused", lambda _: None)
    monkeypatch.setattr("transcribe.nature.other", lambda _: None)
    assert refusal(path).code in ("audio-unreadable", "audio-type-refused")


def test_even_a_demuxer_that_follows_references_would_be_given_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A15: the last bar alone, with the two before it taken away. Without it this list would play."""
    (tmp_path / "other.wav").write_bytes((made.write(tmp_path / "a.wav", made.silence(2))).read_bytes())
    path = made.text(tmp_path / "rec.mp3", "ffconcat version 1.0\nfile other.wav\n")
    monkeypatch.setattr("transcribe.nature.refused", lambda _: None)
    monkeypatch.setattr("transcribe.nature.other", lambda _: None)
    monkeypatch.setattr("transcribe.audio.FORMATS", "concat,wav")
    assert refusal(path).code == "audio-unreadable"


def test_a_recorder_that_died_left_no_index(tmp_path: Path, speech: Sound) -> None:
    """A4"""
    error = refusal(made.cut_off(made.write(tmp_path / "rec.m4a", speech, "m4a")))
    assert error.code == "audio-ends-early"
    assert error.sentence().startswith("録音が途中で終わっています。")


@pytest.mark.parametrize(("rate", "layout"), [(44100, "mono"), (44100, "stereo"), (16000, "mono")])
def test_the_sound_of_a_recorder_that_died_is_got_out_when_it_is_asked_for(
    tmp_path: Path, speech: Sound, rate: int, layout: str
) -> None:
    """A4: no index, so nothing tells where a frame begins; the reader is offered the sound and told that times may be off."""
    path = made.cut_off(made.write(tmp_path / "rec.m4a", speech, "m4a", rate=rate, layout=layout))
    assert "--salvage" in refusal(path).sentence()
    reading = stream(path, salvage=True)
    sound = np.concatenate(list(reading))
    assert len(sound) == pytest.approx(15 * RATE, rel=0.1)
    like = np.corrcoef(_loudness(speech[: 12 * RATE]), _loudness(sound[: 12 * RATE]))[0, 1]
    assert like > 0.8
    assert [one.kind for one in reading.damage] == ["rebuilt", "end"]


def test_salvaged_sound_goes_on_at_its_time_after_the_edge_of_a_block(
    tmp_path: Path, speech: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made.cut_off(made.write(tmp_path / "rec.m4a", speech, "m4a", rate=16000), 0.9)
    whole = np.concatenate(list(stream(path, salvage=True)))
    monkeypatch.setattr("transcribe.rescue._BLOCK", 120_000)
    blocks = np.concatenate(list(stream(path, salvage=True)))
    assert len(blocks) == pytest.approx(len(whole), abs=0.1 * RATE)
    assert np.corrcoef(_loudness(whole[-4 * RATE :]), _loudness(blocks[-4 * RATE :]))[0, 1] > 0.9


def test_what_holds_no_sound_is_beyond_salvage(tmp_path: Path, speech: Sound) -> None:
    path = made.cut_off(made.write(tmp_path / "rec.m4a", speech, "m4a"))
    whole = path.read_bytes()
    start = whole.index(b"mdat") + 4
    path.write_bytes(whole[:start] + np.random.default_rng(4).bytes(60_000))
    with pytest.raises(AudioBeyondSalvageError):
        list(stream(path, salvage=True))


@pytest.mark.parametrize("suffix", CUT_OFF)
def test_a_file_cut_off_in_the_middle_says_how_much_could_be_read(tmp_path: Path, speech: Sound, suffix: str) -> None:
    rate = made.FORMATS[suffix][2][-1]
    path = made.cut_off(made.write(tmp_path / f"rec.{suffix}", speech, suffix, rate=rate))
    with pytest.raises(AudioEndsEarlyError) as caught:
        list(stream(path))
    assert caught.value.evidence["seconds"] == pytest.approx(15, abs=1)
    assert "0分1" in caught.value.sentence()


def test_a_cut_off_mp4_with_its_index_in_front_says_how_much_could_be_read(tmp_path: Path, speech: Sound) -> None:
    path = made.write(tmp_path / "rec.m4a", speech, "m4a", options={"movflags": "faststart"})
    error = refusal(made.cut_off(path))
    assert error.code == "audio-ends-early"
    assert error.evidence["seconds"] == pytest.approx(15, abs=1)


def test_what_could_be_read_of_a_cut_off_file_can_be_salvaged(tmp_path: Path, speech: Sound) -> None:
    path = made.cut_off(made.write(tmp_path / "rec.wav", speech))
    stretches = list(cut(path, salvage=True))
    assert stretches[-1].end == pytest.approx(15, abs=0.1)
    assert [one.kind for one in stretches[-1].damage] == ["end"]


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "ogg", "flac", "wma", "webm"])
def test_a_whole_file_is_never_called_cut_off(tmp_path: Path, speech: Sound, suffix: str) -> None:
    path = made.write(tmp_path / f"rec.{suffix}", speech, suffix, rate=made.FORMATS[suffix][2][-1])
    reading = stream(path)
    list(reading)
    assert reading.damage == []


@pytest.mark.parametrize("suffix", CORRUPTED)
def test_both_sides_of_broken_bytes_are_kept_at_their_times_and_the_gap_is_noted(
    tmp_path: Path, speech: Sound, suffix: str
) -> None:
    """A13"""
    rate = made.FORMATS[suffix][2][-1]
    reading = stream(made.corrupted(made.write(tmp_path / f"rec.{suffix}", speech, suffix, rate=rate)))
    sound = np.concatenate(list(reading))
    assert len(sound) == pytest.approx(len(speech), abs=0.2 * RATE)
    for side in (slice(0, 12 * RATE), slice(22 * RATE, 29 * RATE)):
        like = np.corrcoef(_loudness(speech[side]), _loudness(sound[side]))[0, 1]
        assert like > 0.95
    assert reading.damage
    assert 11 < reading.damage[0].start < 16
    assert reading.damage[-1].end < 21


def _loudness(sound: Sound) -> np.ndarray:
    windows = sound[: len(sound) // 1600 * 1600].astype(float).reshape(-1, 1600)
    return np.sqrt(np.square(windows).mean(axis=1))


@pytest.mark.parametrize(
    ("riff", "data", "name"),
    [
        (0, 0, b"RIFF"),
        (0xFFFFFFFF, 0xFFFFFFFF, b"RIFF"),
        (None, 1000, b"RIFF"),
        (0xFFFFFFFF, 0xFFFFFFFF, b"RF64"),
    ],
    ids=["A14 sizes never written", "A14 sizes unknown", "A19 size wrapped at 4 GB", "A19 RF64"],
)
def test_length_comes_from_the_sound_not_from_the_header(
    tmp_path: Path, speech: Sound, riff: int | None, data: int | None, name: bytes
) -> None:
    path = made.raw(tmp_path / "rec.wav", made.wav_bytes(speech, riff=riff, data=data, name=name))
    assert np.array_equal(np.concatenate(list(stream(path))), speech)


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def _nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = _box(b"trak", inner)
    return _box(b"ftyp", b"isom" + bytes(8)) + _box(b"moov", inner)


def _rf64(ds64: bytes, length: int | None = None) -> bytes:
    head = b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<I", len(ds64) if length is None else length) + ds64
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    return head + form + b"data\xff\xff\xff\xff" + bytes(2 * RATE)


_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_MATROSKA = b"\x1aE\xdf\xa3"
CRAFTED = {
    "WMA of 20 bytes": _ASF + bytes(4),
    "WMA with a header of no length": _ASF + bytes(100),
    "RF64 of endless sound": _rf64(struct.pack("<QQQI", 0, (1 << 64) - 1, 0, 0)),
    "RF64 whose first chunk is cut off": b"RF64\xff\xff\xff\xffWAVEds64\x1c\x00\x00\x00" + bytes(6),
    "RF64 whose first chunk is endless": _rf64(bytes(28), 0xFFFFFFF0),
    "WAV with an endless chunk": b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\xff" + bytes(200),
    "MP4 with boxes in boxes": _nested(3000),
    "MP4 with an endless box": _box(b"ftyp", b"isom" + bytes(8)) + b"\0\0\0\1moov" + b"\xff" * 8 + bytes(200),
    "Matroska with an endless head": _MATROSKA + b"\x01" + b"\xfe" * 7 + bytes(200),
    "Matroska with an endless body": _MATROSKA + b"\x80\x18\x53\x80\x67\x01" + b"\xfe" * 7 + bytes(200),
    "Matroska of eight bytes": _MATROSKA + bytes(4),
    "CAF with an endless chunk": b"caff\0\1\0\0desc" + b"\x7f" + b"\xff" * 7 + bytes(200),
    "W64 of six bytes of length": b"riff" + bytes(18),
    "AIFF of twelve bytes": b"FORM" + b"\xff" * 8,
    "Ogg of one mark": b"OggS\0",
    "FLAC of one mark": b"fLaC",
    "MP3 behind an endless tag": b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(200),
}


@pytest.mark.parametrize("case", CRAFTED)
@pytest.mark.parametrize("salvage", [False, True])
def test_a_stub_or_a_file_with_impossible_sizes_is_refused_like_any_other(
    tmp_path: Path, case: str, salvage: bool
) -> None:
    path = made.raw(tmp_path / "rec.wav", CRAFTED[case])
    with pytest.raises(AudioError) as caught:
        list(cut(path, salvage=salvage))
    assert caught.value.sentence()


@given(st.sampled_from(sorted(CRAFTED)), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_whatever_a_head_says_the_account_is_closed_without_an_error(
    tmp_path_factory: pytest.TempPathFactory, case: str, dice: Random
) -> None:
    content = bytearray(CRAFTED[case][:4096] + bytes(40))
    for _ in range(dice.randint(0, 12)):
        content[dice.randrange(4, len(content))] = dice.choice([0, 1, 8, 0x7F, 0x80, 0xFE, 0xFF])
    path = made.raw(tmp_path_factory.getbasetemp() / "rec.wav", bytes(content[: dice.randint(4, len(content))]))
    assert account(path).missing >= 0


def test_a_chunk_that_claims_four_gigabytes_is_not_read_into_memory(tmp_path: Path) -> None:
    path = made.raw(tmp_path / "rec.wav", _rf64(bytes(28), 0xFFFFFFF0))
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    tracemalloc.start()
    with pytest.raises(AudioError):
        stream(path).__iter__().__next__()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 24


_READING = """
import resource, sys
from pathlib import Path
from transcribe.audio import stream
print(sum(map(len, stream(Path(sys.argv[1])))), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_recording_of_many_hours_is_read_in_the_memory_of_a_short_one(tmp_path: Path) -> None:
    """A8: eleven hours with DIGILAB_FAULTS=full, else two. `benchmarks/length.py` takes long meetings through the whole job."""
    hours = 11.0 if FULL else 2.0
    memory = {}
    for each in (0.25, hours):
        path = made.endless(tmp_path / "rec.wav", each)
        call = [sys.executable, "-c", _READING, str(path)]
        done = subprocess.run(call, capture_output=True, text=True, check=True, cwd=SAMPLES.parents[1])
        samples, memory[each] = map(int, done.stdout.split())
        assert samples == each * 3600 * RATE
    assert memory[hours] < 1.1 * memory[0.25]


def test_protected_recordings_ask_for_an_unprotected_file(tmp_path: Path, speech: Sound) -> None:
    """A16"""
    m4a = made.patched(made.write(tmp_path / "rec.m4a", speech, "m4a"), b"mp4a", b"drms")
    assert refusal(m4a).code == "audio-protected"
    wma = made.write(tmp_path / "rec.wma", speech, "wma", rate=44100)
    padding = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
    lock = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    error = refusal(made.patched(wma, padding, lock))
    assert error.code == "audio-protected"
    assert "保護のかかっていないファイル" in error.sentence()


def test_silence_gives_no_text_but_a_sentence(tmp_path: Path) -> None:
    """A6"""
    error = refusal(made.write(tmp_path / "rec.wav", made.silence(20)))
    assert error.code == "audio-no-speech"
    assert "音声が検出できません" in error.sentence()


def test_room_noise_is_not_taken_for_speech(tmp_path: Path) -> None:
    noise = (np.random.default_rng(6).standard_normal(60 * RATE) * 200).astype(np.int16)
    assert refusal(made.write(tmp_path / "rec.wav", noise)).code == "audio-no-speech"


def test_a_fifth_of_a_second_is_too_short(tmp_path: Path, speech: Sound) -> None:
    """A9"""
    error = refusal(made.write(tmp_path / "rec.wav", speech[RATE : RATE + RATE // 5]))
    assert error.code == "audio-too-short"
    assert "0.2秒" in error.sentence()


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.45])
def test_a_moment_of_speech_or_none_is_too_short_and_no_sentence_is_made_up(
    tmp_path: Path, speech: Sound, seconds: float
) -> None:
    """A9"""
    for sound in (speech[RATE:], sounds.silence(1), sounds.tones(1)):
        assert refusal(made.write(tmp_path / "rec.wav", sound[: round(seconds * RATE)])).code == "audio-too-short"


def test_a_telephone_that_rings_is_no_speech(tmp_path: Path) -> None:
    """A6: voice detection takes the beginning of some steady tones for speech."""
    at = np.arange(12 * RATE) / RATE
    ringing = sum(np.sin(2 * np.pi * 150 * part * at) / part for part in range(1, 11)) * (at % 3 < 1)
    ringing = sounds.louder((ringing * 8000).astype(np.int16), -6.0)
    found = list(cut_blocks([ringing], [], 300, 500))
    assert any(one.spans for one in found), "voice detection alone must have been deceived, or this tests nothing"
    assert refusal(made.write(tmp_path / "rec.wav", ringing)).code == "audio-no-speech"


def test_a_very_quiet_recording_is_still_heard(tmp_path: Path, speech: Sound) -> None:
    """A7: 30 dB below the samples."""
    loud = list(cut(made.write(tmp_path / "loud.wav", speech)))
    quiet = list(cut(made.write(tmp_path / "quiet.wav", (speech / 31.6).astype(np.int16))))
    assert sum(one.speech for one in quiet) > 0.8 * sum(one.speech for one in loud)


def _errors(base: type[TranscribeError]) -> list[type[TranscribeError]]:
    return [base, *(deeper for child in base.__subclasses__() for deeper in _errors(child))]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("kind", _errors(TranscribeError))
def test_every_error_has_its_sentence(kind: type[TranscribeError], language: str) -> None:
    evidence = {
        "found": "pdf",
        "seconds": 3.0,
        "least": 0.5,
        "hours": 13.0,
        "path": "m",
        "reason": "r",
        "name": "n",
        "line": 2,
    }
    assert len(kind(**evidence).sentence(language)) > 20


def test_a_bad_recording_on_the_command_line_gives_words_and_no_traceback(tmp_path: Path) -> None:
    bad = made.pdf(tmp_path / "会議.mp3")
    call = [sys.executable, "-m", "transcribe", str(bad), "-o", str(tmp_path), "--model", "models/demo"]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=SAMPLES.parents[1])
    assert done.returncode == 1
    assert "会議.mp3" in done.stderr
    assert "PDF" in done.stderr
    assert "Traceback" not in done.stderr
