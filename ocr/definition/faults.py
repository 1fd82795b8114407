"""What can be wrong with a form definition. All faults of one definition are told together: `DefinitionFaultsError`."""

from collections.abc import Iterable

from ocr.errors import DefinitionError, sentence

Fact = str | float | int


class FaultError(DefinitionError):
    """One fault. Evidence: `file`, `line` (0: the file as a whole), `field` ("" where no field is concerned), and the code's own."""

    code = "definition-wrong"

    def sentence(self, language: str = "ja") -> str:
        """Where, what and what to do."""
        return f"{self.where(language)}: {self.reason(language)}"

    def where(self, language: str = "ja") -> str:
        """File, line and field, as far as they are known."""
        parts = ["definition-at-line" if self.evidence["line"] else "definition-at-file"]
        if self.evidence["field"]:
            parts.append("definition-at-field")
        return "".join(sentence(part, language, self.evidence) for part in parts)

    def reason(self, language: str = "ja") -> str:
        """The sentence without its place."""
        return sentence(self.code, language, self.evidence)


class DefinitionFaultsError(DefinitionError):
    """Raised with everything that is wrong with one definition; `folder` is its name."""

    code = "definition-faults"

    def __init__(self, folder: str, faults: Iterable[FaultError]) -> None:
        self.faults = tuple(sorted(faults, key=lambda each: (each.evidence["file"], each.evidence["line"])))
        super().__init__(folder=folder, count=len(self.faults))

    def sentence(self, language: str = "ja") -> str:
        """The sentences of all faults, one a line."""
        head = sentence(self.code, language, self.evidence)
        return "\n".join([head, *(each.sentence(language) for each in self.faults)])


class FileMissingError(FaultError):
    """Raised when a file that the definition needs is not in its folder."""

    code = "definition-file-missing"


class FileNameError(FaultError):
    """Raised when a file is named that does not lie beside form.yaml; `found`."""

    code = "definition-file-name"


class FormTwiceError(FaultError):
    """Raised when two folders hold one form in one revision; `found`, `first` is the other folder."""

    code = "definition-form-twice"


class TooBigError(FaultError):
    """Raised when a file is larger than any sensible definition's; `limit`."""

    code = "definition-too-big"


class NotUtf8Error(FaultError):
    """Raised when form.yaml is not UTF-8."""

    code = "definition-encoding"


class YamlError(FaultError):
    """Raised when the text is not YAML; `column`."""

    code = "definition-yaml"


class DuplicateKeyError(FaultError):
    """Raised when a key stands twice in one mapping; `key`, `first` is the line of the first."""

    code = "definition-duplicate-key"


class AliasError(FaultError):
    """Raised for anchors and aliases."""

    code = "definition-alias"


class TagError(FaultError):
    """Raised for YAML tags."""

    code = "definition-tag"


class TooDeepError(FaultError):
    """Raised when lists lie in lists beyond what the definition knows."""

    code = "definition-too-deep"


class NotAMappingError(FaultError):
    """Raised when the file as a whole is no mapping."""

    code = "definition-not-a-mapping"


class KeyMissingError(FaultError):
    """Raised when a key that must be there is not; `key`."""

    code = "definition-key-missing"


class KeyUnknownError(FaultError):
    """Raised for a key that nothing knows; `key`, `allowed`."""

    code = "definition-key-unknown"


class KeyMisspeltError(FaultError):
    """Raised for an unknown key that is nearly a known one; `key`, `nearest`."""

    code = "definition-key-misspelt"


class TypeUnknownError(FaultError):
    """Raised for a field type or a rule that does not exist; `key`, `found`, `allowed`."""

    code = "definition-type-unknown"


class NotAllowedError(FaultError):
    """Raised for a value that is none of those allowed; `key`, `found`, `allowed`."""

    code = "definition-not-allowed"


class MalformedError(FaultError):
    """Raised when a name, id or revision breaks its pattern; `key`, `found`."""

    code = "definition-malformed"

    def reason(self, language: str = "ja") -> str:
        """With what such a name looks like."""
        key = self.evidence["key"]
        rule = sentence(f"definition-pattern-{key if key in ('name', 'id', 'revision') else 'words'}", language, {})
        return sentence(self.code, language, {**self.evidence, "rule": rule})


class WrongKindError(FaultError):
    """Raised when a value is of another kind; `key`, `found`, `wanted` (`number`, `text`, `list` …)."""

    code = "definition-wrong-kind"

    def reason(self, language: str = "ja") -> str:
        """With the kind that is wanted in words."""
        wanted = sentence(f"definition-kind-{self.evidence['wanted']}", language, {})
        return sentence(self.code, language, {**self.evidence, "wanted": wanted})


class WrongCountError(FaultError):
    """Raised when a list is too long or too short; `key`, `count`."""

    code = "definition-wrong-count"


class OutOfRangeError(FaultError):
    """Raised when a number is beyond its limits; `key`, `found`, `limit`."""

    code = "definition-out-of-range"


