"""Prints form_definitions/form.schema.json: what form.yaml may hold, as JSON Schema, for editors that check while one writes.

`make pages` writes it; a house test compares the two.
"""

import json
import sys

from ocr.definition.form import Form


def schema() -> dict[str, object]:
    """The schema of form.yaml."""
    made = Form.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "DigiLab form definition",
        **_plain(made),
    }


def _plain(node: object, properties: bool = False) -> object:
    """Without the titles that pydantic makes of names: they say nothing that the name does not."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if properties or key != "title"}
    made = {key: _plain(value, key in ("properties", "$defs")) for key, value in kept.items()}
    properties_of = kept.get("properties", {})
    if "const" in properties_of.get("type", {}):
        # pydantic has a default for what tells the types apart; in a file it has to stand.
        made["required"] = ["type", *kept.get("required", [])]
    return made


if __name__ == "__main__":
    json.dump(schema(), sys.stdout, ensure_ascii=False, indent=1)
    print()
