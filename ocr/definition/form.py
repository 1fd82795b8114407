"""A form definition as data: `form.yaml` in types. Loading with line numbers is `load`'s; geometry across fields is checked there too.

Millimetres from the top left corner of the page. Everything unknown is refused, so that a misspelt key never passes silently.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]{1,80}$")]
"""What is printed: one line, not empty, and nothing that turns the direction of writing."""
BoxMm = Annotated[
    tuple[float, float, float, float],
    Field(description="Left, top, width, height in mm from the page's top left corner."),
]
Cells = Annotated[int, Field(ge=0, le=60)]
"""Printed boxes side by side, one character each; 0: none."""


class Strict(BaseModel):
    """Refuses unknown keys; never changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Harm(StrEnum):
    """What an undetected error costs; the threshold of P(wrong) follows from it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Review(StrEnum):
    """Who looks: by probability and harm, always one, always two, or never."""

    AUTO = "auto"
    ALWAYS = "always"
    TWICE = "twice"
    NEVER = "never"


class Normalise(StrEnum):
    """What may be changed in a text value. Names allow nothing: their raw string is the value."""

    WIDTH = "width"
    """Full-width digits and letters → half-width, half-width kana → full-width."""
    SPACES = "spaces"
    """Runs of blanks → one; none at the ends."""
    VARIANTS = "variants"
    """Character variants that the recogniser is known to swap (收→収), by table."""


class BaseField(Strict):
    """What every field has."""

    name: Name
    """Key of the value in every output; each once in a form."""
    label: Words
    """What is printed on the form: what people read."""
    required: bool = False
    """Empty is a finding."""
    harm: Harm = Harm.NORMAL
    review: Review = Review.AUTO
    note: str = ""
    """For whoever looks after the definition."""


class Written(BaseField):
    """A field that is read character by character."""

    box: BoxMm
    length: tuple[int, int] | None = None
    """Least and most characters."""
    alphabet: str = ""
    """Only these characters, within what the type allows; ranges as in `0-9ァ-ヶ`."""
    check: Annotated[str, Field(max_length=500)] = ""
    """Regular expression that the whole value must match; matching is stopped after a time limit."""


class TextField(Written):
    """Free writing."""

    type: Literal["text"] = "text"
    nature: Literal["name", "address", "free"] = "free"
    """Names are never changed in any way."""
    lines: Annotated[int, Field(ge=1, le=20)] = 1
    """Lines of writing in the box."""
    normalise: tuple[Normalise, ...] = (Normalise.SPACES,)


class KanaField(Written):
    """フリガナ: katakana, long mark, blanks; `cells` equal boxes side by side where the form has them."""

    type: Literal["kana"] = "kana"
    cells: Cells = 0
    bank: bool = False
    """Only what the bank transfer format (全銀) allows: large kana, capitals, digits, ( ) - . / and blanks."""


class DigitsField(Written):
    """A number that is no quantity: leading zeros count. `cells` equal boxes side by side where the form has them."""

    type: Literal["digits"] = "digits"
    cells: Cells = 0


class AmountField(Written):
    """Yen: digits with or without ¥, 円, commas; `▲` or `-` for negative when allowed."""

    type: Literal["amount"] = "amount"
    cells: Cells = 0
    negative: bool = False
    least: int | None = None
    """Yen; less is a finding."""
    most: int | None = None
    """Yen; more is a finding."""


class DateParts(Strict):
    """Boxes of a date whose 年 月 日 are printed. `era` is the box of a handwritten era."""

    year: BoxMm
    month: BoxMm
    day: BoxMm | None = None
    era: BoxMm | None = None


class DateField(BaseField):
    """A date: one box with the whole date, or parts. The era may be printed (`era`) or circled in another field (`era_from`)."""

    type: Literal["date"] = "date"
    box: BoxMm | None = None
    parts: DateParts | None = None
    calendar: Literal["japanese", "western", "either"] = "either"
    order: Literal["ymd", "mdy", "dmy"] = "ymd"
    era: Literal["", "明治", "大正", "昭和", "平成", "令和"] = ""
    """Printed on the form."""
    era_from: str = ""
    """Name of the choice where the era is circled."""
    earliest: str = ""
    """ISO date, or `today`."""
    latest: str = ""
    """ISO date, or `today`."""


class PostalCodeField(Written):
    """〒: seven digits, out as 123-4567."""

    type: Literal["postal-code"] = "postal-code"
    cells: Cells = 0


class TelephoneField(Written):
    """Domestic telephone number, out as written with hyphens where they stand."""

    type: Literal["telephone"] = "telephone"


class BankCodeField(Written):
    """金融機関コード, four digits; checked against the master where the form has one."""

    type: Literal["bank-code"] = "bank-code"
    cells: Cells = 4


class BranchCodeField(Written):
    """支店コード, three digits; `bank` names the field of the bank's code."""

    type: Literal["branch-code"] = "branch-code"
    cells: Cells = 3
    bank: str = ""
    """Name of the field of the bank's code."""


