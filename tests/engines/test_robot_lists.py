"""Lists and pages that are not what they seem: what nobody can read for certain is told, never taken for "not there" or for the value."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from engines.conftest import NoSystem
from robots.columns import Column
from robots.desk import Desk
from robots.errors import ScreenChangedError, SystemUnavailableError, WrongScreenError
from robots.robot import Registered
from robots.session import Seat
from servers.site import Site, page, site

Work = Callable[[Any], Any]
CSV = {"Content-Type": "text/csv"}


class Searching(NoSystem):
    """Looks up and lists."""

    columns: ClassVar[tuple[Column, ...]] = (Column("amount", "金額"),)
    amount = "amount"
    labels: ClassVar[Mapping[str, str]] = {"amount": "金額", "reference": "摘要", "receipt": "伝票番号"}

    async def find(self, desk: Desk, _: str) -> Sequence[Registered]:  # type: ignore[override]
        return self.hits(await desk.look("/list", "一覧"))

    async def listed(self, desk: Desk, _: str) -> Sequence[Registered]:  # type: ignore[override]
        return [self.registered(line) for line in await desk.csv("/list.csv", "utf-8")]


@pytest.fixture
def pages() -> Iterator[Site]:
    with site(start=page("開始", "")) as made:
        yield made


@pytest.fixture
def seat(seat_at: Callable[..., Seat], pages: Site) -> Seat:
    return seat_at(Searching(), pages.url, timeout=2.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ufeff",
        '伝票番号,摘要,金額\r\n1,DL0001-0001-1,"500\r\n2,DL0001-0002-9,600\r\n',
        '伝票番号,摘要,金額\r\n1,"DL0001-0001-1"x,500\r\n',
        "伝票番号,摘要,金額\r\n1,DL0001-0001-1\r\n",
        "伝票番号,摘要,金額\r\n1,DL0001-0001-1,500,\r\n",
        "伝票番号,摘要,金額\r\n合計,500\r\n",
        "伝票番号,金額\r\n1,500\r\n",
        "伝票番号,摘要,摘要\r\n1,DL0001-0001-1,DL0001-0002-9\r\n",
    ],
    ids=["empty", "mark", "open quote", "after quote", "cut", "long", "total", "no column", "column twice"],
)
def test_a_csv_that_cannot_be_read_for_certain_is_no_list(work: Work, seat: Seat, pages: Site, text: str) -> None:
    pages.pages["/list.csv"] = (200, text, CSV)
    with pytest.raises(ScreenChangedError):
        work(seat.robot.listed(seat.lookup, "0001"))


def test_quotes_lines_and_empty_cells_of_a_csv_are_read(work: Work, seat: Seat, pages: Site) -> None:
    text = '伝票番号,摘要,金額,備考\r\n1,"紙, ""白""\r\nDL000001-0001-3",500,\r\n\r\n2,,600,""\r\n'
    pages.pages["/list.csv"] = (200, text, CSV)
    found = work(seat.robot.listed(seat.lookup, "0001"))
    assert [(each.receipt, each.values["amount"]) for each in found] == [("1", "500"), ("2", "600")]


def test_a_csv_with_headings_only_lists_nothing(work: Work, seat: Seat, pages: Site) -> None:
    pages.pages["/list.csv"] = (200, "伝票番号,摘要,金額\r\n", CSV)
    assert work(seat.robot.listed(seat.lookup, "0001")) == []


def test_an_objection_to_the_search_is_no_word_about_the_slip(work: Work, seat: Seat, pages: Site) -> None:
    pages.pages["/list"] = page("一覧", "<div class=errors>件数が多すぎるため表示できません。</div>")
    with pytest.raises(WrongScreenError, match="件数が多すぎる"):
        work(seat.robot.find(seat.lookup, "DL0001-0001-1"))
    pages.pages["/list"] = page("一覧", "<p>該当するデータはありません。</p>")
    assert work(seat.robot.find(seat.lookup, "DL0001-0001-1")) == []


def test_a_label_that_shows_two_things_shows_neither(work: Work, seat: Seat, pages: Site) -> None:
    row = "<tr><th>摘要</th><td>紙</td></tr><tr><th>金額</th><td>{}</td></tr>"
    pages.pages["/confirm"] = page("確認", f"<table>{row.format(500)}</table><table>{row.format('5,000')}</table>")
    work(seat.entry.open("/confirm", "確認"))
    assert work(seat.entry.shown()) == {"摘要": "紙"}
    with pytest.raises(ScreenChangedError, match="金額"):
        work(seat.robot.shown(seat.entry))


def test_a_list_with_two_columns_of_one_heading_says_nothing_of_what_differs(
    work: Work, seat: Seat, pages: Site
) -> None:
    pages.pages["/list"] = page(
        "一覧",
        "<table><tr><th>伝票番号<th>金額<th>金額<th>摘要</tr><tr><td>1<td>500<td>5000<td>紙</tr><tr><td>2<td>6<td>6<td>紙</tr></table>",
    )
    found = work(seat.robot.find(seat.lookup, "DL0001-0001-1"))
    assert [each.values for each in found] == [{}, {"amount": "6"}]


def test_a_page_that_goes_on_to_one_that_never_comes_is_a_system_that_is_away(
    work: Work, seat: Seat, pages: Site
) -> None:
    pages.pages["/forward"] = page("移動", "<script>location.replace('/slow-list')</script>")
    with pytest.raises((SystemUnavailableError, WrongScreenError)):
        work(seat.entry.open("/forward", "一覧"))
