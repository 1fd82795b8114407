"""様式第3号 口座振込依頼書（兼請求書）, one page upright."""

from forms.sheet import GOTHIC, MINCHO, TINT, Sheet

LEFT, RIGHT, LABEL = 18.0, 192.0, 34.0


def draw(sheet: Sheet) -> None:
    """The printed sheet."""
    sheet.text(LEFT, 13, "様式第3号（第8条関係）", 3)
    sheet.text(105, 22, "口座振込依頼書（兼請求書）", 6, GOTHIC, "mm")
    sheet.date("request_date", "令和", 4)
    sheet.text(LEFT + 2, 42, "（宛先）蒼 浜 市 長", 4.2)
    sheet.text(LEFT + 2, 50.5, "次の金額を請求します。支払金は、下記の預金口座に振り込んでください。", 3.6)
    _amount(sheet)
    _payee(sheet)
    _account(sheet)
    _content(sheet)
    _notes(sheet)


def _row(sheet: Sheet, top: float, height: float, words: str, size: float = 3.2) -> None:
    sheet.frame((LEFT, top, RIGHT - LEFT, height), 0.25)
    sheet.label((LEFT, top, LABEL, height), words, size)


def _amount(sheet: Sheet) -> None:
    x, y, w, h = sheet.box("amount")
    sheet.label((LEFT + 14, y, x - LEFT - 14, h), "請求金額", 4)
    sheet.cells((x, y, w, h), 9, (3, 6), "億千百十万千百十円")
    sheet.text(x + w + 2, y + h - 2.5, "※頭に¥を記入", 2.4, GOTHIC)


def _payee(sheet: Sheet) -> None:
    sheet.text(LEFT, 76.5, "1 請求者", 3.6, GOTHIC)
    x, y, w, h = sheet.box("postal_code")
    _row(sheet, 79, 20, "住  所/（所在地）")
    sheet.text(x - 5, y + h / 2, "〒", 4.4, anchor="mm")
    sheet.cells((x, y, w, h), 7, (3,))
    sheet.text(x + w + 4, y + h / 2, "※団体は主たる事務所の所在地", 2.4, GOTHIC)
    _row(sheet, 99, 7.5, "フリガナ", 3)
    sheet.cells(sheet.box("payee_kana"), 20)
    _row(sheet, 106.5, 13, "氏  名/（団体名・代表者名）", 2.9)
    x, y, w, h = sheet.box("payee_seal")
    sheet.pen.ellipse([round(v * 12) for v in (x + 5.5, y + 5.5, x + w - 5.5, y + h - 5.5)], outline=110, width=2)
    sheet.text(x + w / 2, y + h / 2, "印", 3, MINCHO, "mm")
    _row(sheet, 119.5, 10, "電話番号")
    sheet.text(140, 124.5, "（日中に連絡の取れる番号）", 2.6, GOTHIC)


def _account(sheet: Sheet) -> None:
    top = sheet.box("bank_code")[1] - 1.5
    sheet.text(LEFT, top - 3.5, "2 振込先口座（請求者本人の口座に限ります。）", 3.6, GOTHIC)
    _row(sheet, top, 11, "金融機関コード", 3)
    sheet.cells(sheet.box("bank_code"), 4)
    sheet.label((92, top, 28, 11), "支店コード", 3)
    sheet.cells(sheet.box("branch_code"), 3)
    sheet.text(149, top + 6, "※通帳の見返しをご覧ください", 2.2, GOTHIC)
    _row(sheet, top + 11, 12, "金融機関名", 3.2)
    sheet.label((120, top + 11, 14, 12), "支店名", 3)
    _row(sheet, top + 23, 11, "預金種目")
    sheet.choice("account_kind", 3.8)
    sheet.text(101, top + 28.5, "（○で囲む）", 2.3, GOTHIC)
    sheet.label((114, top + 23, 22, 11), "口座番号/（右詰め）", 2.7)
    sheet.cells(sheet.box("account_number"), 7)
    _row(sheet, top + 34, 10.5, "口座名義/（カタカナ）", 3)
    sheet.cells(sheet.box("holder_kana"), 20)
    sheet.text(
        LEFT + LABEL + 1,
        top + 47.3,
        "※通帳に記載されているとおり、左詰めで、姓と名の間を1マス空けて記入してください。",
        2.5,
        GOTHIC,
    )


def _content(sheet: Sheet) -> None:
    top = sheet.box("reason")[1] - 1
    sheet.text(LEFT, top - 3, "3 請求の内容", 3.6, GOTHIC)
    _row(sheet, top, 12, "内  容")
    _row(sheet, top + 12, 10.5, "添付書類")
    sheet.tick("with_invoice", "請求明細書")
    sheet.tick("with_passbook", "通帳の写し")
    sheet.tick("with_other", "その他（", 3.2)
    x, y, w, h = sheet.box("other_papers")
    sheet.text(x + w + 0.6, y + h / 2, "）", 3.2)
    _row(sheet, top + 22.5, 12, "振込通知")
    sheet.choice("notice_by", 3.8)
    sheet.text(86, top + 28.5, "（いずれかを○で囲んでください。通知は圧着はがきでお送りします。）", 2.6, GOTHIC)


def _notes(sheet: Sheet) -> None:
    notes = (
        "【記入上の注意】",
        "1 黒のボールペンで、太枠の中をはっきりと記入してください。消せるボールペンや鉛筆は使えません。",
        "2 請求金額の訂正はできません。書き損じたときは、新しい用紙に書き直してください。",
        "3 口座名義が請求者と異なるときは、委任状を添えてください。",
        "4 添付書類は、該当するものの□に印を付けてください。",
    )
    top = sheet.box("reason")[1] + 38.5
    for number, note in enumerate(notes[: int((258 - top) // 4.4) + 1]):
        sheet.text(LEFT + 1, top + number * 4.4, note, 2.7, GOTHIC if number == 0 else MINCHO)
    sheet.line(LEFT, 259, RIGHT, 259, 0.15, dashes=1.2)
    sheet.pen.rectangle([round(v * 12) for v in (92, 257.5, 118, 260.5)], fill=255)
    sheet.text(105, 259, "市役所使用欄", 2.4, GOTHIC, "mm")
    for number, words in enumerate(("受付", "審査", "課長", "係長", "担当", "支払")):
        left = LEFT + number * 29
        sheet.frame((left, 262, 29, 18), 0.2)
        sheet.frame((left, 262, 29, 4.5), 0.2, TINT)
        sheet.text(left + 14.5, 264.3, words, 2.6, GOTHIC, "mm")
    sheet.text(LEFT, 285, "蒼浜市会計課 財会-031", 2.4, GOTHIC)
    sheet.text(RIGHT, 285, f"{sheet.edition}改訂 A4", 2.4, GOTHIC, "rm")
