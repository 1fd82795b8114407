"""Boxes on a page: what the check says of any two of them agrees with their common area."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.definition import source
from ocr.definition.form import Form
from ocr.definition.geometry import LEAST_SIDE, SHARED, check_geometry

WIDTH, HEIGHT = 210.0, 297.0

sides = st.floats(-5, 320, allow_nan=False).map(lambda number: round(number, 1))
anywhere = st.tuples(sides, sides, sides, sides)


def tenths(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least, most).map(lambda number: number / 10)


sound = st.tuples(tenths(0, 1000), tenths(0, 1400), tenths(10, 1000), tenths(10, 1500))


def codes(
    *of: tuple[float, float, float, float], kind: str = "text", rows: int = 0, row_height: float = 0.0
) -> list[str]:
    """What is found on an A4 page with these boxes; in a table's columns when there are rows."""
    fields = [f"{{name: n{at}, label: n, type: {kind}, box: {list(box)}}}" for at, box in enumerate(of)]
    if rows:
        fields = [
            f"{{name: t, label: t, type: table, rows: {rows}, row_height: {row_height}, columns: [{', '.join(fields)}]}}"
        ]
    text = f"id: a\nrevision: 1\ntitle: t\npages: [{{blank: b.png, fields: [{', '.join(fields)}]}}]\n"
    read = source.read(text.encode(), "form.yaml")
    return [fault.code for fault in check_geometry(Form.model_validate(read.data), read)]


def inside(box: tuple[float, float, float, float]) -> bool:
    x, y, width, height = box
    return x >= 0 and y >= 0 and x + width <= WIDTH and y + height <= HEIGHT


def sized(box: tuple[float, float, float, float]) -> bool:
    return min(box[2:]) >= LEAST_SIDE


def common(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> tuple[float, float]:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return wide, high


@settings(max_examples=400, deadline=None)
@given(anywhere | sound)
def test_a_box_is_refused_exactly_when_it_is_small_or_leaves_the_page(box: tuple[float, float, float, float]) -> None:
    wanted = ["definition-box-empty"] if not sized(box) else [] if inside(box) else ["definition-box-outside"]
    assert codes(box, kind="tick") == wanted


@settings(max_examples=400, deadline=None)
@given(sound, sound)
def test_two_boxes_are_refused_exactly_when_they_share_paper(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> None:
    overlapping = min(common(one, other)) > SHARED
    assert codes(one, other, kind="tick") == (["definition-overlap"] if overlapping else [])
    assert codes(other, one, kind="tick") == codes(one, other, kind="tick")


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 100), tenths(20, 400), tenths(20, 400))
def test_a_table_fits_exactly_when_its_last_row_does_and_its_rows_keep_apart(
    rows: int, row_height: float, height: float
) -> None:
    found = codes((20, 10, 50, height), kind="tick", rows=rows, row_height=row_height)
    last = 10 + (rows - 1) * row_height + height
    assert ("definition-box-outside" in found) == (last > HEIGHT)
    apart = height - row_height <= SHARED or rows == 1 or 10 + row_height + height > HEIGHT
    assert ("definition-rows-overlap" in found) == (not apart)


def test_a_page_full_of_boxes_is_refused_before_they_are_compared() -> None:
    columns = [(at, 10.0, 1.0, 2.0) for at in range(40)]
    assert codes(*columns, kind="tick", rows=100, row_height=2.0) == ["definition-too-many-boxes"]
