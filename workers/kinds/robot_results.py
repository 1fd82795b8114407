"""Robots, the last stage: 突合 with the finance system's own list, and the workbooks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digilab.jobs.facts import Output
from digilab.language import LANGUAGES, text
from digilab.ledger import sight
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import ASKED, UNFINISHED, RowState
from robots.errors import RunError
from robots.ledger.contract import RowState as EngineState
from robots.reconcile import Reconciliation, reconcile
from robots.robot import Registered, Robot
from robots.session import Browser
from workers.context import Context, Joined
from workers.jail import opened
from workers.kinds import robot_desk as desks
from workers.kinds.robot_ledger import RowLedger, entry

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_TITLE = 60
KEYED = frozenset(str(state) for state in EngineState)
"""States of rows that the finance system may know of."""


def join(context: Context) -> Joined:
    """突合, results; and whether people must look.

    A further join may bear people's word: `{"accepted": {"reason", "login"}}` takes the differences of the 突合 as they are.
    """
    with context.transaction() as session:
        rows = list(sight.rows_of(session, context.job.id))
    flow = desks.flow_of(context)
    found = _reconciled(context, flow, rows)
    accepted = context.part.payload.get("accepted")
    disagrees = found is not None and not found.agrees
    output = _workbook(context, flow, rows, found)
    done = sum(row.state == RowState.DONE for row in rows)
    return Joined(
        [output],
        verified=float(done),
        # What is not finished is nobody's any more: it does not end as done, people let it go on.
        review=any(row.state in ASKED | UNFINISHED for row in rows) or (disagrees and not accepted),
        result=_result(found, accepted),
    )


def refused_workbook(context: Context, flow: Robot, refused: Sequence[Mapping[str, Any]]) -> Output:
    """Rows that the check refused, as a workbook that can be corrected and handed in again."""
    arguments = {"robot": flow.name, "refused": list(refused), "folder": str(context.scratch)}
    with opened("workers.kinds.robot_rows:refused_workbook", arguments, desks.limits(context)) as records:
        [record] = list(records)
    return _output(context, record, "ledger.refused-name")


def _reconciled(context: Context, flow: Robot, rows: Sequence[LedgerRow]) -> Reconciliation | None:
    """Both sides of the run, line by line; None when nothing of it was ever tried."""
    tried = [row for row in rows if row.attempt and row.state in KEYED]
    if not tried:
        return None
    run = desks.run_of(context)
    with desks.at_desk(context, tried[0].target_id, 1) as desk:

        async def fetch(started: Browser) -> Sequence[Registered]:
            async with started.seat(flow, desk.place(context), desk.account) as seat:
                return await flow.listed(seat.lookup, run)

        try:
            listed = desks.browser(context, desk.target).run(fetch, RowLedger(context, desk.target.id).check)
        except RunError as error:
            desks.give_way(context, desk.target, error)
    engine_rows = [desks.engine_row(row) for row in tried]
    return reconcile(flow, run, engine_rows, {row.number: entry(row, 0.0) for row in tried}, listed)


def _result(found: Reconciliation | None, accepted: Mapping[str, str] | None) -> dict[str, Any]:
    """What the record keeps of the 突合."""
    if found is None:
        return {}
    kept: dict[str, Any] = {
        "agrees": found.agrees,
        "rows": found.rows,
        "rows_yen": found.rows_yen,
        "slips": found.slips,
        "slips_yen": found.slips_yen,
        "differences": [
            {
                "kind": str(each.kind),
                "row": each.number,
                "sentences": {language: each.sentence(language) for language in LANGUAGES},
            }
            for each in found.differences[:200]
        ],
    }
    return {"reconciliation": kept | ({"accepted": dict(accepted)} if accepted else {})}


def _workbook(context: Context, flow: Robot, rows: Sequence[LedgerRow], found: Reconciliation | None) -> Output:
    arguments = {
        "robot": flow.name,
        "lines": [_line(row) for row in rows],
        "refused": [_refused(row) for row in rows if row.state in (RowState.REFUSED, RowState.REJECTED)],
        "reconciliation": None if found is None else asdict(found),
        "folder": str(context.scratch),
    }
    with opened("workers.kinds.robot_rows:result_workbook", arguments, desks.limits(context)) as records:
        [record] = list(records)
    return _output(context, record, "ledger.rows-name")


def _line(row: LedgerRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "place": _place(row),
        "values": {name: str(value) for name, value in row.values.items()},
        "state": row.state,
        "receipt": row.receipt,
        "reference": "" if row.state == RowState.REFUSED else row.reference,
        "reason": _reason(row),
    }


def _reason(row: LedgerRow) -> str:
    return " ".join(str(each["sentences"]["ja"]) for each in row.findings if each.get("sentences"))


def _refused(row: LedgerRow) -> dict[str, Any]:
    findings = [each for each in row.findings if "place" in each]
    if row.state == RowState.REJECTED:
        findings = [{"code": row.code, "place": _place(row), "said": _reason(row) or row.words}]
    return {"number": row.number, "place": _place(row), "values": row.values, "findings": findings}


def _place(row: LedgerRow) -> dict[str, Any]:
    return {"file": row.file, "sheet": row.sheet, "line": row.line}


def _output(context: Context, record: Mapping[str, Any], name: str) -> Output:
    title = text(context.settings.language, name, title=context.job.title[:LONGEST_TITLE])
    return context.output(Path(record["file"]), title, XLSX)
