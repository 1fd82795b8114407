"""Scanned forms through a house of real processes: `digilab up`, HTTP in, values and results out."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select

from digilab.database.session import Database
from digilab.forms.records import FieldValue
from digilab.jobs.rules import job_id_of
from house.tree import ROOT
from servers.digilab_up import UpHouse, digilab_up

MADE = next((ROOT / "samples" / "forms").glob("*.pdf"))
PAGES = 3


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpHouse]:
    """A house that is up, with one worker of each kind and the shipped forms."""
    with digilab_up(
        tmp_path_factory.mktemp("up"), DIGILAB_WORK__WORKERS="1", DIGILAB_FORMS__PAGES_PER_PART="2"
    ) as house:
        yield house


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first pages of the shipped sample."""
    path = tmp_path_factory.mktemp("scan") / "請求書の束.pdf"
    with pypdfium2.PdfDocument(MADE) as source, pypdfium2.PdfDocument.new() as target:
        target.import_pages(source, list(range(PAGES)))
        target.save(path)
    return path


def test_scanned_forms_go_in_and_values_come_out(up: UpHouse, scan: Path) -> None:
    forms = [line.split("\t")[0] for line in up.command("forms", "list").splitlines()]
    assert "bank-transfer-request" in forms
    answer = up.hand_in(scan, service="paper-form", title="10月分")
    assert answer.status_code == 201, answer.text
    receipt = answer.json()["receipt"]
    job = up.wait(receipt)
    assert job["state"] == "review", job
    assert job["progress"]["text"] == f"{PAGES}枚/{PAGES}枚"
    assert [line["event"] for line in job["history"]] == ["received", "started", "to-review"]
    assert job["hours"] is None, "booked when the review is over"

    outputs = {file["name"] for file in job["files"] if file["role"] == "output"}
    assert {"10月分.xlsx", "10月分.json", "10月分_確認用.pdf"} <= outputs
    told = json.loads(up.fetch(receipt, "10月分.json"))
    assert len(told["cases"]) == PAGES
    [table] = [name for name in outputs if name.endswith("bank-transfer-request_2026-04.csv")]
    rows = list(csv.reader(io.StringIO(up.fetch(receipt, table).decode("utf-8-sig"))))
    truth = json.loads((MADE.parent / "truth.json").read_text("utf-8"))["pages"][:PAGES]
    assert len(rows) == 1 + sum(page["form"] == "bank-transfer-request" for page in truth)

    database = Database(f"sqlite:///{up.folder / 'data' / 'digilab.sqlite'}")
    with database.reading() as session:
        values = session.scalars(select(FieldValue).where(FieldValue.job_id == job_id_of(receipt))).all()
    database.close()
    assert {value.sheet for value in values} == set(range(1, PAGES + 1))
    read = {(value.sheet, value.path): "".join(value.raw.split()) for value in values}
    right = [
        read.get((page["page"], path)) == "".join(raw.split()) for page in truth for path, raw in page["fields"].items()
    ]
    assert sum(right) > 0.8 * len(right)

    page = up.client.get(f"/jobs/{receipt}", headers={"Accept": "text/html"}).text
    assert f"{PAGES}枚を調べ、{len(values)}個の値を読みました" in page
