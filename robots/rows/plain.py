"""Checked rows as plain values and back: they come out of a child process as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from robots.rows.records import Finding, Place, RefusedRow, Row


def row_to_json(row: Row) -> dict[str, Any]:
    """A good row."""
    return {"number": row.number, "place": asdict(row.place), "values": dict(row.values)}


def row_from_json(plain: Mapping[str, Any]) -> Row:
    """The row that `row_to_json` had."""
    return Row(plain["number"], Place(**plain["place"]), plain["values"])


def refused_to_json(row: RefusedRow) -> dict[str, Any]:
    """A refused row with its findings."""
    findings = [finding_to_json(finding) for finding in row.findings]
    return {"number": row.number, "place": asdict(row.place), "raw": dict(row.raw), "findings": findings}


def refused_from_json(plain: Mapping[str, Any]) -> RefusedRow:
    """The row that `refused_to_json` had."""
    findings = tuple(finding_from_json(finding) for finding in plain["findings"])
    return RefusedRow(plain["number"], Place(**plain["place"]), plain["raw"], findings)


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """A finding with its sentences, for whoever has no engine at hand."""
    return {
        "code": finding.code,
        "place": asdict(finding.place),
        "evidence": dict(finding.evidence),
        "refuses": finding.refuses,
        "count": finding.count,
        "sentences": {language: finding.sentence(language) for language in ("ja", "en")},
    }


def finding_from_json(plain: Mapping[str, Any]) -> Finding:
    """The finding that `finding_to_json` had; its sentences are made anew."""
    place = Place(**plain["place"])
    return Finding(plain["code"], place, plain["evidence"], plain["refuses"], plain["count"])
