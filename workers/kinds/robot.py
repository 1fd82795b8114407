"""Robots: the only bridge between jobs and the engine `robots`."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from digilab.errors import NoRowsLeftError, SystemAwayError
from digilab.jobs.facts import Failure
from digilab.language import LANGUAGES
from digilab.ledger import approving, entering, keying
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import UNFINISHED, NewRow, RowState
from digilab.targets import use as targets
from digilab.targets.records import Target
from robots import rehearsal, runner
from robots.assignment import Assignment
from robots.changes import Difference, Outline
from robots.errors import RunError
from robots.flows import robot_named
from robots.reference import reference
from robots.session import Browser
from workers.context import Context, Done, Joined
from workers.failures import EngineFailedError
from workers.jail import opened
from workers.kinds import robot_results
from workers.kinds.robot_browser import WarmBrowser
from workers.kinds.robot_desk import (
    AWAY_SECONDS,
    Desk,
    at_desk,
    browser,
    engine_row,
    give_way,
    hold,
    limits,
    run_of,
)
from workers.kinds.robot_ledger import RowLedger, StoreShelf

# --- split ------------------------------------------------------------------------------------------------


def split(context: Context) -> Done:
    """Check every cell. Rows, work parts and the gate that the job waits at come into the record together."""
    with context.transaction() as session:
        target = targets.target_named(session, str(context.job.options.get("robot", "")))
    rows, refused, notices = _checked(context, target)
    try:
        entering.check_caps(target, rows)
    except NoRowsLeftError as error:
        flow = robot_named(target.robot)
        raise EngineFailedError(Failure.of(error), [robot_results.refused_workbook(context, flow, refused)]) from error
    context.expect(float(sum(not row.refused for row in rows)))
    per_part = context.settings.robots.rows_per_part
    return Done(
        {"notices": notices},
        gate=approving.first_gate(context.job.options, money=target.money),
        alongside=lambda session: entering.enter(session, context.part.id, context.part.epoch, target, rows, per_part),
    )


def _checked(context: Context, target: Target) -> tuple[list[NewRow], list[dict[str, Any]], list[dict[str, Any]]]:
    """All rows in order, the refused ones as the engine told them, and notices."""
    rows, refused, notices = [], [], []
    with ExitStack() as originals:
        files = [
            {"path": str(originals.enter_context(context.original(file))), "name": file.name}
            for file in context.job.inputs
        ]
        arguments = {"robot": target.robot, "files": files, "most": context.settings.robots.max_rows}
        with opened("workers.kinds.robot_rows:checked_rows", arguments, limits(context)) as records:
            for record in records:
                context.progress(0.0)
                if "notice" in record:
                    notices.append(record["notice"])
                elif "row" in record:
                    rows.append(_new(context, record["row"]))
                else:
                    rows.append(_new(context, record["refused"]))
                    refused.append(record["refused"])
    rows.sort(key=lambda row: row.number)
    return rows, refused, notices


def _new(context: Context, record: Mapping[str, Any]) -> NewRow:
    place = record["place"]
    return NewRow(
        number=record["number"],
        reference=reference(run_of(context), record["number"]),
        file=place["file"][:255],
        sheet=place["sheet"][:120],
        line=place["line"],
        values=record["values"],
        business_key=record.get("key", ""),
        findings=tuple(record.get("findings", ())),
        refused="key" not in record,
    )


# --- work -------------------------------------------------------------------------------------------------


def work(context: Context) -> Done:
    """Key a handful of rows, and settle what an earlier lease left half-way. What may not be keyed now waits; that is no failure."""
    with context.transaction() as session:
        found = keying.rows_of_part(session, context.job.id, context.part.payload["rows"])
        # Rows that people have dealt out anew belong to another part by now.
        rows = [row for row in found if row.state in UNFINISHED and row.part_id == context.part.id]
        if rows:
            keying.check_approved(session, session.get_one(Target, rows[0].target_id), rows)
    if rows:
        with at_desk(context, rows[0].target_id, len(rows)) as desk:
            warm = browser(context, desk.target)
            _rehearse(context, desk, warm, rows)
            _key(context, desk, warm, rows)
    return Done(steps=context.part.weight)


def _key(context: Context, desk: Desk, warm: WarmBrowser, rows: Sequence[LedgerRow]) -> None:
    before = len(context.part.payload["rows"]) - len(rows)
    ledger = RowLedger(context, desk.target.id)
    assignment = Assignment(
        robot=desk.flow,
        place=desk.place(context),
        account=desk.account,
        run=run_of(context),
        rows=[engine_row(row) for row in rows],
        contexts=desk.seats,
        settle=desk.target.settle_seconds,
        # The record may be one that was restored from a backup, and know less than the finance system does.
        look_first=True,
    )

    def progress(final: int) -> None:
        ledger.final = before + final

    outcome = warm.run(lambda started: runner.run(assignment, ledger, StoreShelf(context), started, progress))
    if outcome.reason is not None:
        give_way(context, desk.target, outcome.reason)
    if outcome.left:
        raise SystemAwayError(seconds=AWAY_SECONDS, robot=desk.target.title)


def _rehearse(context: Context, desk: Desk, warm: WarmBrowser, rows: Sequence[LedgerRow]) -> None:
    """Where it is asked for: walk the screens once before this worker's first row of the job. A change holds the robot and says which."""
    wanted = context.part.payload.get(approving.REHEARSE) or context.job.options.get(approving.REHEARSE)
    ready = [row for row in rows if row.state == RowState.READY]
    if not wanted or not ready or context.job.id in warm.rehearsed:
        return
    screens = desk.target.screens
    recorded = (
        rehearsal.recorded(desk.flow.name) if screens is None else [Outline.read(each) for each in screens["screens"]]
    )

    async def walk(started: Browser) -> Sequence[Difference]:
        async with started.seat(desk.flow, desk.place(context), desk.account) as seat:
            return await rehearsal.rehearse(desk.flow, engine_row(ready[0]).values, seat, recorded)

    try:
        found = [each for each in warm.run(walk, RowLedger(context, desk.target.id).check) if each.holds]
    except RunError as error:
        give_way(context, desk.target, error)
    if found:
        told: dict[str, str] = {
            language: " ".join(each.sentence(language) for each in found[:5])[:1000] for language in LANGUAGES
        }
        hold(context, desk.target, "rehearsal", told)
    warm.rehearsed.add(context.job.id)


# --- join -------------------------------------------------------------------------------------------------


def join(context: Context) -> Joined:
    """突合 with the finance system's own list, then the workbook. People look when anything is not certain."""
    return robot_results.join(context)
