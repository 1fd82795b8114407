"""The pages of one form → a case: values by type, what checks and rules found, how likely each value is wrong, who looks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from ocr.cases import OUT_OF_ORDER
from ocr.definition.form import (
    AnyField,
    BranchCodeField,
    Column,
    DateField,
    Form,
    Harm,
    KanaField,
    PersonalNumberField,
    SameReadingRule,
    TableField,
)
from ocr.definition.load import LoadedForm
from ocr.records import Case, Decision, Evidence, Finding, PageReading, Value
from ocr.values import parse, rules, typed
from ocr.values.parsed import Parsed, Surroundings
from ocr.values.personal import concealed
from ocr.values.policy import decide
from ocr.values.readings import Spoken, repaired

Field = AnyField | Column


class Estimator(Protocol):
    """Says how likely a value is wrong, and from when on that is too likely."""

    def p_wrong(
        self, field: Field, evidence: Evidence, findings: Sequence[Finding], quality: Mapping[str, float]
    ) -> float:
        """Probability, 0–1, that the value as read is not what stands on the paper. `evidence.signs` holds what checks and rules say."""
        ...

    def threshold(self, harm: Harm) -> float:
        """The largest probability that passes without a look."""
        ...


@dataclass(frozen=True)
class _Entry:
    """A field where something may stand, with what its page tells."""

    path: str
    field: Field
    evidence: Evidence
    page: int
    quality: Mapping[str, float]


def judge(
    loaded: LoadedForm,
    pages: Sequence[PageReading],
    number: int,
    estimator: Estimator,
    today: date,
    words: Mapping[str, str | None] | None = None,
) -> Case:
    """One case of the form, the `number`-th from 1, of the pages that `ocr.cases.group` put together.

    Values come in the definition's order; of tables the rows that hold writing. `today` stands for `today` in the definition's limits.
    Personal numbers are checked and then masked, for the estimator too.

    `words`: by path what people who saw the paper say stands there; None: what was read, `typed.ILLEGIBLE`: nobody can tell. Such a
    value is accepted with P(wrong) 0, whatever checks and rules still find about it.
    """
    words = words or {}
    shown = [concealed(page, loaded.form) for page in pages]
    by_number = _by_number(shown)
    entries = list(_entries(loaded.form, by_number))
    parsed = _repaired(loaded.form, entries, _parsed(loaded, entries, today, words), words)
    verdict = rules.judge(_answers(loaded, entries, parsed, by_number, today, words))
    verdict = replace(verdict, findings=(*verdict.findings, *_scanned_otherwise(shown, by_number)))
    about_pages = _about_pages(loaded.form, pages, by_number)
    values = [_value(entry, parsed[entry.path], verdict, about_pages, estimator) for entry in entries]
    values = [_by_a_person(value, words[value.path]) if value.path in words else value for value in values]
    return Case(
        form=loaded.form.id,
        revision=loaded.form.revision,
        number=number,
        pages=tuple(page.sorted for page in pages),
        values=tuple(values),
        findings=(*about_pages, *verdict.findings),
        engine=next((page.engine for page in pages), ""),
    )


def _by_number(pages: Sequence[PageReading]) -> dict[int, PageReading]:
    """The first page of each number; a sheet that was scanned twice counts once."""
    found: dict[int, PageReading] = {}
    for page in pages:
        if page.sorted.place is not None:
            found.setdefault(page.sorted.place.page, page)
    return found


def _scanned_otherwise(pages: Sequence[PageReading], by_number: Mapping[int, PageReading]) -> Iterator[Finding]:
    """Where the second scan of a sheet does not say what the first one does: perhaps it is another sheet, put right by hand."""
    for page in pages:
        number = page.sorted.place.page if page.sorted.place is not None else 0
        if number in by_number and by_number[number] is not page:
            first = dict(map(_written, by_number[number].evidence))
            paths = tuple(path for path, written in map(_written, page.evidence) if written != first.get(path))
            if paths:
                yield Finding("scans-differ", paths, {"page": number})


def _written(evidence: Evidence) -> tuple[str, tuple[str, ...]]:
    """The field's path, and all that stands there."""
    readings = (each.text for each in (evidence.reading, *evidence.pieces) if each is not None)
    return evidence.path, (*readings, *(mark.option for mark in evidence.marks if mark.marked))


def _entries(form: Form, by_number: Mapping[int, PageReading]) -> Iterator[_Entry]:
    for number, form_page in enumerate(form.pages, 1):
        page = by_number.get(number)
        if page is None:
            continue
        evidence = {each.path: each for each in page.evidence}
        for field in form_page.fields:
            for path, each in _places(field, evidence):
                yield _Entry(path, each, evidence[path], number, page.quality)


def _places(field: AnyField, evidence: Mapping[str, Evidence]) -> Iterator[tuple[str, Field]]:
    """The field itself, or the cells of a table's used rows."""
    if not isinstance(field, TableField):
        yield field.name, field
        return
    for row in used_rows(field, evidence):
        for column in field.columns:
            yield f"{field.name}.{row}.{column.name}", column


def used_rows(table: TableField, evidence: Mapping[str, Evidence]) -> tuple[int, ...]:
    """Rows, from 1, in which anything is written or marked."""
    return tuple(
        row
        for row in range(1, table.rows + 1)
        if any(parse.filled(column, evidence[f"{table.name}.{row}.{column.name}"]) for column in table.columns)
    )


