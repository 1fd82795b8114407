"""個人番号届, half a sheet across; for tests only."""

from forms.sheet import GOTHIC, MINCHO, Sheet

LEFT, RIGHT, LABEL = 18.0, 192.0, 34.0


def draw(sheet: Sheet) -> None:
    """The printed sheet."""
    sheet.text(LEFT, 10, "様式第9号（第3条関係）", 3)
    sheet.text(105, 19, "個　人　番　号　届", 6, GOTHIC, "mm")
    sheet.date("report_date", "令和", 4)
    sheet.text(LEFT, 38, "（宛先）蒼浜市長", 4)
    rows = (
        (45, 12, "氏　名"),
        (57, 10, "フリガナ"),
        (67, 15, "個人番号"),
        (82, 11, "電話番号"),
        (93, 13, "届出の理由"),
    )
    for top, height, words in rows:
        sheet.frame((LEFT, top, RIGHT - LEFT, height))
        sheet.label((LEFT, top, LABEL, height), words, 3.4)
    sheet.cells(sheet.box("personal_number"), 12, (4, 8))
    sheet.choice("reason", 3.8)
    x, y, w, h = sheet.box("seal")
    sheet.text(x + w / 2, y + h / 2, "印", 3, MINCHO, "mm")
    sheet.text(
        LEFT, 112, "※ 個人番号カード又は通知カードの写しを添えてください。この用紙は鍵のかかる所に保管します。", 2.7
    )
    sheet.text(LEFT, 138, f"蒼浜市総務課 番号-002（{sheet.edition}）", 2.4, GOTHIC)
