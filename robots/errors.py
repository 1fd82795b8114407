"""What can be wrong with rows, screens or a run, as one tree; the sentences live in language/*.toml."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

Evidence = dict[str, str | float | int]


class RobotError(Exception):
    """Raised when rows cannot be keyed. `evidence` holds plain values for the sentence."""

    code = "robot-failed"

    def __init__(self, **evidence: str | float | int) -> None:
        super().__init__(self.code, evidence)
        self.evidence = evidence

    def sentence(self, language: str = "ja") -> str:
        """What, where and what to do, for a clerk."""
        return sentence(self.code, language, self.evidence)

    def __str__(self) -> str:
        return f"{self.code} {self.evidence}"


class RobotUnknownError(RobotError):
    """Raised when no robot has this name; `robot`, `known`."""

    code = "robot-unknown"


# --- the rows as they were handed in: the file as a whole is refused ---------------------------------------


class RowsError(RobotError):
    """Raised when the file of rows itself is the reason; `file`."""

    code = "rows-broken"


class RowsEmptyError(RowsError):
    """Raised for a file of 0 bytes; `file`."""

    code = "rows-empty"


class RowsTooLargeError(RowsError):
    """Raised before opening; `file`, `megabytes` is the limit."""

    code = "rows-too-large"


class RowsUnpackTooFarError(RowsError):
    """Raised before reading when the archive would unpack too far, or holds too many cells; `file`."""

    code = "rows-unpack-too-far"


class RowsTooManyError(RowsError):
    """Raised at the first row too many; `file`, `limit`."""

    code = "rows-too-many"


class RowsLockedError(RowsError):
    """Raised for a workbook with a password; `file`."""

    code = "rows-locked"


class RowsOtherTypeError(RowsError):
    """Raised when the bytes are no kind of file that is read; `file`, and `found` names what they are (`xls`, `html` …)."""

    code = "rows-other-type"

    def sentence(self, language: str = "ja") -> str:
        found = sentence(f"rows-type-{self.evidence['found']}", language, {})
        return sentence(self.code, language, {**self.evidence, "found": found})


class RowsKindsDisagreeError(RowsOtherTypeError):
    """Raised when the name's ending says another kind than the bytes; `file`, `ending`, `found`."""

    code = "rows-kinds-disagree"


class RowsBrokenError(RowsError):
    """Raised when a workbook is damaged or cut off; `file`."""

    code = "rows-broken"


class RowsEntitiesError(RowsError):
    """Raised for XML with a document type or entities (XXE, billion laughs); `file`."""

    code = "rows-entities"


class RowsHeadingsMissingError(RowsError):
    """Raised when no sheet has a row of headings; `file`, `expected`."""

    code = "rows-headings-missing"


class RowsOfASheetError(RowsError):
    """Raised for what is wrong with one sheet; `file`, `sheet` (empty for csv)."""

    def sentence(self, language: str = "ja") -> str:
        sheet = str(self.evidence["sheet"])
        where = sentence("findings.place-sheet", language, {"sheet": sheet}) if sheet else ""
        return sentence(self.code, language, {**self.evidence, "sheet": where})


class RowsColumnsMissingError(RowsOfASheetError):
    """Raised when columns that every row needs are not there; `file`, `sheet`, `missing`, `found` are headings of nobody."""

    code = "rows-columns-missing"

    def sentence(self, language: str = "ja") -> str:
        if not self.evidence["found"]:
            nothing = sentence("findings.nothing", language, {})
            return RowsColumnsMissingError(**{**self.evidence, "found": nothing}).sentence(language)
        return super().sentence(language)


class RowsColumnTwiceError(RowsOfASheetError):
    """Raised when two columns have the same heading; `file`, `sheet`, `heading`, `columns`."""

    code = "rows-column-twice"


class RowsNoneError(RowsError):
    """Raised when there are headings and nothing below; `file`."""

    code = "rows-none"


class RowsVersionError(RowsError):
    """Raised for a template of another version; `file`, `found`, `wanted`."""

    code = "rows-version-old"


