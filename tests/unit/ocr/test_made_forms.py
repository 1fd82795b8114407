"""The tool that makes forms: what it draws is what it says, the same each time, and no vocabulary leaks into another."""

import importlib.util
import itertools
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from house.tree import ROOT
from ocr.definition.form import Form, TableField
from ocr.definition.load import load
from ocr.values.kana import alike

SHIPPED = sorted(path.parent for path in (ROOT / "form_definitions").glob("*/form.yaml"))
FOR_TESTS = sorted(path.parent for path in (ROOT / "tests" / "forms").glob("*/form.yaml"))
VOCABULARIES = ("benchmark", "calibration", "demo", "test")
LISTS = {
    name: tomllib.loads((ROOT / "tools" / "forms" / "words" / f"{name}.toml").read_text("utf-8"))
    for name in VOCABULARIES
}
ONE_FORM = ("--forms", "bank-transfer-request")
Truth = list[dict[str, Any]]
Make = Callable[..., Truth]


def run(tool: str, *words: str | Path) -> None:
    subprocess.run([sys.executable, ROOT / "tools" / tool, *map(str, words)], check=True)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Pages made anew; each truth entry with its file's path."""

    def made(*words: str) -> Truth:
        folder = tmp_path_factory.mktemp("made")
        run("make_forms.py", folder, *words)
        truth: Truth = json.loads((folder / "truth.json").read_text("utf-8"))["pages"]
        return [{**page, "file": folder / page["file"]} for page in truth]

    return made


@pytest.fixture(scope="module")
def by_vocabulary(make: Make) -> dict[str, Truth]:
    return {name: make("--pages", "5", "--vocabulary", name, "--kinds", "scan-150") for name in VOCABULARIES}


def paths(form: Form, page: int) -> Iterator[tuple[str, str]]:
    """Path and type of everything that can be filled in on a page."""
    for field in form.pages[page - 1].fields:
        if isinstance(field, TableField):
            rows = itertools.product(range(1, field.rows + 1), field.columns)
            yield from ((f"{field.name}.{row}.{column.name}", column.type) for row, column in rows)
        else:
            yield field.name, field.type


def words_of(name: str) -> set[str]:
    return {
        word for text in LISTS[name].values() for word in re.split(r"[\s|]+" if "|" not in text else r"[\n|]+", text)
    } - {""}


def test_the_same_seed_makes_the_same_files(make: Make) -> None:
    words = ("--pages", "4", "--kinds", "phone", "fax", "noisy", "coffee", "--troubles", "1", "--seed", "4", *ONE_FORM)
    first, again = make(*words), make(*words)
    assert [page["file"].read_bytes() for page in first] == [page["file"].read_bytes() for page in again]
    assert [page["fields"] for page in first] == [page["fields"] for page in again]


def test_another_seed_makes_other_pages(make: Make, by_vocabulary: dict[str, Truth]) -> None:
    other = make("--pages", "2", "--kinds", "scan-150", "--seed", "2", *ONE_FORM)
    known = [page["fields"] for page in by_vocabulary["test"]]
    assert all(page["fields"] not in known for page in other)


def test_the_truth_names_every_field_of_its_page(by_vocabulary: dict[str, Truth]) -> None:
    forms = {folder.name: load(folder).form for folder in SHIPPED}
    pages = [page for made in by_vocabulary.values() for page in made]
    assert {page["form"] for page in pages} == forms.keys()
    for page in pages:
        assert list(page["fields"]) == [path for path, _ in paths(forms[page["form"]], page["form_page"])]
        assert page["values"].keys() <= {path for path, raw in page["fields"].items() if raw}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(VOCABULARIES, 2)))
def test_no_two_vocabularies_share_a_word(one: str, other: str) -> None:
    assert words_of(one) & words_of(other) == set()
    readings = [{pair.split(":")[1] for pair in LISTS[name]["surnames"].split()} for name in (one, other)]
    assert readings[0] & readings[1] == set()


def test_no_two_vocabularies_share_a_name_an_account_or_a_phrase(by_vocabulary: dict[str, Truth]) -> None:
    types = {folder.name: load(folder).form for folder in SHIPPED}
    written: dict[str, set[str]] = {}
    for name, pages in by_vocabulary.items():
        written[name] = {
            page["fields"][path]
            for page in pages
            for path, kind in paths(types[page["form"]], page["form_page"])
            if kind in {"text", "kana", "telephone", "account-number", "bank-code", "postal-code"}
            and not path.endswith("relation")
            and not re.fullmatch(r"小学\d年", page["fields"][path])
        } - {""}
        assert len(written[name]) > 25
    for one, other in itertools.combinations(VOCABULARIES, 2):
        assert written[one] & written[other] == set()


def test_what_the_rules_ask_for_is_true_of_the_made_pages(by_vocabulary: dict[str, Truth]) -> None:
    seen = 0
    for page in (page for made in by_vocabulary.values() for page in made):
        value = {**page["fields"], **page["values"]}
        if page["form"] == "travel-expense-claim":
            rows = [f"items.{row}" for row in range(1, 9) if value[f"items.{row}.amount"]]
            assert rows
            assert sum(int(value[f"{row}.amount"]) for row in rows) == int(value["total"])
            for row in rows:
                times, price = value[f"{row}.quantity"], value[f"{row}.unit_price"]
                assert int(times) * int(price) == int(value[f"{row}.amount"])
            assert int(value["advance"]) + int(value["balance"]) == int(value["total"])
            assert value["trip_from"] <= value["trip_to"] <= value["claim_date"]
            seen += 1
        if page["form"] == "bank-transfer-request":
            assert alike(value["payee_kana"], value["holder_kana"])
            banks = (ROOT / "form_definitions" / page["form"] / "banks.csv").read_text("utf-8").splitlines()
            account = (value["bank_code"], value["branch_code"], value["bank_name"], value["branch_name"])
            assert ",".join(account) in banks
            seen += 1
    assert seen >= 12


