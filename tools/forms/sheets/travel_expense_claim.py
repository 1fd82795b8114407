"""様式第12号 旅費請求書, one page across with a table."""

from forms.sheet import GOTHIC, MINCHO, TINT, Sheet
from ocr.definition.form import ChoiceField, TickField

LEFT, RIGHT = 15.0, 282.0
EDGES = (15.0, 25.0, 35.0, 45.0, 88.0, 150.0, 184.0, 198.0, 226.0, 259.0, 271.5, 282.0)
HEADS = ("年", "月", "日", "行先", "用務", "交通手段", "回数", "単価（円）", "金額（円）", "領収書", "路線")


def draw(sheet: Sheet) -> None:
    """The printed sheet."""
    sheet.text(LEFT, 10, "様式第12号（第15条関係）", 3)
    sheet.text(148, 16, "旅　費　請　求　書", 6.5, GOTHIC, "mm")
    sheet.text(LEFT, 23, "（宛先）蒼浜市長", 4)
    sheet.date("claim_date", "令和", 4)
    _claimant(sheet)
    _items(sheet)
    _sums(sheet)
    _office(sheet)


def _claimant(sheet: Sheet) -> None:
    sheet.frame((LEFT, 28.5, RIGHT - LEFT, 13), 0.35)
    for left, width, words in ((15, 22, "所　属"), (89, 18, "職　名"), (145, 22, "職員番号"), (205, 16, "氏　名")):
        sheet.label((left, 28.5, width, 13), words, 3.4)
    sheet.cells(sheet.box("staff_number"), 6)
    x, y, w, h = sheet.box("claimant_seal")
    sheet.text(x + w / 2, y + h / 2, "印", 3.2, MINCHO, "mm")
    sheet.frame((LEFT, 41.5, RIGHT - LEFT, 10), 0.35)
    sheet.label((15, 41.5, 22, 10), "旅行期間", 3.4)
    sheet.date("trip_from", "令和", 3.4)
    sheet.text(97, 46.5, "から", 3.4)
    sheet.date("trip_to", "令和", 3.4)
    sheet.text(164, 46.5, "まで", 3.4)
    sheet.label((178, 41.5, 26, 10), "旅行の種類", 3.2)
    sheet.choice("trip_kind", 3.8)
    sheet.text(262, 46.5, "（○で囲む）", 2.4, GOTHIC)


def _items(sheet: Sheet) -> None:
    table = sheet.table("items")
    top = sheet.row_top("items")
    sheet.text(LEFT, top - 10.2, "次のとおり旅費を請求します。（年は令和の年を記入してください。）", 3.2)
    sheet.ruled("items", EDGES, HEADS, 8, 3.1)
    for row in range(table.rows):
        for column in table.columns:
            if isinstance(column, ChoiceField):
                sheet.options(column, 3.2, row * table.row_height)
            elif isinstance(column, TickField):
                x, y, w, h = column.box
                sheet.frame((x, y + row * table.row_height, w, h))


def _sums(sheet: Sheet) -> None:
    for top, words, name in ((149, "概算払受領額", "advance"), (161, "差引精算額", "balance")):
        sheet.frame((LEFT, top, RIGHT - LEFT, 12), 0.25)
        sheet.label((LEFT, top, 37, 12), words, 3.3)
        x, y, w, h = sheet.box(name)
        sheet.text(x + w + 1, y + h / 2, "円", 3.4)
    sheet.text(122, 165, "※返納のときは", 2.3, GOTHIC)
    sheet.text(122, 169.5, "　▲を付ける", 2.3, GOTHIC)
    sheet.label((150, 149, 38, 12), "合計金額", 3.6)
    sheet.cells(sheet.box("total"), 8, (2, 5), "千百十万千百十円")
    sheet.text(264, 157, "※頭に¥を", 2.2, GOTHIC)
    sheet.label((150, 161, 38, 12), "支払方法", 3.6)
    sheet.choice("pay_by", 3.4)
    sheet.frame((LEFT, 173, RIGHT - LEFT, 10.5), 0.25)
    sheet.label((LEFT, 173, 37, 10.5), "自動車の使用", 3.3)
    sheet.tick("office_car", "公用車を使用した")
    sheet.tick("own_car", "私有車を使用した")
    sheet.label((150, 173, 38, 10.5), "私有車の承認番号", 3.1)
    sheet.cells(sheet.box("own_car_permit"), 5)


def _office(sheet: Sheet) -> None:
    sheet.text(
        LEFT,
        187.2,
        "（注）1 用務が2日以上にわたるときは、行を分けて記入してください。　2 路線は別表の番号です。",
        2.5,
        MINCHO,
    )
    for number, words in enumerate(("決裁", "課長", "課長補佐", "係長", "係員", "検算", "支払日")):
        left = 120 + number * 23.14
        sheet.frame((left, 189.5, 23.14, 13.5), 0.2)
        sheet.frame((left, 189.5, 23.14, 4), 0.2, TINT)
        sheet.text(left + 11.57, 191.6, words, 2.4, GOTHIC, "mm")
    sheet.text(LEFT, 201.5, f"蒼浜市総務課 職員-112（{sheet.edition}改訂）", 2.4, GOTHIC)
