"""Rules across the fields of one form: what they find, and which values they confirm.

A rule whose fields are columns of one table holds for each row that is used. A field whose writing gave no value is told by itself;
rules that need it then say nothing.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ocr.definition.form import (
    AnyField,
    ChoiceField,
    ChooseRule,
    Column,
    DateOrderRule,
    Form,
    ProductRule,
    RequiredWithRule,
    Rule,
    SameReadingRule,
    SumRule,
    TableField,
)
from ocr.definition.places import placed
from ocr.records import Finding
from ocr.values.kana import sound
from ocr.values.marks import SEPARATOR


@dataclass(frozen=True)
class Answers:
    """A form as filled in: values by path, '' for what is empty. Paths of missing pages and unused rows are not there."""

    form: Form
    values: Mapping[str, str]
    unread: frozenset[str] = frozenset()
    """Paths with writing of which no value could be made."""
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Table → its used rows, from 1. A table of a missing page is not there."""
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Path → values of the next best readings."""

    def filled(self, path: str) -> bool:
        """Whether something stands there."""
        return bool(self.values.get(path)) or path in self.unread


@dataclass(frozen=True)
class Verdict:
    """What one rule says: either findings, or paths whose values it confirms, or nothing."""

    findings: tuple[Finding, ...] = ()
    confirmed: tuple[str, ...] = ()


def judge(answers: Answers) -> Verdict:
    """All rules of the form, and its tables' rows. A path that two rules confirm is named twice."""
    verdicts = [verdict for rule in answers.form.rules for verdict in _judge(rule, answers)]
    verdicts += [_rows(table, answers) for table in answers.form.fields() if isinstance(table, TableField)]
    return Verdict(
        tuple(finding for verdict in verdicts for finding in verdict.findings),
        tuple(path for verdict in verdicts for path in verdict.confirmed),
    )


def _judge(rule: Rule, answers: Answers) -> Iterator[Verdict]:
    match rule:
        case SumRule():
            yield from _sums(rule, answers)
        case ProductRule():
            yield from _by_row((*rule.of, rule.equals), answers, lambda paths: _product(paths, answers))
        case DateOrderRule():
            yield from _by_row((rule.earlier, rule.later), answers, lambda paths: _order(rule, paths, answers))
        case SameReadingRule():
            yield from _by_row(rule.fields, answers, lambda paths: _same_reading(paths, answers))
        case ChooseRule():
            yield from _by_row(rule.fields, answers, lambda paths: _choose(rule, paths, answers))
        case RequiredWithRule():
            yield from _by_row((rule.when, *rule.fields), answers, lambda paths: _required(rule, paths, answers))


def _by_row(names: Iterable[str], answers: Answers, judge_row: Callable[[list[str]], Verdict]) -> Iterator[Verdict]:
    """Once for plain fields, once per used row for columns."""
    names = list(names)
    table = names[0].partition(".")[0] if "." in names[0] else ""
    rows = [[cell(name, row) for name in names] for row in (answers.rows.get(table, ()) if table else (1,))]
    for paths in rows:
        if all(path in answers.values for path in paths):
            yield judge_row(paths)


def cell(name: str, row: int) -> str:
    """`items.amount` in row 3 → `items.3.amount`; a plain field as it is."""
    table, dot, column = name.partition(".")
    return f"{table}.{row}.{column}" if dot else name


def _sums(rule: SumRule, answers: Answers) -> Iterator[Verdict]:
    if "." in rule.equals:
        yield from _by_row((*rule.of, rule.equals), answers, lambda paths: _sum(paths[:-1], paths[-1], answers))
        return
    tables = [name.partition(".")[0] for name in rule.of if "." in name]
    paths = [
        path
        for name in rule.of
        for path in (
            [cell(name, row) for row in answers.rows.get(name.partition(".")[0], ())] if "." in name else [name]
        )
    ]
    if all(table in answers.rows for table in tables) and all(path in answers.values for path in (*paths, rule.equals)):
        yield _sum(paths, rule.equals, answers)


def _sum(parts: list[str], total: str, answers: Answers) -> Verdict:
    return _calculated(parts, total, answers, lambda numbers: sum(numbers.values()), "sum")


def _product(paths: list[str], answers: Answers) -> Verdict:
    *factors, result = paths
    if not all(answers.filled(path) for path in factors):
        return Verdict()
    return _calculated(factors, result, answers, lambda numbers: math.prod(numbers.values()), "product")


