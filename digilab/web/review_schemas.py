"""The API's shapes for what people say of doubtful values."""

from pydantic import Field

from digilab.web.doubts import ReviewView
from digilab.web.shapes import Shape


class Key(Shape):
    """What one of two people keyed."""

    text: str
    illegible: bool


class DoubtEntry(Shape):
    """A value that people look at."""

    id: int
    case: int = Field(description="From 1 in the order of the sheets.")
    sheet: int = Field(description="Scanned page, from 1 over all files; 0 when that page is missing.")
    page: int = Field(description="Page of the form, from 1.")
    path: str = Field(examples=["items.3.amount"])
    label: str
    type: str
    raw: str = Field(description="What stands on the paper, as read; of a personal number a mask.")
    value: str = Field(description="By its type. Do not show it to somebody who keys a `two-keys` value.")
    p_wrong: float = Field(ge=0, le=1)
    decision: str = Field(description="`look`: one person says; `two-keys`: two, neither seeing the other's.")
    reasons: list[str]
    crop: str | None = Field(description="Address of the picture (PNG); None for personal numbers and missing pages.")
    settled: bool
    standing: str = Field(description="`open`, `waiting` (one key is in), `differ`, `settled`.")
    keys: list[Key] = Field(description="Two keys that differ, for whoever may decide; nobody else sees them.")


class HeldPage(Shape):
    """A page that was not read."""

    file: str
    page: int
    verdict: str
    sentence: str


class Doubts(Shape):
    """What people have to say before a job is done."""

    open: int = Field(description="Doubts that are not settled.")
    doubts: list[DoubtEntry]
    held: list[HeldPage]
    held_acknowledged: bool = Field(description="Somebody knows of the held pages, or there is none to know of.")


class Answer(Shape):
    """What a person says of one value."""

    id: int = Field(ge=1, le=2**62)
    text: str = Field("", description="What stands on the paper; of a personal number nothing.")
    illegible: bool = Field(False, description="Nobody can read it: ● in the results.")
    seconds: float | None = Field(None, description="How long the person looked.")
    settling: bool = Field(False, description="The person saw both keys of a `two-keys` value and decides.")


class Answers(Shape):
    """Answers to some doubts. With the last one the job goes on to be done."""

    answers: list[Answer] = Field(default_factory=list)
    minutes: float = Field(0.0, description="That people worked on it; added to what was reported before.")
    held_acknowledged: bool = False


class Reviewed(Shape):
    """Where a job stands after an answer."""

    open: int
    state: str


def doubts(base: str, view: ReviewView) -> Doubts:
    """All doubts of a job."""
    return Doubts(
        open=view.open,
        doubts=[
            DoubtEntry(
                id=each.id,
                case=each.case,
                sheet=each.sheet,
                page=each.page,
                path=each.path,
                label=each.label,
                type=each.type,
                raw=each.raw,
                value=each.value,
                p_wrong=each.p_wrong,
                decision=each.decision,
                reasons=each.reasons,
                crop=f"{base}/jobs/{view.receipt}/crops/{each.id}" if each.has_crop else None,
                settled=each.settled,
                standing=each.standing,
                keys=[Key(text=key.text, illegible=key.illegible) for key in each.keys],
            )
            for each in view.doubts
        ],
        held=[HeldPage(**vars(each)) for each in view.held],
        held_acknowledged=view.acknowledged,
    )
