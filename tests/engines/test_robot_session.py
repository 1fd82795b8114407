"""A seat at a real browser: the one click, what kills it, what it may reach, and what is left of it."""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error

from engines.conftest import EXPENSE, WHO, NoSystem
from robots import browser as processes
from robots.errors import (
    BrowserLostError,
    BrowserMissingError,
    NotPressedError,
    RunError,
    SignInRefusedError,
    SystemUnavailableError,
    WrongScreenError,
)
from robots.flows import robot_named
from robots.reference import reference
from robots.robot import Account, Receipt
from robots.session import Browser, Place, Seat, open_browser
from servers.practice import PracticeServer
from servers.site import Site, page, site

Work = Callable[[Any], Any]
CANARY = "-".join(["canary", "4711"])
LAST = page("確認", "<form method=post action=/register><input type=submit name=go value=登録></form>")


@pytest.fixture
def pages() -> Iterator[Site]:
    with site(start=page("開始", ""), confirm=LAST, register=page("登録結果", "")) as made:
        yield made


@pytest.fixture
def seat(seat_at: Callable[..., Seat], pages: Site) -> Seat:
    return seat_at(NoSystem(), pages.url, timeout=4.0)


# --- the one click --------------------------------------------------------------------------------------


def test_the_last_button_is_pressed_once_and_the_page_that_comes_is_read(work: Work, seat: Seat, pages: Site) -> None:
    work(seat.entry.open("/confirm", "確認"))
    work(seat.aim("登録"))
    work(seat.press_last(5))
    assert work(seat.entry.expect("登録結果")) == "登録結果"
    assert [each.split()[1] for each in pages.posts()] == ["/register"]


def test_time_that_passed_since_aiming_is_not_given_again(work: Work, seat: Seat, pages: Site) -> None:
    work(seat.entry.open("/confirm", "確認"))

    async def late() -> None:
        await seat.aim("登録")
        # As a process that is stopped between the ledger's commit and the click.
        time.sleep(0.3)
        await seat.press_last(0.2)

    with pytest.raises(NotPressedError):
        work(late())
    assert pages.posts() == []


def test_a_click_that_was_late_in_the_browser_itself_is_not_let_through(work: Work, seat: Seat, pages: Site) -> None:
    work(seat.entry.open("/confirm", "確認"))
    work(seat.aim("登録"))
    gate = "window[Symbol.for('digilab.gate')]"
    assert work(seat.entry.page.evaluate(f"{gate}.open(0.5)")) is True
    work(
        seat.entry.page.wait_for_function(
            f"() => {{ const at = performance.now(); return at > 0 && !{gate}.open(-1) }}"
        )
    )
    work(seat.entry.page.click("[name=go]"))
    assert work(seat.entry.page.evaluate(f"{gate}.closed()")) is False
    assert pages.posts() == []


def test_what_was_caught_on_its_way_is_not_sent_after_the_deadline(work: Work, seat: Seat, pages: Site) -> None:
    """The click is in time, and this process is stopped before it sends what the click brought forth."""
    slow = LAST.replace("<form ", '<form onsubmit="const until = Date.now() + 700; while (Date.now() < until);" ')
    pages.pages["/confirm"] = slow
    work(seat.entry.open("/confirm", "確認"))
    work(seat.aim("登録"))
    with pytest.raises(NotPressedError):
        work(seat.press_last(0.5))
    assert pages.posts() == []


def test_nothing_else_presses_anything_once_the_button_is_aimed_at(work: Work, seat: Seat, pages: Site) -> None:
    work(seat.entry.open("/confirm", "確認"))
    work(seat.aim("登録"))
    work(seat.entry.page.evaluate("document.querySelector('[name=go]').click()"))
    work(seat.entry.page.evaluate("document.forms[0].requestSubmit()"))
    work(seat.entry.page.keyboard.press("Enter"))
    work(seat.entry.page.click("[name=go]"))
    assert pages.posts() == []
    work(seat.press_last(5))
    assert len(pages.posts()) == 1


