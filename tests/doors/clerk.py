"""Somebody at a browser, or a program with a token, as far as HTTP shows them."""

import re
from typing import Any

import httpx

from doors.house import PASSWORD, SERVICE, WAV
from servers.plain_http import client

Files = list[tuple[str, Any]]


class Clerk:
    """A browser without scripts: it keeps cookies and sends forms."""

    def __init__(self, url: str) -> None:
        self.http = client(url, timeout=30)

    def sign_in(self, login: str, password: str = PASSWORD, next_page: str = "/") -> httpx.Response:
        page = self.http.get("/sign-in", params={"next": next_page})
        form = {"form_token": form_token(page.text), "next": next_page, "login": login, "password": password}
        return self.http.post("/sign-in", data=form)

    @property
    def token(self) -> str:
        """The form token of the sign-in."""
        token: str = self.http.get("/form-token").json()["form_token"]
        return token

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send one of our forms."""
        return self.http.post(path, data={"form_token": self.token, **fields})

    def hand_in(self, *files: tuple[str, bytes], **fields: str) -> httpx.Response:
        """Send the hand-in form."""
        chosen = files or (("会議.wav", WAV),)
        return self.http.post("/", files=form({"form_token": self.token, "service": SERVICE, **fields}, *chosen))


def form(fields: dict[str, str], *files: tuple[str, bytes]) -> Files:
    """A multipart form, fields first."""
    parts: Files = [(name, (None, value)) for name, value in fields.items()]
    return parts + [("file", (name, content, "application/octet-stream")) for name, content in files]


def form_token(page: str) -> str:
    """The token in a page's first form."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def program(url: str, token: str) -> httpx.Client:
    """A program that speaks to the API."""
    return client(url, timeout=30, headers={"Authorization": f"Bearer {token}"})
