"""Papers of the same office that no definition knows. Each is drawn on a page without fields, and says where people write."""

from collections.abc import Callable

from forms.sheet import GOTHIC, Box, Sheet
from ocr.definition.form import Form, FormPage

UPRIGHT, ACROSS = (210.0, 297.0), (297.0, 210.0)


def hall(sheet: Sheet) -> list[Box]:
    """公民館使用許可申請書."""
    sheet.text(18, 14, "様式第5号（第7条関係）", 3)
    sheet.text(105, 26, "公民館使用許可申請書", 6, GOTHIC, "mm")
    sheet.text(20, 42, "（宛先）蒼浜市教育委員会", 4)
    boxes = []
    rows = (
        "団体名",
        "代表者",
        "住所",
        "電話番号",
        "使用日時",
        "使用場所",
        "使用目的",
        "使用人数",
        "備品",
        "冷暖房",
        "備考",
    )
    for number, words in enumerate(rows):
        top = 60 + number * 15
        sheet.frame((20, top, 170, 15))
        sheet.label((20, top, 40, 15), words)
        boxes.append((62.0, top + 2, 120.0, 11.0))
    sheet.text(20, 240, "上記のとおり使用を許可する。", 3.6)
    sheet.frame((120, 248, 70, 26))
    sheet.text(20, 285, "蒼浜市教育委員会 社教-014", 2.4, GOTHIC)
    return boxes


def new_account(sheet: Sheet) -> list[Box]:
    """口座変更届: much like the request for a bank transfer, but another paper."""
    sheet.text(18, 13, "様式第7号（第11条関係）", 3)
    sheet.text(105, 24, "口座振替先変更届出書", 6, GOTHIC, "mm")
    sheet.text(20, 42, "（宛先）蒼 浜 市 長", 4.2)
    boxes = []
    for number, (words, height) in enumerate((("住　所", 12), ("フリガナ", 8), ("氏　名", 13), ("電話番号", 10))):
        top = 55 + number * 14
        sheet.frame((18, top, 174, height))
        sheet.label((18, top, 34, height), words)
        boxes.append((54.0, top + 1, 110.0, height - 2.0))
    for block, words in enumerate(("変更前の口座", "変更後の口座")):
        top = 122 + block * 62
        sheet.text(18, top - 4, words, 3.6, GOTHIC)
        for number, row in enumerate(("金融機関名", "支店名", "口座番号", "口座名義")):
            sheet.frame((18, top + number * 12, 174, 12))
            sheet.label((18, top + number * 12, 34, 12), row)
            boxes.append((54.0, top + number * 12 + 1.5, 100.0, 9.0))
        sheet.cells((52, top + 24, 77, 12), 7)
    sheet.text(18, 285, "蒼浜市会計課 財会-044", 2.4, GOTHIC)
    return boxes


def letter(sheet: Sheet) -> list[Box]:
    """A letter that lay among the forms."""
    sheet.text(190, 30, "蒼総第１２３号", 3.6, anchor="rm")
    sheet.text(20, 46, "自治会長　各位", 4)
    sheet.text(105, 70, "防災行政無線の試験放送について（お知らせ）", 4.6, GOTHIC, "mm")
    lines = (
        "　時下ますます御清栄のこととお喜び申し上げます。日頃から市政に御協力をいただき、",
        "厚くお礼申し上げます。さて、次のとおり試験放送を行いますので、地域の皆様への周知を",
        "お願いいたします。なお、当日の天候により中止することがあります。",
        "　御不明な点がありましたら、下記までお問い合わせください。",
    )
    for number in range(16):
        sheet.text(20, 86 + number * 9, lines[number % len(lines)], 3.9)
    return [(120.0, 250.0, 60.0, 10.0)]


def order(sheet: Sheet) -> list[Box]:
    """旅行命令簿: a table across, like the travel claim, but another paper."""
    sheet.text(15, 10, "様式第11号（第14条関係）", 3)
    sheet.text(148, 17, "旅　行　命　令　簿", 6.5, GOTHIC, "mm")
    edges = (15.0, 50.0, 110.0, 190.0, 230.0, 256.0, 282.0)
    heads = ("旅行の日", "行先", "用務", "旅行者", "命令印", "復命")
    boxes = []
    for number in range(11):
        top = 30 + number * 14
        for left, right, words in zip(edges, edges[1:], heads, strict=False):
            if number == 0:
                sheet.label((left, top, right - left, 14), words)
            else:
                sheet.frame((left, top, right - left, 14))
        if 0 < number < 6:
            boxes += [(51.0, top + 2.0, 57.0, 10.0), (111.0, top + 2.0, 77.0, 10.0)]
    sheet.text(15, 201.5, "蒼浜市総務課 職員-110", 2.4, GOTHIC)
    return boxes


STRANGERS: tuple[tuple[str, tuple[float, float], Callable[[Sheet], list[Box]]], ...] = (
    ("hall-use", UPRIGHT, hall),
    ("new-account", UPRIGHT, new_account),
    ("letter", UPRIGHT, letter),
    ("travel-order", ACROSS, order),
)


def printed(number: int) -> tuple[Sheet, list[Box]]:
    """One of the strangers from the press, and where to write on it."""
    name, size, draw = STRANGERS[number % len(STRANGERS)]
    page = FormPage(blank="none.png", size=size, fields=())
    sheet = Sheet(Form(id=name, revision="2025-04", title=name, pages=(page,)), 1)
    return sheet, draw(sheet)
