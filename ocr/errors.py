"""What can be wrong with a scan, a form definition or a model, as one tree; the sentences live in language/*.toml."""

import tomllib
from functools import cache
from importlib.resources import files

Evidence = dict[str, str | float | int]


class OcrError(Exception):
    """Raised when a scan cannot become values. `evidence` holds plain values for the sentence."""

    code = "reading-failed"

    def __init__(self, **evidence: str | float | int) -> None:
        super().__init__(self.code, evidence)
        self.evidence = evidence

    def sentence(self, language: str = "ja") -> str:
        """What, where and what to do, for a clerk."""
        return sentence(self.code, language, self.evidence)

    def __str__(self) -> str:
        return f"{self.code} {self.evidence}"


class PageError(OcrError):
    """Raised when the scan itself is the reason."""


class ScanEmptyError(PageError):
    """Raised for a file of 0 bytes; `file`."""

    code = "scan-empty"


class ScanTooLargeError(PageError):
    """Raised before opening; `file`, `megabytes` is the limit."""

    code = "scan-too-large"


class ScanIsOtherTypeError(PageError):
    """Raised when the bytes are no kind of page that is read; `file`, and `found` names what they are (`zip`, `text` …)."""

    code = "scan-is-other-type"

    def sentence(self, language: str = "ja") -> str:
        found = sentence(f"scan-type-{self.evidence['found']}", language, {})
        return sentence(self.code, language, {**self.evidence, "found": found})


class ScanKindsDisagreeError(ScanIsOtherTypeError):
    """Raised when the name's ending says another kind than the bytes; `file`, `ending`, `found`."""

    code = "scan-kinds-disagree"


class ScanHoldsTwoKindsError(ScanIsOtherTypeError):
    """Raised when the same bytes open as two kinds of file; `file`, `found` names the second."""

    code = "scan-holds-two-kinds"


class ScanEndsEarlyError(PageError):
    """Raised when the file stops before its end; `file`."""

    code = "scan-ends-early"


class ScanUnreadableError(PageError):
    """Raised when the file says it is a scan and no decoder can open it; `file`."""

    code = "scan-unreadable"


class ScanProtectedError(PageError):
    """Raised when a password is needed to open the file; `file`."""

    code = "scan-protected"


class ScanTooManyPagesError(PageError):
    """Raised before any page is read; `file`, `pages`, `most`."""

    code = "scan-too-many-pages"


class ScanUnpacksTooFarError(PageError):
    """Raised before opening for a file whose packed objects unpack beyond all measure; `file`."""

    code = "scan-unpacks-too-far"


class PageUnreadableError(PageError):
    """Raised when one page does not decode; `file`, `page`. The others do."""

    code = "page-unreadable"


class PageEndsEarlyError(PageUnreadableError):
    """Raised when a page's picture stops before its last row; `file`, `page`."""

    code = "page-ends-early"


class PageTooLargeError(PageError):
    """Raised before decoding; `file`, `page`, `megapixels`, `most`."""

    code = "page-too-large"


class PageTooSmallError(PageError):
    """Raised for a picture with too few pixels to hold a form; `file`, `page`, `width`, `height`."""

    code = "page-too-small"


class DefinitionError(OcrError):
    """Raised when the form definition is the reason; `file`, `line` and `field` where they are known."""


class ModelError(OcrError):
    """Raised when the recogniser's files are the reason."""


class ModelMissingError(ModelError):
    """Raised when the model's file or folder is not there; `path`."""

    code = "model-missing"


class ModelBrokenError(ModelError):
    """Raised when the model's files cannot be loaded; `path`, and `reason` in the loader's words."""

    code = "model-broken"


class EngineUnknownError(ModelError):
    """Raised for a recogniser that does not exist; `name`, and the `known` ones."""

    code = "engine-unknown"


class EngineMissingError(ModelError):
    """Raised when a recogniser's packages are not installed; `name`."""

    code = "engine-missing"


class WritingError(OcrError):
    """Raised when the values are the reason why no file can be written."""


class BrokenCharacterError(WritingError):
    """Raised for a value with half a character in it (a lone surrogate); `number` of the case, `label` of the field."""

    code = "value-broken-character"


def sentence(code: str, language: str, evidence: Evidence) -> str:
    """The sentence of `code` with its evidence filled in."""
    return sentences(language)[code].format(**evidence)


@cache
def sentences(language: str) -> dict[str, str]:
    """Every sentence of the engine by code."""
    text = files("ocr").joinpath("language", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)
