"""python -m ocr check: what a definer sees, and what the job server reads."""

import json
from pathlib import Path

import cv2
import pytest
from PIL import Image, ImageDraw

from bad.definitions import blank, changed, line_of, png, write
from ocr.__main__ import main

OVERLAPPING = changed("[20, 50, 60, 8]", "[20, 45, 60, 8]")


def test_a_sound_definition_is_called_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(write(tmp_path / "form"))]) == 0
    assert capsys.readouterr().out == "過誤納金還付請求書（refund 2026-04版）: 誤りはありません。1 ページ、欄 12\n"


def test_faults_are_told_on_stderr_in_the_language_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "form", OVERLAPPING)
    assert main(["check", str(folder)]) == 1
    assert f"form.yaml の {line_of('name: total', OVERLAPPING)} 行目（欄 total）" in capsys.readouterr().err
    assert main(["check", str(folder), "--language", "en"]) == 1
    assert "(field total): The box lies over field holder_kana (line 9)." in capsys.readouterr().err


def test_the_facts_of_every_definition_are_told_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound, broken = write(tmp_path / "sound"), write(tmp_path / "broken", OVERLAPPING)
    assert main(["check", "--json", str(sound), str(broken)]) == 1
    told = json.loads(capsys.readouterr().out)
    facts, faulty = told
    assert {key: facts[key] for key in ("folder", "id", "revision", "pages", "personal_number", "faults")} == {
        "folder": "sound",
        "id": "refund",
        "revision": "2026-04",
        "pages": 1,
        "personal_number": False,
        "faults": [],
    }
    assert len(facts["digest"]) == 64
    assert facts["files"] == ["form.yaml", "blank.png"]
    assert {"path": "items.amount", "type": "amount", "rows": 3, "label": "金額"}.items() <= facts["fields"][7].items()
    (fault,) = faulty["faults"]
    assert (fault["code"], fault["file"], fault["field"]) == ("definition-overlap", "form.yaml", "total")
    assert fault["line"] == line_of("name: total", OVERLAPPING)
    assert fault["evidence"]["other"] == "holder_kana"
    assert set(fault["sentences"]) == {"ja", "en"}


def test_a_blank_that_no_scan_can_be_aligned_to_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = Image.new("L", (1240, 1754), 255)
    ImageDraw.Draw(bare).rectangle((100, 100, 1100, 1600), outline=0, width=6)
    assert main(["check", "--json", str(write(tmp_path / "form", blank_png=png(bare)))]) == 1
    ((fault,),) = [each["faults"] for each in json.loads(capsys.readouterr().out)]
    assert (fault["code"], fault["evidence"]["found"]) == ("definition-blank-unalignable", "blank.png")


def test_two_pages_that_look_alike_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = changed("rules:\n", "  - {blank: again.png, fields: []}\nrules:\n")
    folder = write(tmp_path / "form", text, again_png=png(blank()))
    assert main(["check", str(folder)]) == 1
    assert "again.png" in capsys.readouterr().err


def test_the_boxes_are_drawn_on_the_blank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "form")
    assert main(["check", str(folder), "--overlay", str(tmp_path / "boxes")]) == 0
    assert "refund-2026-04-1.png" in capsys.readouterr().out
    picture = cv2.imread(str(tmp_path / "boxes" / "refund-2026-04-1.png"))
    assert picture is not None
    assert picture.shape == (1782, 1260, 3)
    left_edge_of_remarks = picture[6 * 120, 6 * 20]
    assert left_edge_of_remarks.tolist() == [190, 60, 0]
    assert picture[6 * 160, 6 * 20].min() > 120


@pytest.mark.parametrize("call", [[], ["check"], ["draw", "x"], ["read", "x", "y"], ["identify"]])
def test_a_wrong_call_says_so(call: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(call)
    assert ended.value.code == 2
    assert "指定が正しくありません" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "read", "identify", "calibrate"])
def test_help_speaks_the_language_asked_for(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    for language, folder in (("ja", "フォルダー"), ("en", "folder")):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help", "--language", language])
        assert ended.value.code == 0
        assert folder in capsys.readouterr().out


def test_an_output_that_cannot_be_written_is_refused_before_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(tmp_path), "scan.pdf", "-o", "values.doc"]) == 2
    assert ".csv, .xlsx, .json" in capsys.readouterr().err


def test_a_folder_without_definitions_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", "scan.pdf", "--forms", str(tmp_path / "none")]) == 1
    assert "ファイル form.yaml がありません" in capsys.readouterr().err


def test_a_command_that_is_stopped_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ocr.commands.check.load", stopped)
    assert main(["check", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "途中で止めました。\n"