def _calculated(
    parts: list[str], total: str, answers: Answers, calculate: Callable[[dict[str, int]], int], name: str
) -> Verdict:
    """Does the calculation over `parts` give what stands in `total`?"""
    if any(path in answers.unread or not _whole(answers.values[path]) for path in (*parts, total)):
        return Verdict()
    written = [path for path in parts if answers.values[path]]
    numbers = {path: int(answers.values[path]) for path in written}
    if not written and not answers.values[total]:
        return Verdict()
    result = calculate(numbers)
    if not answers.values[total]:
        return Verdict((Finding(f"{name}-missing", (total,), {"result": result}),))
    stated = int(answers.values[total])
    if result == stated:
        return Verdict(confirmed=(*written, total))
    evidence: dict[str, str | float | int] = {"result": result, "stated": stated, "difference": stated - result}
    suspects = tuple(
        path
        for path in (*written, total)
        if any(_mends(path, other, numbers, total, stated, calculate) for other in answers.others.get(path, ()))
    )
    # When another reading of one field makes it come out, the others are no reason to look.
    code = f"{name}-misread" if len(suspects) == 1 else f"{name}-differs"
    return Verdict((Finding(code, suspects or (*written, total), evidence),))


def _mends(
    path: str,
    other: str,
    numbers: dict[str, int],
    total: str,
    stated: int,
    calculate: Callable[[dict[str, int]], int],
) -> bool:
    if not other or not _whole(other):
        return False
    if path == total:
        return calculate(numbers) == int(other)
    return calculate({**numbers, path: int(other)}) == stated


def _whole(value: str) -> bool:
    digits = value.removeprefix("-")
    return not value or (digits.isascii() and digits.isdigit())


def _order(rule: DateOrderRule, paths: list[str], answers: Answers) -> Verdict:
    earlier, later = (answers.values[path] for path in paths)
    if not earlier or not later:
        return Verdict()
    # A month without a day is as early or as late as any of its days.
    length = min(len(earlier), len(later))
    wrong = earlier[:length] > later[:length] or (rule.strict and earlier == later)
    return (
        Verdict((Finding("dates-out-of-order", tuple(paths), {"earlier": earlier, "later": later}),))
        if wrong
        else Verdict()
    )


def _same_reading(paths: list[str], answers: Answers) -> Verdict:
    one, other = (answers.values[path] for path in paths)
    if not one or not other:
        return Verdict()
    if sound(one) == sound(other):
        return Verdict(confirmed=tuple(paths))
    return Verdict((Finding("readings-differ", tuple(paths), {"one": one, "other": other}),))


def _choose(rule: ChooseRule, paths: list[str], answers: Answers) -> Verdict:
    count = sum(map(answers.filled, paths))
    if count == 0 and rule.rule != "at-most-one":
        return Verdict((Finding("chosen-none", tuple(paths)),))
    if count > 1 and rule.rule != "at-least-one":
        return Verdict(
            (Finding("chosen-several", tuple(path for path in paths if answers.filled(path)), {"count": count}),)
        )
    return Verdict()


def _required(rule: RequiredWithRule, paths: list[str], answers: Answers) -> Verdict:
    when, *needed = paths
    applies = _has(answers, rule, when) if rule.equals else answers.filled(when)
    missing = tuple(path for path in needed if not answers.filled(path))
    if not applies or not missing:
        return Verdict()
    return Verdict((Finding("required-with", missing, {"when": _field(answers.form, rule.when).label}),))


def _has(answers: Answers, rule: RequiredWithRule, path: str) -> bool:
    """Whether the value is the one that the rule asks for; of a choice of `many` whether it is among them."""
    value = answers.values[path]
    chosen = value.split(SEPARATOR) if isinstance(_field(answers.form, rule.when), ChoiceField) else []
    return rule.equals in (value, *chosen)


def _rows(table: TableField, answers: Answers) -> Verdict:
    if table.name not in answers.rows:
        return Verdict()
    used = answers.rows[table.name]
    findings = []
    least = max(table.least_rows, int(table.required))
    if len(used) < least:
        findings.append(Finding("rows-too-few", (table.name,), {"rows": len(used), "least": least}))
    findings += [
        Finding("row-empty-between", (table.name,), {"row": row})
        for row in range(1, max(used, default=0))
        if row not in used
    ]
    return Verdict(tuple(findings))


def _field(form: Form, name: str) -> AnyField | Column:
    """The field or column that rules call `name`: definitions are checked for it."""
    return next(each.field for each in placed(form) if each.name == name)
