"""What the practice city has: departments, budget codes, creditors, banks. All invented; rules only, standard library only."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ACCOUNTS = {
    "01": "一般会計",
    "02": "国民健康保険特別会計",
    "03": "介護保険特別会計",
    "04": "後期高齢者医療特別会計",
}
DEPARTMENTS = {
    "010100": "総務部総務課",
    "010200": "総務部財政課",
    "010300": "総務部管財課",
    "020100": "市民部市民課",
    "020200": "市民部保険年金課",
    "030100": "福祉部福祉課",
    "030200": "福祉部子育て支援課",
    "030300": "福祉部高齢介護課",
    "040100": "環境部環境課",
    "050100": "建設部道路課",
    "060100": "教育委員会教育総務課",
    "060200": "教育委員会学校教育課",
}
KINDS = {"1": "普通", "2": "当座", "4": "貯蓄", "9": "その他"}
"""預金種目."""
SECTIONS = {
    "07": "報償費",
    "08": "旅費",
    "10": "需用費",
    "11": "役務費",
    "12": "委託料",
    "13": "使用料及び賃借料",
    "14": "工事請負費",
    "17": "備品購入費",
    "18": "負担金補助及び交付金",
    "19": "扶助費",
    "22": "償還金利子及び割引料",
}
"""節, as the law numbers them since 令和2年度."""

_BUDGETS = """
010100 01 02 01 01 総務費 総務管理費 一般管理費 07 08 10 11 12 13 17 18
010100 01 02 01 02 総務費 総務管理費 文書広報費 10 11 12 13
010200 01 02 01 03 総務費 総務管理費 財政管理費 08 10 11 12
010300 01 02 01 05 総務費 総務管理費 財産管理費 10 11 12 13 14 17
020100 01 02 03 01 総務費 戸籍住民基本台帳費 戸籍住民基本台帳費 10 11 12 13 17
020200 02 01 01 01 総務費 総務管理費 一般管理費 10 11 12 18
020200 02 02 01 01 保険給付費 療養諸費 一般被保険者療養給付費 18 22
030100 01 03 01 01 民生費 社会福祉費 社会福祉総務費 07 10 11 12 18 19
030200 01 03 02 01 民生費 児童福祉費 児童福祉総務費 07 10 11 12 18 19
020200 04 01 01 01 総務費 総務管理費 一般管理費 10 11 12 18
030300 03 01 01 01 総務費 総務管理費 一般管理費 10 11 12 18
030300 03 02 01 01 保険給付費 介護サービス等諸費 居宅介護サービス給付費 18
040100 01 04 02 01 衛生費 清掃費 清掃総務費 10 11 12 13 17
050100 01 08 02 02 土木費 道路橋りょう費 道路維持費 10 11 12 13 14
060100 01 10 01 02 教育費 教育総務費 事務局費 07 08 10 11 12 13 17
060200 01 10 02 01 教育費 小学校費 学校管理費 10 11 12 13 14 17
060200 01 10 02 02 教育費 小学校費 教育振興費 07 10 17 18 19
"""


@dataclass(frozen=True)
class Budget:
    """予算科目 of one department, with the sections that have money."""

    department: str
    account: str
    kan: str
    kou: str
    moku: str
    names: tuple[str, str, str]
    sections: tuple[str, ...]


@dataclass(frozen=True)
class Creditor:
    """債権者, with the account that is on record."""

    code: str
    name: str
    bank: str
    branch: str
    kind: str
    number: str
    holder: str


OTHERS = "9999999999"
"""債権者コード for who is not on record: name and account are then as typed."""

_TRADES = (
    ("文具店", "ﾌﾞﾝｸﾞﾃﾝ"),
    ("印刷", "ｲﾝｻﾂ"),
    ("建設", "ｹﾝｾﾂ"),
    ("電設", "ﾃﾞﾝｾﾂ"),
    ("清掃社", "ｾｲｿｳｼﾔ"),
    ("自動車整備", "ｼﾞﾄﾞｳｼﾔｾｲﾋﾞ"),
    ("造園", "ｿﾞｳｴﾝ"),
    ("システム", "ｼｽﾃﾑ"),
)
_PLACES = (
    ("蒼浜", "ｱｵﾊﾏ"),
    ("栄町", "ｻｶｴﾏﾁ"),
    ("竹の台", "ﾀｹﾉﾀﾞｲ"),
    ("旭", "ｱｻﾋ"),
    ("藤見", "ﾌｼﾞﾐ"),
    ("桜台", "ｻｸﾗﾀﾞｲ"),
    ("若宮", "ﾜｶﾐﾔ"),
    ("塚本", "ﾂｶﾓﾄ"),
)


@cache
def banks() -> dict[str, str]:
    """金融機関 by code."""
    return {bank: name for bank, _branch, name, _branch_name in _bank_lines()}


@cache
def branches() -> dict[tuple[str, str], str]:
    """支店 by both codes."""
    return {(bank, branch): branch_name for bank, branch, _name, branch_name in _bank_lines()}


@cache
def budgets() -> dict[tuple[str, str, str, str, str], Budget]:
    """By 所属, 会計, 款, 項, 目."""
    found = {}
    for line in _BUDGETS.split("\n"):
        if line:
            department, account, kan, kou, moku, first, second, third, *sections = line.split()
            budget = Budget(department, account, kan, kou, moku, (first, second, third), tuple(sections))
            found[department, account, kan, kou, moku] = budget
    return found


@cache
def creditors() -> dict[str, Creditor]:
    """By code: 64 firms, `0000000101` to `0000000808`."""
    accounts = sorted(branches())
    found = {}
    for place_number, (place, place_kana) in enumerate(_PLACES, start=1):
        for trade_number, (trade, trade_kana) in enumerate(_TRADES, start=1):
            serial = place_number * 100 + trade_number
            bank, branch = accounts[serial * 7 % len(accounts)]
            limited = serial % 3 != 0
            name = f"株式会社{place}{trade}" if limited else f"{place}{trade}有限会社"
            holder = f"ｶ){place_kana}{trade_kana}" if limited else f"{place_kana}{trade_kana}(ﾕ"
            found[f"{serial:010d}"] = Creditor(
                f"{serial:010d}",
                name,
                bank,
                branch,
                "2" if serial % 5 == 0 else "1",
                f"{serial * 7919 % 10**7:07d}",
                holder,
            )
    return found


@cache
def _bank_lines() -> tuple[tuple[str, str, str, str], ...]:
    """The invented banks of the practice city; the shipped paper forms know the same ones."""
    text = files("robots.practice").joinpath("banks.csv").read_text(encoding="utf-8")
    return tuple((row[0], row[1], row[2], row[3]) for row in list(csv.reader(text.splitlines()))[1:])
