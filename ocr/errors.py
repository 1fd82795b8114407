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


def sentence(code: str, language: str, evidence: Evidence) -> str:
    """The sentence of `code` with its evidence filled in."""
    return sentences(language)[code].format(**evidence)


@cache
def sentences(language: str) -> dict[str, str]:
    """Every sentence of the engine by code."""
    text = files("ocr").joinpath("language", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)
