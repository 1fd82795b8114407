"""One tree of errors. Each has a code; its sentence lies in `digilab/language/*.toml` under `errors.<code>`.

Evidence is given as keyword arguments, kept as attributes of `evidence` and filled into the sentence.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, TypeAlias

from digilab.language import Language, text

Evidence: TypeAlias = dict[str, str | int | float]


class DigilabError(Exception):
    """Something went wrong that a person can be told about in one sentence."""

    code: ClassVar[str] = "unexpected"

    def __init__(self, **evidence: str | int | float) -> None:
        super().__init__(self.code, evidence)
        self.evidence: Evidence = dict(evidence)

    def sentence(self, language: Language = "ja") -> str:
        """What happened, where, and what to do."""
        return text(language, f"errors.{self.code}", **self.evidence)

    def __str__(self) -> str:
        return f"{self.code} {self.evidence}" if self.evidence else self.code


# --- who asks -------------------------------------------------------------------------------------------


class NotFoundError(DigilabError):
    """The thing does not exist, or belongs to another department: the two look the same from outside."""

    code = "not-found"


class NotSignedInError(DigilabError):
    """Nobody is signed in, or the sign-in has run out."""

    code = "not-signed-in"


class SignInFailedError(DigilabError):
    """Login and password do not fit together; which of the two is wrong is not said."""

    code = "sign-in-failed"


class TooManyTriesError(DigilabError):
    """Too many failed sign-ins for one login from one address."""

    code = "too-many-tries"


class PasswordWrongError(DigilabError):
    """The password that must be typed again before such an act is not the asker's."""

    code = "password-wrong"


class NotAllowedError(DigilabError):
    """The person's role does not permit this."""

    code = "not-allowed"


class ForeignFormError(DigilabError):
    """A form came without its token or from another site (CSRF)."""

    code = "foreign-form"


class MethodRefusedError(DigilabError):
    """The address exists, but not with this HTTP method."""

    code = "method-refused"


class PasswordTooShortError(DigilabError):
    """A new password has too few characters."""

    code = "password-too-short"


class LoginTakenError(DigilabError):
    """A person with this login exists."""

    code = "login-taken"


class LoginMalformedError(DigilabError):
    """A new login is empty, too long, or has signs that cannot be typed."""

    code = "login-malformed"


class ShareMalformedError(DigilabError):
    """A department's share is no number above 0."""

    code = "share-malformed"


class UnsafeStartError(DigilabError):
    """The server would be reachable from other machines without what that needs."""

    code = "unsafe-start"


class SettingsMalformedError(DigilabError):
    """Settings that nothing can be started with."""

    code = "settings-malformed"


class FileUnusableError(DigilabError):
    """A file or folder that was named cannot be read, made or written."""

    code = "file-unusable"


class DemoFolderError(DigilabError):
    """The folder for the demonstration holds something else, which the demonstration would remove."""

    code = "demo-folder"


# --- what is handed in ----------------------------------------------------------------------------------


class IntakeError(DigilabError):
    """What was handed in cannot be accepted; nothing was stored."""

    code = "intake"


class RequestMalformedError(IntakeError):
    """The request is not what the door expects (body, field or JSON)."""

    code = "request-malformed"


class ServiceUnknownError(IntakeError):
    """No open service has this name."""

    code = "service-unknown"


class FileMissingError(IntakeError):
    """A job without a file."""

    code = "file-missing"


class TooManyFilesError(IntakeError):
    """More files in one submission than the service takes."""

    code = "too-many-files"


class FileEmptyError(IntakeError):
    """A file of 0 bytes."""

    code = "file-empty"


class FileTooLargeError(IntakeError):
    """A file above the limit; reading stopped there."""

    code = "file-too-large"


class WrongServiceError(IntakeError):
    """The file's type belongs to another service, or to none; `kind` is the kind of work that takes it, or empty."""

    code = "wrong-service"

    def sentence(self, language: Language = "ja") -> str:
        """Names the place where such a file is taken."""
        return super().sentence(language) + _belongs(language, self.evidence)


class ArchiveRefusedError(WrongServiceError):
    """The file is an archive of other files."""

    code = "archive-refused"


class TypeMismatchError(IntakeError):
    """The name says one type, the content is another: `found`; `kind` is the kind of work that takes it, or empty."""

    code = "type-mismatch"

    def sentence(self, language: Language = "ja") -> str:
        """Names what was found and the place where such a file is taken."""
        found = text(language, f"contents.{self.evidence['found']}")
        told = text(language, f"errors.{self.code}", **{**self.evidence, "found": found})
        return told + _belongs(language, self.evidence)


