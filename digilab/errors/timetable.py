"""Robots' schedules and the city's days."""

from collections.abc import Mapping

from digilab.errors.base import DigilabError
from digilab.language import Language, text


class TimetableError(DigilabError):
    """Something about schedules or the city's calendar cannot be as it was asked for."""

    code = "timetable"


class RuleError(TimetableError):
    """A rule for due times that there cannot be."""

    code = "rule"


class RuleUnreadError(RuleError):
    """A sentence that names no rule we know."""

    code = "rule-unread"


class RuleFormError(RuleError):
    """A rule's JSON has an unknown kind, a foreign field or a value of another type."""

    code = "rule-form"


class RuleTimeError(RuleError):
    """A time of day that there is not."""

    code = "rule-time"


class RuleDayError(RuleError):
    """A day of the month outside 1 to 31."""

    code = "rule-day"


class RuleNumberError(RuleError):
    """The nth business day with an n that no month reaches."""

    code = "rule-number"


class RuleBackError(RuleError):
    """No day, or too many, before a closing day."""

    code = "rule-back"


class RuleMonthsError(RuleError):
    """Months that are none of the twelve, or none at all."""

    code = "rule-months"


class RuleWeekdaysError(RuleError):
    """Weekdays that are none of the seven, or none at all."""

    code = "rule-weekdays"


class RuleCronError(RuleError):
    """Cron text that cannot be read, or that no date ever fits."""

    code = "rule-cron"


class RuleOftenError(RuleError):
    """Cron text that is due more often than a robot can be started."""

    code = "rule-often"


class RuleNeverError(RuleError):
    """A rule that will not fall due any more."""

    code = "rule-never"


class DaysWrongError(TimetableError):
    """Files of the city's own days have faults; every one is told."""

    code = "days-wrong"

    def __init__(self, faults: Mapping[Language, str]) -> None:
        super().__init__()
        self.faults = dict(faults)

    def sentence(self, language: Language = "ja") -> str:
        """That nothing was taken, and every fault with file and line."""
        return text(language, f"errors.{self.code}", faults=self.faults[language])


class DayUnknownError(TimetableError):
    """The city has entered nothing for this day."""

    code = "day-unknown"


class ScheduleUnknownError(TimetableError):
    """No schedule has this name."""

    code = "schedule-unknown"


class ScheduleTakenError(TimetableError):
    """A schedule with this name exists."""

    code = "schedule-taken"


class ScheduleSlugError(TimetableError):
    """A new schedule's name has signs that it must not have."""

    code = "schedule-slug"


class ScheduleServiceError(TimetableError):
    """Only services of robots run by schedule."""

    code = "schedule-service"


class ScheduleBusyError(TimetableError):
    """A schedule cannot be removed while one of its runs is under way."""

    code = "schedule-busy"


class ScheduleDisabledError(TimetableError):
    """The schedule was disabled before its run could begin."""

    code = "schedule-disabled"


class SchedulePersonError(TimetableError):
    """Who answers for a schedule no longer has an account."""

    code = "schedule-person"


class ScheduleStoppedError(TimetableError):
    """A schedule failed several times in a row and stopped itself."""

    code = "schedule-stopped"


class RunMissedError(TimetableError):
    """A due time passed while nothing ran."""

    code = "run-missed"


class RunCancelledError(TimetableError):
    """A run's job was cancelled by a person."""

    code = "run-cancelled"


class UploadNoneError(TimetableError):
    """No upload waits for the schedule."""

    code = "upload-none"


class UploadNotReadyError(TimetableError):
    """The newest upload was not checked and approved in time."""

    code = "upload-not-ready"


class SourcesUnsetError(TimetableError):
    """The house has no folder that schedules may read."""

    code = "sources-unset"


class SourceRefusedError(TimetableError):
    """A folder outside of the one that schedules may read, or a link."""

    code = "source-refused"


class SourceMissingError(TimetableError):
    """The folder of a schedule cannot be read."""

    code = "source-missing"


class SourcePatternError(TimetableError):
    """A pattern for file names that is none."""

    code = "source-pattern"


class SourceEmptyError(TimetableError):
    """No file in the folder fits."""

    code = "source-empty"


class SourceTakenError(TimetableError):
    """The newest file was taken before."""

    code = "source-taken"


class SourceChangingError(TimetableError):
    """A file was still being written."""

    code = "source-changing"
