"""Robots' rows, the part that opens what came from outside and writes workbooks: runs in the jail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digilab.jobs.facts import Failure
from digilab.language import LANGUAGES
from robots.errors import RowsError
from robots.flows import robot_named
from robots.reconcile import Difference, Kind, Reconciliation
from robots.rows.check import check_files
from robots.rows.key import business_key
from robots.rows.limits import Limits
from robots.rows.records import Finding, Place, RefusedRow, Said
from robots.rows.refused import write_refused
from robots.rows.results import Line, write_results
from workers.failures import EngineFailedError

REFUSED = "refused.xlsx"
RESULT = "result.xlsx"


def checked_rows(robot: str, files: Sequence[Mapping[str, str]], most: int) -> Iterator[dict[str, Any]]:
    """All rows of the files, each good (`row`) or refused (`refused`), and what was left out or understood (`notice`)."""
    flow = robot_named(robot)
    try:
        checked = check_files(flow, [(Path(file["path"]), file["name"]) for file in files], Limits(rows=most))
    except RowsError as error:
        sentences: dict[str, str] = {language: error.sentence(language) for language in LANGUAGES}
        raise EngineFailedError(Failure(error.code, sentences, dict(error.evidence))) from error
    for notice in checked.notices:
        yield {"notice": finding_record(notice)}
    for row in checked.rows:
        key = business_key(flow, row.values)
        yield {"row": {"number": row.number, "place": asdict(row.place), "values": plain(row.values), "key": key}}
    for refused in checked.refused:
        yield {
            "refused": {
                "number": refused.number,
                "place": asdict(refused.place),
                "values": plain(refused.raw),
                "findings": [finding_record(each) for each in refused.findings],
            }
        }


def refused_workbook(robot: str, refused: Sequence[Mapping[str, Any]], folder: str) -> Iterator[dict[str, Any]]:
    """Write refused rows as a workbook that can be corrected and handed in again."""
    path = Path(folder) / REFUSED
    write_refused(robot_named(robot), [refused_row(each) for each in refused], path)
    yield {"file": str(path)}


def result_workbook(
    robot: str,
    lines: Sequence[Mapping[str, Any]],
    refused: Sequence[Mapping[str, Any]],
    reconciliation: Mapping[str, Any] | None,
    folder: str,
) -> Iterator[dict[str, Any]]:
    """Write what became of every row, the 突合, and what was refused or rejected, ready to be corrected."""
    path = Path(folder) / RESULT
    told = [Line(**{**line, "place": Place(**line["place"])}) for line in lines]
    write_results(
        robot_named(robot),
        told,
        None if reconciliation is None else reconciled(reconciliation),
        path,
        refused=[refused_row(each) for each in refused],
    )
    yield {"file": str(path)}


def reconciled(record: Mapping[str, Any]) -> Reconciliation:
    """A 突合 as the engine knows it."""
    differences = [Difference(**{**each, "kind": Kind(each["kind"])}) for each in record["differences"]]
    return Reconciliation(**{**record, "differences": tuple(differences)})


def refused_row(record: Mapping[str, Any]) -> RefusedRow:
    """A refused row as the engine knows it."""
    place = Place(**record["place"])
    return RefusedRow(record["number"], place, record["values"], tuple(_finding(each) for each in record["findings"]))


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding as the record keeps it."""
    return {
        "code": finding.code,
        "place": asdict(finding.place),
        "evidence": dict(finding.evidence),
        "count": finding.count,
        "sentences": {language: _plain(finding.sentence(language)) for language in LANGUAGES},
    }


def plain(values: Mapping[str, str]) -> dict[str, str]:
    """Texts as a database can keep them: a lone surrogate or NUL was found fault with, and stands for itself no longer."""
    return {name: _plain(text) for name, text in values.items()}


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _finding(record: Mapping[str, Any]) -> Finding:
    place = Place(**record["place"])
    if "said" in record:
        return Said(record["code"], place, said=record["said"])
    return Finding(record["code"], place, record["evidence"], count=record["count"])