def _belongs(language: Language, evidence: Evidence) -> str:
    kind = evidence.get("kind")
    return text(language, f"belongs.{kind}") if kind else ""


class UploadCutError(IntakeError):
    """The connection ended before the body did."""

    code = "upload-cut"


class UploadTooSlowError(IntakeError):
    """A body that comes so slowly that it would hold a connection for ever."""

    code = "upload-too-slow"


class SubmissionTooLargeError(IntakeError):
    """A body above the limit as a whole; reading stopped there, or never began."""

    code = "submission-too-large"


class TooManyFieldsError(IntakeError):
    """More form fields than any of our forms has."""

    code = "too-many-fields"


class FieldTooLongError(IntakeError):
    """A form field longer than anybody types."""

    code = "field-too-long"


class OptionsMalformedError(IntakeError):
    """The options are no flat JSON object of short values."""

    code = "options-malformed"


class FormUnknownError(IntakeError):
    """No published form of this name, or another department's: the two look the same from outside."""

    code = "form-unknown"


class FormNoneError(IntakeError):
    """The department has no published form to read a scan by."""

    code = "form-none"


class PersonalNumberRefusedError(IntakeError):
    """A form with personal numbers in a house that was not set up for them."""

    code = "personal-number-refused"


class OptionValueError(IntakeError):
    """An option with a value that it does not take."""

    code = "option-value"


class RobotOptionError(IntakeError):
    """An option of a robot's job that the service does not offer."""

    code = "robot-option"


class IdempotencyMismatchError(IntakeError):
    """The same Idempotency-Key came with other content."""

    code = "idempotency-mismatch"


# --- the house itself -----------------------------------------------------------------------------------


class HouseError(DigilabError):
    """A part of the house is not available at present; trying again later may help."""

    code = "house"


class NotNowError(HouseError):
    """Something can be done at a known time, or as soon as somebody else is through; until then it waits and has not failed."""

    code = "not-now"
    no_news: ClassVar[bool] = False
    """Whether the job's history need not tell of it, as it is over in a moment."""

    def __init__(self, *, until: datetime | None = None, seconds: float = 0.0, **evidence: str | int | float) -> None:
        super().__init__(**evidence)
        self.until = until
        self.seconds = seconds
        """Counted from when the part is put back; where no time is known."""


class AlreadyUpError(HouseError):
    """Another `digilab up` works in the same data folder."""

    code = "already-up"


class PortTakenError(HouseError):
    """Nobody can listen at the address that the settings name."""

    code = "port-taken"


class NoSpaceError(HouseError):
    """The store's disk is full."""

    code = "no-space"


class StoreUnreachableError(HouseError):
    """The file store does not answer."""

    code = "store-unreachable"


class StoredFileMissingError(HouseError):
    """A recorded file is not in the store."""

    code = "stored-file-missing"


class StoredFileDamagedError(HouseError):
    """A stored file's SHA-256 is not the recorded one."""

    code = "stored-file-damaged"


class KeyRefusedError(HouseError):
    """A store key that the house did not make (`..`, absolute, foreign signs)."""

    code = "key-refused"


class DatabaseUnreachableError(HouseError):
    """The database does not answer."""

    code = "database-unreachable"


class SchemaOldError(HouseError):
    """The database's tables are not those that this version of the program needs."""

    code = "schema-old"


class QueueUnreachableError(HouseError):
    """Redis does not answer; jobs are accepted and wait."""

    code = "queue-unreachable"


class ProgramMissingError(HouseError):
    """A system program (such as redis-server) is not installed."""

    code = "program-missing"


# --- jobs and parts -------------------------------------------------------------------------------------


class JobError(DigilabError):
    """An act on a job that its state does not permit."""

    code = "job"


class JobEndedError(JobError):
    """The job has ended already; it cannot be cancelled."""

    code = "job-ended"


class JobNotEndedError(JobError):
    """The job is still running; it cannot be retried."""

    code = "job-not-ended"


class LeaseLostError(JobError):
    """The part is no longer held by this lease: its late result is refused."""

    code = "lease-lost"


class PartCrashedError(JobError):
    """The worker died on one part as often as is allowed; the job is put aside."""

    code = "part-crashed"


class ExtraCrashedError(JobError):
    """The worker died on an extra part as often as is allowed; its job stays what it is."""

    code = "extra-crashed"


class ExtraRefusedError(JobError):
    """Only a job whose results are there can have an extra part done again."""

    code = "extra-refused"


