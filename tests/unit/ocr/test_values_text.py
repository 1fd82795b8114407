"""Names stay as read to the last stroke; other writing is put right where the definition says so; ditto marks are copied by nobody."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ocr.definition.form import Column, Normalise, TextField
from ocr.records import Evidence, Reading
from ocr.values.parse import parse
from ocr.values.parsed import Parsed, Surroundings
from ocr.values.script import by_neighbours
from ocr.values.text import VARIANTS, free
from ocr.values.width import narrow, widen_kana

BOX = (10.0, 10.0, 60.0, 8.0)
ALL = tuple(Normalise)
COLUMN: TypeAdapter[Column] = TypeAdapter(Column)


def read(written: str, ink: float = 0.02, **more: Any) -> Parsed:
    field = TextField.model_validate({"name": "x", "label": "欄", "type": "text", "box": BOX, **more})
    return parse(field, Evidence("x", BOX, reading=Reading(written), ink=ink), Surroundings("x", date(2026, 11, 21)))


@given(st.text(min_size=1).filter(str.strip))
def test_a_name_is_never_changed(written: str) -> None:
    assert read(written, nature="name", normalise=ALL).value == written


COMPATIBLE = ["\ufa10田", "\ufa19山", "\ufa1b永"]
RARE = ["髙橋", "山﨑", "渡邉", "渡邊", "齋藤", "𠮷田", *COMPATIBLE, "德川", "瀨戸", "エ藤", "ニ宮", "Ｊｏｈｎ", "〜〜"]


@pytest.mark.parametrize("name", RARE)
def test_rare_and_compatible_characters_of_names_stay(name: str) -> None:
    """X22, X25 and section 8: no NFC, no NFKC."""
    assert read(name, nature="name", normalise=ALL).value == name


def test_normalisation_would_have_changed_compatible_characters() -> None:
    assert all(unicodedata.normalize("NFC", name) != name == read(name, nature="name").value for name in COMPATIBLE)


def test_a_name_in_mixed_scripts_is_a_sign_of_doubt_only() -> None:
    assert read("エ藤", nature="name") == Parsed("エ藤", signs={"script_doubt": 1.0})
    assert read("工藤", nature="name") == Parsed("工藤")


def test_a_form_that_recognisers_give_for_the_usual_one_is_left_to_a_person() -> None:
    parsed = read("中村惠子", nature="name")
    assert parsed.value == "中村惠子"
    assert [(finding.code, finding.evidence) for finding in parsed.findings] == [
        ("name-variant", {"read": "惠", "usual": "恵"})
    ]
    assert read("中村恵子", nature="name") == Parsed("中村恵子")


def test_a_character_that_may_hide_one_the_recogniser_does_not_know_is_a_sign() -> None:
    assert read("高橋吉郎", nature="name") == Parsed("高橋吉郎", signs={"variant_hidden": 2.0})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("カ一ド", "カード"),
        ("コピ一", "コピー"),
        ("コニ一", "コニー"),
        ("力メラ", "カメラ"),
        ("工アコン", "エアコン"),
        ("二ュース", "ニュース"),
        ("口ーン", "ローン"),
        ("千ーム", "チーム"),
        ("デー夕", "データ"),
        ("ポス卜", "ポスト"),
        ("りンゴ", "リンゴ"),
        ("クりーム", "クリーム"),
        ("へルメット", "ヘルメット"),
        ("エ事", "工事"),
        ("大エ場", "大工場"),
        ("協カ", "協力"),
        ("窓ロ", "窓口"),
        ("ロ座振替", "口座振替"),
        ("ニ階", "二階"),
        ("ハ月", "八月"),
        ("タ方", "夕方"),
        ("チ円", "千円"),
        ("才能", "才能"),
        ("あリがとう", "ありがとう"),
        ("取リ扱い", "取り扱い"),
        ("東ヘ", "東へ"),
        ("ー般会計", "一般会計"),
        ("1ー2ー3", "1-2-3"),
        ("港町１一２", "港町１-２"),
    ],
)
def test_a_shape_of_two_scripts_is_read_by_its_neighbours(written: str, meant: str) -> None:
    assert by_neighbours(written) == meant
    assert by_neighbours(meant) == meant


UNTOLD = """
    人口 口コミ 第二号 二トン 八ミリ 3カ月 二カ国 5カ年 タイル工 セメント工場 スキー一日券 コース一覧 統一 一一〇 イ、ロ、ハ 東京ー大阪
    力仕事 カ 一 ー A-B リフト券 家へ帰る トンネル カニ
