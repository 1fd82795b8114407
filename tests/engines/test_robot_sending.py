"""The one request of the last button at systems of other habits: never twice, never called unsent when it was not."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from playwright.async_api import Error

from engines.conftest import NoSystem
from robots import tab
from robots.desk import Desk
from robots.errors import NotPressedError, NotSentError, RunError
from robots.sending import Sending
from robots.session import Seat
from servers.site import Site, page, site

Work = Callable[[Any], Any]
BUTTON = "<input type=submit name=go value=登録>"
LAST = page("確認", f"<form method=post action=/register>{BUTTON}</form>")


@pytest.fixture
def pages() -> Iterator[Site]:
    with site(start=page("開始", ""), confirm=LAST, register=page("登録結果", "")) as made:
        yield made


@pytest.fixture
def seat(seat_at: Callable[..., Seat], pages: Site) -> Seat:
    return seat_at(NoSystem(), pages.url, timeout=3.0)


def pressed(work: Work, seat: Seat, within: float = 5.0) -> str:
    """What is known after the last button: `unsent` for certain, `lost`, or the heading of the page that came."""

    async def press() -> str:
        await seat.entry.open("/confirm", "確認")
        await seat.aim("登録")
        try:
            await seat.press_last(within)
            return await seat.entry.expect("登録結果")
        except NotPressedError:
            return "unsent"
        except RunError:
            return "lost"

    return str(work(press()))


def registered(pages: Site) -> int:
    """How often anything was asked to be registered."""
    return sum("register" in each.split()[1] for each in pages.asked)


def test_a_form_that_opens_a_window_of_its_own_is_sent_once_and_never_called_unsent(
    work: Work, seat: Seat, pages: Site
) -> None:
    pages.pages["/confirm"] = LAST.replace("<form ", "<form target=_blank ")
    assert pressed(work, seat) == "lost"
    assert registered(pages) == 1


def test_a_window_without_a_tie_to_its_page_is_never_called_unsent(work: Work, seat: Seat, pages: Site) -> None:
    pages.pages["/confirm"] = page(
        "確認", "<button onclick=\"window.open('/register?a=1', '_blank', 'noopener')\">登録</button>"
    )
    assert pressed(work, seat) == "lost"
    assert registered(pages) == 1


def test_a_form_in_a_frame_is_sent_once(work: Work, seat: Seat, pages: Site) -> None:
    pages.pages["/confirm"] = LAST.replace("<form ", "<iframe name=inner></iframe><form target=inner ")
    assert pressed(work, seat) == "lost"
    assert registered(pages) == 1


def test_a_request_that_only_asks_may_register_too(work: Work, seat: Seat, pages: Site) -> None:
    """A script that registers by GET and goes on when it is too late for us."""
    pages.pages["/confirm"] = page(
        "確認",
        "<button onclick=\"fetch('/register?a=1').then(() => { const until = Date.now() + 900; while (Date.now() < until); "
        "location = '/result' })\">登録</button>",
    )
    assert pressed(work, seat, 0.5) == "lost"
    assert registered(pages) == 1


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_asks_to_send_again_is_not_followed(work: Work, seat: Seat, pages: Site, status: int) -> None:
    pages.pages["/register"] = (status, "", {"Location": "/register2"})
    pages.pages["/register2"] = page("登録結果", "")
    assert pressed(work, seat) == "lost"
    assert len(pages.posts()) == 1


def test_a_redirect_to_the_result_is_followed_and_one_to_another_house_is_not(
    work: Work, seat: Seat, pages: Site
) -> None:
    pages.pages["/register"] = (303, "", {"Location": "/result", "Set-Cookie": "turn=2; Path=/"})
    pages.pages["/result"] = page("登録結果", "")
    assert pressed(work, seat) == "登録結果"
    cookies = {each["name"]: each["value"] for each in work(seat.entry.page.context.cookies())}
    assert cookies == {"turn": "2"}
    with site(result=page("登録結果", "")) as outside:
        pages.pages["/register"] = (303, "", {"Location": f"{outside.url}/result"})
        assert pressed(work, seat) == "lost"
        assert outside.asked == []
    assert len(pages.posts()) == 2


@pytest.mark.parametrize(
    "again",
    [
        "<meta http-equiv=refresh content=0;url=/wait>",
        "<form method=post action=/register></form><script>document.forms[0].submit()</script>",
    ],
)
def test_a_page_that_sends_again_by_itself_comes_to_nothing(work: Work, seat: Seat, pages: Site, again: str) -> None:
    pages.pages["/register"] = page("処理中", again)
    pages.pages["/wait"] = page("登録結果", "")
    pressed(work, seat)
    assert len(pages.posts()) == 1


def test_a_page_that_throws_our_listeners_away_cannot_press_by_itself(work: Work, seat: Seat, pages: Site) -> None:
    written = LAST.partition("<body>")[2].replace("</body></html>", "")
    pages.pages["/confirm"] = page(
        "確認", f"<script>onload = () => {{ document.open(); document.write('{written}'); document.close() }}</script>"
    )
    work(seat.entry.open("/confirm", "確認"))
    work(seat.entry.page.wait_for_selector("[name=go]"))
    work(seat.entry.expect("確認"))

    async def go() -> None:
        await seat.entry._read()
        await seat.aim("登録")
        await seat.entry.page.click("[name=go]")

    work(go())
    assert pages.posts() == []


# --- systems that answer in no way at all ---------------------------------------------------------------


class Raw:
    """A finance system of bare sockets: pages as they are, and one way to answer what is sent."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self.heads: list[bytes] = []
        self.last = LAST
        self.headers = b""
        """Further lines in the head of each page."""
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._one, args=(line,), daemon=True).start()

    def _one(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = line.recv(4096)
                if not piece:
                    return
                head += piece
            if head.startswith(b"POST"):
                self.heads.append(head)
                self._answer(line)
                return
            line.sendall(answer(self.last if b" /confirm " in head else page("開始", ""), self.headers))


def answer(text: str, headers: bytes = b"") -> bytes:
    """A page on its wire, with further lines in its head."""
    content = text.encode()
    kind = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    return kind + headers + f"Content-Length: {len(content)}\r\n\r\n".encode() + content


@pytest.fixture
def raw() -> Iterator[Callable[[Callable[[socket.socket], None]], Raw]]:
    made: list[Raw] = []

    def start(answer: Callable[[socket.socket], None]) -> Raw:
        made.append(Raw(answer))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_an_answer_that_comes_drop_by_drop_is_cut_off(
    work: Work, seat_at: Callable[..., Seat], raw: Callable[..., Raw], first: bytes
) -> None:
    """Each drop comes in time, the answer never does."""
    cut = threading.Event()

    def drip(line: socket.socket) -> None:
        line.sendall(first)
        try:
            while True:
                line.sendall(b".")
                time.sleep(0.1)
        except OSError:
            cut.set()

    system = raw(drip)
    seat = seat_at(NoSystem(), system.url, timeout=3.0)
    begun = time.monotonic()
    assert pressed(work, seat) == "lost"
    # Not the patience with a page that hangs besides: Chromium answers nothing about a page whose request is held.
    assert time.monotonic() - begun < 3.0 + tab.HUNG
    assert cut.wait(30)
    assert len(system.heads) == 1


@pytest.mark.parametrize(
    "odd",
    [
        b"Cache-Control: no-store\r\nCache-Control: no-cache\r\n",
        b"X-Folded: a\r\n  b\r\n",
        b"X-Broken: a\0b\r\n",
        b"X(Broken): a\r\n",
    ],
)
def test_an_answer_with_a_head_that_browsers_take_only_from_a_wire_is_read(
    work: Work, seat_at: Callable[..., Seat], raw: Callable[..., Raw], odd: bytes
) -> None:
    """Two lines of one name are ordinary behind a proxy."""
    cookies = b"Set-Cookie: first=1\r\nSet-Cookie: second=2\r\n"
    system = raw(lambda line: line.sendall(answer(page("登録結果", ""), odd + cookies)))
    seat = seat_at(NoSystem(), system.url, timeout=3.0)
    assert pressed(work, seat) == "登録結果"
    kept = {each["name"]: each["value"] for each in work(seat.entry.page.context.cookies())}
    assert kept == {"first": "1", "second": "2"}
    work(seat.recover())
    assert len(system.heads) == 1


@pytest.mark.parametrize(
    "last",
    [
        LAST,
        page("確認", "<button onclick=\"fetch('/register', {method: 'POST', keepalive: true})\">登録</button>"),
        page(
            "確認",
            "<button onclick=\"fetch('/register', {method: 'POST', keepalive: true}); location = '/start'\">登録</button>",
        ),
    ],
    ids=["form", "script", "script of a page that goes"],
)
def test_an_answer_that_the_browser_refuses_leaves_the_request_caught(
    work: Work, seat_at: Callable[..., Seat], raw: Callable[..., Raw], monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """Playwright says that it was handed over. Chromium holds the request, and would send it as soon as nobody catches it any more."""
    monkeypatch.setattr("robots.sending.PATIENCE", 1.0)
    monkeypatch.setattr("robots.sending._joined", lambda _: {"x": "a\nb"})
    system = raw(lambda line: line.sendall(answer(page("登録結果", ""))))
    system.last = last
    seat = seat_at(NoSystem(), system.url, timeout=20.0)
    begun = time.monotonic()
    assert pressed(work, seat) == "lost"
    assert time.monotonic() - begun < 15
    work(seat.recover())
    assert pressed(work, seat) == "lost"
    assert len(system.heads) == 2


def test_a_cookie_in_japanese_is_sent_as_the_browser_would_send_it(
    work: Work, seat_at: Callable[..., Seat], raw: Callable[..., Raw]
) -> None:
    system = raw(lambda line: line.sendall(answer(page("登録結果", ""))))
    system.headers = "Set-Cookie: office=本庁\r\n".encode()
    seat = seat_at(NoSystem(), system.url, timeout=3.0)
    assert pressed(work, seat) == "登録結果"
    (head,) = system.heads
    assert "office=本庁" in head.decode()


def test_a_head_that_cannot_be_written_is_certainly_not_sent_and_troubles_nobody_else(
    work: Work, seat_at: Callable[..., Seat], raw: Callable[..., Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    system = raw(lambda line: line.sendall(answer(page("登録結果", ""))))
    seat, beside = seat_at(NoSystem(), system.url, timeout=3.0), seat_at(NoSystem(), system.url, timeout=3.0)

    def refused(*_: object) -> None:
        raise UnicodeEncodeError("latin-1", "本", 0, 1, "ordinal not in range")

    with monkeypatch.context() as odd:
        odd.setattr("http.client.HTTPConnection.putheader", refused)
        assert pressed(work, seat) == "unsent"
    assert pressed(work, beside) == "登録結果"
    assert len(system.heads) == 1


def test_what_a_page_sends_before_the_click_is_not_the_row(
    work: Work, seat: Seat, pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That somebody is still signed in, such as many systems send every minute."""
    open_gate = Desk._open_gate

    async def alive(desk: Desk, within: float, sending: Sending) -> None:
        await desk.page.evaluate("fetch('/alive', {method: 'POST'}).then(() => undefined)")
        await open_gate(desk, within, sending)

    monkeypatch.setattr(Desk, "_open_gate", alive)
    assert pressed(work, seat) == "登録結果"
    assert [each.split()[1] for each in pages.posts()] == ["/alive", "/register"]


def test_a_form_that_a_script_sends_before_the_click_is_never_called_unsent(
    work: Work, seat: Seat, pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_gate = Desk._open_gate

    async def too_early(desk: Desk, within: float, sending: Sending) -> None:
        await desk.page.evaluate("setTimeout(() => document.forms[0].submit(), 0)")
        await desk.page.wait_for_url("**/register")
        await open_gate(desk, within, sending)

    monkeypatch.setattr(Desk, "_open_gate", too_early)
    assert pressed(work, seat) == "lost"
    assert len(pages.posts()) == 1


# --- a browser that does not do what it is told ------------------------------------------------------------


async def hung(seat: Seat) -> None:
    """The page where rows are looked up answers nothing any more."""
    await seat.lookup.page.evaluate("setTimeout(() => { while (true); }, 0)")


async def crashed(seat: Seat) -> None:
    with suppress(Error):
        await seat.lookup.page.goto("chrome://crash", timeout=5000)


def test_a_question_that_chromium_keeps_until_the_request_is_over_holds_nothing_up(
    work: Work, seat: Seat, pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so when the navigation begins before the question reaches the page: in every second run, or so."""
    call = Desk._call

    async def kept(desk: Desk, verb: str, leaves: object = ..., **given: object) -> object:
        if verb == "pressed":
            await asyncio.Event().wait()
        return await call(desk, verb, leaves, **given)

    monkeypatch.setattr(Desk, "_call", kept)
    assert pressed(work, seat) == "登録結果"
    assert len(pages.posts()) == 1


@pytest.mark.parametrize("broken", [hung, crashed])
def test_a_page_beside_that_hangs_or_crashes_keeps_no_press_and_no_row(
    work: Work, seat: Seat, pages: Site, monkeypatch: pytest.MonkeyPatch, broken: Callable[[Seat], Any]
) -> None:
    monkeypatch.setattr("robots.sending.PATIENCE", 1.0)
    work(seat.entry.open("/confirm", "確認"))
    work(seat.aim("登録"))
    work(broken(seat))
    context = seat.entry.page.context
    listening = len(context._impl_obj.listeners("page"))
    begun = time.monotonic()
    with pytest.raises(RunError) as caught:
        work(seat.press_last(5))
    assert isinstance(caught.value, NotPressedError)
    assert time.monotonic() - begun < 8
    assert len(context._impl_obj.listeners("page")) == listening
    assert pages.posts() == []


def test_a_notice_that_comes_before_the_click_leaves_the_row_unsent_for_certain(
    work: Work, seat: Seat, pages: Site
) -> None:
    work(seat.entry.open("/confirm", "確認"))
    work(seat.aim("登録"))
    seat.entry.intrude("お知らせ")
    with pytest.raises(NotSentError):
        work(seat.press_last(5))
    assert pages.posts() == []


def test_what_kept_a_row_from_being_sent_is_told(work: Work, seat_at: Callable[..., Seat]) -> None:
    with site(start=page("開始", ""), confirm=LAST) as own, site(register=page("登録結果", "")) as outside:
        own.pages["/confirm"] = LAST.replace("/register", f"{outside.url}/register")
        seat = seat_at(NoSystem(), own.url, timeout=3.0)
        work(seat.entry.open("/confirm", "確認"))
        work(seat.aim("登録"))
        with pytest.raises(NotSentError) as caught:
            work(seat.press_last(5))
        assert outside.url in caught.value.sentence()
        own.pages["/confirm"] = LAST
        work(seat.entry.open("/confirm", "確認"))
        work(seat.aim("登録"))
    with pytest.raises(NotSentError) as caught:
        work(seat.press_last(5))
    assert "ConnectionRefusedError" in caught.value.sentence()


def test_an_answer_without_end_is_not_kept(work: Work, seat_at: Callable[..., Seat], raw: Callable[..., Raw]) -> None:
    def flood(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            line.sendall(b"." * 2**20)

    seat = seat_at(NoSystem(), raw(flood).url, timeout=5.0)
    assert pressed(work, seat) == "lost"


def test_a_connection_that_stands_after_its_row_was_given_up_sends_nothing(
    work: Work, seat_at: Callable[..., Seat], raw: Callable[..., Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At all addresses of the system but the last the queue is full; there the line stands in time for the click."""
    own = raw(lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    monkeypatch.setattr("robots.tab.HUNG", 1.0)
    seat = seat_at(NoSystem(), own.url, timeout=1.0)
    resolve = socket.getaddrinfo
    with ExitStack() as open_now:
        full, second = (
            open_now.enter_context(socket.socket()),
            open_now.enter_context(socket.create_server(("127.0.0.1", 0))),
        )
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with suppress(TimeoutError):
            while True:
                caller = open_now.enter_context(socket.socket())
                caller.settimeout(0.3)
                caller.connect(full.getsockname())
        all_of_them = [resolve(*each.getsockname(), 0, socket.SOCK_STREAM)[0] for each in (*[full] * 6, second)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: all_of_them)
        assert pressed(work, seat, within=10.0) == "unsent"
        second.settimeout(8)
        line, _ = second.accept()
        with line:
            line.settimeout(8)
            assert line.recv(4096) == b""


def test_the_request_says_where_it_comes_from(
    work: Work, seat_at: Callable[..., Seat], raw: Callable[..., Raw]
) -> None:
    """Systems that guard their forms look at it."""
    own = raw(lambda line: line.sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"))
    seat = seat_at(NoSystem(), own.url, timeout=5.0)
    assert pressed(work, seat) == "lost"
    (head,) = own.heads
    lines = {name.lower(): text for name, _, text in (each.partition(": ") for each in head.decode().split("\r\n"))}
    assert lines["origin"] == own.url
    assert lines["referer"] == f"{own.url}/confirm"
    assert lines["host"] == own.url.removeprefix("http://")


@pytest.mark.parametrize("written", ["HTTP://LOCALHOST:{port}/", "http://localhost:{port}//"])
def test_an_address_may_be_written_in_capitals(
    work: Work, seat_at: Callable[..., Seat], pages: Site, written: str
) -> None:
    seat = seat_at(NoSystem(), written.format(port=pages.port), timeout=3.0)
    assert pressed(work, seat) == "登録結果"


def test_a_system_may_begin_below_the_root_of_its_house(work: Work, seat_at: Callable[..., Seat], pages: Site) -> None:
    pages.pages |= {f"/kaikei{path}": text for path, text in pages.pages.items()}
    pages.pages["/kaikei/list"] = page("一覧", "")
    pages.pages["/kaikei/list.csv"] = (200, "a,b\n1,2\n", {"Content-Type": "text/csv"})
    seat = seat_at(NoSystem(), f"{pages.url}/kaikei/", timeout=3.0)
    assert work(seat.lookup.look("/list", "一覧")).heading == "一覧"
    assert work(seat.lookup.csv("/list.csv")) == [{"a": "1", "b": "2"}]
