"""様式第1号 就学援助費受給申請書, a sheet printed on both sides."""

from forms.sheet import GOTHIC, MINCHO, Sheet
from ocr.definition.form import ChoiceField

LEFT, RIGHT = 18.0, 192.0
HOUSEHOLD = (18.0, 24.0, 62.0, 100.0, 114.0, 146.0, 169.0, 192.0)
PUPILS = (18.0, 88.0, 102.0, 118.0, 192.0)


def draw(sheet: Sheet) -> None:
    """The printed side: front or back."""
    if "application_date" in sheet.fields:
        _front(sheet)
    else:
        _back(sheet)


def _front(sheet: Sheet) -> None:
    sheet.text(LEFT, 12, "様式第1号（第4条関係）", 3)
    sheet.text(105, 20, "令和8年度　就学援助費受給申請書", 6, GOTHIC, "mm")
    sheet.text(LEFT, 33, "（宛先）蒼浜市教育委員会", 4)
    sheet.date("application_date", "令和", 4)
    sheet.text(LEFT, 41, "次のとおり就学援助費の受給を申請します。", 3.4)
    sheet.text(LEFT, 46.5, "1 申請者（保護者）", 3.6, GOTHIC)
    _guardian(sheet)
    _household(sheet)
    _reasons(sheet)
    _money(sheet)
    for number, note in enumerate(
        (
            "※ 黒のボールペンで記入してください。世帯の状況は、申請者本人を除いて、同じ家計の方を全員記入してください。",
            "※ 申請の理由は、当てはまるものすべての□に印を付けてください。「その他」のときは説明を必ず記入してください。",
            "※ 収入の分かる書類（源泉徴収票、確定申告書の控えなど）の写しを添えてください。",
        )
    ):
        sheet.text(LEFT, sheet.box("income")[1] + 25.5 + number * 4.5, note, 2.6)
    sheet.text(RIGHT, sheet.box("income")[1] + 41.5, "裏面もご記入ください ▶", 3.2, GOTHIC, "rm")
    sheet.text(LEFT, 284, f"蒼浜市教育委員会 学教-007（{sheet.edition}）", 2.4, GOTHIC)
    sheet.text(RIGHT, 284, "表", 2.8, GOTHIC, "rm")


def _guardian(sheet: Sheet) -> None:
    sheet.frame((LEFT, 50, RIGHT - LEFT, 55), 0.35)
    sheet.label((LEFT, 50, 30, 7.5), "フリガナ", 2.8)
    sheet.line(48, 57.5, 130, 57.5, 0.15, dashes=0.8)
    sheet.label((LEFT, 57.5, 30, 12.5), "氏　名", 3.4)
    x, y, w, h = sheet.box("guardian_seal")
    sheet.text(x + w / 2, y + h / 2, "印", 3, MINCHO, "mm")
    sheet.label((130, 50, 20, 20), "生年月日", 2.9)
    sheet.choice("guardian_era", 3.6)
    sheet.date("guardian_birthday", "", 3)
    sheet.line(LEFT, 70, RIGHT, 70)
    sheet.label((LEFT, 70, 30, 26), "住　所", 3.4)
    x, y, w, h = sheet.box("postal_code")
    sheet.text(x - 3, y + h / 2, "〒", 4.2, anchor="mm")
    sheet.line(x, y + h, x + w, y + h, 0.15)
    x, y, w, h = sheet.box("address")
    sheet.line(x, y + h / 2, x + w, y + h / 2, 0.12, dashes=0.8)
    sheet.line(LEFT, 96, RIGHT, 96)
    sheet.label((LEFT, 96, 30, 9), "電話番号", 3.2)
    sheet.label((104, 96, 28, 9), "世帯人数", 3)
    sheet.text(147, 100.5, "人", 3.2)
    sheet.label((151, 96, 12, 9), "住まい", 2.6)
    sheet.choice("housing", 3.4)


def _household(sheet: Sheet) -> None:
    table = sheet.table("household")
    top = sheet.row_top("household")
    sheet.text(LEFT, top - 9.3, "2 世帯の状況", 3.6, GOTHIC)
    sheet.text(48, top - 9.3, "（申請者以外の方。生年月日は「H23.4.5」のように記入しても構いません。）", 2.5, GOTHIC)
    sheet.ruled(
        "household", HOUSEHOLD, ("", "氏名", "フリガナ", "続柄", "生年月日", "同居・別居", "職業・学年"), 6, 2.8
    )
    for row in range(table.rows):
        sheet.text(21, top + (row + 0.5) * table.row_height, str(row + 1), 2.8, GOTHIC, "mm")
        for column in table.columns:
            if isinstance(column, ChoiceField):
                sheet.options(column, 3, row * table.row_height)


def _reasons(sheet: Sheet) -> None:
    top = sheet.box("welfare_ended")[1] - 2.5
    sheet.text(LEFT, top - 3, "3 申請の理由", 3.6, GOTHIC)
    sheet.frame((LEFT, top, RIGHT - LEFT, 43), 0.35)
    for name, words in (
        ("welfare_ended", "生活保護が停止又は廃止された"),
        ("tax_free", "市民税が非課税又は減免されている"),
        ("pension_free", "国民年金の保険料が免除されている"),
        ("child_allowance", "児童扶養手当を受けている"),
        ("lost_income", "失業又は収入の大きな減少"),
        ("other_reason", "その他（下に説明を記入）"),
    ):
        sheet.tick(name, words, 3.3)
    sheet.line(LEFT, top + 23.5, RIGHT, top + 23.5)
    sheet.label((LEFT, top + 23.5, 30, 19.5), "理由の説明", 3.2)
    x, y, w, h = sheet.box("reason_detail")
    sheet.line(x, y + h / 2, x + w, y + h / 2, 0.12, dashes=0.8)