@pytest.mark.parametrize("folder", [*SHIPPED, *FOR_TESTS], ids=lambda folder: folder.name)
def test_the_blanks_are_what_the_definitions_draw(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "form.yaml", tmp_path)
    run("draw_blanks.py", tmp_path)
    drawn = sorted(tmp_path.glob("*.png"))
    assert [path.name for path in drawn] == sorted(path.name for path in folder.glob("*.png"))
    for path in drawn:
        here, there = (np.asarray(Image.open(each).convert("L"), int) for each in (path, folder / path.name))
        # Another FreeType shades edges a little differently; a line that moved or a word that changed is far above this.
        assert np.mean(np.abs(here - there) > 128) < 0.0003


def test_the_shipped_forms_use_every_type_and_every_rule() -> None:
    forms = [load(folder).form for folder in (*SHIPPED, *FOR_TESTS)]
    types = {kind for form in forms for page in range(1, len(form.pages) + 1) for _, kind in paths(form, page)}
    assert types == {
        "text", "kana", "digits", "amount", "date", "postal-code", "telephone", "bank-code", "branch-code",
        "account-number", "personal-number", "tick", "choice", "seal",
    }  # fmt: skip
    assert {rule.rule for form in forms for rule in form.rules} == {
        "sum", "product", "date-order", "same-reading", "exactly-one", "at-least-one", "at-most-one", "required-with",
    }  # fmt: skip
    assert [len(form.pages) for form in forms if form.id in {folder.name for folder in SHIPPED}].count(2) == 1
    assert not any(load(folder).form.personal_number for folder in SHIPPED)


def test_wrong_pages_come_in_five_sorts_with_their_verdicts(make: Make) -> None:
    pages = make("--wrong", "--pages", "5")
    assert [(page["wrong"], page["expected"], page["form"] is None) for page in pages] == [
        ("other-form", "unknown", True),
        ("old-edition", "changed", False),
        ("blank-back", "blank", True),
        ("upside-down", "fits", False),
        ("half-page", "cut-off", False),
    ]
    assert {page["form"] for page in pages if page["wrong"] == "old-edition"} <= {folder.name for folder in SHIPPED}
    assert {page["revision"] for page in pages if page["wrong"] == "old-edition"} == {"2024-04"}


def test_what_is_difficult_is_told_by_field(make: Make) -> None:
    pages = make("--pages", "8", "--troubles", "1", "--kinds", "scan-150", "--seed", "3")
    troubles = {(path, sort) for page in pages for path, sort in page["troubles"].items()}
    assert {sort for _, sort in troubles} == {"corrected", "ditto", "seal-over-text"}
    for page in pages:
        for path in (path for path, sort in page["troubles"].items() if sort == "ditto"):
            assert page["fields"][path] in {"〃", "同上"}
    assert all(not page["troubles"] for page in make("--pages", "2", "--kinds", "scan-150", *ONE_FORM))


def test_the_old_edition_for_tests_has_its_table_elsewhere() -> None:
    new, old = (load(folder).form for folder in (ROOT / "form_definitions" / "travel-expense-claim", FOR_TESTS[1]))
    table = [next(field for field in form.pages[0].fields if isinstance(field, TableField)) for form in (new, old)]
    tops = [next(column.box[1] for column in each.columns if column.type == "text") for each in table]
    assert 6 <= tops[1] - tops[0] <= 10
    assert new.id == old.id
    assert new.revision != old.revision


def test_both_forms_with_accounts_know_the_same_banks() -> None:
    masters = {path.read_bytes() for path in (ROOT / "form_definitions").glob("*/banks.csv")}
    assert len(masters) == 1


def test_the_sample_for_the_demonstration_has_twelve_pages_and_their_truth() -> None:
    folder = ROOT / "samples" / "forms"
    told = json.loads((folder / "truth.json").read_text("utf-8"))
    pdf = pypdfium2.PdfDocument(folder / "依頼書12枚.pdf")
    assert told["vocabulary"] == "demo"
    assert [page["page"] for page in told["pages"]] == list(range(1, len(pdf) + 1)) == list(range(1, 13))
    assert {page["form"] for page in told["pages"]} == {"bank-transfer-request", "travel-expense-claim"}
    assert [page["kind"] for page in told["pages"]].count("upside-down") == 1
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3_000_000
    pdf.close()


def fonts() -> ModuleType:
    """The tool's fonts; the tools are no package of the project."""
    spec = importlib.util.spec_from_file_location("made_forms_fonts", ROOT / "tools" / "forms" / "fonts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_word_can_be_written_without_a_box_in_its_place() -> None:
    known = fonts()
    characters = {character for name in VOCABULARIES for word in words_of(name) for character in word}
    characters |= set((ROOT / "form_definitions" / "bank-transfer-request" / "banks.csv").read_text("utf-8"))
    characters |= set("0123456789０１２３４５６７８９¥▲,-.()年月日元令和平成昭大正〃同上")
    assert [character for character in sorted(characters) if not known.can_write("Klee One", character)] == []
    assert not known.can_write("Klee One", "\U0001f600")
