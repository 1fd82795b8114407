"""振込データ登録: one bank transfer per row, by 振込データ入力; takes a form-intake tool's csv as it is exported."""

from collections.abc import Mapping, Sequence

from robots.columns import Column, ColumnType
from robots.desk import Desk
from robots.flows._signing_in import sign_in
from robots.robot import Account, Receipt, Registered, Rejection, Robot

KINDS = (("1", "普通"), ("2", "当座"), ("4", "貯蓄"), ("9", "その他"))


class BankTransfer(Robot):
    """振込データ登録."""

    name = "bank_transfer"
    title = "振込データ登録"
    version = "1"
    columns = (
        Column("pay_on", "振込指定日", ColumnType.DATE, aliases=("振込日", "支払日", "振込希望日")),
        Column("bank", "金融機関コード", ColumnType.DIGITS, digits=4, aliases=("銀行コード",)),
        Column("branch", "支店コード", ColumnType.DIGITS, digits=3, aliases=("店番", "支店番号")),
        Column("account_kind", "預金種目", ColumnType.CHOICE, choices=KINDS, aliases=("預金種別", "口座種別")),
        Column("account_number", "口座番号", ColumnType.DIGITS, digits=7, secret=True),
        Column(
            "account_holder",
            "受取人名(カナ)",
            ColumnType.KANA,
            longest=30,
            secret=True,
            aliases=("口座名義カナ", "口座名義(カナ)", "受取人名"),
        ),
        Column("amount", "金額", ColumnType.AMOUNT, least=1, most=999_999_999, aliases=("振込金額", "請求金額")),
    )
    key = ("pay_on", "bank", "branch", "account_kind", "account_number", "amount")
    amount = "amount"
    minutes_per_row = 0.6
    labels = {column.name: column.heading for column in columns} | {"reference": "整理番号", "receipt": "振込番号"}
    button = "登録"

    async def sign_in(self, desk: Desk, account: Account) -> None:
        await sign_in(desk, account)

    async def find(self, desk: Desk, reference: str) -> Sequence[Registered]:
        page = await desk.look(f"/transfer/search?text={reference}", "振込データ検索")
        return self.hits(page)

    async def enter(self, desk: Desk, values: Mapping[str, str], reference: str) -> Rejection | None:
        await desk.open("/transfer/input", "振込データ入力")
        await desk.fill(self.typed(values, reference))
        await desk.press("確認")
        if await desk.expect("振込データ確認", "振込データ入力") == "振込データ入力":
            return Rejection(await desk.message(), twin="既に登録" in await desk.message())
        if "既に登録" in await desk.notice():
            return Rejection(await desk.notice(), twin=True)
        return None

    async def outcome(self, desk: Desk) -> Receipt | Rejection | None:
        if await desk.expect("振込データ登録結果", "振込データ確認", "振込データ入力") == "振込データ登録結果":
            return Receipt(await desk.text("振込番号"))
        return Rejection(await desk.message()) if await desk.message() else None

    async def listed(self, desk: Desk, run: str) -> Sequence[Registered]:
        return [self.registered(line) for line in await desk.csv(f"/transfer/search.csv?text=DL{run}-")]


robot = BankTransfer()
