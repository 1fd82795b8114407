"""Form definitions to break: a sound folder, and what a test changes in it."""

import io
import random
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

SOUND = """\
id: refund
revision: 2026-04
title: 過誤納金還付請求書
pages:
  - blank: blank.png
    fields:
      - {name: applied_on, label: 請求日, type: date, box: [20, 20, 50, 8]}
      - {name: applicant_kana, label: フリガナ, type: kana, box: [20, 30, 100, 8], cells: 20}
      - {name: holder_kana, label: 口座名義, type: kana, box: [20, 40, 100, 8]}
      - {name: total, label: 合計, type: amount, box: [20, 50, 60, 8]}
      - name: items
        label: 内訳
        type: table
        rows: 3
        row_height: 9
        columns:
          - {name: count, label: 数, type: digits, box: [20, 60, 30, 8]}
          - {name: price, label: 単価, type: amount, box: [60, 60, 40, 8]}
          - {name: amount, label: 金額, type: amount, box: [110, 60, 40, 8]}
      - {name: era, label: 元号, type: choice, options: [{value: 昭和, box: [20, 90, 10, 8]}, {value: 平成, box: [32, 90, 10, 8]}]}
      - {name: born_on, label: 生年月日, type: date,
         parts: {year: [50, 90, 10, 8], month: [65, 90, 10, 8], day: [80, 90, 10, 8]}, era_from: era}
      - {name: bank_code, label: 金融機関コード, type: bank-code, box: [20, 100, 30, 8]}
      - {name: branch_code, label: 支店コード, type: branch-code, box: [60, 100, 25, 8], bank: bank_code}
      - {name: remarks, label: 備考, type: text, box: [20, 110, 100, 20], lines: 2}
rules:
  - {rule: sum, of: [items.amount], equals: total}
  - {rule: product, of: [items.count, items.price], equals: items.amount}
  - {rule: date-order, earlier: born_on, later: applied_on}
  - {rule: same-reading, fields: [applicant_kana, holder_kana]}
"""


def blank(size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    """A sheet with lines and what looks like print from afar, A4 at 150 dpi unless told."""
    picture = Image.new("L", size, 255)
    draw = ImageDraw.Draw(picture)
    for at in range(1, 12):
        draw.rectangle((60, at * 100, size[0] - 60, at * 100 + 60), outline=0, width=3)
    marks = random.Random(size[0])
    for _ in range(600):
        x, y = marks.randrange(70, size[0] - 70), marks.randrange(70, size[1] - 70)
        draw.line((x, y, x + marks.randrange(-14, 15), y + marks.randrange(-14, 15)), fill=0, width=2)
    return picture


def png(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The picture as a file's bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def _sound_blank() -> bytes:
    return png(blank())


def write(folder: Path, text: str | bytes = SOUND, **files: bytes) -> Path:
    """A definition's folder: form.yaml, `blank_png` and further files, named with `_` for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "form.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    for name, content in {"blank_png": _sound_blank(), **files}.items():
        stem, _, ending = name.rpartition("_")
        (folder / f"{stem}.{ending}").write_bytes(content)
    return folder


def changed(old: str, new: str, text: str = SOUND) -> str:
    """The text with one stretch of it replaced, which has to be there."""
    if old not in text:
        raise ValueError(f"{old!r} is not in the definition")
    return text.replace(old, new, 1)


def line_of(stretch: str, text: str) -> int:
    """Line, from 1, where the stretch begins."""
    return text[: text.index(stretch)].count("\n") + 1