"""


@pytest.mark.parametrize("written", ["", *UNTOLD.split()])
def test_where_the_neighbours_do_not_tell_nothing_is_changed(written: str) -> None:
    assert by_neighbours(written) == written


@given(st.text(alphabet="エ工カ力ニ二ロ口ー一りリヘへタ夕アイ山川あ12 、"))
def test_reading_by_neighbours_keeps_the_length_and_comes_to_rest(written: str) -> None:
    once = by_neighbours(written)
    assert len(once) == len(written)
    assert by_neighbours(by_neighbours(by_neighbours(once))) == by_neighbours(by_neighbours(once))


def test_a_change_by_neighbours_is_a_sign_for_calibration() -> None:
    assert read("コピ一用紙とカ一ド") == Parsed("コピ一用紙とカード", signs={"script_changed": 1.0})


def test_each_kind_of_normalisation_does_its_own_and_no_more() -> None:
    written = "ＡＢ１２（３）　 ｶﾞｽ收入 "
    assert free(written, ()) == written
    assert free(written, (Normalise.WIDTH,)) == "AB12（3）　 ガス收入 "
    assert free(written, (Normalise.SPACES,)) == "ＡＢ１２（３） ｶﾞｽ收入"
    assert free(written, (Normalise.VARIANTS,)) == "ＡＢ１２（３）　 ｶﾞｽ収入 "


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("本町3〇4", "本町304"),
        ("2丁目48-26.", "2丁目48-26"),
        ("小学6年.", "小学6年"),
        ("三〇一号", "三〇一号"),
        ("1等級…", "1等級…"),
        ("株式会社A.B.", "株式会社A.B."),
        ("予算、決算", "予算、決算"),
        ("3〇", "3〇"),
    ],
)
def test_a_round_zero_within_a_number_and_a_speck_at_the_end_are_put_right(written: str, meant: str) -> None:
    assert free(written, (Normalise.SPACES,)) == meant


def test_every_variant_leads_to_a_character_of_office_japanese_and_no_further() -> None:
    for old, new in VARIANTS.items():
        assert new.encode("cp932").decode("cp932") == new
        assert ord(new) not in VARIANTS, chr(old)
        assert not is_everyday(chr(old)), chr(old)


def is_everyday(character: str) -> bool:
    """Kanji of JIS level 1: what people write."""
    try:
        code = int.from_bytes(character.encode("cp932"), "big")
    except UnicodeEncodeError:
        return False
    return 0x889F <= code <= 0x9872


@given(st.text())
def test_widths_change_no_kanji(written: str) -> None:
    kanji = [character for character in written if "一" <= character <= "鿿" or "豈" <= character <= "﫿"]
    assert [c for c in widen_kana(narrow(written)) if "一" <= c <= "鿿" or "豈" <= c <= "﫿"] == kanji


@pytest.mark.parametrize("mark", ["〃", "同上", "々", "同じ", "上に同じ", '"', "″", " 〃 "])
def test_a_ditto_mark_is_told_and_never_copied(mark: str) -> None:
    """P22."""
    parsed = read(mark)
    assert [finding.code for finding in parsed.findings] == ["ditto-mark"]
    assert parsed.value == mark


@pytest.mark.parametrize("type_of_field", ["digits", "amount", "kana", "bank-code"])
def test_a_ditto_mark_that_the_alphabet_hid_gives_no_value(type_of_field: str) -> None:
    field = COLUMN.validate_python({"name": "x", "label": "欄", "type": type_of_field, "box": BOX})
    for shown in ("11", ""):
        evidence = Evidence("x", BOX, reading=Reading(shown, free="〃"), ink=0.02)
        parsed = parse(field, evidence, Surroundings("x", date(2026, 11, 21)))
        assert (parsed.value, [finding.code for finding in parsed.findings]) == ("", ["ditto-mark"])


def test_the_repetition_mark_within_a_name_is_no_ditto_mark() -> None:
    assert read("佐々木", nature="name") == Parsed("佐々木")


def test_writing_that_gave_no_character_is_told() -> None:
    assert [finding.code for finding in read("", ink=0.05).findings] == ["writing-unread"]
    assert read("", ink=0.0) == Parsed("")


def test_what_is_required_must_be_there() -> None:
    assert [finding.code for finding in read("", ink=0.0, required=True).findings] == ["value-missing"]
    assert read("山", required=True) == Parsed("山")


def test_the_length_is_that_of_the_value() -> None:
    assert read("あいう", length=[1, 3]).findings == ()
    (finding,) = read("あいうえ", length=[1, 3]).findings
    assert (finding.code, finding.evidence) == ("value-length", {"length": 4, "least": 1, "most": 3})


def test_the_definitions_expression_must_match_the_whole_value() -> None:
    assert read("A-12", check=r"[A-Z]-\d{2}") == Parsed("A-12", signs={"check_passed": 1.0})
    failed = read("A-123", check=r"[A-Z]-\d{2}")
    assert ([finding.code for finding in failed.findings], failed.signs) == (["check-failed"], {"check_failed": 1.0})


def test_an_expression_that_does_not_come_to_an_end_is_stopped() -> None:
    """D4, where the definition was not stopped at its door."""
    parsed = read("a" * 60, check=r"(a|aa)+c")
    assert (parsed.value, [finding.code for finding in parsed.findings]) == ("a" * 60, ["check-timed-out"])


@pytest.mark.parametrize(("ink", "code"), [(0.02, "writing-unread"), (0.0, "value-missing")])
@pytest.mark.parametrize("nature", ["name", "free"])
def test_blanks_alone_are_no_value_of_a_required_field(nature: str, ink: float, code: str) -> None:
    parsed = read(" \u3000", ink, nature=nature, required=True)
    assert (parsed.value, [finding.code for finding in parsed.findings]) == ("", [code])
