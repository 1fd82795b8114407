"""支出命令登録: one payment order per row, by 支出命令入力."""

from collections.abc import Mapping, Sequence

from robots.columns import Column, ColumnType
from robots.desk import Desk
from robots.flows._signing_in import sign_in
from robots.robot import Account, Receipt, Registered, Rejection, Robot

ACCOUNTS = (
    ("01", "一般会計"),
    ("02", "国民健康保険特別会計"),
    ("03", "介護保険特別会計"),
    ("04", "後期高齢者医療特別会計"),
)
DEPOSITS = (("1", "普通"), ("2", "当座"), ("4", "貯蓄"), ("9", "その他"))


class ExpenseEntry(Robot):
    """支出命令登録."""

    name = "expense_entry"
    title = "支出命令登録"
    version = "1"
    columns = (
        Column("fiscal_year", "会計年度", ColumnType.DIGITS, digits=4, note="西暦4桁"),
        Column("department", "所属", ColumnType.DIGITS, digits=6, note="所属コード6桁"),
        Column("account", "会計", ColumnType.CHOICE, choices=ACCOUNTS),
        Column("kan", "款", ColumnType.DIGITS, digits=2),
        Column("kou", "項", ColumnType.DIGITS, digits=2),
        Column("moku", "目", ColumnType.DIGITS, digits=2),
        Column("setsu", "節", ColumnType.DIGITS, digits=2),
        Column("amount", "金額", ColumnType.AMOUNT, least=1, most=999_999_999),
        Column("pay_on", "支払予定日", ColumnType.DATE),
        Column("creditor", "債権者コード", ColumnType.DIGITS, digits=10),
        Column("creditor_name", "債権者名", longest=40, note="債権者コードに登録された名称のとおり"),
        Column("bank", "金融機関コード", ColumnType.DIGITS, digits=4),
        Column("branch", "支店コード", ColumnType.DIGITS, digits=3),
        Column("account_kind", "預金種目", ColumnType.CHOICE, choices=DEPOSITS),
        Column("account_number", "口座番号", ColumnType.DIGITS, digits=7, secret=True),
        Column("account_holder", "口座名義", ColumnType.KANA, longest=30, secret=True),
        Column("summary", "摘要", longest=19, note="照合番号を後ろに付けるため19字まで"),
    )
    key = ("fiscal_year", "department", "creditor", "amount", "pay_on", "summary")
    amount = "amount"
    minutes_per_row = 0.9
    labels = {column.name: column.heading for column in columns} | {"reference": "摘要", "receipt": "伝票番号"}
    button = "登録"

    async def sign_in(self, desk: Desk, account: Account) -> None:
        await sign_in(desk, account)

    async def find(self, desk: Desk, reference: str) -> Sequence[Registered]:
        page = await desk.look(f"/expense/search?text={reference}", "支出命令検索")
        return self.hits(page)

    async def enter(self, desk: Desk, values: Mapping[str, str], reference: str) -> Rejection | None:
        await desk.open("/expense/input", "支出命令入力")
        await desk.fill(self.typed(values, reference))
        await desk.press("確認")
        if await desk.expect("支出命令確認", "支出命令入力") == "支出命令入力":
            return Rejection(await desk.message(), twin="既に登録" in await desk.message())
        if "既に登録" in await desk.notice():
            return Rejection(await desk.notice(), twin=True)
        return None

    async def outcome(self, desk: Desk) -> Receipt | Rejection | None:
        if await desk.expect("登録結果", "支出命令確認", "支出命令入力") == "登録結果":
            return Receipt(await desk.text("伝票番号"))
        return Rejection(await desk.message()) if await desk.message() else None

    async def listed(self, desk: Desk, run: str) -> Sequence[Registered]:
        return [self.registered(line) for line in await desk.csv(f"/expense/search.csv?text=DL{run}-")]


robot = ExpenseEntry()