class ValueRefusedError(FaultError):
    """Raised for any other value that does not fit; `key`, `found`, `reason` in pydantic's words."""

    code = "definition-value"


class BlankUnreadableError(FaultError):
    """Raised when the blank form's picture is no PNG, TIFF or JPEG that can be decoded; `found`."""

    code = "definition-blank-unreadable"


class BlankTooManyPixelsError(FaultError):
    """Raised before decoding a picture beyond the pixel limit; `found`, `megapixels`, `limit`."""

    code = "definition-blank-too-many-pixels"


class BlankProportionsError(FaultError):
    """Raised when the picture is not of the page's proportions; `found`, `width`, `height` in pixels and `size` in millimetres."""

    code = "definition-blank-proportions"


class BlankCoarseError(FaultError):
    """Raised when the picture has too few pixels to align scans to; `found`, `dpi`, `least`."""

    code = "definition-blank-coarse"


class BlankEmptyError(FaultError):
    """Raised when next to nothing is printed on the blank, so that no scan can be aligned to it; `found`."""

    code = "definition-blank-empty"


class BlankUnalignableError(FaultError):
    """Raised when a blank is not found again on itself: too little is printed, or two pages are too much alike; `found`."""

    code = "definition-blank-unalignable"


class MasterError(FaultError):
    """Raised when a row of the bank master is wrong; `found`."""

    code = "definition-master"


class PersonalNumberError(FaultError):
    """Raised for a personal number on a form that does not say `personal_number: true`."""

    code = "definition-personal-number"


class BoxEmptyError(FaultError):
    """Raised for a box of no size or a negative one; `found`, `least` in millimetres."""

    code = "definition-box-empty"


class BoxOutsideError(FaultError):
    """Raised for a box that leaves the page; `found`, `size`, `row` (0 outside of tables)."""

    code = "definition-box-outside"


class OverlapError(FaultError):
    """Raised when two fields share paper; `other`, `other_line`."""

    code = "definition-overlap"


class RowsOverlapError(FaultError):
    """Raised when a column's box is higher than the row; `height`, `row_height`."""

    code = "definition-rows-overlap"


class TooManyBoxesError(FaultError):
    """Raised when a page has more boxes than any paper; `count`, `limit`."""

    code = "definition-too-many-boxes"


class CellsNarrowError(FaultError):
    """Raised when cells are too narrow to write in; `cells`, `width`, `least` in millimetres."""

    code = "definition-cells-narrow"


class CellsCountError(FaultError):
    """Raised when the number of cells is not that of the type or of the length; `cells`, `wanted`."""

    code = "definition-cells-count"


class LinesLowError(FaultError):
    """Raised when a box is too low for its lines; `lines`, `height`."""

    code = "definition-lines-low"


class BoundsError(FaultError):
    """Raised when the least is more than the most; `key`, `least`, `most`."""

    code = "definition-bounds"


class AlphabetError(FaultError):
    """Raised when an alphabet leaves no character, or a range runs backwards; `found`."""

    code = "definition-alphabet"


class RegexBrokenError(FaultError):
    """Raised when an expression does not compile; `found`, `reason`."""

    code = "definition-regex-broken"


class RegexSlowError(FaultError):
    """Raised when a match is not decided in time; `found`, `seconds`."""

    code = "definition-regex-slow"


class DateShapeError(FaultError):
    """Raised when a date has both `box` and `parts`, or neither."""

    code = "definition-date-shape"


class DateEraError(FaultError):
    """Raised when a date takes its era from two places, or has one though it is western."""

    code = "definition-date-era"


class DateBoundError(FaultError):
    """Raised when `earliest` or `latest` is no date; `key`, `found`."""

    code = "definition-date-bound"


class EraError(FaultError):
    """Raised when `era_from` names a choice with options that are no eras; `name`, `found`."""

    code = "definition-era"


class OptionTwiceError(FaultError):
    """Raised when two options of a choice have one value; `found`."""

    code = "definition-option-twice"


class BlankTwiceError(FaultError):
    """Raised when two pages have the same blank: no scan could be told from the other; `found`."""

    code = "definition-blank-twice"


class NoFieldsError(FaultError):
    """Raised when no page has a field."""

    code = "definition-no-fields"


class NameTwiceError(FaultError):
    """Raised when two fields have one name; `name`, `first` is the line of the first."""

    code = "definition-name-twice"


class ReferenceUnknownError(FaultError):
    """Raised when a rule or a field refers to a field that there is not; `key`, `name`, `nearest`."""

    code = "definition-reference-unknown"


class ReferenceTypeError(FaultError):
    """Raised when a rule or a field refers to a field of a type that does not fit; `key`, `name`, `found`, `allowed`."""

    code = "definition-reference-type"


class RuleTablesError(FaultError):
    """Raised when a rule mixes columns with what has no such rows; `names`."""

    code = "definition-rule-tables"


class CircularError(FaultError):
    """Raised when a rule leads back to the field that it starts from; `chain`."""

    code = "definition-circular"
