"""The two sets of screens: which fields they have, what their pages are called, what they object to. Pure: standard library only."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from robots.practice import master
from robots.practice.fields import Field, read

Values = dict[str, str]


@dataclass(frozen=True)
class Rules:
    """What the system goes by when it checks an entry."""

    today: datetime.date
    closed: frozenset[str]
    """Months that are closed (締め済み), such as `2026-10`."""

    @property
    def fiscal_year(self) -> int:
        """The present one."""
        return fiscal_year(self.today)


@dataclass(frozen=True)
class Screens:
    """One set: entry, confirmation, result, search, detail."""

    path: str
    table: str
    title: str
    entry_title: str
    confirm_title: str
    result_title: str
    search_title: str
    detail_title: str
    number: str
    """Label of the number that an accepted slip gets."""
    entered: str
    """Label of the day on which it was entered."""
    text: str
    """The field in which a search looks for any part of a text."""
    fields: tuple[Field, ...]
    object_to: Callable[[Values, Rules], Sequence[str]]
    """What is wrong across fields, once each by itself is right."""
    words: Callable[[Values], Mapping[str, str]]
    """The words of the codes by field."""

    @property
    def frames(self) -> list[tuple[str, list[Field]]]:
        """The fields by the frames they stand in."""
        found: dict[str, list[Field]] = {}
        for field in self.fields:
            found.setdefault(field.frame, []).append(field)
        return list(found.items())

    def field(self, name: str) -> Field:
        """The field of this name."""
        return next(field for field in self.fields if field.name == name)

    def check(self, typed: Mapping[str, str], rules: Rules) -> tuple[Values, list[str]]:
        """What would be kept, and every objection in the words of the screen."""
        values: Values = {}
        wrong: list[str] = []
        for field in self.fields:
            values[field.name], objection = read(field, typed.get(field.name, ""))
            if objection:
                wrong.append(objection)
        if not wrong:
            wrong.extend(self.object_to(values, rules))
        return values, wrong


def fiscal_year(day: datetime.date) -> int:
    """会計年度: from April."""
    return day.year if day.month >= 4 else day.year - 1


def _expense_objections(values: Values, rules: Rules) -> list[str]:
    return [
        *_year_objections(values, rules),
        *_budget_objections(values),
        *_creditor_objections(values),
        *_bank_objections(values),
    ]


def _year_objections(values: Values, rules: Rules) -> list[str]:
    year, current = int(values["fiscal_year"]), fiscal_year(rules.today)
    settling = rules.today.month in (4, 5) and year == current - 1
    if year != current and not settling:
        if year == current - 1:
            return [
                f"{year}年度は出納閉鎖済みです。出納整理期間(4月1日~5月31日)以外は前年度の支出命令を登録できません。"
            ]
        return [f"会計年度{year}は登録できません(現在の会計年度:{current})。"]
    pay_on = datetime.date.fromisoformat(values["pay_on"])
    first, last = datetime.date(year, 4, 1), datetime.date(year + 1, 5, 31)
    if not first <= pay_on <= last:
        return [f"支払予定日は{year}年度の支払期間({first:%Y/%m/%d}~{last:%Y/%m/%d})の日付を入力してください。"]
    if settling and pay_on < datetime.date(current, 4, 1):
        return [f"出納整理期間の支出命令の支払予定日は{current}/04/01以降の日付を入力してください。"]
    return _month_objections(pay_on, rules, "支払予定日")


def _month_objections(day: datetime.date, rules: Rules, label: str) -> list[str]:
    if f"{day:%Y-%m}" in rules.closed:
        return [f"{day.year}年{day.month}月は月次締め処理済みのため登録できません({label}:{day:%Y/%m/%d})。"]
    return []


def _budget_objections(values: Values) -> list[str]:
    if values["department"] not in master.DEPARTMENTS:
        return [f"所属コード{values['department']}は存在しません。"]
    code = "-".join(values[name] for name in ("account", "kan", "kou", "moku"))
    budget = master.budgets().get(
        (values["department"], values["account"], values["kan"], values["kou"], values["moku"])
    )
    if budget is None:
        return [f"予算科目{code}は所属{values['department']}に存在しません。"]
    if values["setsu"] not in budget.sections:
        return [f"予算科目{code}に節{values['setsu']}の予算がありません。"]
    return []


def _creditor_objections(values: Values) -> list[str]:
    if values["creditor"] == master.OTHERS:
        return [] if values["creditor_name"] else ["債権者名を入力してください。"]
    creditor = master.creditors().get(values["creditor"])
    if creditor is None:
        return [f"債権者コード{values['creditor']}は登録されていません。"]
    values["creditor_name"] = values["creditor_name"] or creditor.name
    if values["creditor_name"] != creditor.name:
        return [f"債権者名が債権者コード{creditor.code}の登録名({creditor.name})と一致しません。"]
    return []


def _bank_objections(values: Values) -> list[str]:
    if values["bank"] not in master.banks():
        return [f"金融機関コード{values['bank']}は存在しません。"]
    if (values["bank"], values["branch"]) not in master.branches():
        return [f"支店コード{values['branch']}は金融機関{values['bank']}に存在しません。"]
    return []


def _expense_words(values: Values) -> Mapping[str, str]:
    budget = master.budgets().get(
        (values["department"], values["account"], values["kan"], values["kou"], values["moku"])
    )
    kan, kou, moku = budget.names if budget else ("", "", "")
    own = {
        "department": master.DEPARTMENTS.get(values["department"], ""),
        "kan": kan,
        "kou": kou,
        "moku": moku,
        "setsu": master.SECTIONS.get(values["setsu"], ""),
    }
    return {**own, **_bank_words(values)}


def _bank_words(values: Values) -> Mapping[str, str]:
    return {
        "bank": master.banks().get(values["bank"], ""),
        "branch": master.branches().get((values["bank"], values["branch"]), ""),
    }


def _transfer_objections(values: Values, rules: Rules) -> list[str]:
    pay_on = datetime.date.fromisoformat(values["pay_on"])
    year = fiscal_year(rules.today)
    last = datetime.date(year + 1, 5, 31)
    if not datetime.date(year, 4, 1) <= pay_on <= last:
        return [f"振込指定日は{year}/04/01~{last:%Y/%m/%d}の日付を入力してください。"]
    return [*_month_objections(pay_on, rules, "振込指定日"), *_bank_objections(values)]


_BUDGET, _PAY, _CREDITOR, _TEXT = "予算科目", "支払", "債権者・口座", "摘要"

EXPENSE = Screens(
    path="expense",
    table="vouchers",
    title="支出命令",
    entry_title="支出命令入力",
    confirm_title="支出命令確認",
    result_title="登録結果",
    search_title="支出命令検索",
    detail_title="支出命令照会",
    number="伝票番号",
    entered="起票日",
    text="summary",
    fields=(
        Field("fiscal_year", "会計年度", _BUDGET, 4, kind="code", hint="西暦4桁"),
        Field("department", "所属", _BUDGET, 6, kind="code", look_up="所属検索"),
        Field("account", "会計", _BUDGET, 2, kind="select", choices=master.ACCOUNTS),
        Field("kan", "款", _BUDGET, 2, kind="code", look_up="予算検索"),
        Field("kou", "項", _BUDGET, 2, kind="code"),
        Field("moku", "目", _BUDGET, 2, kind="code"),
        Field("setsu", "節", _BUDGET, 2, kind="code"),
        Field("amount", "金額", _PAY, 10, kind="amount", hint="円"),
        Field("pay_on", "支払予定日", _PAY, 10, kind="date", hint="例 2026/11/30"),
        Field("creditor", "債権者コード", _CREDITOR, 10, kind="code", look_up="債権者検索"),
        Field("creditor_name", "債権者名", _CREDITOR, 40, required=False, hint="省略時は登録名"),
        Field("bank", "金融機関コード", _CREDITOR, 4, kind="code", look_up="金融機関検索"),
        Field("branch", "支店コード", _CREDITOR, 3, kind="code"),
        Field("account_kind", "預金種目", _CREDITOR, 1, kind="select", choices=master.KINDS),
        Field("account_number", "口座番号", _CREDITOR, 7, kind="code"),
        Field("account_holder", "口座名義", _CREDITOR, 30, kind="kana", hint="半角カナ30文字以内"),
        Field("summary", "摘要", _TEXT, 40, hint="40文字以内"),
    ),
    object_to=_expense_objections,
    words=_expense_words,
)

TRANSFER = Screens(
    path="transfer",
    table="transfers",
    title="振込データ",
    entry_title="振込データ入力",
    confirm_title="振込データ確認",
    result_title="振込データ登録結果",
    search_title="振込データ検索",
    detail_title="振込データ照会",
    number="振込番号",
    entered="登録日",
    text="reference",
    fields=(
        Field("pay_on", "振込指定日", "振込", 10, kind="date", hint="例 2026/11/30"),
        Field("bank", "金融機関コード", "振込先", 4, kind="code", look_up="金融機関検索"),
        Field("branch", "支店コード", "振込先", 3, kind="code"),
        Field("account_kind", "預金種目", "振込先", 1, kind="select", choices=master.KINDS),
        Field("account_number", "口座番号", "振込先", 7, kind="code"),
        Field("account_holder", "受取人名(カナ)", "振込先", 30, kind="kana", hint="半角カナ30文字以内"),
        Field("amount", "金額", "金額", 10, kind="amount", hint="円"),
        Field("reference", "整理番号", "金額", 20, hint="20文字以内"),
    ),
    object_to=_transfer_objections,
    words=_bank_words,
)
