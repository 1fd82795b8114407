"""Names: each once; and everything that refers to a name meets a field of the fitting type, in no circle."""

import difflib
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from ocr.definition.faults import (
    CircularError,
    EraError,
    FaultError,
    NameTwiceError,
    NotAllowedError,
    ReferenceTypeError,
    ReferenceUnknownError,
    RuleTablesError,
)
from ocr.definition.form import (
    BranchCodeField,
    ChoiceField,
    DateField,
    DateOrderRule,
    Form,
    ProductRule,
    RequiredWithRule,
    Rule,
    SameReadingRule,
    SumRule,
)
from ocr.definition.places import Placed, placed
from ocr.definition.source import Path, Source
from ocr.values.dates import era_named

NUMBERS = ("amount", "digits")
FILLED = (
    *("text", "kana", "digits", "amount", "date", "postal-code", "telephone", "bank-code", "branch-code"),
    *("account-number", "personal-number", "tick", "choice", "seal"),
)
CALCULATIONS = (SumRule, ProductRule)

Reference = tuple[Path, str, tuple[str, ...]]
"""Where it stands, the name it gives, the types that fit."""


def check_references(form: Form, source: Source) -> Iterator[FaultError]:
    """Every fault of names and what refers to them."""
    fields: dict[str, Placed] = {}
    for each in placed(form):
        if each.name in fields:
            first = source.line((*fields[each.name].path, "name"))
            yield source.fault(NameTwiceError, (*each.path, "name"), name=each.name, first=first)
        fields.setdefault(each.name, each)
    for each in fields.values():
        yield from _own(each, fields, source)
    for at, rule in enumerate(form.rules):
        yield from _rule(rule, ("rules", at), fields, source)
    yield from _circles(form, source)


def _own(each: Placed, fields: dict[str, Placed], source: Source) -> Iterator[FaultError]:
    """What a field itself refers to; in a table its own row comes first."""
    field = each.field
    row = f"{each.table.name}." if each.table else ""
    if isinstance(field, BranchCodeField) and field.bank:
        name = row + field.bank if row + field.bank in fields else field.bank
        yield from _known(((*each.path, "bank"), name, ("bank-code",)), fields, source)
    if isinstance(field, DateField) and field.era_from:
        path = (*each.path, "era_from")
        name = row + field.era_from if row + field.era_from in fields else field.era_from
        wrong = list(_known((path, name, ("choice",)), fields, source))
        yield from wrong
        choice = None if wrong else fields[name].field
        if isinstance(choice, ChoiceField):
            strange = [option.value for option in choice.options if not era_named(option.value)]
            if strange:
                yield source.fault(EraError, path, name=name, found="、".join(strange))


def _known(reference: Reference, fields: dict[str, Placed], source: Source) -> Iterator[FaultError]:
    path, name, types = reference
    if name not in fields:
        nearest = difflib.get_close_matches(name, fields, 1, 0.0)
        yield source.fault(
            ReferenceUnknownError, path, key=_key(path), name=name, nearest=nearest[0] if nearest else "-"
        )
    elif fields[name].field.type not in types:
        evidence = {"key": _key(path), "name": name, "found": fields[name].field.type, "allowed": ", ".join(types)}
        yield source.fault(ReferenceTypeError, path, **evidence)


def _key(path: Path) -> str:
    return next(step for step in reversed(path) if isinstance(step, str))


def _references(rule: Rule, path: Path) -> Iterator[Reference]:
    if isinstance(rule, CALCULATIONS):
        yield from ((((*path, "of", at), name, NUMBERS)) for at, name in enumerate(rule.of))
        yield (*path, "equals"), rule.equals, NUMBERS
    elif isinstance(rule, DateOrderRule):
        yield (*path, "earlier"), rule.earlier, ("date",)
        yield (*path, "later"), rule.later, ("date",)
    elif isinstance(rule, SameReadingRule):
        yield from (((*path, "fields", at), name, ("kana",)) for at, name in enumerate(rule.fields))
    else:
        if isinstance(rule, RequiredWithRule):
            yield (*path, "when"), rule.when, FILLED
        yield from (((*path, "fields", at), name, FILLED) for at, name in enumerate(rule.fields))


def _rule(rule: Rule, path: Path, fields: dict[str, Placed], source: Source) -> Iterator[FaultError]:
    references = list(_references(rule, path))
    wrong = [fault for reference in references for fault in _known(reference, fields, source)]
    yield from wrong
    if wrong:
        return
    names = [name for _, name, _ in references]
    twice = next((at for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        yield source.fault(CircularError, references[twice][0], chain=f"{names[twice]} → {names[twice]}")
    tables = {name.partition(".")[0] if "." in name else "" for name in names}
    column_sum = isinstance(rule, SumRule) and "." not in rule.equals
    if len(tables) > 1 and not column_sum:
        yield source.fault(RuleTablesError, path, names=", ".join(names))
    if isinstance(rule, RequiredWithRule) and rule.equals:
        yield from _value(rule, (*path, "equals"), fields, source)


def _value(rule: RequiredWithRule, path: Path, fields: dict[str, Placed], source: Source) -> Iterator[FaultError]:
    """A choice's value has to be one of its options: any other never comes."""
    choice = fields[rule.when].field
    if isinstance(choice, ChoiceField):
        values = [option.value for option in choice.options]
        if rule.equals not in values:
            yield source.fault(NotAllowedError, path, key="equals", found=rule.equals, allowed=", ".join(values))


def _circles(form: Form, source: Source) -> Iterator[FaultError]:
    """A sum of sums that comes back to itself can never be told right from wrong; nor can dates in a circle."""
    for kinds in (CALCULATIONS, (DateOrderRule,)):
        graph: TopologicalSorter[str] = TopologicalSorter()
        rules = [(at, rule) for at, rule in enumerate(form.rules) if isinstance(rule, kinds)]
        for _, rule in rules:
            result, sources = _flow(rule)
            graph.add(result, *(each for each in sources if each != result))
        try:
            graph.prepare()
        except CycleError as error:
            chain: list[str] = error.args[1]
            last = max(at for at, rule in rules if _flow(rule)[0] in chain)
            yield source.fault(CircularError, ("rules", last), chain=" → ".join(chain))


def _flow(rule: Rule) -> tuple[str, Iterable[str]]:
    if isinstance(rule, DateOrderRule):
        return rule.later, (rule.earlier,)
    if isinstance(rule, CALCULATIONS):
        return rule.equals, rule.of
    raise TypeError(rule)
