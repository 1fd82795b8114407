"""Katakana: one way of writing, what the bank transfer format makes of it, and what two readings of one name settle."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.definition.form import KanaField
from ocr.records import Character, Evidence, Reading
from ocr.values.alphabets import alphabet
from ocr.values.kana import BANK, alike, for_bank, katakana, sound
from ocr.values.parse import parse
from ocr.values.parsed import Parsed, Surroundings
from ocr.values.readings import Spoken, repaired

BOX = (10.0, 10.0, 60.0, 8.0)
KANA = "".join(map(chr, range(ord("ァ"), ord("ヶ") + 1))) + "ー・ "
HALF = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰﾞﾟ･ "


def read(written: str, **more: Any) -> Parsed:
    field = KanaField.model_validate({"name": "x", "label": "フリガナ", "type": "kana", "box": BOX, **more})
    return parse(field, Evidence("x", BOX, reading=Reading(written)), Surroundings("x", date(2026, 11, 21)))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("ヤマダ　タロウ", "ヤマダ タロウ"),
        (" ヤマダ  タロウ ", "ヤマダ タロウ"),
        ("やまだ たろう", "ヤマダ タロウ"),
        ("ﾔﾏﾀﾞ ﾊﾟｰﾙ", "ヤマダ パール"),
        ("タロ一", "タロー"),
        ("タロ-", "タロー"),
        ("ジャン・ポール", "ジャン・ポール"),
        ("ヴィクトリア", "ヴィクトリア"),
        ("ﾄﾞｩ", "ドゥ"),
    ],
)
def test_kana_is_written_in_one_way(written: str, value: str) -> None:
    assert read(written) == Parsed(value)


@pytest.mark.parametrize("bank", [False, True])
@pytest.mark.parametrize("written", ["ー", "・", "- -", "ーー"])
def test_a_stroke_is_no_name(written: str, bank: bool) -> None:
    assert [finding.code for finding in read(written, bank=bank).findings] == ["kana-foreign"]


@given(st.text(alphabet=KANA))
def test_katakana_as_it_should_be_stays(written: str) -> None:
    assert katakana(katakana(written)) == katakana(written)
    assert katakana(written) == " ".join(written.split())


@given(st.text(alphabet=HALF, min_size=1))
def test_half_width_kana_lose_no_sound(written: str) -> None:
    marks = sum(character in "ﾞﾟ" for character in written)
    assert len(written) - marks - written.count(" ") <= len("".join(katakana(written).split()))
    assert not set(katakana(written)) & set(HALF.strip()) - set("ﾞﾟ")


@pytest.mark.parametrize(
    ("read_as", "meant"),
    [
        ("マュミ", "マユミ"),
        ("ワカバダィコドモカィ", "ワカバダイコドモカイ"),
        ("マッモト", "マツモト"),
        ("マッイ", "マツイ"),
        ("ッジ", "ツジ"),
        ("ヤマダ ットム", "ヤマダ ツトム"),
        ("カッ", "カツ"),
        ("アォキ", "アオキ"),
        ("ァベ", "アベ"),
    ],
)
def test_a_small_kana_that_nobody_can_say_is_a_large_one(read_as: str, meant: str) -> None:
    parsed = read(read_as)
    assert parsed.value == meant
    assert parsed.signs == {"script_changed": float(sum(a != b for a, b in zip(read_as, meant, strict=True)))}


@pytest.mark.parametrize(
    "name", ["ショウジ", "キャサリン", "ジュン", "ハットリ", "サッポロ", "ファティマ", "チェン", "ドゥ", "ウィリアム"]
)
def test_sizes_that_can_be_said_stay(name: str) -> None:
    assert read(name) == Parsed(name)


def test_what_is_no_kana_is_named() -> None:
    (finding,) = read("山ダ タロ7山").findings
    assert (finding.code, finding.evidence) == ("kana-foreign", {"characters": "山7"})


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("ショウジ　キョウコ", "シヨウジ キヨウコ"),
        ("カ）ミナト　ショップ", "カ)ミナト シヨツプ"),
        ("タロー", "タロ-"),
        ("ジャン・ポール", "ジヤン.ポ-ル"),
        ("ａｂｃ商", "ABC商"),
        ("ｷｮｳﾄﾞｳ", "キヨウドウ"),
        ("12-3/4", "12-3/4"),
    ],
)
def test_bank_kana_is_what_the_transfer_format_allows(written: str, value: str) -> None:
    assert for_bank(written) == value


def test_a_bank_field_names_what_the_format_does_not_allow() -> None:
    parsed = read("ａ商ショ", bank=True)
    assert parsed.value == "A商シヨ"
    assert [finding.evidence for finding in parsed.findings] == [{"characters": "商"}]


@given(st.text(alphabet=KANA + "ABC019()./- "))
def test_whatever_kana_is_written_the_bank_can_take_it(written: str) -> None:
    assert set(for_bank(written)) <= BANK
    assert for_bank(for_bank(written)) == for_bank(written)


def test_every_character_that_is_read_into_a_kana_field_can_be_its_value() -> None:
    for bank in (False, True):
        field = KanaField(name="x", label="フリガナ", type="kana", box=BOX, bank=bank)
        allowed = alphabet(field)
        assert allowed
        for character in allowed - {" "}:
            assert read(f"ア{character}ア", bank=bank).findings == (), character


def test_more_kana_than_cells_cannot_be() -> None:
    assert [finding.code for finding in read("アイウエ", cells=3).findings] == ["value-length"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ショウジ キョウコ", "シヨウジキヨウコ"),
        ("ヤマダ　タロー", "ヤマダ タロ-"),
        ("カブシキガイシャミナト", "カ)ミナト"),
        ("ミナトカブシキガイシャ", "ミナト(カ"),
        ("ミナト", "カ）ミナト"),
        ("シャカイフクシホウジンアサヒ", "フク)アサヒ"),
        ("ジャン・ポール", "ジヤンポ-ル"),
    ],
)
def test_two_ways_of_writing_one_name_sound_the_same(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("カトウ", "ガトウ"), ("オノ", "オオノ"), ("タロー", "タロウ"), ("カ", "キ"), ("カ)アオイ", "カ)アカイ")],
)
def test_different_names_sound_different(one: str, other: str) -> None:
    assert sound(one) != sound(other)


@given(st.text(alphabet=KANA))
def test_a_name_never_sounds_like_nothing(written: str) -> None:
    assert bool(sound(written)) == bool(written.replace("・", "").strip())


def spoken(text: str, doubt: dict[int, float] | None = None, *, bank: bool = False) -> Spoken:
    """Every character clear but those in `doubt`, by place."""
    characters = tuple(Character(each, (doubt or {}).get(place, 0.98)) for place, each in enumerate(text))
    return Spoken(for_bank(text) if bank else text, characters, bank)


def test_a_doubtful_small_kana_is_settled_by_the_other_fields_clear_one() -> None:
    doubtful, clear = spoken("シヨウジ", {1: 0.5}), spoken("ショウジ")
    assert repaired(doubtful, clear) == ("ショウジ", "ショウジ")
    assert repaired(clear, doubtful) == ("ショウジ", "ショウジ")


def test_where_both_are_clear_or_both_doubtful_nobody_decides() -> None:
    for one, other in ((spoken("シヨウ"), spoken("ショウ")), (spoken("シヨウ", {1: 0.5}), spoken("ショウ", {1: 0.6}))):
        assert repaired(one, other) == ("シヨウ", "ショウ")


def test_bank_kana_says_nothing_of_sizes() -> None:
    assert repaired(spoken("ショウ", {1: 0.4}), spoken("シヨウ", bank=True)) == ("ショウ", "シヨウ")


def test_a_look_alike_is_settled_in_either_fields_spelling() -> None:
    assert repaired(spoken("マシモト", {1: 0.45}), spoken("マツモト", bank=True)) == ("マツモト", "マツモト")
    assert repaired(spoken("ミドリ ショー"), spoken("ミトリシヨー", {1: 0.4}, bank=True)) == (
        "ミドリ ショー",
        "ミドリシヨ-",
    )


def test_blanks_stay_where_each_field_has_them() -> None:
    assert repaired(spoken("ヤマタ タロウ", {2: 0.3}), spoken("ヤマダタロウ")) == ("ヤマダ タロウ", "ヤマダタロウ")


@pytest.mark.parametrize(("one", "other"), [("ヤマモト", "ヤマシタ"), ("ヤマダ", "ヤマダタ"), ("アイ", "アエ")])
def test_names_that_truly_differ_are_left_alone(one: str, other: str) -> None:
    assert repaired(spoken(one, {2: 0.2, 1: 0.2}), spoken(other)) == (one, other)


@given(st.text(alphabet="アイシショヨツソンー ", min_size=1), st.text(alphabet="アイシショヨツソンー ", min_size=1))
def test_settling_keeps_the_length_and_changes_look_alikes_only(one: str, other: str) -> None:
    one, other = katakana(one), katakana(other)
    first, second = repaired(spoken(one, dict.fromkeys(range(len(one)), 0.4)), spoken(other))
    assert (len(first), second) == (len(one), other)
    assert all(before == after or alike(before, after) for before, after in zip(one, first, strict=True))
