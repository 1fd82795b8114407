"""python -m ocr on made scans: read, identify, calibrate, from files to files."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pypdfium2
import pytest

from house.tree import ROOT
from ocr.__main__ import main
from ocr.calibration import Calibration

FORMS = ROOT / "form_definitions"
BANK = FORMS / "bank-transfer-request"


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank transfer, a school aid application of two pages and a travel expense claim, with their truth."""
    folder = tmp_path_factory.mktemp("scans")
    make = [sys.executable, str(ROOT / "tools" / "make_forms.py"), str(folder)]
    subprocess.run([*make, *["--pages", "4", "--seed", "4711", "--vocabulary", "test", "--kinds", "clean"]], check=True)
    return folder


def pages(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.iterdir() if path.suffix != ".json")


def test_scans_become_values_with_their_doubts(scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = [
        "read",
        str(FORMS),
        *pages(scans),
        "-o",
        str(tmp_path / "values.json"),
        "--overlay",
        str(tmp_path / "drawn"),
    ]
    assert main([*call, "--date", "2026-11-21"]) == 0
    said = capsys.readouterr()
    assert "4枚／4枚" in said.err
    assert "帳票 3 件" in said.out
    read = json.loads((tmp_path / "values.json").read_text(encoding="utf-8"))
    truth = json.loads((scans / "truth.json").read_text(encoding="utf-8"))["pages"]
    values = {(case["form"], value["path"]): value["value"] for case in read["cases"] for value in case["values"]}
    digits = {
        (page["form"], path): text
        for page in truth
        for path, text in page["fields"].items()
        if path in ("bank_code", "branch_code", "account_number", "postal_code") and text
    }
    assert len(digits) >= 4
    assert {key: values[key].replace("-", "") for key in digits} == {
        key: text.replace("-", "") for key, text in digits.items()
    }
    with pypdfium2.PdfDocument(tmp_path / "drawn" / "values_確認用.pdf") as drawn:
        assert len(drawn) == 4


def test_a_page_of_another_form_is_held_with_its_picture(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, last = pages(scans)[0], pages(scans)[-1]
    call = ["read", str(BANK), first, last, "-o", str(tmp_path / "values.csv"), "--overlay", str(tmp_path)]
    assert main(call) == 1
    said = capsys.readouterr().out
    assert f"ファイル「{Path(last).name}」の 1 ページ目は、選んだ帳票のどれとも一致しません。" in said
    assert "読み取らなかったページは 1 枚" in said
    assert (tmp_path / "values.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with pypdfium2.PdfDocument(tmp_path / "values_合わないページ.pdf") as drawn:
        assert len(drawn) == 1


def test_a_broken_file_does_not_stop_the_others(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.pdf").touch()
    call = ["read", str(BANK), str(tmp_path / "empty.pdf"), str(tmp_path / "gone.pdf"), pages(scans)[0]]
    assert main([*call, "-o", str(tmp_path / "values.xlsx")]) == 1
    said = capsys.readouterr()
    assert "[scan-empty]" in said.err
    assert "ファイル「gone.pdf」がない" in said.err
    assert (tmp_path / "values.xlsx").exists()


@pytest.mark.parametrize("out", ["file.png/values.csv", "folder.csv", "/proc/none/values.csv"])
def test_where_nothing_can_be_written_nothing_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(BANK / "blank.png", "file.png")
    Path("folder.csv").mkdir()
    assert main(["read", str(BANK), "file.png", "-o", out]) == 1
    assert main(["read", str(BANK), "file.png", "-o", "values.csv", "--overlay", "file.png"]) == 1
    said = capsys.readouterr().err
    assert said.count("読み書きできません") == 2
    assert "1枚" not in said


def test_a_calibration_of_another_recogniser_is_used_with_a_warning(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(Calibration.shipped(), engine="ocr 0.1.0, paddleocr PP-OCRv6_server_rec")
    other.save(tmp_path / "other.json")
    call = ["read", str(BANK), pages(scans)[0], "-o", str(tmp_path / "values.json")]
    assert main([*call, "--calibration", str(tmp_path / "other.json")]) == 0
    assert "paddleocr PP-OCRv6_server_rec のものですが" in capsys.readouterr().err
    assert main(call) == 0
    assert "注意" not in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "ascii"])
def test_a_name_that_no_console_can_show_is_shown_all_the_same(tmp_path: Path, encoding: str) -> None:
    name = os.fsdecode(b"\x8e\x86.png")
    (tmp_path / name).touch()
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": encoding}
    call = [sys.executable, "-m", "ocr", "identify", "--forms", str(BANK), name, name + ".gone"]
    found = subprocess.run(call, capture_output=True, check=False, cwd=tmp_path, env=environment)
    assert (found.returncode, found.stderr.count(b"[scan-empty]"), found.stderr.count(b"Traceback")) == (1, 1, 0)
    assert rb"\udc8e" in found.stderr


def test_two_files_of_one_name_are_kept_apart(scans: Path, tmp_path: Path) -> None:
    for name in ("east", "west"):
        (tmp_path / name).mkdir()
        shutil.copy(pages(scans)[0], tmp_path / name / "scan.jpg")
    call = ["identify", "--json", "--forms", str(BANK)]
    found = subprocess.run(
        [sys.executable, "-m", "ocr", *call, "east/scan.jpg", "west/scan.jpg"],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "OMP_NUM_THREADS": "1"},
    )
    assert [(each["file"], each["verdict"]) for each in json.loads(found.stdout)] == [
        ("east/scan.jpg", "fits"),
        ("west/scan.jpg", "fits"),
    ]


def test_d8_a_page_without_the_print_to_align_to_is_held_and_named(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = cv2.imread(pages(scans)[0])
    assert picture is not None
    picture[: picture.shape[0] // 2] = 255
    cv2.imwrite(str(tmp_path / "half.png"), picture)
    assert main(["identify", "--forms", str(BANK), str(tmp_path / "half.png")]) == 1
    assert "ファイル「half.png」の 1 ページ目は" in capsys.readouterr().out
    assert main(["read", str(BANK), str(tmp_path / "half.png"), "-o", str(tmp_path / "half.json")]) == 1
    assert json.loads((tmp_path / "half.json").read_text(encoding="utf-8"))["cases"] == []


def test_every_page_is_identified(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", "--forms", str(FORMS), *pages(scans)]) == 0
    lines = capsys.readouterr().out.splitlines()
    ids = ["bank-transfer-request", "school-aid-application", "school-aid-application", "travel-expense-claim"]
    assert [next(each for each in ids if each in line) for line in lines] == ids
    assert "2 ページ目です（一致度" in lines[2]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"page": 5}, "page: 5"),
        ({"fields": {"amuont": "1000"}}, "amuont"),
        ({"case": "1", "more": 1}, "form_page: 1 × 2"),
    ],
)
def test_labels_that_no_page_bears_out_are_refused(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], reason: str
) -> None:
    first = json.loads((scans / "truth.json").read_text(encoding="utf-8"))["pages"][0]
    shutil.copy(scans / first["file"], tmp_path / first["file"])
    pages = [{**first, **change}] * (1 + change.get("more", 0))
    (tmp_path / "truth.json").write_text(json.dumps({"pages": pages}))
    assert main(["calibrate", str(BANK), str(tmp_path), "-o", str(tmp_path / "mine.json")]) == 1
    said = capsys.readouterr().err
    assert "[labels-broken]" in said
    assert reason in said


def test_too_few_labelled_forms_are_no_calibration(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["calibrate", str(BANK), str(scans), "-o", str(tmp_path / "calibration.json"), "--date", "2026-11-21"]
    assert main(call) == 1
    assert "[labels-too-few]" in capsys.readouterr().err
    assert not (tmp_path / "calibration.json").exists()
