"""What findings, notices and verdicts say, with the fields named as the form names them."""

from collections.abc import Iterator

from ocr.definition.form import Form, TableField
from ocr.errors import Evidence, sentence, sentences
from ocr.records import Case, Finding, Sorted


def labels(form: Form, language: str) -> dict[str, str]:
    """Field path → label; a table's cells by row (`items.3.amount` → 明細 3行目 金額)."""
    named: dict[str, str] = {}
    for field in form.fields():
        named[field.name] = field.label
        if isinstance(field, TableField):
            for row in range(1, field.rows + 1):
                for column in field.columns:
                    evidence: Evidence = {"table": field.label, "row": row, "label": column.label}
                    named[f"{field.name}.{row}.{column.name}"] = sentence("output-cell", language, evidence)
    return named


def said(finding: Finding, named: dict[str, str], language: str) -> str:
    """The finding's sentence. `{fields}` stands for its fields' labels; a code of another version of the engine is shown as it is."""
    fields = "・".join(named.get(path, path) for path in finding.paths)
    known = sentences(language).get(finding.code, finding.code)
    return known.format_map(_Evidence({"fields": fields, **finding.evidence}))


def notes(case: Case, named: dict[str, str], language: str) -> Iterator[str]:
    """What a person should know of the case as a whole: its findings, then its pages' notices, each once."""
    for finding in case.findings:
        yield said(finding, named, language)
    for code in dict.fromkeys(notice for page in case.pages for notice in page.notices):
        yield sentences(language).get(code, code)


def held_because(page: Sorted, language: str) -> str:
    """Why a page was not read."""
    return sentence(
        f"verdict-{page.verdict}", language, {"file": page.file, "page": page.page, "nearest": page.nearest}
    )


class _Evidence(dict[str, str | float | int]):
    """Evidence that an older record lacks stays visible as its name."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
