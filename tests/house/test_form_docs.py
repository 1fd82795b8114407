"""What the docs say about form definitions is so."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from bad.definitions import write
from house.tree import ROOT
from ocr.definition import banks, geometry, source
from ocr.definition import blank as pictures
from ocr.definition.form import Form
from ocr.definition.load import load

REFERENCE = (ROOT / "docs" / "reference" / "forms.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "how-to" / "define-a-form.md").read_text(encoding="utf-8")


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that a form may be made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for each in get_args(annotation):
        yield from models(each)


def words() -> Iterator[str]:
    """Every key, and every type, rule and other word that a key may hold."""
    for model in set(models(Form)):
        for name, field in model.model_fields.items():
            yield name
            values = getattr(field.annotation, "__members__", None)
            yield from (values and [each.value for each in values.values()]) or get_args(field.annotation)


@pytest.mark.parametrize("word", sorted({each for each in words() if isinstance(each, str) and each}))
def test_every_key_and_word_of_a_definition_is_in_the_reference(word: str) -> None:
    named = f"`{word}`" in REFERENCE or f"`{word}: " in REFERENCE or word in ("明治", "大正", "昭和", "平成", "令和")
    assert named, f"docs/reference/forms.md does not name {word}"


def test_the_definition_in_the_guide_is_sound(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert load(write(tmp_path / "gym-use", text)).form.id == "gym-use"


def test_the_limits_in_the_reference_are_those_of_the_loader() -> None:
    assert f"`form.yaml` {source.MOST_BYTES / 1e6:g} MB" in REFERENCE
    assert f"1枚 {pictures.MOST_BYTES / 1e6:g} MB・{pictures.MOST_PIXELS // 10**7}千万画素" in REFERENCE
    assert f"マスター {banks.MOST_BYTES / 1e6:g} MB、1ページの枠 {geometry.MOST_BOXES:,}" in REFERENCE
    assert f"{pictures.LEAST_DPI} dpi 以上" in REFERENCE
    assert f"1マスが {geometry.LEAST_CELL:g} mm 以上" in REFERENCE
    assert f"({geometry.SHARED:g} mm までは重なりと見ません)" in REFERENCE
