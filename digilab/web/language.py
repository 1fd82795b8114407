"""Which language a reader wants."""

from starlette.requests import Request

from digilab.language import LANGUAGES, Language


def language_of(request: Request) -> Language:
    """The best of our languages by Accept-Language (RFC 9110); what the house is set to where the reader states none."""
    return preferred(request.headers.get("accept-language", ""), request.app.state.office.settings.language)


def preferred(header: str, default: Language) -> Language:
    """`en` only where it is asked for before Japanese; the first stated wins among equals."""
    best: tuple[float, Language] | None = None
    for stated in header[:500].split(","):
        tag, _, weight = stated.partition(";")
        named = next((each for each in LANGUAGES if each == tag.strip().lower().split("-")[0]), None)
        quality = _quality(weight)
        if named is not None and quality > 0 and (best is None or quality > best[0]):
            best = (quality, named)
    return default if best is None else best[1]


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
