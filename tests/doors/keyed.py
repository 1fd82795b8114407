"""A robot's job by hand: what split, work and join would write of its rows, one step at a time, without an engine."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select

from digilab.database.session import now
from digilab.hours.use import approve, propose
from digilab.jobs import lifecycle
from digilab.jobs.backlog import Lease, lease_next
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import Job, Part, Worker
from digilab.jobs.rules import Stage
from digilab.ledger import approving, entering, keying, use
from digilab.ledger.records import LedgerRow
from digilab.ledger.rules import ASKED, NewRow, Outcome, RowState
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from digilab.targets.records import Target
from doors.house import House

SERVICE = "expense-entry"
ROBOT = "expense_entry"
TITLE = "財務会計システム 支出命令"
TEMPLATE = b"PK\x03\x04 the empty workbook"
SHEET = "債権者名,金額\n".encode()
COLUMNS = [
    {"name": "payee", "heading": "債権者名", "type": "text", "secret": False},
    {"name": "account", "heading": "口座番号", "type": "digits", "secret": True},
    {"name": "amount", "heading": "金額", "type": "amount", "secret": False},
    {"name": "day", "heading": "支払予定日", "type": "date", "secret": False},
    {"name": "note", "heading": "摘要", "type": "text", "secret": False},
]
PAYEES = ("株式会社山田商店", "〇〇印刷有限会社", "鈴木 花子", "東町自治会", "合同会社みどり造園")


def furnish_robot(house: House, *, money: bool = True, url: str = "http://127.0.0.1:9/") -> int:
    """The house has one robot, set up and with its entry of the menu; its target's id."""
    office = house.office
    with office.store.receive() as incoming:
        incoming.write(TEMPLATE)
        stored = office.store.keep(incoming, f"templates/{ROBOT}/1.xlsx")
    with office.database.transaction() as session:
        target = Target(
            robot=ROBOT,
            title=TITLE,
            version="1",
            money=money,
            synchronous=False,
            amount="amount",
            columns=COLUMNS,
            template={
                "name": "支出命令.xlsx", "key": stored.key, "size": stored.size, "sha256": stored.sha256
            },
            url=url,
            windows=[],
            changed_at=now(session),
        )  # fmt: skip
        session.add(target)
        service = add_service(session, slug=SERVICE, kind=Kind.ROBOT, name="支出命令の登録", options={"robot": ROBOT})
        baseline = propose(
            session,
            service,
            minutes_per_unit=2.0,
            valid_from=(now(session) - timedelta(days=10)).date(),
            owner="会計課長",
            evidence="実測10件",
        )
        approve(session, baseline, house.askers["admin"])
        return target.id


def rows(count: int = 5, first: int = 1, refused: Sequence[int] = (), case: str = "") -> list[NewRow]:
    """So many rows; those in `refused` have a wrong amount."""
    return [_row(number, case, refused=number in refused) for number in range(first, first + count)]


def hand_in(house: House, login: str = "sato", start: str = "now", title: str = "10月分の支払") -> Job:
    """A sheet is handed in."""
    office = house.office
    with office.store.receive() as incoming:
        incoming.write(SHEET)
        wanted = Submission(SERVICE, [Received("支払.csv", incoming)], {"start": start}, title=title)
        accepted = submit(office.database, office.store, office.queue, house.askers[login], wanted, max_files=3)
    return look(house, accepted.job_id)


def check(house: House, job: Job, found: Sequence[NewRow], notices: Sequence[str] = ()) -> Job:
    """Its split writes these rows; the job waits at its first gate."""
    lease = _lease(house, job)
    found = [replace(row, reference=f"DL{job.id:06d}-{row.number:04d}") for row in found]
    with house.office.database.transaction() as session:
        target = session.scalars(select(Target)).one()
        lifecycle.expect(session, lease.part_id, lease.epoch, float(sum(not row.refused for row in found)))
        entering.enter(session, lease.part_id, lease.epoch, target, found, per_part=20)
        told = {"notices": [{"code": "hidden", "sentences": {"ja": each, "en": each}} for each in notices]}
        gate = approving.first_gate(session.get_one(Job, job.id).options, money=target.money)
        lifecycle.checkpoint(session, lease.part_id, lease.epoch, told, 0.0, gate)
    return look(house, job.id)


def approve_rows(house: House, job: Job, login: str = "kacho") -> Job:
    """A second person says yes."""
    with house.office.database.transaction() as session:
        use.approve(session, job.id, house.askers[login], use.digest(session, job.id))
    return look(house, job.id)


def key(house: House, job: Job, outcomes: Mapping[int, tuple[RowState, str]] | None = None) -> Job:
    """Its next work part keys its rows: done, unless `outcomes` says otherwise (state, the finance system's words)."""
    office = house.office
    lease = _lease(house, job)
    with office.database.reading() as session:
        numbers = session.scalars(
            select(LedgerRow.number).where(LedgerRow.part_id == lease.part_id, LedgerRow.state == RowState.READY)
        ).all()
    for number in numbers:
        state, words = (outcomes or {}).get(number, (RowState.DONE, ""))
        held = (lease.part_id, lease.epoch, job.id, number)
        shots = {shows: _picture(house, job, number, shows) for shows in ("confirmation", "result")}
        if state is RowState.UNKNOWN:
            shots["search"] = _picture(house, job, number, "search")
            shots["trace"] = _keep(house, job, f"{number:04d}-1-trace.zip", b"PK\x03\x04 a trace")
        with office.database.transaction() as session:
            keying.intend(session, *held, "p" * 64)
            keying.send(session, *held, {"confirmation": shots["confirmation"]})
        slip = f"R8-{number:05d}" if state is RowState.DONE else ""
        with office.database.transaction() as session:
            keying.settle(session, *held, state, _outcome(state, words), receipt=slip, evidence=shots)
    with office.database.transaction() as session:
        lifecycle.checkpoint(session, lease.part_id, lease.epoch, {}, float(len(numbers)))
    return look(house, job.id)