class SpeakersMalformedError(JobError):
    """The number of speakers is none that can be asked for."""

    code = "speakers-malformed"


class CutChangedError(JobError):
    """A recording whose cutting was taken up again is cut in other places now: DigiLab was updated in between."""

    code = "cut-changed"


class SpeakersBrokeOffError(JobError):
    """What tells speakers apart died, ran out of memory or took too long."""

    code = "speakers-broke-off"


class SpeakerModelAwayError(JobError):
    """No model that tells speakers apart is in the models folder of the worker."""

    code = "speaker-model-away"


class JobNotInReviewError(JobError):
    """The job does not wait for people."""

    code = "job-not-in-review"


class DoubtsOpenError(JobError):
    """The job cannot be finished: some values are still in doubt."""

    code = "doubts-open"


class HeldPagesError(JobError):
    """The job cannot be finished: nobody has taken note of the pages that were not read."""

    code = "held-pages"


class AnswerNotTakenError(JobError):
    """Two people have keyed the value; whoever was one of them does not decide between the two."""

    code = "answer-not-taken"


class AnswerTooLongError(JobError):
    """An answer longer than anything that stands in a field."""

    code = "answer-too-long"


class PersonalNumberTypedError(JobError):
    """Somebody typed a personal number; it is confirmed on paper and kept nowhere."""

    code = "personal-number-typed"


class ReopenRefusedError(JobError):
    """Only a finished job of paper forms goes back to people."""

    code = "reopen-refused"


class MinutesMalformedError(JobError):
    """Reported working minutes are no number from 0 to 100,000."""

    code = "minutes-malformed"


class BaselineMalformedError(JobError):
    """A baseline without owner, evidence or positive minutes."""

    code = "baseline-malformed"


# --- forms ----------------------------------------------------------------------------------------------


class FormError(DigilabError):
    """A form definition cannot be brought in as it is."""

    code = "form"


class FormDefinitionWrongError(FormError):
    """The engine's check found faults in the definition; `reason` holds its sentences."""

    code = "form-definition-wrong"


class FormFolderError(FormError):
    """The folder is no form definition: too many files, too large, or none at all."""

    code = "form-folder"


class FormCheckFailedError(FormError):
    """The child process that checks definitions died, took too long or is not installed."""

    code = "form-check-failed"


class FormRevisionChangedError(FormError):
    """This revision is published with other content; what is published never changes."""

    code = "form-revision-changed"


class FormMismatchError(FormError):
    """No page of a job fits any of the forms that it may be read by."""

    code = "form-mismatch"


class FormBlankError(FormError):
    """Every page of a job is blank."""

    code = "form-blank"


# --- models ---------------------------------------------------------------------------------------------


class ModelError(HouseError):
    """A model folder cannot be used. A job that meets this waits until the lab has brought the model in."""

    code = "model"


class ModelMissingError(ModelError):
    """No model of this name is in the models folder."""

    code = "model-missing"


class ModelDamagedError(ModelError):
    """A model file is missing or its checksum is not the recorded one."""

    code = "model-damaged"


class MemoryShortError(NotNowError):
    """A speech model does not fit into the machine's memory. A job that meets this waits and is tried again."""

    code = "memory-short"


class CardTakenError(NotNowError):
    """Another process uses the graphics card that the speech model would compute on."""

    code = "card-taken"


class SpeechEngineError(HouseError):
    """The speech engine's child process died, took too long or is damaged."""

    code = "speech-engine"


class DeviceAbsentError(HouseError):
    """The settings demand a graphics card and the machine has none that works."""

    code = "device-absent"


class CardLibraryError(HouseError):
    """There is a graphics card, and libraries that computing on it needs are not installed."""

    code = "card-library"


class FormModelError(ModelError):
    """The recogniser of paper forms cannot be loaded."""

    code = "form-model"


class ModelNameError(ModelError):
    """A model name with signs that a folder name must not have, or one that is taken."""

    code = "model-name"


class ModelPullError(ModelError):
    """The model could not be brought in over the network."""

    code = "model-pull"


class ModelPullProgramError(ModelPullError):
    """The program that fetches models is not installed here."""

    code = "model-pull-program"


class ModelFolderError(ModelError):
    """What should be imported is neither a model's folder nor a bundle."""

    code = "model-folder"


class ModelIncompleteError(ModelError):
    """A model's folder lacks a file that such a model cannot do without."""

    code = "model-incomplete"


class ModelFileError(ModelError):
    """A model folder holds a link, a device, too many files, or one whose name cannot be carried."""

    code = "model-file"


