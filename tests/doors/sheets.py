"""What a join hands in of paper forms, as rows for the record."""

from typing import Any

from digilab.forms.values import Read


def read(revision: int, sheets: int = 2, fields: int = 3, job: int = 1) -> Read:
    """Sheets of one case each; the last one was held back; the first value of each case is in doubt."""
    return Read(
        sheets=[sheet(number, revision if number < sheets else None, job) for number in range(1, sheets + 1)],
        cases=[
            {"number": number, "revision_id": revision, "findings": [], "engine": "ocr"} for number in range(1, sheets)
        ],
        values=[value(number, place, revision, job) for number in range(1, sheets) for place in range(1, fields + 1)],
    )


def sheet(ordinal: int, revision: int | None, job: int = 1) -> dict[str, Any]:
    fits = revision is not None
    return {
        "ordinal": ordinal,
        "file": "申請書.pdf",
        "page": ordinal,
        "verdict": "fits" if fits else "unknown",
        "revision_id": revision,
        "form_page": 1 if fits else None,
        "case_number": ordinal if fits else None,
        "nearest": "refund",
        "reason": {} if fits else {"ja": "どの帳票とも一致しません。", "en": "None of the forms."},
        "notices": [],
        "picture": f"evidence/{job}/work-0-1/{ordinal}.jpg",
    }


def value(case: int, ordinal: int, revision: int, job: int = 1) -> dict[str, Any]:
    return {
        "case_number": case,
        "ordinal": ordinal,
        "sheet": case,
        "revision_id": revision,
        "page": 1,
        "path": f"items.{ordinal}.amount",
        "label": "金額",
        "type": "amount",
        "raw": "￥1,000",
        "value": "1000",
        "p_wrong": 0.25 if ordinal == 1 else 0.0001,
        "decision": "look" if ordinal == 1 else "accept",
        "masked": False,
        "findings": [],
        "box": [10.0, 20.5, 30.0, 8.0],
        "crop_key": f"evidence/{job}/work-0-1/{case}.crops",
        "crop_start": 10 * ordinal,
        "crop_length": 10,
    }
