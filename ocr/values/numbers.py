"""Numbers that are no quantity, and quantities: each from the text as read to its one way of writing."""

import re

from ocr.values.width import hyphenate, narrow


def plain(text: str) -> str:
    """ASCII, no blanks, every dash a hyphen."""
    return hyphenate("".join(narrow(text).split()))


def postal_code(text: str) -> str | None:
    """`123-4567`, or None when it is not seven digits with at most the one hyphen."""
    found = re.fullmatch(r"〒?([0-9]{3})-?([0-9]{4})", plain(text).replace("〶", "〒"))
    return f"{found[1]}-{found[2]}" if found else None


def telephone(text: str) -> str:
    """Hyphens where hyphens or brackets stand: `(03)1234-5678` → `03-1234-5678`."""
    return re.sub(r"[()-]+", "-", plain(text)).strip("-")


def domestic(number: str) -> str:
    """'' for a number of the Japanese numbering plan (電気通信番号規則, 総務省), otherwise the code of what is wrong."""
    digits = number.replace("-", "")
    if not re.fullmatch(r"[0-9]+(-[0-9]+)*", number):
        return "telephone-unreadable"
    if not digits.startswith("0"):
        return "telephone-without-area-code" if 6 <= len(digits) <= 8 else "telephone-impossible"
    eleven = re.match(r"0[2-9]0|0800", digits) is not None
    if len(digits) != (11 if eleven else 10) or digits[1] == "0":
        return "telephone-impossible"
    groups = number.split("-")
    if len(groups) > 1 and not _grouped_well(groups, eleven):
        return "telephone-grouping"
    return ""


def _grouped_well(groups: list[str], eleven: bool) -> bool:
    """Three groups that end in one of four digits; free numbers (0120-123-456, 0570, 0800) end in three or four."""
    if len(groups) == 2:
        return len(groups[0]) >= 2 and len(groups[1]) >= 4
    if len(groups) != 3:
        return False
    if groups[0] in ("0120", "0570", "0990", "0800"):
        return len(groups[1]) in (2, 3) and len(groups[2]) in (3, 4)
    if eleven:
        return len(groups[0]) == 3 and len(groups[2]) == 4
    return 2 <= len(groups[0]) <= 5 and len(groups[2]) == 4


def check_digit(eleven: str) -> int:
    """Of the first eleven digits of a 個人番号.

    11 − (Σ Pn × Qn mod 11), and 0 where the remainder is 0 or 1; Pn is the n-th digit from the right, Qn is n + 1 for n ≤ 6, n − 5 above.
    Source: 平成26年総務省令第85号 第5条, the 省令 on 通知カード, 個人番号カード and 情報提供ネットワークシステム.
    """
    total = sum(
        int(digit) * (place + 1 if place <= 6 else place - 5) for place, digit in enumerate(reversed(eleven), start=1)
    )
    remainder = total % 11
    return 0 if remainder <= 1 else 11 - remainder