class ModelsBusyError(ModelError):
    """Another command is changing the models folder."""

    code = "models-busy"


class ModelSpaceError(ModelError):
    """The disk has no room for the model."""

    code = "model-space"


class ModelSetError(ModelError):
    """A model that a setting names is not taken away."""

    code = "model-set"


class ModelWorkingError(ModelError):
    """A model that an open job needs is not taken away."""

    code = "model-working"


class ModelHeldError(ModelError):
    """A worker has the model loaded."""

    code = "model-held"


class ModelLicenceError(ModelError):
    """Nobody recorded the model's licence, so it is not packed for others."""

    code = "model-licence"


class BundleError(ModelError):
    """A file with a packed model cannot be taken."""

    code = "bundle"


class BundleDamagedError(BundleError):
    """The file is cut off, or something in it is not what the signed manifest says."""

    code = "bundle-damaged"


class BundleUnsignedError(BundleError):
    """Nobody signed the file, or the signature is not one over its manifest."""

    code = "bundle-unsigned"


class BundleForeignError(BundleError):
    """The file was signed with a key that this house does not trust."""

    code = "bundle-foreign"


class BundleLargeError(BundleError):
    """The file holds more than a model can be."""

    code = "bundle-large"


class BundleThereError(BundleError):
    """Where the bundle should be written lies a file."""

    code = "bundle-there"


class ModelKeyError(ModelError):
    """Something is wrong with a key for model bundles."""

    code = "model-key"


class ModelKeyMissingError(ModelKeyError):
    """This machine has no key to sign with."""

    code = "model-key-missing"


class ModelKeyThereError(ModelKeyError):
    """This machine has its key to sign with already."""

    code = "model-key-there"


class ModelKeyOpenError(ModelKeyError):
    """Others may read the key to sign with."""

    code = "model-key-open"


class ModelKeyDamagedError(ModelKeyError):
    """A file is no key."""

    code = "model-key-damaged"


class ModelKeyNameError(ModelKeyError):
    """A name of a key's owner that cannot be written into its file."""

    code = "model-key-name"


class ModelKeyOtherError(ModelKeyError):
    """The key in the file is not the one whose fingerprint was told."""

    code = "model-key-other"


class ModelKeyUnknownError(ModelKeyError):
    """No trusted key has this fingerprint."""

    code = "model-key-unknown"


# --- robots: target systems and credentials ---------------------------------------------------------------


class TargetError(DigilabError):
    """A target system cannot be set up or worked with in this way."""

    code = "target"


class TargetUnknownError(TargetError):
    """No robot of this name has been brought in."""

    code = "target-unknown"


class TargetUrlMalformedError(TargetError):
    """The finance system's address is none."""

    code = "target-url-malformed"


class TargetUrlCredentialsError(TargetError):
    """An address with login or password in it, which would stand in logs and pictures."""

    code = "target-url-credentials"


class TargetUrlRefusedError(TargetError):
    """An address that can be no finance system: link-local, multicast, unspecified."""

    code = "target-url-refused"


class TargetNumberError(TargetError):
    """A number out of its bounds."""

    code = "target-number"


class TargetWindowError(TargetError):
    """Service hours that cannot be read."""

    code = "target-window"


class TargetBusyError(TargetError):
    """Rows whose outcome must be looked up at the address that is to be changed."""

    code = "target-busy"


class TargetNotSetUpError(TargetError):
    """Nobody has said where the finance system is."""

    code = "target-not-set-up"


class TargetHeldError(TargetError):
    """The target is held until an operator lifts it."""

    code = "target-held"


class ScreensRefusedError(TargetError):
    """A file that is no record of this robot's screens, or one of another version."""

    code = "screens-refused"


class RobotsStoppedError(TargetError):
    """Somebody has stopped all robots."""

    code = "robots-stopped"


class ReasonMissingError(TargetError):
    """An act that needs a reason came without one, or with one that is too long."""

    code = "reason-missing"


class RobotEngineError(HouseError):
    """The robot engine's child process died, took too long or is not installed."""

    code = "robot-engine"


class BrowserAbsentError(HouseError):
    """This machine has no browser that robots could use."""

    code = "browser-absent"


class CredentialMalformedError(TargetError):
    """A login or password that is empty, too long, or has signs that cannot be typed."""

    code = "credential-malformed"


class VaultError(HouseError):
    """A credential cannot be opened. A job that meets this waits until the lab has seen to it."""

    code = "vault"


class CredentialMissingError(VaultError):
    """No credential has been set for the target."""

    code = "credential-missing"


