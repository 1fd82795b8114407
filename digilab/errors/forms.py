"""Form definitions and scans."""

from digilab.errors.base import DigilabError


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
