"""The robot contract: what a flow says about one finance screen. The runner owns everything else.

A flow says which columns a row has, how to sign in, how to look a reference up, how to type a row in up to the last button, which
button that is, and how to read what came of it. It never clicks the last button, never waits for a time, never retries.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from robots.columns import Column
from robots.errors import ScreenChangedError, WrongScreenError
from robots.showing import understood

if TYPE_CHECKING:
    from robots.desk import Desk
    from robots.screen import Screen


@dataclass(frozen=True)
class Account:
    """A login of the finance system."""

    login: str
    password: str

    def __repr__(self) -> str:
        return f"Account({self.login!r})"


@dataclass(frozen=True)
class Registered:
    """A slip as the finance system shows it."""

    receipt: str
    """伝票番号."""
    reference: str
    """Our reference, as it was found in the free field; empty when the slip bears none."""
    values: Mapping[str, str]
    """What the list or slip shows, in canonical text by column name; only columns that are shown."""


@dataclass(frozen=True)
class Receipt:
    """The result page says: taken."""

    number: str


@dataclass(frozen=True)
class Rejection:
    """The system refuses the row, in its own words (業務エラー)."""

    words: str
    twin: bool = False
    """It says that there is such a slip already: a person must look (R4)."""


class Robot(ABC):
    """One flow. Stateless: every verb gets the desk (a signed-in page) it works at."""

    name: ClassVar[str]
    """Names the flow's module and everything of it."""
    title: ClassVar[str]
    """Japanese, for people."""
    version: ClassVar[str]
    """Stands in the template workbook and is checked on upload."""
    columns: ClassVar[tuple[Column, ...]]
    key: ClassVar[tuple[str, ...]]
    """Columns that make a row one and the same business case (business key)."""
    amount: ClassVar[str]
    """The column whose sum is capped, approved and compared."""
    money: ClassVar[bool] = True
    """Whether it moves money: then two people approve, and nothing unknown is ever keyed again by itself."""
    synchronous: ClassVar[bool] = False
    """Whether the screen is known to write before it answers, so that what was not found after the settle time has not arrived."""
    minutes_per_row: ClassVar[float]
    """Manual minutes, as a first proposal for the baseline."""
    labels: ClassVar[Mapping[str, str]]
    """Label on the screens by column name: what is typed where, masked and compared. Besides the columns: `reference` for the free field
    that bears our number (a column's own, or one for itself), and `receipt` for the system's number of a slip."""
    answers: ClassVar[tuple[str, ...]] = ()
    """Questions in a dialog of the browser that are answered with yes; any other dialog stops the row."""

    def check(self, values: Mapping[str, str]) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - for flows to use
        """Rules across a row: pairs of (column name, key under `[findings]`) for what is wrong."""
        return ()

    @abstractmethod
    async def sign_in(self, desk: "Desk", account: Account) -> None:
        """From the login page to the menu. Raises SignInRefusedError."""

    @abstractmethod
    async def find(self, desk: "Desk", reference: str) -> Sequence[Registered]:
        """Look the reference up in the finance system's own list. Must leave an entry that is being typed at another desk alone."""

    @abstractmethod
    async def enter(self, desk: "Desk", values: Mapping[str, str], reference: str) -> Rejection | None:
        """From the menu or the last result to the confirmation page, the last button in sight; or what the system objects to."""

    async def shown(self, desk: "Desk") -> Mapping[str, str]:
        """What the confirmation page shows, in canonical text by column name, with `reference`: compared before the click (R1, R2)."""
        texts = await desk.shown()
        missing = [label for name, label in self.labels.items() if name != "receipt" and label not in texts]
        if missing:
            raise ScreenChangedError(screen=desk.screen.heading, missing="、".join(missing))
        return understood(self.columns, self.labels, texts)

    def typed(self, values: Mapping[str, str], reference: str) -> dict[str, str]:
        """What goes into which field, by label; the reference at the end of the text where the free field is a column's own."""
        typed = {label: values[name] for name, label in self.labels.items() if name in values}
        bearing = typed.get(self.labels["reference"], "")
        return typed | {self.labels["reference"]: f"{bearing} {reference}".strip()}

    def registered(self, line: Mapping[str, str]) -> Registered:
        """A line of the system's list or csv, by its headings. Raises ScreenChangedError when the two numbers have no column there."""
        missing = [self.labels[name] for name in ("receipt", "reference") if self.labels[name] not in line]
        if missing:
            raise ScreenChangedError(screen=self.title, missing="、".join(missing))
        values = understood(self.columns, self.labels, line)
        return Registered(line[self.labels["receipt"]].strip(), values.pop("reference"), values)

    def hits(self, page: "Screen") -> Sequence[Registered]:
        """The lines of the system's list. Raises WrongScreenError when it objects to the search instead: that is no word about the slip."""
        if page.message and not page.lines:
            raise WrongScreenError(expected=page.heading, found=page.message)
        return [self.registered(line) for line in page.table()]

    button: ClassVar[str]
    """Words on the last button of the confirmation page."""

    @abstractmethod
    async def outcome(self, desk: "Desk") -> Receipt | Rejection | None:
        """What the page after the click says; None while it says neither."""

    @abstractmethod
    async def listed(self, desk: "Desk", run: str) -> Sequence[Registered]:
        """All slips that bear a reference of this run, by the system's list or csv export: for 突合."""