def _parsed(
    loaded: LoadedForm, entries: Sequence[_Entry], today: date, words: Mapping[str, str | None]
) -> dict[str, Parsed]:
    """By path; fields that look at another field's value come after it."""
    found: dict[str, Parsed] = {}
    values: dict[str, str] = {}
    for entry in sorted(entries, key=lambda each: _looks_elsewhere(each.field)):
        around = Surroundings(entry.path, today, loaded.banks, values)
        parsed = parse.parse(entry.field, entry.evidence, around)
        if entry.path in words:
            parsed = typed.understood(entry.field, words[entry.path], parsed, entry.evidence, around)
        found[entry.path] = parsed
        values[entry.path] = found[entry.path].value
    return found


def _looks_elsewhere(field: Field) -> bool:
    return (isinstance(field, BranchCodeField) and bool(field.bank)) or (
        isinstance(field, DateField) and bool(field.era_from)
    )


def _repaired(
    form: Form, entries: Sequence[_Entry], parsed: dict[str, Parsed], words: Collection[str]
) -> dict[str, Parsed]:
    """Kana fields that sound the same settle each other's doubtful characters; what a person said of one is no reading."""
    by_path = {entry.path: entry for entry in entries if entry.path not in words}
    for rule in form.rules:
        if isinstance(rule, SameReadingRule):
            for one, other in _pairs(rule, by_path):
                spoken = [_spoken(by_path[path], parsed[path]) for path in (one, other)]
                for path, value in zip((one, other), repaired(*spoken), strict=True):
                    before = parsed[path]
                    if value != before.value:
                        told = before.told(path, "reading-repaired", before=before.value, after=value)
                        parsed = {**parsed, path: replace(told, value=value).signed(reading_repaired=1.0)}
    return parsed


def _pairs(rule: SameReadingRule, entries: Mapping[str, _Entry]) -> Iterator[tuple[str, str]]:
    one, other = rule.fields
    rows = {int(path.split(".")[1]) for path in entries if "." in one and path.startswith(f"{one.partition('.')[0]}.")}
    for row in sorted(rows) or [1]:
        pair = rules.cell(one, row), rules.cell(other, row)
        if all(path in entries for path in pair):
            yield pair


def _spoken(entry: _Entry, parsed: Parsed) -> Spoken:
    characters = entry.evidence.reading.characters if entry.evidence.reading is not None else ()
    return Spoken(parsed.value, characters, isinstance(entry.field, KanaField) and entry.field.bank)


def _answers(
    loaded: LoadedForm,
    entries: Sequence[_Entry],
    parsed: Mapping[str, Parsed],
    by_number: Mapping[int, PageReading],
    today: date,
    words: Mapping[str, str | None],
) -> rules.Answers:
    values = {path: each.value for path, each in parsed.items()}
    return rules.Answers(
        loaded.form,
        values,
        unread=frozenset(
            entry.path
            for entry in entries
            if not values[entry.path] and words.get(entry.path) != "" and parse.filled(entry.field, entry.evidence)
        ),
        rows={
            field.name: used_rows(field, {each.path: each for each in by_number[number].evidence})
            for number, page in enumerate(loaded.form.pages, 1)
            if number in by_number
            for field in page.fields
            if isinstance(field, TableField)
        },
        others={
            entry.path: parse.others(entry.field, entry.evidence, Surroundings(entry.path, today, loaded.banks, values))
            for entry in entries
            if entry.field.type in ("amount", "digits") and entry.path not in words
        },
    )


def _about_pages(form: Form, pages: Sequence[PageReading], by_number: Mapping[int, PageReading]) -> tuple[Finding, ...]:
    numbers = [page.sorted.place.page for page in pages if page.sorted.place is not None]
    missing = [
        Finding("page-missing", (), {"page": each}) for each in range(1, len(form.pages) + 1) if each not in by_number
    ]
    twice = [Finding("page-twice", (), {"page": each}) for each in sorted(by_number) if numbers.count(each) > 1]
    mixed = [Finding(OUT_OF_ORDER)] if any(OUT_OF_ORDER in page.sorted.notices for page in pages) else []
    return (*missing, *twice, *mixed)


def _value(
    entry: _Entry,
    parsed: Parsed,
    verdict: rules.Verdict,
    about_pages: Sequence[Finding],
    estimator: Estimator,
) -> Value:
    broken = [finding for finding in verdict.findings if entry.path in finding.paths]
    findings = (*parsed.findings, *broken)
    said = {"rule_confirmed": float(verdict.confirmed.count(entry.path)), "rule_broken": float(len(broken))}
    signs = {**entry.evidence.signs, **parsed.signs, **{name: sign for name, sign in said.items() if sign}}
    p_wrong = estimator.p_wrong(entry.field, replace(entry.evidence, signs=signs), findings, entry.quality)
    mixed = [finding for finding in about_pages if finding.code == OUT_OF_ORDER]
    return Value(
        path=entry.path,
        label=entry.field.label,
        type=entry.field.type,
        raw=parse.raw(entry.field, entry.evidence),
        value=parsed.value,
        p_wrong=p_wrong,
        decision=decide(entry.field, p_wrong, estimator.threshold(entry.field.harm), (*findings, *mixed)),
        page=entry.page,
        box=entry.evidence.box,
        findings=findings,
        masked=isinstance(entry.field, PersonalNumberField),
    )


def _by_a_person(value: Value, word: str | None) -> Value:
    text = word if word == typed.ILLEGIBLE else value.value
    return replace(value, value=text, p_wrong=0.0, decision=Decision.ACCEPT)
