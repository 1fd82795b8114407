"""Pictures and traces: nothing secret can be seen in them."""

import io
import json
import traceback
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote, unquote_plus

import pytest
from PIL import Image

from engines.conftest import EXPENSE, WHO, NoSystem
from robots.columns import Column
from robots.errors import RunError, SystemUnavailableError
from robots.flows import robot_named
from robots.reference import reference
from robots.robot import Account
from robots.session import Seat
from servers.practice import LOGIN, PASSWORD, PracticeServer
from servers.site import Site, page, site

Work = Callable[[Any], Any]
VEIL = (0x55, 0x55, 0x55)
SECRETS = [EXPENSE["account_number"], EXPENSE["account_holder"], PASSWORD, LOGIN]


def test_secret_cells_and_the_account_are_flat_in_the_picture_of_a_confirmation(
    work: Work, seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    work(seat.begin_trace(EXPENSE))
    work(robot.enter(seat.entry, EXPENSE, reference("000085", 1)))
    boxes = {
        text: work(seat.entry.page.get_by_text(text, exact=True).first.bounding_box())
        for text in (EXPENSE["account_number"], EXPENSE["account_holder"])
    }
    picture = image(work(seat.picture()))
    for box in boxes.values():
        assert flat(picture, box)
    shown = work(seat.entry.page.get_by_text("事務用品").first.bounding_box())
    assert not flat(picture, shown)
    person = work(seat.entry.page.locator(".head span").nth(1).bounding_box())
    assert flat(picture, person)


def test_secret_fields_are_flat_while_they_are_typed_into(
    work: Work, seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    work(seat.begin_trace(EXPENSE))
    work(seat.entry.open("/expense/input", "支出命令入力"))
    work(seat.entry.fill(robot.typed(EXPENSE, reference("000085", 2))))
    picture = image(work(seat.picture()))
    for name in ("account_number", "account_holder"):
        assert flat(picture, work(seat.entry.page.locator(f"[name={name}]").bounding_box()))
    assert not flat(picture, work(seat.entry.page.locator("[name=summary]").bounding_box()))


@pytest.fixture
def pages() -> Iterator[Site]:
    with site(start=page("開始", "")) as made:
        yield made


def test_a_secret_value_is_flat_wherever_it_stands(work: Work, seat_at: Callable[..., Seat], pages: Site) -> None:
    pages.pages["/slip"] = page(
        "照会",
        "<p>口座 <b id=a>7654321</b> に振り込みます。<i id=b>123</i></p><table><tr><th>番号</th><th>口座番号</th></tr>"
        "<tr><td>1</td><td><u id=c>別の番号</u></td></tr></table><input type=password id=d value=x>"
        "<p style='height:3000px'></p><p><b id=e>7654321</b></p>",
    )
    seat = seat_at(NoSystem(), pages.url)
    work(seat.begin_trace({"account_number": "7654321"}))
    work(seat.entry.open("/slip", "照会"))
    picture = image(work(seat.picture()))
    assert picture.height > 3000
    hidden = {name: flat(picture, work(seat.entry.page.locator(f"#{name}").bounding_box())) for name in "abcde"}
    assert hidden == {"a": True, "b": False, "c": True, "d": True, "e": True}


def test_a_picture_is_small_and_no_hindrance_to_the_button(
    work: Work, seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    work(seat.begin_trace(EXPENSE))
    work(robot.enter(seat.entry, EXPENSE, reference("000085", 3)))
    assert len(work(seat.picture())) < 120_000
    work(seat.aim(robot.button))
    work(seat.press_last(5))
    assert work(robot.outcome(seat.entry)) is not None


def test_a_trace_says_what_was_done_and_holds_no_secret(
    work: Work, seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    finance.faults(error500_at="1:committed")
    work(seat.begin_trace(EXPENSE))
    number = reference("000085", 4)

    async def key() -> None:
        await seat.sign_in()
        await robot.enter(seat.entry, EXPENSE, number)
        await seat.aim(robot.button)
        await seat.press_last(5)
        await robot.outcome(seat.entry)

    with pytest.raises(SystemUnavailableError, match="500"):
        work(key())
    work(robot.find(seat.lookup, number))
    packed = work(seat.end_trace(keep=True))
    held = contents(packed)
    assert sorted(held) == ["picture.jpg", "screen.json", "steps.jsonl"]
    steps = [json.loads(line) for line in held["steps.jsonl"].decode().splitlines()]
    done = [(step["verb"], step["what"]) for step in steps]
    assert done[0] == ("open", "/login")
    assert ("press", "確認") in done
    assert done[-1] == ("look", f"/expense/search?text={number}")
    assert json.loads(held["screen.json"])["heading"] == "システムエラー"
    for secret in SECRETS:
        assert all(secret.encode() not in content for content in held.values())


def test_the_screen_in_a_trace_holds_masks_instead_of_secrets(
    work: Work, seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    work(seat.begin_trace(EXPENSE))
    work(robot.enter(seat.entry, {**EXPENSE, "summary": EXPENSE["account_number"]}, reference("000085", 5)))
    held = contents(work(seat.end_trace(keep=True)))
    screen = json.loads(held["screen.json"])
    assert screen["shown"]["口座番号"] == "＊＊＊"
    assert screen["shown"]["口座名義"] == "＊＊＊"
    assert screen["shown"]["摘要"].startswith("＊＊＊ DL")
    assert screen["shown"]["金額"] == "12,345 円"
    for secret in SECRETS:
        assert all(secret.encode() not in content for content in held.values())


def test_a_trace_that_nobody_needs_is_not_made(work: Work, seat_at: Callable[..., Seat], pages: Site) -> None:
    seat = seat_at(NoSystem(), pages.url)
    work(seat.begin_trace({}))
    assert work(seat.end_trace(keep=False)) is None


NUMBER, HOLDER = "7654321", "ﾔﾏﾀﾞ ﾀﾛｳ"


class Holding(NoSystem):
    """Rows with two secrets."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("account_number", "口座番号", secret=True),
        Column("account_holder", "口座名義", secret=True),
    )
    labels: ClassVar[Mapping[str, str]] = {
        "account_number": "口座番号",
        "account_holder": "口座名義",
        "reference": "摘要",
        "receipt": "伝票番号",
    }


@pytest.fixture
def holding(work: Work, seat_at: Callable[..., Seat], pages: Site) -> Seat:
    seat = seat_at(Holding(), pages.url, timeout=3.0)
    work(seat.begin_trace({"account_number": NUMBER, "account_holder": HOLDER}))
    return seat


def test_what_a_form_asks_by_its_address_stands_in_no_trace(work: Work, holding: Seat, pages: Site) -> None:
    pages.pages["/entry"] = page(
        "入力", "<form action=/confirm><input name=number><input name=holder><button>確認</button></form>"
    )
    pages.pages["/confirm"] = page("確認", "")
    work(holding.entry.open("/entry", "入力"))
    work(holding.entry.page.fill("[name=number]", NUMBER))
    work(holding.entry.page.fill("[name=holder]", HOLDER))
    work(holding.entry.press("確認"))
    work(holding.entry.look(f"/confirm?holder={quote(HOLDER, encoding='cp932').lower()}&number={NUMBER}", "確認"))
    held = contents(work(holding.end_trace(keep=True)))
    told = (held["steps.jsonl"] + held["screen.json"]).decode()
    assert NUMBER not in told
    assert HOLDER not in unquote_plus(told)
    assert HOLDER not in unquote_plus(told, encoding="cp932")
    assert "/confirm?number=＊＊＊&holder=＊＊＊" in told


@pytest.mark.parametrize("shape", ["alert", "window", "address"])
def test_what_a_system_says_by_itself_goes_into_no_error_with_secrets(
    work: Work, holding: Seat, pages: Site, shape: str
) -> None:
    wide = unicodedata.normalize("NFKC", HOLDER)
    pages.pages["/entry"] = {
        "alert": page("入力", f"<script>alert('{NUMBER} {HOLDER} {wide} は違います')</script>"),
        "window": page("入力", f"<script>open('/other?number={NUMBER}')</script>"),
        "address": f"<!DOCTYPE html><script>if (!location.search) location = '/entry?holder={NUMBER}'</script>",
    }[shape]
    pages.pages["/other"] = "<!DOCTYPE html><p>別の窓</p>"

    async def twice() -> None:
        await holding.entry.open("/entry", "入力")
        await holding.entry.page.wait_for_timeout(200)
        await holding.entry.open("/entry", "入力")

    with pytest.raises(RunError) as caught:
        work(twice())
    said = "".join(traceback.format_exception(caught.value))
    assert not any(secret in said for secret in (NUMBER, HOLDER, wide))


def test_the_words_of_a_refusal_are_kept_without_secrets(work: Work, holding: Seat, pages: Site) -> None:
    pages.pages["/entry"] = page(
        "入力", f"<div class=errors>口座番号 {NUMBER} は {HOLDER} のものではありません。</div>"
    )
    work(holding.entry.open("/entry", "入力"))
    assert work(holding.entry.message()) == "口座番号 ＊＊＊ は ＊＊＊ のものではありません。"


def test_a_frame_is_flat_in_a_picture(work: Work, holding: Seat, pages: Site) -> None:
    pages.pages["/inner"] = page("内", f"<p>{NUMBER}</p>")
    pages.pages["/entry"] = page("入力", "<iframe src=/inner width=300 height=200></iframe>")
    work(holding.entry.open("/entry", "入力"))
    work(holding.entry.page.wait_for_load_state("load"))
    assert flat(image(work(holding.picture())), work(holding.entry.page.locator("iframe").bounding_box()))


def test_a_dead_browser_leaves_a_trace_without_a_picture(work: Work, seat_at: Callable[..., Seat], pages: Site) -> None:
    seat = seat_at(NoSystem(), pages.url)
    work(seat.begin_trace({"account_number": "7654321"}))
    work(seat.entry.open("/start", "開始"))
    work(seat.entry.page.close())
    with pytest.raises(RunError):
        work(seat.entry.open("/start", "開始"))
    held = contents(work(seat.end_trace(keep=True)))
    assert sorted(held) == ["picture.txt", "screen.json", "steps.jsonl"]


def test_an_account_never_tells_its_password() -> None:
    assert PASSWORD not in repr(WHO)
    assert "geheim" not in str(Account("kaikei", "geheim"))


def image(jpeg: bytes) -> Image.Image:
    with Image.open(io.BytesIO(jpeg)) as opened:
        assert opened.format == "JPEG"
        return opened.convert("RGB")


def flat(picture: Image.Image, box: dict[str, float] | None) -> bool:
    """Whether nothing can be read in a box of the page."""
    assert box is not None
    left, top = round(box["x"]), round(box["y"])
    # JPEG smears a sharp edge over the block it lies in: the rim may shimmer, the inside may not.
    whole = (left, top, left + round(box["width"]), top + round(box["height"]))
    inside = (whole[0] + 6, whole[1] + 6, whole[2] - 6, whole[3] - 6)
    return near(picture.crop(whole), 60) and near(picture.crop(inside), 10)


def near(part: Image.Image, most: int) -> bool:
    """Whether all of it is the colour of the boxes, more or less."""
    return all(abs(end - grey) <= most for ends, grey in zip(part.getextrema(), VEIL, strict=True) for end in ends)


def contents(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