def join(house: House, job: Job, difference: str = "") -> Job:
    """Its join: done when no row waits for a person and 突合 finds no `difference`."""
    lease = _lease(house, job)
    with house.office.store.receive() as incoming:
        incoming.write(b"PK\x03\x04 results")
        stored = house.office.store.keep(incoming, f"outputs/{job.id}/{lease.epoch}/{lease.part_id}.xlsx")
    with house.office.database.transaction() as session:
        asked = bool(use.rows_of(session, job.id, *ASKED))
        done = len(use.rows_of(session, job.id, RowState.DONE))
        accepted = session.get_one(Part, lease.part_id).payload.get("accepted")
        kept: dict[str, Any] = {"agrees": not difference, "rows": done, "rows_yen": 17500, "slips": done}
        kept |= {"slips_yen": 17500, "accepted": accepted or {}}
        told = [{"kind": "x", "row": 1, "sentences": {"ja": difference, "en": difference}}] if difference else []
        output = lifecycle.Output("10月分の支払_登録結果.xlsx", "application/octet-stream", stored)
        lifecycle.finish(
            session,
            lease.part_id,
            lease.epoch,
            outputs=[output],
            verified=float(done),
            review=asked or bool(difference and not accepted),
            result={"reconciliation": {**kept, "differences": told}},
        )
    return look(house, job.id)


def in_review(house: House, login: str = "sato", unknown: Sequence[int] = (3,), count: int = 5) -> Job:
    """A job that waits for people because of these rows."""
    job = check(house, hand_in(house, login), rows(count))
    job = approve_rows(house, job)
    key(house, job, dict.fromkeys(unknown, (RowState.UNKNOWN, "通信エラーが発生しました")))
    return join(house, job)


def row(house: House, job: Job, number: int) -> LedgerRow:
    """A row as the record has it now."""
    with house.office.database.reading() as session:
        return session.scalars(select(LedgerRow).where(LedgerRow.job_id == job.id, LedgerRow.number == number)).one()


def look(house: House, job_id: int) -> Job:
    """The job as the record has it now."""
    with house.office.database.reading() as session:
        job = session.get_one(Job, job_id)
        assert job.files is not None
        return job


def _row(number: int, case: str, *, refused: bool) -> NewRow:
    values: dict[str, Any] = {
        "payee": PAYEES[number % len(PAYEES)],
        "account": f"{1234000 + number}",
        "amount": "12,3OO" if refused else str(1000 * number + 500),
        "day": "2026-11-30",
        "note": f"消耗品 {number}",
    }
    sentences = {
        "ja": f"支払.csv の{number + 1}行目「金額」: 「12,3OO」は金額として読めません。数字だけで入力してください。",
        "en": f"支払.csv line {number + 1}, “金額”: “12,3OO” is no amount. Please type digits only.",
    }
    return NewRow(
        number=number,
        reference="",
        file="支払.csv",
        sheet="",
        line=number + 1,
        values=values,
        business_key="" if refused else f"{case}{number:064d}"[-64:],
        findings=({"code": "amount", "sentences": sentences},) if refused else (),
        refused=refused,
    )


def _outcome(state: RowState, words: str) -> Outcome:
    if state is RowState.UNKNOWN:
        sentences = {
            "ja": "登録ボタンを押したあと、結果を確かめられませんでした。照合番号で検索しても見つかりません。",
            "en": "The outcome could not be seen after the button was pressed. A search for the reference finds nothing.",
        }
        return Outcome("not-found", words, sentences)
    if state is RowState.REJECTED:
        return Outcome("rejected", words, {"ja": "財務会計システムが受け付けませんでした。", "en": "It was refused."})
    return Outcome()


def _lease(house: House, job: Job) -> Lease:
    database = house.office.database
    with database.transaction() as session:
        moment = now(session)
        session.merge(Worker(id="r1", capability="robot", host="here", pid=1, started_at=moment, seen_at=moment))
    with database.transaction() as session:
        [lease] = lease_next(session, "robot", 600, 600)
        assert lease.job_id == job.id
        lifecycle.claim(session, lease.part_id, lease.epoch, "r1", 600)
    return lease


def _picture(house: House, job: Job, number: int, shows: str) -> str:
    """Something like a finance system's screen."""
    image = Image.new("RGB", (1000, 620), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 1000, 60), fill="#1f5c99")
    pen.text((24, 20), f"PRACTICE FINANCE  {shows}", fill="white", font_size=24)
    for line, text in enumerate((f"row {number}", "payee: ....", "account: *******", f"amount: {1000 * number + 500}")):
        pen.rectangle((40, 110 + 70 * line, 960, 160 + 70 * line), outline="#888888")
        pen.text((60, 122 + 70 * line), text, fill="black", font_size=22)
    drawn = io.BytesIO()
    image.save(drawn, "JPEG", quality=70)
    return _keep(house, job, f"{number:04d}-1-{shows}.jpg", drawn.getvalue())


def _keep(house: House, job: Job, name: str, content: bytes) -> str:
    with house.office.store.receive() as incoming:
        incoming.write(content)
        return house.office.store.keep(incoming, f"evidence/{job.id}/{name}").key


def part_count(house: House, job: Job) -> int:
    """How many work parts it has."""
    with house.office.database.reading() as session:
        return len(session.scalars(select(Part.id).where(Part.job_id == job.id, Part.stage == Stage.WORK)).all())
