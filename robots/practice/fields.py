"""What a field of an entry screen is, and what it objects to by itself. Pure: standard library only."""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Words = Callable[[str], str]
_BANK_KANA = re.compile(r"[ 0-9A-Zｦｱ-ﾟｰ().,\-/\\｢｣]*")
"""What bank transfers take: half-width kana without the small ones."""


@dataclass(frozen=True)
class Field:
    """One field of an entry screen, and its column in the table of slips."""

    name: str
    label: str
    frame: str
    longest: int
    kind: str = "text"
    """text, code, amount, date, kana, or select."""
    choices: Mapping[str, str] | None = None
    """select: code and words."""
    required: bool = True
    look_up: str = ""
    """The look-up whose button stands beside it."""
    hint: str = ""


def read(field: Field, typed: str) -> tuple[str, str]:
    """The text to keep, and what is wrong with what was typed; empty when nothing is."""
    text = typed.strip(" \t\r\n")
    if not text:
        return "", f"{field.label}を入力してください。" if field.required else ""
    wrong = unfit(text)
    if wrong:
        return text, f"{field.label}に使用できない文字({wrong})が含まれています。"
    if field.kind == "amount":
        return _amount(field, text)
    if field.kind == "date":
        return _date(field, text)
    if len(text) > field.longest:
        return text, f"{field.label}は{field.longest}文字以内で入力してください(入力:{len(text)}文字)。"
    if field.kind == "code" and re.fullmatch(f"[0-9]{{{field.longest}}}", text) is None:
        return text, f"{field.label}は半角数字{field.longest}桁で入力してください。"
    if field.kind == "kana" and _BANK_KANA.fullmatch(text) is None:
        stranger = next(sign for sign in text if _BANK_KANA.fullmatch(sign) is None)
        return text, f"{field.label}は半角カナで入力してください(使用できない文字:{stranger})。"
    if field.choices is not None and text not in field.choices:
        return text, f"{field.label}の選択が正しくありません。"
    return text, ""


def unfit(text: str) -> str:
    """The first character that the system cannot hold (not in cp932, 外字, control characters), or nothing."""
    for sign in text:
        if "\ue000" <= sign <= "\uf8ff" or (sign < " " or sign == "\x7f"):
            return "外字" if sign > "\x7f" else "制御文字"
        try:
            sign.encode("cp932")
        except UnicodeEncodeError:
            return sign
    return ""


def day(text: str) -> datetime.date | None:
    """`2026/11/30`, `2026-11-30` or `20261130`."""
    match = re.fullmatch(r"([0-9]{4})([/-]?)([0-9]{1,2})\2([0-9]{1,2})", text)
    if match is None or (not match[2] and len(text) != 8):
        return None
    try:
        return datetime.date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None


def spoken(field: Field, value: str, names: Words) -> str:
    """How a page shows it: the code with its words, amounts and dates as people read them."""
    if not value:
        return ""
    if field.kind == "amount":
        return f"{int(value):,} 円"
    if field.kind == "date":
        return value.replace("-", "/")
    words = field.choices.get(value, "") if field.choices is not None else names(field.name)
    return f"{value} {words}".rstrip()


def _amount(field: Field, text: str) -> tuple[str, str]:
    digits = text.replace(",", "")
    if re.fullmatch(r"[0-9]+", digits) is None or not digits.isascii():
        return text, f"{field.label}は半角数字で入力してください。"
    if len(digits.lstrip("0")) > field.longest:
        return text, f"{field.label}は{field.longest}桁以内で入力してください。"
    if int(digits) == 0:
        return text, f"{field.label}は1円以上で入力してください。"
    return str(int(digits)), ""


def _date(field: Field, text: str) -> tuple[str, str]:
    found = day(text)
    return (text, f"{field.label}の日付が正しくありません。") if found is None else (found.isoformat(), "")
