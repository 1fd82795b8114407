"""A date field's evidence → ISO date, within the field's limits."""

from datetime import date

from ocr.definition.form import DateField
from ocr.records import Evidence
from ocr.values import dates
from ocr.values.alphabets import pieces
from ocr.values.parsed import Parsed, Surroundings

SURE = frozenset(
    {"date-era-over", "date-before-era", "date-western-year", "date-japanese-year", "date-century-by-limits"}
)
"""Said of dates that are understood beyond doubt (平成31年5月1日): told, no reason to look."""


def by_piece(field: DateField, evidence: Evidence) -> dict[str, str]:
    """Readings by the names of the date's pieces; empty for a date in one line."""
    return {name: "".join(reading.text.split()) for name, reading in zip(pieces(field), evidence.pieces, strict=False)}


def raw(field: DateField, evidence: Evidence) -> str:
    """As it was read; pieces with the era and the 年 月 日 that the form prints."""
    if field.parts is None:
        return evidence.reading.text if evidence.reading is not None else ""
    piece = by_piece(field, evidence)
    if not any(piece.values()):
        return ""
    day = f"{piece.get('day', '')}日" if field.parts.day is not None else ""
    return f"{piece.get('era') or field.era}{piece.get('year', '')}年{piece.get('month', '')}月{day}"


def parse(field: DateField, evidence: Evidence, around: Surroundings) -> Parsed:
    """`2026-04-01`; `2026-04` where the form asks for no day; '' for what is no date or whose era nobody wrote."""
    limits = (limit(field.earliest, around.today), limit(field.latest, around.today))
    era = field.era or (dates.era_named(around.other(field.era_from)) if field.era_from else "")
    try:
        found = _written(field, evidence)
        meant = dates.understand(found, era=era, calendar=field.calendar, today=around.today, limits=limits)
    except dates.DateError as error:
        return Parsed("").failed(around.path, error.code)
    parsed = Parsed(meant.day.isoformat() if found.day else meant.day.isoformat()[:7])
    meaning = dates.japanese(meant.day) if meant.day >= dates.SOLAR else meant.day.isoformat()
    for code in meant.told:
        say = parsed.told if code in SURE else parsed.failed
        parsed = say(around.path, code, meant=meaning)
    if not found.day and (field.parts is None or field.parts.day is not None):
        parsed = parsed.failed(around.path, "date-incomplete")
    return _within(parsed, meant.day, limits, around.path)


def limit(written: str, today: date) -> date | None:
    """An end of the field's range: an ISO date, `today`, or none."""
    if not written:
        return None
    return today if written == "today" else date.fromisoformat(written)


def _written(field: DateField, evidence: Evidence) -> dates.Written:
    if field.parts is None:
        return dates.written(raw(field, evidence), field.order)
    piece = by_piece(field, evidence)
    if not all(text for name, text in piece.items() if name != "era"):
        raise dates.DateError("date-incomplete")
    era = piece.get("era", "")
    if era and not dates.era_named(era):
        raise dates.DateError("date-era-unknown")
    return dates.in_pieces(piece["year"], piece["month"], piece.get("day", ""), era)


def _within(parsed: Parsed, day: date, limits: tuple[date | None, date | None], path: str) -> Parsed:
    earliest, latest = limits
    monthly = len(parsed.value) == 7
    if earliest and day < (earliest.replace(day=1) if monthly else earliest):
        return parsed.failed(path, "date-too-early", limit=earliest.isoformat())
    if latest and day > latest:
        return parsed.failed(path, "date-too-late", limit=latest.isoformat())
    return parsed