def test_a_script_that_sends_twice_sends_once(work: Work, seat: Seat, pages: Site) -> None:
    twice = "onclick=\"fetch('/register', {method: 'POST', body: 'first'}); fetch('/register', {method: 'POST', body: 'second'})\""
    pages.pages["/confirm"] = LAST.replace("<input type=submit", f"<input type=submit {twice}")
    work(seat.entry.open("/confirm", "確認"))
    work(seat.aim("登録"))

    async def press() -> None:
        await seat.press_last(5)
        await seat.entry.expect("登録結果")

    with pytest.raises(RunError):
        work(press())
    assert [each.split()[2] for each in pages.posts()] == ["first"]


def test_a_connection_that_ends_without_an_answer_is_not_tried_again(
    work: Work, seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    """Chromium sends a POST again by itself when a line that was used before is cut."""
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url, timeout=5.0)
    before = len(finance.vouchers())
    finance.faults(lose_answer_at="1", double_on_double_click=True)
    number = reference("000081", 1)

    async def press() -> None:
        await robot.enter(seat.entry, EXPENSE, number)
        await seat.aim(robot.button)
        await seat.press_last(5)

    with pytest.raises(SystemUnavailableError):
        work(press())
    assert len(finance.vouchers()) == before + 1
    (found,) = work(robot.find(seat.lookup, number))
    assert found.reference == number


def test_a_system_that_takes_no_connection_leaves_the_row_unsent_for_certain(
    work: Work, seat_at: Callable[..., Seat]
) -> None:
    with site(start=page("開始", ""), confirm=LAST) as own:
        seat = seat_at(NoSystem(), own.url, timeout=3.0)
        work(seat.entry.open("/confirm", "確認"))
        work(seat.aim("登録"))
    with pytest.raises(NotPressedError):
        work(seat.press_last(5))


def test_a_page_that_changed_since_it_was_read_is_not_pressed(work: Work, seat: Seat, pages: Site) -> None:
    pages.pages["/confirm"] = LAST.replace("<form", "<table><tr><th>金額</th><td>500</td></tr></table><form", 1)
    work(seat.entry.open("/confirm", "確認"))
    work(seat.entry.page.evaluate("document.querySelector('td').textContent = '5,000'"))
    with pytest.raises(WrongScreenError):
        work(seat.aim("登録"))
    assert pages.posts() == []


def test_a_button_under_something_else_is_not_pressed(work: Work, seat: Seat, pages: Site) -> None:
    pages.pages["/confirm"] = LAST + "<div style='position:fixed;inset:0;background:#fff'>お知らせ</div>"
    work(seat.entry.open("/confirm", "確認"))
    with pytest.raises(WrongScreenError):
        work(seat.aim("登録"))


@pytest.mark.parametrize("zoom", ["50%", "100%", "300%"])
def test_the_zoom_of_a_page_has_no_effect(work: Work, seat: Seat, pages: Site, zoom: str) -> None:
    """R6."""
    pages.pages["/confirm"] = LAST.replace("<body>", f"<body style='zoom:{zoom}'><p style='height:2000px'>")
    work(seat.entry.open("/confirm", "確認"))
    work(seat.aim("登録"))
    work(seat.press_last(5))
    assert len(pages.posts()) == 1


# --- signing in -----------------------------------------------------------------------------------------


