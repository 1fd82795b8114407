"""The published JSON Schema is the model's, and the shipped definitions keep to it."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from house.tree import ROOT, shown

FOLDER = ROOT / "form_definitions"
SHIPPED = sorted(FOLDER.glob("*/form.yaml"))


def schema() -> dict[str, object]:
    read: dict[str, object] = json.loads((FOLDER / "form.schema.json").read_text(encoding="utf-8"))
    return read


def test_the_schema_is_that_of_the_model() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "form_schema.py")]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    assert schema() == json.loads(made.stdout), "run `make pages`"


def test_the_schema_is_a_schema() -> None:
    validator = jsonschema.Draft202012Validator
    assert list(validator(validator.META_SCHEMA).iter_errors(schema())) == []


@pytest.mark.parametrize("file", SHIPPED, ids=shown)
def test_a_shipped_definition_keeps_to_the_schema(file: Path) -> None:
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(written)) == []


def test_the_schema_refuses_a_key_that_nothing_knows() -> None:
    written = yaml.safe_load(SHIPPED[0].read_text(encoding="utf-8"))
    written["pages"][0]["fields"][0]["harmm"] = "high"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema())


def test_the_schema_wants_the_type_of_a_field() -> None:
    written = yaml.safe_load(SHIPPED[0].read_text(encoding="utf-8"))
    del written["pages"][0]["fields"][0]["type"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema())
