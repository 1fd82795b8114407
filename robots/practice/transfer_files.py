"""A csv of transfers, as form-intake tools export them → slips, or objections with their lines. Pure: standard library only."""

import csv
import io
import unicodedata
from collections.abc import Mapping

from robots.practice import master
from robots.practice.screens import TRANSFER, Rules, Values

MOST_BYTES = 1024**2
MOST_ROWS = 1_000
MOST_OBJECTIONS = 50
"""Shown; the rest is only counted."""
HEADINGS = {
    "pay_on": ("振込指定日", "振込日", "支払予定日"),
    "bank": ("金融機関コード", "銀行コード"),
    "branch": ("支店コード", "店番"),
    "account_kind": ("預金種目", "口座種別"),
    "account_number": ("口座番号",),
    "account_holder": ("受取人名(カナ)", "受取人名カナ", "口座名義(カナ)", "口座名義カナ"),
    "amount": ("金額", "振込金額", "請求金額"),
    "reference": ("整理番号", "受付番号", "申請番号"),
}
"""What a column may be called; brackets of either width."""
_SMALL = str.maketrans("ｧｨｩｪｫｬｭｮｯ", "ｱｲｳｴｵﾔﾕﾖﾂ")


def read_file(content: bytes, pay_on: str, rules: Rules) -> tuple[list[Values], list[str]]:
    """The slips of a file, and what is wrong with it; `pay_on` stands for a column 振込指定日 that it has not."""
    if len(content) > MOST_BYTES:
        return [], [f"ファイルが大きすぎます(上限 {MOST_BYTES // 1024} KB)。"]
    text = _decoded(content)
    if text is None:
        return [], ["ファイルの文字コードを判別できません。UTF-8 またはシフトJISのCSVを指定してください。"]
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return [], ["CSVの形式が正しくありません(引用符が閉じていないなど)。"]
    places = _places(lines[0] if lines else [])
    missing = [HEADINGS[name][0] for name in HEADINGS if name not in places and not (name == "pay_on" and pay_on)]
    if missing:
        return [], [f"見出し「{'」「'.join(missing)}」がありません。1行目に見出しのあるCSVを指定してください。"]
    rows = [(number, line) for number, line in enumerate(lines[1:], start=2) if any(cell.strip() for cell in line)]
    if not rows:
        return [], ["データ行がありません。"]
    if len(rows) > MOST_ROWS:
        return [], [f"一度に取り込めるのは{MOST_ROWS}件までです(ファイル:{len(rows)}件)。"]
    slips, wrong = [], []
    for number, line in rows:
        typed = {name: line[place] if place < len(line) else "" for name, place in places.items()}
        values, objections = TRANSFER.check(_as_typed(typed, pay_on), rules)
        slips.append(values)
        wrong += [f"{number}行目:{objection}" for objection in objections]
    if len(wrong) > MOST_OBJECTIONS:
        wrong = [*wrong[:MOST_OBJECTIONS], f"ほかに{len(wrong) - MOST_OBJECTIONS}件の誤りがあります。"]
    return slips, wrong


def _decoded(content: bytes) -> str | None:
    for codec in ("utf-8-sig", "cp932"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def _places(headings: list[str]) -> dict[str, int]:
    plain = [unicodedata.normalize("NFKC", heading).strip() for heading in headings]
    found = {}
    for name, known in HEADINGS.items():
        place = next((plain.index(heading) for heading in known if heading in plain), None)
        if place is not None:
            found[name] = place
    return found


def _as_typed(typed: Mapping[str, str], pay_on: str) -> Values:
    """What a clerk would have typed for it."""
    values = dict(typed)
    values["pay_on"] = values.get("pay_on", "").strip() or pay_on
    kinds = {words: code for code, words in master.KINDS.items()}
    values["account_kind"] = kinds.get(values["account_kind"].strip(), values["account_kind"])
    values["account_holder"] = _half_width(values["account_holder"])
    values["amount"] = values["amount"].strip().lstrip("¥￥\\").removesuffix("円")
    return values


def _half_width(text: str) -> str:
    """Kana and letters as banks write them."""
    return "".join(_narrow().get(sign, sign) for sign in unicodedata.normalize("NFKD", text)).upper().translate(_SMALL)


def _narrow() -> dict[str, str]:
    half = [chr(code) for code in range(0xFF66, 0xFF9E)]
    return {"\u3099": "ﾞ", "\u309a": "ﾟ", **{unicodedata.normalize("NFKC", sign): sign for sign in half}}
