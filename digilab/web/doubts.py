"""A job's doubts as one person sees them, on the page and over the API."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.rules import Asker
from digilab.forms.records import FieldValue, FormCase, FormRevision, Sheet
from digilab.jobs import sight
from digilab.jobs.rules import JobState
from digilab.language import Language, text
from digilab.review import use
from digilab.review.rules import TWO_KEYS, Standing
from digilab.review.use import Asked

AT_ONCE = 20
"""Doubts on one page: so many pictures load at once on an office's network."""


@dataclass(frozen=True)
class KeyView:
    """One of two keys that differ."""

    text: str
    illegible: bool


@dataclass(frozen=True)
class DoubtView:
    """One value that a person looks at."""

    id: int
    case: int
    sheet: int
    page: int
    path: str
    label: str
    type: str
    raw: str
    value: str
    p_wrong: float
    decision: str
    reasons: list[str]
    has_crop: bool
    masked: bool
    standing: Standing
    may_answer: bool
    mine: str | None
    keys: list[KeyView]
    options: list[str]
    """Of a choice of one; empty where anything may be typed."""
    shown: str
    """What the input holds at first. Nothing where two people key it: whoever sees a reading tends to see it on the paper, too."""

    @property
    def settled(self) -> bool:
        """Whether nobody has to look any more."""
        return self.standing is Standing.SETTLED

    @property
    def twice(self) -> bool:
        """Whether two people key it."""
        return self.decision == TWO_KEYS

    @property
    def decides(self) -> bool:
        """Whether this person sees what two people keyed, or what that came to."""
        return self.twice and (bool(self.keys) or self.settled)

    @property
    def asks(self) -> bool:
        """Whether this person has something to do about it."""
        return (
            self.may_answer and not self.settled and not (self.standing is Standing.WAITING and self.mine is not None)
        )


@dataclass(frozen=True)
class HeldView:
    """A page that was not read."""

    file: str
    page: int
    verdict: str
    sentence: str


@dataclass(frozen=True)
class ReviewView:
    """All of a job's review."""

    receipt: str
    title: str
    state: str
    waiting: bool
    """The job waits for people."""
    may_act: bool
    doubts: list[DoubtView]
    held: list[HeldView]
    acknowledged: bool
    notes: dict[int, list[str]]
    """By case what was found about it as a whole."""
    cases: int
    open: int
    ready: bool
    minutes: float
    """That people looked so far, as measured."""

    @property
    def settled(self) -> int:
        """How many doubts need nobody any more."""
        return len(self.doubts) - self.open

    @property
    def asking(self) -> list[DoubtView]:
        """Those that this person can do something about."""
        return [each for each in self.doubts if each.asks]

    @property
    def others(self) -> int:
        """Open ones that somebody else has to see to."""
        return self.open - len(self.asking)


def review_view(session: Session, asker: Asker, number: str, language: Language) -> ReviewView:
    """Raises NotFoundError for what the asker may not see."""
    job = sight.job_of(session, asker, number)
    found = use.review(session, job, asker)
    cases = session.scalars(select(FormCase).where(FormCase.job_id == job.id).order_by(FormCase.number)).all()
    return ReviewView(
        receipt=job.receipt,
        title=job.title,
        state=job.state,
        waiting=job.status is JobState.REVIEW,
        may_act=asker.may_act_on(job.department_id),
        doubts=_views(session, found.asked, language),
        held=[HeldView(each.file, each.page, each.verdict, _reason(each, language)) for each in found.held],
        acknowledged=found.acknowledged,
        notes={case.number: said for case in cases if (said := _said(case.findings, language))},
        cases=len(cases),
        open=found.open,
        ready=found.ready,
        minutes=math.ceil(found.seconds / 6) / 10,
    )


def case_view(session: Session, asker: Asker, number: str, case: int, language: Language) -> list[DoubtView]:
    """Every value of one case, in doubt or not. Raises NotFoundError."""
    job = sight.job_of(session, asker, number)
    return _views(session, use.of_case(session, job, asker, case), language)


def value_of(session: Session, asker: Asker, number: str, value_id: int) -> FieldValue | None:
    """A value of a visible job whose crop may be shown; None for another job's and for a personal number. Raises NotFoundError."""
    job = sight.job_of(session, asker, number)
    value = session.get(FieldValue, value_id)
    return value if value is not None and value.job_id == job.id and not value.masked else None


def _views(session: Session, asked: Sequence[Asked], language: Language) -> list[DoubtView]:
    ids = {each.value.revision_id for each in asked}
    revisions = session.scalars(select(FormRevision).where(FormRevision.id.in_(ids)))
    fields = {(each.id, field["path"]): field for each in revisions for field in each.fields}
    return [_view(each, fields.get((each.value.revision_id, _column(each.value.path)), {}), language) for each in asked]


def _view(asked: Asked, field: dict[str, Any], language: Language) -> DoubtView:
    value = asked.value
    return DoubtView(
        id=value.id,
        case=value.case_number,
        sheet=value.sheet,
        page=value.page,
        path=value.path,
        label=_label(value, language),
        type=value.type,
        raw=value.raw,
        value=value.value,
        p_wrong=value.p_wrong,
        decision=value.decision,
        reasons=_said(value.findings, language),
        has_crop=value.crop_key is not None and not value.masked,
        masked=value.masked,
        standing=asked.standing,
        may_answer=asked.may_answer,
        mine=asked.mine,
        keys=[KeyView(each.text, each.illegible) for each in asked.keys],
        options=["1", ""] if value.type in ("tick", "seal") else list(field.get("options", ())),
        shown=_shown(asked),
    )


def _shown(asked: Asked) -> str:
    value = asked.value
    if value.masked:
        return ""
    if asked.word is not None:
        return asked.word
    if value.decision == TWO_KEYS:
        return ""
    # A date is compared with the paper as it stands there; what it means is told beside it.
    return value.raw if value.type == "date" or not value.value else value.value


def _label(value: FieldValue, language: Language) -> str:
    row = value.path.split(".")[1:2]
    return text(language, "pages.review.row", row=row[0], label=value.label) if row else value.label


def _column(path: str) -> str:
    """`items.3.amount` → `items.amount`, as the definition names it."""
    table, _, rest = path.partition(".")
    return f"{table}.{rest.partition('.')[2]}" if rest else table


def _said(findings: Iterable[dict[str, Any]], language: Language) -> list[str]:
    return list(dict.fromkeys(finding["sentences"][language] for finding in findings))


def _reason(sheet: Sheet, language: Language) -> str:
    return str(sheet.reason.get(language) or sheet.reason.get("ja", ""))
