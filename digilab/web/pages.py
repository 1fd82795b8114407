"""Pages from templates. Texts come from the language files; everything is escaped."""

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from digilab.language import text
from digilab.web.guard import Visit, office_of
from digilab.web.language import language_of
from digilab.web.wording import moment_text, size_text

STATIC = Path(__file__).parent / "static"


class Pages:
    """The templates, and the static files' addresses with a mark that changes with their content."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("digilab.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["size"] = size_text
        self._environment.filters["path"] = partial(quote, safe="")
        self._environment.globals["static"] = _addresses().__getitem__

    def render(self, request: Request, name: str, code: int = 200, /, **values: Any) -> HTMLResponse:
        """One page, as who asks and in their language."""
        language = language_of(request)
        visit: Visit | None = getattr(request.state, "visit", None)
        page = self._environment.get_template(name).render(
            t=partial(text, language),
            moment=partial(moment_text, language),
            language=language,
            city=office_of(request).settings.city,
            visit=visit,
            path=request.url.path,
            **values,
        )
        return HTMLResponse(page, code, headers={"Vary": "Accept-Language, Cookie"})


def render(request: Request, name: str, code: int = 200, /, **values: Any) -> HTMLResponse:
    """A page by the application's templates."""
    pages: Pages = request.app.state.pages
    return pages.render(request, name, code, **values)


def _addresses() -> Mapping[str, str]:
    return {
        path.relative_to(STATIC).as_posix(): f"/static/{path.relative_to(STATIC).as_posix()}?v={_mark(path)}"
        for path in STATIC.rglob("*")
        if path.is_file()
    }


def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
