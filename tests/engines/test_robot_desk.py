"""A desk on real pages: what is read, what is typed, and what is never guessed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engines.conftest import NoSystem
from robots.desk import Desk
from robots.errors import (
    ScreenChangedError,
    SignInExpiredError,
    SystemUnavailableError,
    WrongScreenError,
)
from robots.session import Seat
from servers.site import Site, page, site

Work = Callable[[Any], Any]

ENTRY = page(
    "入力",
    """
<div class="notice"><p>記入例を見てください。</p></div>
<form method="post" action="/done">
<fieldset><legend>支払</legend><table>
<tr><th>金額 <span>必須</span></th><td><input name="amount" maxlength="10"> 円</td>
    <th>※支払日：</th><td><input name="day"></td></tr>
<tr><th>預金種目</th><td><select name="kind"><option value="">選択</option><option value="1">1 普通</option>
<option value="2">2 当座</option></select></td></tr>
<tr><th>区分</th><td><label><input type="radio" name="way" value="A">口座振替</label>
    <label><input type="radio" name="way" value="B">納付書</label></td></tr>
<tr><th>電話番号</th><td><input name="tel1">-<input name="tel2"></td></tr>
<tr><th>個人情報</th><td><input type="checkbox" name="personal"></td></tr>
<tr><th>債権者</th><td><input name="payee" readonly><input type="button" value="検索" onclick="location='/payees'"></td></tr>
<tr><th>銀行</th><td><input type="button" value="検索" onclick="location='/banks'"></td></tr>
<tr style="display:none"><th>旧項目</th><td><input name="old"></td></tr>
</table></fieldset>
<label for="memo">備考</label> <textarea id="memo" name="memo"></textarea>
<input type="hidden" name="token" value="x">
<input type="submit" value="確認">
</form><a href="/list">一覧</a>
""",
)
SHOWN = page(
    "照会",
    """
<table><tr><th>伝票番号</th><td>2026-1</td><th>金額</th><td>12,345
  円</td></tr><tr><th>摘要</th><td>紙　代</td></tr></table>
