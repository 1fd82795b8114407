"""Templates to pages."""

from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from robots.practice.fields import spoken
from robots.practice.system import COOKIE, system_of

CITY = "蒼浜市"
PLAIN = "練習用・本物の財務会計システムではありません"

_templates = Environment(
    loader=PackageLoader("robots.practice"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, screen: str, status: int = 200, **values: Any) -> HTMLResponse:
    """One page. `screen` is its heading."""
    system = system_of(request)
    person = system.sign_ins.find(request.cookies.get(COOKIE, ""))
    text = _templates.get_template(template).render(
        city=CITY,
        plain=PLAIN,
        screen=screen,
        login=person.login if person else "",
        today=system.today,
        label=lambda words: system.faults.label(screen, words),
        spoken=spoken,
        no_words=lambda _name: "",
        **{"errors": [], "notices": [], **values},
    )
    return HTMLResponse(text, status)


def go(path: str, **query: str) -> RedirectResponse:
    """The redirect after a POST."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)


def go_by_notice(path: str, **query: str) -> RedirectResponse:
    """The same by way of お知らせ."""
    return RedirectResponse(f"/notice?to={quote(f'{path}?{urlencode(query)}' if query else path, safe='')}", 303)
