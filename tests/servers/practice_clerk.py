"""A clerk without a browser: follows redirects, keeps the cookie, reads headings, messages, fields and lists off the pages."""

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import httpx

from servers.plain_http import client
from servers.practice import LOGIN, PASSWORD

VOUCHER = {
    "fiscal_year": "2026",
    "department": "010100",
    "account": "01",
    "kan": "02",
    "kou": "01",
    "moku": "01",
    "setsu": "10",
    "amount": "12345",
    "pay_on": "2026/11/30",
    "creditor": "0000000101",
    "creditor_name": "",
    "bank": "0331",
    "branch": "001",
    "account_kind": "1",
    "account_number": "1234567",
    "account_holder": "ｶ)ｱｵﾊﾏﾌﾞﾝｸﾞﾃﾝ",
    "summary": "コピー用紙 DL000123-0007-8",
}
TRANSFER = {
    "pay_on": "2026/11/30",
    "bank": "0331",
    "branch": "224",
    "account_kind": "1",
    "account_number": "7654321",
    "account_holder": "ｱｵﾊﾏ ﾊﾅｺ",
    "amount": "50000",
    "reference": "DL000124-0001-3",
}


class Page(HTMLParser):
    """What stands on a page."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.status = answer.status_code
        self.path = answer.url.path
        self.heading = ""
        self.banner = ""
        self.messages: list[str] = []
        """Objections and notices."""
        self.labels: dict[str, str] = {}
        """The text beside each label."""
        self.fields: dict[str, str] = {}
        """Hidden and visible inputs by name."""
        self.buttons: list[str] = []
        self.links: dict[str, str] = {}
        self.lines: list[dict[str, str]] = []
        self._where: list[tuple[str, str]] = []
        self._text = ""
        self._label = ""
        self._headings: list[str] = []
        self._cells: list[str] = []
        self.source = answer.text
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember where we are; take inputs as they come."""
        found = {name: value or "" for name, value in attrs}
        if tag == "input":
            if found.get("type") == "submit":
                self.buttons.append(found["value"])
            elif "name" in found:
                self.fields[found["name"]] = found.get("value", "")
            return
        if tag in ("meta", "link", "br"):
            return
        self._where.append((tag, found.get("class", "")))
        if tag in ("h1", "th", "td", "li", "p", "a"):
            self._text = ""
        if tag == "a":
            self._href = found.get("href", "")

    def handle_endtag(self, tag: str) -> None:
        """Take what has been read."""
        while self._where and self._where.pop()[0] != tag:
            pass
        around = {name for _, name in self._where}
        text = self._text.strip()
        listed = "list" in around
        if tag == "h1":
            self.heading = text
        elif tag == "p" and not self.banner:
            self.banner = text
        elif tag in ("li", "p") and around & {"errors", "notice"}:
            self.messages.append(text)
        elif tag == "a":
            self.links[text] = self._href
        elif tag == "th":
            if listed:
                self._headings.append(text)
            self._label = text
        elif tag == "td" and listed:
            self._cells.append(text)
        elif tag == "td":
            self.labels[self._label] = text
        elif tag == "tr" and self._cells:
            self.lines.append(dict(zip(self._headings, self._cells, strict=True)))
            self._cells = []

    def handle_data(self, data: str) -> None:
        """Collect."""
        self._text += data


class Clerk:
    """One sign-in."""

    def __init__(self, url: str) -> None:
        self.client = client(url, follow_redirects=True, timeout=30)

    def close(self) -> None:
        """Go home."""
        self.client.close()

    def sign_in(self, login: str = LOGIN, password: str = PASSWORD) -> Page:
        """The page after it."""
        return self.post("/login", login=login, password=password)

    def get(self, path: str, **query: str) -> Page:
        """A page."""
        return Page(self.client.get(path, params=query or None))

    def post(self, path: str, **typed: str) -> Page:
        """The page after a form."""
        return Page(self.client.post(path, data=typed))

    def entry(self, screens: str = "expense") -> str:
        """The id of a new entry."""
        return self.get(f"/{screens}/input").fields["entry"]

    def check(self, typed: Mapping[str, str], screens: str = "expense", entry: str = "") -> Page:
        """The page after 確認 on a new entry."""
        return self.post(f"/{screens}/input", **typed, entry=entry or self.entry(screens), confirm="確認")

    def register(self, entry: str, screens: str = "expense") -> Page:
        """The page after 登録."""
        return self.post(f"/{screens}/register", entry=entry, register="登録")

    def key(self, typed: Mapping[str, str], screens: str = "expense") -> Page:
        """From the empty entry page to the result."""
        return self.register(self.check(typed, screens).fields["entry"], screens)

    def upload(self, content: bytes, pay_on: str = "", name: str = "振込.csv") -> Page:
        """The page after 取込."""
        files = {"file": (Path(name).name, content, "text/csv")}
        return Page(self.client.post("/transfer/upload", data={"pay_on": pay_on}, files=files))
