"""A small robot with a column of every type, for tests of rows: it has no screen."""

from collections.abc import Mapping, Sequence

from robots.columns import Column, ColumnType
from robots.desk import Desk
from robots.robot import Account, Receipt, Registered, Rejection, Robot


class Payments(Robot):
    """Payments, as short as they can be."""

    name = "payments"
    title = "支払登録"
    version = "3"
    columns = (
        Column("department", "所属コード", ColumnType.DIGITS, digits=6),
        Column("amount", "金額", ColumnType.AMOUNT, least=1, most=99_999_999),
        Column("pay_on", "支払日", ColumnType.DATE, aliases=("支払予定日",)),
        Column("payee", "債権者名", longest=20),
        Column("kind", "預金種目", ColumnType.CHOICE, choices=(("1", "普通"), ("2", "当座"), ("09", "その他"))),
        Column("number", "口座番号", ColumnType.DIGITS, digits=7, secret=True),
        Column("holder", "口座名義", ColumnType.KANA, longest=30),
        Column("summary", "摘要", longest=19, required=False),
        Column("slip", "起案番号", ColumnType.DIGITS, longest=12, required=False),
    )
    key = ("department", "amount", "pay_on", "payee", "summary")
    amount = "amount"
    minutes_per_row = 1.0
    labels: Mapping[str, str] = {}
    button = "登録"

    def check(self, values: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        """A rule of its own: nobody pays so much."""
        return [("amount", "amount-unreadable")] if values["amount"] == "77777777" else []

    async def sign_in(self, desk: Desk, account: Account) -> None:
        raise NotImplementedError

    async def find(self, desk: Desk, reference: str) -> Sequence[Registered]:
        raise NotImplementedError

    async def enter(self, desk: Desk, values: Mapping[str, str], reference: str) -> Rejection | None:
        raise NotImplementedError

    async def outcome(self, desk: Desk) -> Receipt | Rejection | None:
        raise NotImplementedError

    async def listed(self, desk: Desk, run: str) -> Sequence[Registered]:
        raise NotImplementedError


PAYMENTS = Payments()