class RowsOtherTemplateError(RowsError):
    """Raised for the template of another robot; `file`, `found`, `wanted`."""

    code = "rows-other-template"


class RowsEncodingError(RowsError):
    """Raised when a line is no text in the encoding of the others; `file`, `line`."""

    code = "rows-encoding"


class RowsQuoteError(RowsError):
    """Raised when a quotation mark is not closed or out of place; `file`, `line`."""

    code = "rows-quote"


# --- the run: technical, may be tried again -----------------------------------------------------------------


class RunError(RobotError):
    """Raised when a run cannot go on; rows that were not sent stay as they are."""

    holds = False
    """Whether nothing may be keyed by this robot until a person has looked; otherwise it may be tried again after a while."""


class FencedError(RunError):
    """Raised when somebody else has taken over the rows (a newer lease epoch): this run must not touch anything any more."""

    code = "run-fenced"


class StoppedError(RunError):
    """Raised when somebody pressed stop."""

    code = "run-stopped"


class ScreenChangedError(RunError):
    """Raised when a screen is not the one that the flow was written for; `screen`, `missing` names what was looked for."""

    code = "screen-changed"
    holds = True


class WrongScreenError(RunError):
    """Raised when another page came than the one that was expected (notice, maintenance, error); `expected`, `found`."""

    code = "screen-wrong"


class NotPressedError(RunError):
    """Raised when the last button was aimed at and it is certain that it was not pressed (too late, or out of reach)."""

    code = "not-pressed"


class NotSentError(NotPressedError):
    """Raised when it is certain that nothing of a row was sent because something failed before; `reason`."""

    code = "not-sent"


class SignInRefusedError(RunError):
    """Raised when the finance system does not take login and password; `login`."""

    code = "sign-in-refused"
    holds = True


class SignInExpiredError(RunError):
    """Raised when the finance system has ended our sign-in; the runner signs in again once."""

    code = "sign-in-expired"


class SystemUnavailableError(RunError):
    """Raised when the finance system does not answer, answers 5xx or shows its maintenance page; `reason`."""

    code = "system-unavailable"


class BrowserLostError(RunError):
    """Raised when the browser died or hung and was killed; `reason`."""

    code = "browser-lost"


class FoundTwiceError(RunError):
    """Raised when the finance system holds two slips with one reference; `reference`, `receipts`."""

    code = "found-twice"
    holds = True


class AnswersLostError(RunError):
    """Raised when several rows in turn were sent and no answer came: more would only become questions for people; `rows`."""

    code = "answers-lost"
    holds = True


class LedgerBusyError(RunError):
    """Raised when a living process holds the ledger's rows; `robot`, `process`."""

    code = "ledger-busy"


class AccountBusyError(RunError):
    """Raised when another run on this machine uses the same account; `login`."""

    code = "account-busy"


class LedgerUnreadableError(RunError):
    """Raised when a file is no ledger, or one of another version; `file`."""

    code = "ledger-unreadable"


class LedgerUnwritableError(RunError):
    """Raised when the ledger takes nothing more (disk full, read-only, broken, locked by somebody who was stopped); `reason`."""

    code = "ledger-unwritable"


class RecordUnreadableError(RunError):
    """Raised when a record of screens is none; `file`."""

    code = "record-unreadable"


class BrowserMissingError(RunError):
    """Raised when no browser is installed on this machine."""

    code = "browser-missing"


def sentence(code: str, language: str, evidence: Evidence) -> str:
    """The text of `code` (of a table: `outcomes.differs`) with evidence filled in; a missing text or value is a fault of ours and raises
    KeyError."""
    return _texts(language)[code].format(**evidence)


@cache
def _texts(language: str) -> dict[str, str]:
    flat: dict[str, str] = {}

    def walk(table: dict[str, Any], path: str) -> None:
        for name, value in table.items():
            if isinstance(value, dict):
                walk(value, f"{path}{name}.")
            else:
                flat[f"{path}{name}"] = value

    walk(tomllib.loads(files("robots").joinpath(f"language/{language}.toml").read_text(encoding="utf-8")), "")
    return flat