class AccountNumberField(Written):
    """口座番号: up to seven digits, out as seven with leading zeros."""

    type: Literal["account-number"] = "account-number"
    cells: Cells = 7


class PersonalNumberField(Written):
    """個人番号: twelve digits with a check digit; masked everywhere; only on forms with `personal_number: true`."""

    type: Literal["personal-number"] = "personal-number"
    cells: Cells = 12


class TickField(BaseField):
    """A tick box."""

    type: Literal["tick"] = "tick"
    box: BoxMm


class Option(Strict):
    """One printed choice."""

    value: Words
    box: BoxMm


class ChoiceField(BaseField):
    """Printed words of which one (or `many`) is circled or ticked. 預金種目 is a choice with the values 普通, 当座, 貯蓄."""

    type: Literal["choice"] = "choice"
    options: Annotated[tuple[Option, ...], Field(min_length=1)]
    many: bool = False
    """More than one may be chosen."""
    by: Literal["circle", "tick"] = "circle"


class SealField(BaseField):
    """A seal's place: stamped or not."""

    type: Literal["seal"] = "seal"
    box: BoxMm


Cell = (
    TextField
    | KanaField
    | DigitsField
    | AmountField
    | DateField
    | PostalCodeField
    | TelephoneField
    | BankCodeField
    | BranchCodeField
    | AccountNumberField
    | TickField
    | ChoiceField
)
Column = Annotated[Cell, Field(discriminator="type")]


class TableField(BaseField):
    """Rows of the same columns, any of them empty. Columns give the boxes of the first row; row n lies `row_height` × (n − 1) lower."""

    type: Literal["table"] = "table"
    rows: Annotated[int, Field(ge=1, le=100)]
    row_height: Annotated[float, Field(gt=0)]
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    least_rows: Annotated[int, Field(ge=0)] = 0
    """Fewer filled rows are a finding."""


AnyField = Annotated[Cell | PersonalNumberField | SealField | TableField, Field(discriminator="type")]


class SumRule(Strict):
    """The values of `of` (a field, or a table's column as `items.amount`) add up to `equals`."""

    rule: Literal["sum"]
    of: Annotated[tuple[str, ...], Field(min_length=1)]
    equals: str


class ProductRule(Strict):
    """`of` multiplied give `equals`, in each row when they are columns of one table."""

    rule: Literal["product"]
    of: Annotated[tuple[str, ...], Field(min_length=1)]
    equals: str


class DateOrderRule(Strict):
    """`earlier` is not after `later`; `strict`: before."""

    rule: Literal["date-order"]
    earlier: str
    later: str
    strict: bool = False


class SameReadingRule(Strict):
    """Two kana fields sound the same (フリガナ and 口座名義カナ): compared without blanks, small and large kana alike."""

    rule: Literal["same-reading"]
    fields: tuple[str, str]


class ChooseRule(Strict):
    """Of these fields exactly one, at least one or at most one is filled in."""

    rule: Literal["exactly-one", "at-least-one", "at-most-one"]
    fields: Annotated[tuple[str, ...], Field(min_length=2)]


class RequiredWithRule(Strict):
    """When `when` is filled in (or has the value `equals`), all of `fields` are."""

    rule: Literal["required-with"]
    when: str
    equals: str = ""
    fields: Annotated[tuple[str, ...], Field(min_length=1)]


Rule = Annotated[
    SumRule | ProductRule | DateOrderRule | SameReadingRule | ChooseRule | RequiredWithRule, Field(discriminator="rule")
]


class FormPage(Strict):
    """One page: its unfilled picture and its fields."""

    blank: str
    """File beside form.yaml."""
    size: tuple[float, float] = (210.0, 297.0)
    """Width and height in mm; A4 upright unless given."""
    fields: tuple[AnyField, ...]


class Form(Strict):
    """A form in one revision."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    revision: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$")]
    title: Words
    note: str = ""
    personal_number: bool = False
    """The form may hold 個人番号: a decision of whoever answers for the form, not of who defines it."""
    banks: str = ""
    """Master csv beside form.yaml: 金融機関コード, 支店コード, 金融機関名, 支店名."""
    pages: Annotated[tuple[FormPage, ...], Field(min_length=1, max_length=20)]
    rules: tuple[Rule, ...] = ()

    def fields(self) -> tuple[AnyField, ...]:
        """The fields of all pages in order; a table is one field."""
        return tuple(field for page in self.pages for field in page.fields)