def _money(sheet: Sheet) -> None:
    top = sheet.box("income")[1] - 0.5
    sheet.text(LEFT, top - 2.7, "4 収入など", 3.6, GOTHIC)
    sheet.frame((LEFT, top, RIGHT - LEFT, 20), 0.35)
    sheet.line(LEFT, top + 10, RIGHT, top + 10)
    sheet.label((LEFT, top, 44, 10), "前年の世帯の総所得", 3)
    sheet.text(105, top + 5, "円", 3.2)
    sheet.label((110, top, 28, 10), "家賃（月額）", 2.9)
    sheet.text(179, top + 5, "円", 3.2)
    sheet.label((LEFT, top + 10, 44, 10), "市内に住み始めた日", 3)
    sheet.text(63.5, top + 15, "西暦", 3.2)
    sheet.label((114, top + 10, 26, 10), "通学の方法", 2.9)
    sheet.choice("commute", 3.4)


def _back(sheet: Sheet) -> None:
    sheet.text(105, 15, "就学援助費受給申請書（裏面）", 4.6, GOTHIC, "mm")
    sheet.text(LEFT, 26, "5 援助を希望する費目（希望するものすべてに印を付けてください。）", 3.6, GOTHIC)
    sheet.frame((LEFT, 29.5, RIGHT - LEFT, 19), 0.35)
    sheet.choice("wishes", 3.4)
    sheet.text(LEFT, 54, "6 援助を受ける児童生徒", 3.6, GOTHIC)
    sheet.ruled("pupils", PUPILS, ("学校名", "学年", "組", "児童生徒氏名"), 6.5, 3)
    table, top = sheet.table("pupils"), sheet.row_top("pupils")
    for row in range(table.rows):
        x, y, w, h = next(column.box for column in table.columns if column.name == "grade")  # type: ignore[union-attr]
        sheet.cells((x, y + row * table.row_height, w, h), 1)
        sheet.text(100, top + (row + 0.5) * table.row_height, "年", 2.6, anchor="mm")
    _account(sheet)
    _consent(sheet)
    sheet.text(LEFT, 284, f"蒼浜市教育委員会 学教-007（{sheet.edition}）", 2.4, GOTHIC)
    sheet.text(RIGHT, 284, "裏", 2.8, GOTHIC, "rm")


def _account(sheet: Sheet) -> None:
    sheet.text(LEFT, 104, "7 振込先口座（申請者名義の口座に限ります。）", 3.6, GOTHIC)
    sheet.frame((LEFT, 107, RIGHT - LEFT, 53), 0.35)
    sheet.tick("same_account", "前年度と同じ口座を希望する")
    sheet.tick("new_account", "次の口座を希望する（下欄を記入）")
    for top in (118, 129, 140, 151):
        sheet.line(LEFT, top, RIGHT, top)
    sheet.label((LEFT, 118, 34, 11), "金融機関コード", 3)
    sheet.cells(sheet.box("bank_code"), 4)
    sheet.label((92, 118, 30, 11), "支店コード", 3)
    sheet.cells(sheet.box("branch_code"), 3)
    sheet.label((LEFT, 129, 34, 11), "金融機関名", 3.1)
    sheet.label((120, 129, 16, 11), "支店名", 3)
    sheet.label((LEFT, 140, 34, 11), "預金種目", 3.2)
    sheet.choice("account_kind", 3.8)
    sheet.label((104, 140, 26, 11), "口座番号/（右詰め）", 2.7)
    sheet.cells(sheet.box("account_number"), 7)
    sheet.label((LEFT, 151, 34, 9), "口座名義（カナ）", 2.9)
    sheet.cells(sheet.box("holder_kana"), 20)


def _consent(sheet: Sheet) -> None:
    sheet.text(LEFT, 168, "8 同意", 3.6, GOTHIC)
    sheet.frame((LEFT, 171, RIGHT - LEFT, 76), 0.35)
    for number, words in enumerate(
        (
            "1 教育委員会が、就学援助の認定のために、私の世帯の住民登録、市民税の課税状況及び児童扶養手当の受給",
            "　 状況を関係する課に照会し、確認すること。",
            "2 学校納付金に未納があるときは、就学援助費を学校長が受領し、未納分に充てること。",
            "3 認定された後に世帯の状況が変わったときは、速やかに教育委員会へ届け出ること。",
        )
    ):
        sheet.text(LEFT + 5, 178 + number * 6, words, 3.1)
    sheet.choice("consent", 3.8)
    sheet.date("consent_date", "西暦", 3.6)
    sheet.text(42, 235, "氏　名", 3.8)
    x, y, w, h = sheet.box("consent_name")
    sheet.line(x, y + h, x + w + 22, y + h, 0.2)
    x, y, w, h = sheet.box("consent_seal")
    sheet.text(x + w / 2, y + h / 2, "印", 3, MINCHO, "mm")
    sheet.frame((132, 252, 60, 26), 0.2)
    sheet.text(162, 255, "教育委員会使用欄", 2.4, GOTHIC, "mm")
    sheet.line(132, 257.5, 192, 257.5, 0.15)
    sheet.text(LEFT, 256, "※ 同意しない場合は、所得証明書などの添付が必要です。", 2.7)
    sheet.text(LEFT, 261, "※ 署名は自署でお願いします。", 2.7)
