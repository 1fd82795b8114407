"""A glossary with a real model: what it is told, and what is said of it."""

import json
import shutil
from pathlib import Path

import pytest

from transcribe.__main__ import main
from transcribe.certificate import Note
from transcribe.engine import Transcriber
from transcribe.speech import cut
from transcribe.stretch import Stretch
from transcribe.transcript import Hit, Transcript
from transcribe.words import Term, prompt_room

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "models" / "demo"


@pytest.fixture(scope="module")
def stretch() -> Stretch:
    whole = next(cut(ROOT / "samples" / "speech" / "meeting-1.ogg", target_seconds=10, most_seconds=16))
    assert whole.spans
    return whole


def said(model: Path, stretch: Stretch, *terms: Term) -> Transcript:
    with Transcriber(model, device="cpu") as engine:
        return engine.transcribe(stretch.samples, stretch.heard, stretch.sound_start, terms=terms)


@pytest.fixture
def taking(tmp_path: Path) -> Path:
    """The demo model, made to take hotwords."""
    folder = tmp_path / "taking"
    shutil.copytree(DEMO, folder)
    decoding = json.loads((folder / "decoding.json").read_text("utf-8"))
    (folder / "decoding.json").write_text(json.dumps({**decoding, "hotwords": True}), "utf-8")
    return folder


def test_a_model_that_takes_no_hotwords_is_not_disturbed_by_a_glossary(stretch: Stretch) -> None:
    plain, with_terms = said(DEMO, stretch), said(DEMO, stretch, Term("山本"), Term("田中"))
    assert with_terms.segments == plain.segments
    assert Hit("山本", 1) in with_terms.hits
    assert Note("glossary-not-taken") in with_terms.certificate.notes
    assert not any(note.code.startswith("glossary") for note in plain.certificate.notes)


def test_a_model_that_takes_hotwords_gets_as_many_as_its_prompt_has_room_for(taking: Path, stretch: Stretch) -> None:
    terms = [Term(f"第{number}地区防災計画") for number in range(200)]
    told = said(taking, stretch, *terms)
    [note] = [note for note in told.certificate.notes if note.code == "glossary-taken"]
    given = dict(note.evidence)["given"]
    assert dict(note.evidence)["all"] == 200
    # At least three tokens each, so that more cannot have fitted.
    assert isinstance(given, int)
    assert 5 < given <= prompt_room(10) // 3
    # The tiny model loses its text with any words before the sound. So it shows that they reached it, and that the second pass,
    # which also reads without them, gives back what they took.
    plain = said(taking, stretch)
    assert told.certificate.decoded_again > plain.certificate.decoded_again
    assert told.text == plain.text


def test_the_command_takes_a_glossary_and_writes_numbers_in_figures(
    tmp_path: Path, stretch: Stretch, capsys: pytest.CaptureFixture[str]
) -> None:
    recording, terms = tmp_path / "会議.wav", tmp_path / "用語.csv"
    recording.write_bytes(stretch.to_wav())
    terms.write_bytes("用語,有効終了\n山本,\n防災課,2026-03-31\n".encode("cp932"))
    call = [str(recording), "-o", str(tmp_path), "--model", str(DEMO), "--glossary", str(terms), "--date", "2026-04-01"]
    assert main([*call, "--numbers", "written", "--hide-fillers"]) == 0
    assert "用語集の1語のうち1語が、あわせて1回" in capsys.readouterr().out
    assert json.loads((tmp_path / "会議.json").read_text("utf-8"))["hits"] == [{"term": "山本", "count": 1}]
    terms.write_text("名前\n山本\n", "utf-8")
    assert main(call) == 1
    assert "用語.csv: 用語集（用語.csv）の1行目" in capsys.readouterr().err