<dl><dt>登録者:</dt><dd>会計課</dd></dl>
<table><thead><tr><th>番号</th><th>名称</th></tr></thead><tr><td>1</td><td>紙</td></tr><tr><td>2</td><td>筆</td></tr></table>
<div class="errors"><ul><li>金額を入力してください。</li><li>日付が違います。</li></ul></div>
""",
)


@pytest.fixture
def pages() -> Iterator[Site]:
    with site(start=page("開始", ""), entry=ENTRY, slip=SHOWN, done=page("完了", "")) as made:
        yield made


@pytest.fixture
def desk(seat_at: Callable[..., Seat], pages: Site) -> Desk:
    return seat_at(NoSystem(), pages.url, timeout=3.0).entry


def test_fields_are_known_by_the_words_beside_them(work: Work, desk: Desk) -> None:
    work(desk.open("/entry", "入力"))
    labels = ["金額", "支払日", "預金種目", "区分", "電話番号[1]", "電話番号[2]", "個人情報", "債権者", "備考"]
    assert list(work(desk.fields())) == labels


def test_all_kinds_of_fields_are_filled_at_once_and_sent(work: Work, desk: Desk, pages: Site) -> None:
    work(desk.open("/entry", "入力"))
    values = {"金額": "500", "預金種目": "2 当座", "区分": "B", "電話番号[2]": "1234", "個人情報": "1", "備考": "至急"}
    work(desk.fill(values))
    assert {label: text for label, text in work(desk.fields()).items() if text} == {**values, "預金種目": "2"}
    work(desk.press("確認"))
    assert work(desk.expect("完了")) == "完了"
    (sent,) = pages.posts()
    assert "amount=500" in sent
    assert "kind=2&way=B&tel1=&tel2=1234&personal=on" in sent


def test_typing_makes_the_events_that_a_keyboard_makes(work: Work, desk: Desk, pages: Site) -> None:
    told = "document.querySelector('b').textContent += event.type + ' '"
    pages.pages["/events"] = page("入力", f"<b></b><table><tr><th>名</th><td><input oninput=\"{told}\" onchange=\"{told}\" "
                                  f'onfocus="{told}" onblur="{told}"></td></tr></table>')  # fmt: skip
    work(desk.open("/events", "入力"))
    work(desk.fill({"名": "花子"}))
    assert work(desk.page.inner_text("b")).split() == ["focus", "input", "change", "blur"]


def test_text_longer_than_the_field_is_cut_as_typing_would_be(work: Work, desk: Desk) -> None:
    work(desk.open("/entry", "入力"))
    work(desk.fill({"金額": "12345678901234"}))
    assert work(desk.fields())["金額"] == "1234567890"


@pytest.mark.parametrize("label", ["請求金額", "金", "旧項目", "token", "債権者"])
def test_a_label_that_is_not_there_or_cannot_be_typed_into_stops_before_anything_is_typed(
    work: Work, desk: Desk, label: str
) -> None:
    work(desk.open("/entry", "入力"))
    with pytest.raises(ScreenChangedError) as caught:
        work(desk.fill({"金額": "500", label: "1"}))
    assert caught.value.evidence["screen"] == "入力"
    assert str(caught.value.evidence["missing"]).startswith(label)
    assert work(desk.page.input_value("[name=amount]")) == ""


def test_two_fields_of_one_label_are_never_chosen_between(work: Work, desk: Desk, pages: Site) -> None:
    row = "<table><tr><th>口座番号</th><td><input></td></tr></table>"
    pages.pages["/twice"] = page("入力", row + row)
    work(desk.open("/twice", "入力"))
    with pytest.raises(ScreenChangedError, match="口座番号 ×2"):
        work(desk.fill({"口座番号": "1234567"}))


def test_a_choice_that_is_not_offered_is_a_changed_screen(work: Work, desk: Desk) -> None:
    work(desk.open("/entry", "入力"))
    with pytest.raises(ScreenChangedError, match="預金種目: 4"):
        work(desk.fill({"預金種目": "4"}))


def test_pairs_lists_and_objections_are_read(work: Work, desk: Desk) -> None:
    work(desk.open("/slip", "照会"))
    assert work(desk.shown()) == {"伝票番号": "2026-1", "金額": "12,345 円", "摘要": "紙 代", "登録者": "会計課"}
    assert work(desk.table()) == [{"番号": "1", "名称": "紙"}, {"番号": "2", "名称": "筆"}]
    assert work(desk.message()) == "金額を入力してください。\n日付が違います。"
    assert work(desk.text("伝票番号")) == "2026-1"
    with pytest.raises(ScreenChangedError, match="受付番号"):
        work(desk.text("受付番号"))


def test_a_notice_is_no_objection(work: Work, desk: Desk) -> None:
    work(desk.open("/entry", "入力"))
    assert work(desk.message()) == ""
    assert work(desk.notice()) == "記入例を見てください。"


def test_a_button_is_pressed_beside_its_label_and_never_one_of_two(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/banks"] = page("銀行検索", "")
    work(desk.open("/entry", "入力"))
    with pytest.raises(ScreenChangedError, match="検索 ×2"):
        work(desk.press("検索"))
    work(desk.press("検索", beside="銀行"))
    assert work(desk.expect("銀行検索")) == "銀行検索"


def test_a_link_is_followed(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/list"] = page("一覧", "")
    work(desk.open("/entry", "入力"))
    work(desk.press("一覧"))
    work(desk.expect("一覧"))


def test_a_page_that_only_changes_itself_is_read_again(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/script"] = page(
        "入力",
        "<div class=errors></div><button onclick=\"document.querySelector('.errors').textContent='日付が違います'\">確認</button>",
    )
    work(desk.open("/script", "入力"))
    work(desk.press("確認"))
    assert work(desk.message()) == "日付が違います"


def test_a_page_that_goes_on_by_itself_is_read_where_it_ends(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/forward"] = page("移動", "<script>location.replace('/slip')</script>")
    work(desk.open("/forward", "照会"))


def test_another_page_than_the_expected_one_is_named(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/entry"] = page("重要なお知らせ", "<p>年末の停止について</p>")
    with pytest.raises(WrongScreenError) as caught:
        work(desk.open("/entry", "入力"))
    assert caught.value.evidence == {"expected": "入力", "found": "重要なお知らせ"}


def test_a_login_page_means_that_the_sign_in_has_ended(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/entry"] = page("ログイン", "<input type=password>")
    with pytest.raises(SignInExpiredError):
        work(desk.open("/entry", "入力"))


@pytest.mark.parametrize(("status", "heading"), [(500, "システムエラー"), (503, "保守中"), (200, "ただいま保守中です")])
def test_an_error_or_maintenance_page_means_that_the_system_is_not_there(
    work: Work, desk: Desk, pages: Site, status: int, heading: str
) -> None:
    pages.pages["/entry"] = (status, page(heading, ""))
    with pytest.raises(SystemUnavailableError, match=str(status) if status != 200 else heading):
        work(desk.open("/entry", "入力"))


def test_a_system_that_does_not_answer_is_not_waited_for_longer_than_told(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/wait"] = page("入力", "<form action=/slow-done><button>確認</button></form>")
    work(desk.open("/wait", "入力"))
    with pytest.raises(SystemUnavailableError, match="3 s"):
        work(desk.press("確認"))
    with pytest.raises(SystemUnavailableError, match="3 s"):
        work(desk.look("/slow-list", "一覧"))
    with pytest.raises(SystemUnavailableError, match="3 s"):
        work(desk.open("/slow-entry", "入力"))


def test_a_closed_door_is_told_as_what_it_is(work: Work, seat_at: Callable[..., Seat]) -> None:
    with site(start=page("開始", ""), entry=page("入力", "<form action=/done><button>確認</button></form>")) as own:
        desk = seat_at(NoSystem(), own.url, timeout=3.0).entry
        work(desk.open("/entry", "入力"))
    with pytest.raises(SystemUnavailableError, match=r"net::ERR|Failed to fetch"):
        work(desk.look("/list", "一覧"))

    async def press() -> None:
        await desk.press("確認")
        await desk.expect("完了")

    with pytest.raises(SystemUnavailableError, match="net::ERR"):
        work(press())
    with pytest.raises(SystemUnavailableError, match="net::ERR_CONNECTION_REFUSED"):
        work(desk.open("/entry", "入力"))


def test_looking_up_leaves_what_is_being_typed_alone(work: Work, desk: Desk) -> None:
    work(desk.open("/entry", "入力"))
    work(desk.fill({"金額": "500"}))
    found = work(desk.look("/slip?text=DL1", "照会"))
    assert found.table()[1] == {"番号": "2", "名称": "筆"}
    assert work(desk.page.input_value("[name=amount]")) == "500"
    assert work(desk.expect("入力")) == "入力"


def test_a_csv_is_read_in_the_encoding_of_the_system(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/list.csv"] = (200, '番号,名称\r\n1,"紙,白"\r\n', {"Content-Type": "text/csv"})
    work(desk.open("/entry", "入力"))
    assert work(desk.csv("/list.csv", "utf-8")) == [{"番号": "1", "名称": "紙,白"}]


def test_a_login_page_instead_of_a_csv_is_no_csv(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/list.csv"] = page("ログイン", "<input type=password>")
    with pytest.raises(SignInExpiredError):
        work(desk.csv("/list.csv"))


@pytest.mark.parametrize("box", ["alert('停止します')", "confirm('停止します')", "prompt('停止します')"])
def test_a_message_box_is_refused_and_reported(work: Work, desk: Desk, pages: Site, box: str) -> None:
    pages.pages["/boxed"] = page("入力", f"<script>if ({box}) document.title = 'taken'</script>")
    with pytest.raises(WrongScreenError, match="停止します"):
        work(desk.open("/boxed", "入力"))
    assert work(desk.page.title()) == "入力"


def test_a_question_that_the_flow_knows_is_answered_with_yes(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/asks"] = page(
        "入力", "<form action=/done onsubmit=\"return confirm('よろしいですか')\"><button>確認</button></form>"
    )
    desk.answers = ("よろしいですか",)
    work(desk.open("/asks", "入力"))
    work(desk.press("確認"))
    work(desk.expect("完了"))


def test_a_window_that_opens_by_itself_is_closed_and_reported(work: Work, desk: Desk, pages: Site) -> None:
    pages.pages["/notice"] = page("お知らせ", "")
    pages.pages["/opens"] = page("入力", "<button onclick=\"window.open('/notice')\">確認</button>")
    work(desk.open("/opens", "入力"))
    with pytest.raises(WrongScreenError, match=r"お知らせ|notice|blank"):
        work(desk.press("確認"))


def test_asking_another_house_is_refused(work: Work, desk: Desk) -> None:
    with pytest.raises(SystemUnavailableError, match="outside"):
        work(desk.fetch("http://127.0.0.2:1/list.csv"))