def test_a_refused_sign_in_names_the_login_and_never_the_password(
    seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    with pytest.raises(SignInRefusedError) as caught:
        seat_at(robot_named("expense_entry"), finance.url, who=Account("kaikei", CANARY))
    assert caught.value.evidence == {"login": "kaikei"}
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_signing_in_again_goes_on_after_the_system_ended_it(
    work: Work, seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    work(seat.forget())
    with pytest.raises(RunError) as caught:
        work(robot.enter(seat.entry, EXPENSE, reference("000082", 1)))
    assert caught.value.code == "sign-in-expired"
    work(seat.sign_in())
    assert work(robot.enter(seat.entry, EXPENSE, reference("000082", 1))) is None


# --- browsers that die or hang --------------------------------------------------------------------------


def test_a_killed_browser_is_noticed_and_the_seat_recovers(
    work: Work, chromium: Browser, seat_at: Callable[..., Seat], finance: PracticeServer
) -> None:
    robot = robot_named("expense_entry")
    seat, beside = seat_at(robot, finance.url), seat_at(robot, finance.url)
    old = chromium.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    for each in (seat, beside):
        with pytest.raises(BrowserLostError):
            work(each.entry.open("/menu", "メニュー"))
    work(seat.recover())
    work(beside.recover())
    assert chromium.alive
    assert chromium.pid != old
    for number, each in enumerate((seat, beside)):
        assert work(robot.enter(each.entry, EXPENSE, reference("000083", number))) is None


def test_a_browser_that_hangs_is_given_up_and_killed(work: Work, pages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robots.tab.HUNG", 1.0)

    async def hang() -> float:
        async with open_browser() as own, own.seat(NoSystem(), Place(pages.url, 1.0), WHO) as seat:
            old = own.pid
            assert old is not None
            for pid in group(old):
                os.kill(pid, signal.SIGSTOP)
            begun = time.monotonic()
            with pytest.raises((BrowserLostError, SystemUnavailableError)):
                await seat.entry.open("/confirm", "確認")
            with pytest.raises((BrowserLostError, SystemUnavailableError)):
                await seat.entry.picture((), ())
            await seat.recover()
            await seat.entry.open("/confirm", "確認")
            assert own.pid != old
            return time.monotonic() - begun

    assert work(hang()) < 60


def test_the_loss_of_playwrights_own_process_is_a_lost_browser_too(work: Work, pages: Site) -> None:
    async def lose() -> None:
        async with open_browser() as own, own.seat(NoSystem(), Place(pages.url, 4.0), WHO) as seat:
            assert own.pid is not None
            driver = own.pid
            while stat(driver)[1] != str(os.getpid()):
                driver = int(stat(driver)[1])
            os.kill(driver, signal.SIGKILL)
            with pytest.raises(BrowserLostError):
                await seat.entry.open("/confirm", "確認")
            await seat.recover()
            await seat.entry.open("/confirm", "確認")

    work(lose())


def test_a_crashed_page_is_a_lost_browser(work: Work, seat: Seat) -> None:
    work(seat.entry.open("/confirm", "確認"))
    work(crashed(seat))
    with pytest.raises(BrowserLostError):
        work(seat.entry.picture((), ()))
    work(seat.recover())
    work(seat.entry.open("/confirm", "確認"))


async def crashed(seat: Seat) -> None:
    with suppress(Error):
        await seat.entry.page.goto("chrome://crash", timeout=5000)


def test_nothing_of_a_browser_is_left_when_it_is_closed(work: Work, pages: Site) -> None:
    async def used() -> tuple[int, list[int]]:
        async with open_browser() as own, own.seat(NoSystem(), Place(pages.url), WHO):
            assert own.pid is not None
            found = group(own.pid)
            assert len(found) > 2
            return own.pid, found

    _, found = work(used())
    assert wait_until_gone(found)


def test_a_browser_whose_owner_was_killed_is_swept_away_by_the_next_one(pages: Site, tmp_path: Path) -> None:
    """Playwright's own process ends with its owner and takes the browser with it; here it is killed, too."""
    code = (
        "import asyncio, os, signal, sys\n"
        "from robots.session import open_browser, Place\n"
        "async def main():\n"
        "    async with open_browser() as own:\n"
        f"        await own.context(Place({pages.url!r}))\n"
        "        print(own.pid, flush=True)\n"
        "        for pid in map(int, filter(str.isdigit, os.listdir('/proc'))):\n"
        "            try:\n"
        "                parent = int(open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[1])\n"
        "            except OSError:\n"
        "                continue\n"
        "            if parent == os.getpid():\n"
        "                os.kill(pid, signal.SIGSTOP)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    told = tmp_path / "pid"
    with told.open("wb") as written:
        subprocess.run([sys.executable, "-c", code], stdout=written, stderr=written, timeout=60, check=False)
    left = group(int(told.read_text().split()[0]))
    drivers = [pid for pid in stopped() if "playwright" in command(pid)]
    try:
        assert left
        processes.sweep()
        assert wait_until_gone(left)
    finally:
        for pid in drivers:
            os.kill(pid, signal.SIGKILL)


def test_a_browser_that_is_not_there_is_told(work: Work, tmp_path: Path) -> None:
    async def start() -> None:
        async with open_browser(tmp_path / "chromium"):
            pass

    with pytest.raises(BrowserMissingError):
        work(start())


# --- what it may reach ----------------------------------------------------------------------------------


def test_no_other_house_is_asked_anything(work: Work, seat: Seat, pages: Site) -> None:
    with site(image="", frame=page("外", ""), elsewhere=page("外", "")) as outside:
        for host in ("127.0.0.1", "localhost"):
            address = outside.url.replace("127.0.0.1", host)
            pages.pages["/confirm"] = page(
                "確認",
                f"<img src={address}/image><iframe src={address}/frame></iframe><script>fetch('{address}/image', {{mode: 'no-cors'}})"
                f"</script><a href={address}/elsewhere>外へ</a>",
            )
            work(seat.entry.open("/confirm", "確認"))
            work(seat.entry.page.wait_for_load_state("load"))
            with pytest.raises(SystemUnavailableError):
                work(follow(seat, "外へ", "外"))
        assert outside.asked == []


async def follow(seat: Seat, words: str, screen: str) -> None:
    await seat.entry.press(words)
    await seat.entry.expect(screen)


def test_the_last_button_sends_nothing_to_another_house(work: Work, seat: Seat, pages: Site) -> None:
    with site(register=page("登録結果", "")) as outside:
        pages.pages["/confirm"] = LAST.replace("/register", f"{outside.url}/register")
        work(seat.entry.open("/confirm", "確認"))
        work(seat.aim("登録"))
        with pytest.raises(NotPressedError):
            work(seat.press_last(5))
        assert outside.asked == []


def test_a_seat_keys_a_row_and_finds_it(work: Work, seat_at: Callable[..., Seat], finance: PracticeServer) -> None:
    robot = robot_named("expense_entry")
    seat = seat_at(robot, finance.url)
    number = reference("000084", 1)
    assert work(robot.enter(seat.entry, EXPENSE, number)) is None
    assert work(robot.shown(seat.entry)) == {**EXPENSE, "reference": number}
    work(seat.aim(robot.button))
    work(seat.press_last(5))
    taken = work(robot.outcome(seat.entry))
    assert isinstance(taken, Receipt)
    (found,) = work(robot.find(seat.lookup, number))
    assert (found.receipt, found.reference, found.values) == (taken.number, number, EXPENSE)
    assert [each.reference for each in work(robot.listed(seat.lookup, "000084"))] == [number]


# --- processes ------------------------------------------------------------------------------------------


def group(member: int) -> list[int]:
    """All processes of the process group that this one belongs to."""
    wanted = stat(member)[2]
    return [pid for pid in everybody() if stat(pid)[2] == wanted and running(pid)]


def stopped() -> list[int]:
    return [pid for pid in everybody() if stat(pid)[0] == "T"]


def everybody() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["Z", "", ""]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def wait_until_gone(pids: list[int], patience: float = 10.0) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not any(running(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def running(pid: int) -> bool:
    return stat(pid)[0] != "Z"