class CredentialExpiredError(VaultError):
    """The day has passed on which, as far as known, the finance system's password runs out."""

    code = "credential-expired"


class CredentialDamagedError(VaultError):
    """What lies in the database does not open: changed, or another target's."""

    code = "credential-damaged"


class VaultKeyMissingError(VaultError):
    """The key file is not there, and credentials exist that need it."""

    code = "vault-key-missing"


class VaultKeyOpenError(VaultError):
    """Others may read the key file."""

    code = "vault-key-open"


class VaultKeyDamagedError(VaultError):
    """The key file is none."""

    code = "vault-key-damaged"


class VaultKeyWrongError(VaultError):
    """The credential was sealed with another key than the key file holds."""

    code = "vault-key-wrong"


# --- robots: rows ------------------------------------------------------------------------------------------


class NoRowsLeftError(JobError):
    """Not one row of what was handed in can be keyed."""

    code = "no-rows-left"


class RowsOverCapError(JobError):
    """More rows than the target takes in one run."""

    code = "rows-over-cap"


class YenOverCapError(JobError):
    """More money than the target takes in one run."""

    code = "yen-over-cap"


class NotApprovedError(JobError):
    """A row is not what a second person has approved. The job's states should have kept it from the robot: a fault of ours."""

    code = "not-approved"


class JobNotToApproveError(JobError):
    """The job does not wait for an approval."""

    code = "job-not-to-approve"


class JobNotScheduledError(JobError):
    """The job does not wait for its time."""

    code = "job-not-scheduled"


class ApprovalOwnError(JobError):
    """Who handed the rows in, or released one of them, cannot approve them."""

    code = "approval-own"


class ApprovalStaleError(JobError):
    """The rows are no longer those that were shown for approval."""

    code = "approval-stale"


class RowSettledError(JobError):
    """The row does not wait for a person, or not for this."""

    code = "row-settled"


class RowSentLatelyError(JobError):
    """What was sent by a job that ended badly may still arrive: nobody can say yet that it is not there."""

    code = "row-sent-lately"


class RowOwnError(JobError):
    """Where money moves, whoever handed the row in cannot have it keyed against a doubt."""

    code = "row-own"


class RowsOpenError(JobError):
    """Rows still wait for somebody's word."""

    code = "rows-open"


class DecisionMissingError(JobError):
    """None of the answers was chosen that there are for a row that nobody knows about."""

    code = "decision-missing"


class ReceiptMissingError(JobError):
    """A row that is said to be registered needs the finance system's number."""

    code = "receipt-missing"


class ReceiptTakenError(JobError):
    """The finance system's number belongs to another row already."""

    code = "receipt-taken"


class TargetClosedError(NotNowError):
    """Outside the finance system's service hours."""

    code = "target-closed"


class TargetOnHoldError(NotNowError):
    """The target is held until an operator lifts it."""

    code = "target-on-hold"


class TargetUnreadyError(NotNowError):
    """The target lacks its address, its credential or a browser."""

    code = "target-unready"


class KeyingStoppedError(NotNowError):
    """Somebody has pressed the emergency stop."""

    code = "keying-stopped"


class SystemAwayError(NotNowError):
    """The finance system does not answer or says that it is being maintained."""

    code = "system-away"


class SeatsTakenError(NotNowError):
    """As many are signed in at the account as may be."""

    code = "seats-taken"
    no_news = True


# --- robots: timetable -------------------------------------------------------------------------------------


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


# --- glossary ---------------------------------------------------------------------------------------------


class GlossaryError(DigilabError):
    """Something about the terms that recordings are read with cannot be as it was asked for."""

    code = "glossary"


class GlossaryWrongError(GlossaryError):
    """A glossary's file has faults; every one is told, nothing was taken."""

    code = "glossary-wrong"

    def __init__(self, faults: Mapping[Language, str], lines: Sequence[int]) -> None:
        super().__init__()
        self.faults = dict(faults)
        self.lines = tuple(lines)

    def sentence(self, language: Language = "ja") -> str:
        """That nothing was taken, and every fault with its line."""
        return text(language, f"errors.{self.code}", faults=self.faults[language])


class GlossaryTermUnknownError(GlossaryError):
    """No term of this spelling is in the glossary."""

    code = "glossary-term-unknown"


class GlossaryFileMissingError(GlossaryError):
    """No file came with the form."""

    code = "glossary-file-missing"


class GlossaryDayError(GlossaryError):
    """A day that there is not, or that cannot be read."""

    code = "glossary-day"
