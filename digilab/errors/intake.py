"""What is handed in and cannot be taken."""

from digilab.errors.base import DigilabError, Evidence
from digilab.language import Language, text


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
