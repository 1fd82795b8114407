"""Terms brought in, listed, written out, taken away."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.records import Department
from digilab.database.session import now
from digilab.errors import DepartmentUnknownError, GlossaryServiceUnknownError, GlossaryTermUnknownError
from digilab.glossary import sheet
from digilab.glossary.records import GlossaryTerm
from digilab.glossary.rules import USUAL, Entry, Period, TermKind
from digilab.glossary.sheet import Fault
from digilab.services.records import Service
from digilab.services.rules import Kind

Scope = tuple[int | None, int | None]
"""Department and service by id; None: all."""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    ended: int
    unchanged: int


def alone(session: Session) -> None:
    """Wait for every other import and removal: what is read after this is what they have left, and stays so until the transaction ends."""
    session.scalars(select(Service.id).order_by(Service.id).limit(1).with_for_update(key_share=True)).first()


def bring_in(
    session: Session,
    entries: Sequence[Entry],
    *,
    department: str | None = None,
    service: str | None = None,
    from_day: date | None = None,
) -> Imported:
    """Add and change terms. `department` and `service` count for files without such a column.

    With `from_day` the file is the whole list of its kinds in its departments and services from that day on: who is on it and not yet
    in the record begins that day, who is in the record and not on it ends the day before. So the yearly transfer is one import, and
    the minutes of last year's meetings still find last year's names.

    Raises GlossaryWrongError with every line that does not fit, or for a department or a service that there is not, and takes none then.
    """
    # Two imports that knew nothing of each other would add everybody twice.
    alone(session)
    if from_day is not None:
        sheet.refuse([Fault(entry.line, "kind-needed") for entry in entries[:1] if entry.kind is None])
    scopes = _scopes(session, entries, department, service)
    record: defaultdict[tuple[Scope, str], list[GlossaryTerm]] = defaultdict(list)
    for term in session.scalars(select(GlossaryTerm).order_by(GlossaryTerm.id)).unique():
        record[_scope(term), term.text].append(term)
    bringing = _Bringing(session, record, from_day)
    faults = [
        fault
        for entry, scope in zip(entries, scopes, strict=True)
        if (fault := bringing.take(entry, scope)) is not None
    ]
    sheet.refuse(faults)
    if from_day is not None:
        bringing.end_others(entries, scopes)
    session.flush()
    return Imported(bringing.added, bringing.changed, bringing.ended, bringing.unchanged)


def listed(
    session: Session,
    *,
    department: str | None = None,
    service: str | None = None,
    kind: TermKind | None = None,
    day: date | None = None,
) -> list[GlossaryTerm]:
    """Terms in order of scope, kind and coming. An empty `department` or `service`: only those of the whole house, of every service."""
    query = select(GlossaryTerm)
    if department is not None:
        query = query.where(GlossaryTerm.department_id == _department_id(session, department))
    if service is not None:
        query = query.where(GlossaryTerm.service_id == _service_id(session, service))
    if kind is not None:
        query = query.where(GlossaryTerm.kind == kind)
    found = session.scalars(query).unique()
    kept = [term for term in found if day is None or term.period.holds(day)]
    return sorted(
        kept,
        key=lambda term: (
            term.department_id or 0,
            term.service_id or 0,
            list(TermKind).index(TermKind(term.kind)),
            term.id,
        ),
    )


def exported(terms: Iterable[GlossaryTerm]) -> bytes:
    """The terms as a file that can be brought in again."""
    return sheet.written(
        (
            term.text,
            term.reading,
            sheet.KINDS[TermKind(term.kind)][0],
            term.department.code if term.department else "",
            term.service.slug if term.service else "",
            term.valid_from.isoformat() if term.valid_from else "",
            term.valid_to.isoformat() if term.valid_to else "",
            str(term.weight),
        )
        for term in terms
    )


def remove(session: Session, terms: Iterable[GlossaryTerm]) -> int:
    """Take terms away for good; how many. Jobs that were accepted keep theirs. Whoever calls was `alone` before reading them."""
    count = 0
    for term in terms:
        session.delete(term)
        count += 1
    session.flush()
    return count


def named(
    session: Session, text: str, *, department: str | None = None, service: str | None = None
) -> list[GlossaryTerm]:
    """All terms of this spelling. Raises GlossaryTermUnknownError, DepartmentUnknownError, GlossaryServiceUnknownError."""
    found = [term for term in listed(session, department=department, service=service) if term.text == text]
    if not found:
        raise GlossaryTermUnknownError(term=_plain(text))
    return found


class _Bringing:
    """One import under way."""

    def __init__(
        self,
        session: Session,
        record: defaultdict[tuple[Scope, str], list[GlossaryTerm]],
        from_day: date | None,
    ) -> None:
        self.added = self.changed = self.ended = self.unchanged = 0
        self._session, self._record, self._from_day = session, record, from_day

    def take(self, entry: Entry, scope: Scope) -> Fault | None:
        """Write one line down, or say what is wrong with it."""
        known = self._record[scope, entry.text]
        period = self._period(entry)
        meeting = [term for term in known if term.period.meets(period)]
        if self._from_day is not None and not entry.dated:
            # Who was ended the day before by a list that forgot them goes on.
            before = self._from_day - timedelta(days=1)
            meeting = meeting or [term for term in known if term.valid_to == before]
        if entry.dated and len(meeting) > 1:
            meeting = [term for term in meeting if term.valid_from == period.begins] or meeting
        if len(meeting) > 1:
            return Fault(entry.line, "overlap", entry.text)
        if meeting:
            self._change(meeting[0], entry, period)
        else:
            self._add(entry, scope, period, known)
        return None

    def end_others(self, entries: Sequence[Entry], scopes: Sequence[Scope]) -> None:
        """Whoever is not on the list ends the day before it begins; whoever would then never have counted goes."""
        assert self._from_day is not None  # noqa: S101 - for the type checker
        listed = {(scope, entry.text) for entry, scope in zip(entries, scopes, strict=True) if not self._over(entry)}
        whole = {(scope, (entry.kind or TermKind.OTHER).value) for entry, scope in zip(entries, scopes, strict=True)}
        for key, terms in list(self._record.items()):
            for term in terms:
                if key in listed or (key[0], term.kind) not in whole or not term.period.holds(self._from_day):
                    continue
                self.ended += 1
                if term.valid_from is not None and term.valid_from >= self._from_day:
                    self._session.delete(term)
                else:
                    term.valid_to, term.changed_at = self._from_day - timedelta(days=1), now(self._session)

    def _period(self, entry: Entry) -> Period:
        if self._from_day is not None and entry.begins is None and not self._over(entry):
            return Period(self._from_day, entry.ends)
        return entry.period

    def _over(self, entry: Entry) -> bool:
        """Whether a line tells of somebody who no longer counts when the list begins, as an export does."""
        return self._from_day is not None and entry.ends is not None and entry.ends < self._from_day

    def _change(self, term: GlossaryTerm, entry: Entry, period: Period) -> None:
        before = (term.reading, term.kind, term.weight, term.valid_from, term.valid_to)
        term.reading = term.reading if entry.reading is None else entry.reading
        term.kind = term.kind if entry.kind is None else entry.kind.value
        term.weight = term.weight if entry.weight is None else entry.weight
        if self._from_day is not None:
            # The list says who counts from that day on; since when somebody has counted it does not say, unless it does.
            if entry.begins is not None:
                term.valid_from = entry.begins
            elif term.valid_from is not None and term.valid_from > self._from_day:
                term.valid_from = self._from_day
            term.valid_to = period.ends
        elif entry.dated:
            term.valid_from, term.valid_to = period.begins, period.ends
        if before == (term.reading, term.kind, term.weight, term.valid_from, term.valid_to):
            self.unchanged += 1
        else:
            self.changed += 1
            term.changed_at = now(self._session)

    def _add(self, entry: Entry, scope: Scope, period: Period, known: list[GlossaryTerm]) -> None:
        term = GlossaryTerm(
            department_id=scope[0],
            service_id=scope[1],
            text=entry.text,
            reading=entry.reading or "",
            kind=(entry.kind or TermKind.OTHER).value,
            weight=USUAL if entry.weight is None else entry.weight,
            valid_from=period.begins,
            valid_to=period.ends,
            changed_at=now(self._session),
        )
        self._session.add(term)
        known.append(term)
        self.added += 1


def _scopes(session: Session, entries: Sequence[Entry], department: str | None, service: str | None) -> list[Scope]:
    """Where each line belongs. Raises GlossaryWrongError for what the lines name and what counts for all of them."""
    faults: list[Fault] = []
    scopes: list[Scope] = []
    departments = {each.code: each.id for each in session.scalars(select(Department))}
    services = {
        each.slug: each.id
        for each in session.scalars(select(Service).where(Service.kind == Kind.TRANSCRIPTION.value.name))
    }
    first = entries[0].line if entries else 1
    # Told once, also where no line needs it: whoever named it meant it.
    if department and department not in departments:
        faults.append(Fault(first, "department", department))
    if service and service not in services:
        faults.append(Fault(first, "service", service))
    sheet.refuse(faults)
    for entry in entries:
        code = (department or "") if entry.department is None else entry.department
        slug = (service or "") if entry.service is None else entry.service
        if code and code not in departments:
            faults.append(Fault(entry.line, "department", code))
        if slug and slug not in services:
            faults.append(Fault(entry.line, "service", slug))
        scopes.append((departments.get(code), services.get(slug)))
    sheet.refuse(faults)
    return scopes


def _department_id(session: Session, code: str) -> int | None:
    if not code:
        return None
    named = select(Department.id).where(Department.code == code)
    found = session.scalars(named).one_or_none() if code.isprintable() else None
    if found is None:
        raise DepartmentUnknownError(department=_plain(code))
    return found


def _service_id(session: Session, slug: str) -> int | None:
    if not slug:
        return None
    named = select(Service.id).where(Service.slug == slug, Service.kind == Kind.TRANSCRIPTION.value.name)
    found = session.scalars(named).one_or_none() if slug.isprintable() else None
    if found is None:
        raise GlossaryServiceUnknownError(service=_plain(slug))
    return found


def _plain(given: str) -> str:
    return "".join(sign for sign in given if sign.isprintable())[:60]


def _scope(term: GlossaryTerm) -> Scope:
    return term.department_id, term.service_id
