"""Numbers in kanji become figures where they are numbers, and nothing else is touched."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.segment import Segment, Word
from transcribe.words import kanji
from transcribe.words.numbers import written


def written_text(text: str, kept: Sequence[str] = ()) -> str:
    return written(Segment(0.0, 0.0, text), kept).text


NUMERALS = "〇零一二三四五六七八九十百千万億兆"


def spoken(number: int) -> str:
    """The number as people say it."""
    done = ""
    for name, worth in (("億", 10**8), ("万", 10**4), ("", 1)):
        part, number = divmod(number, worth)
        if not part:
            continue
        words = ""
        for sign, unit in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
            digit, part = divmod(part, unit)
            if digit:
                words += ("" if digit == 1 and sign else "〇一二三四五六七八九"[digit]) + sign
        done += words + name
    return done


def worth(figures: str) -> int:
    """What 3億5,000万 is worth."""
    total = 0
    for part, unit in re.findall("([0-9,]+)([億万]?)", figures):
        total += int(part.replace(",", "")) * {"億": 10**8, "万": 10**4, "": 1}[unit]
    return total


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("令和八年四月一日", "令和8年4月1日"),
        ("令和元年五月一日", "令和元年5月1日"),
        ("平成二〇年度", "平成20年度"),
        ("二千二十六年度", "2026年度"),
        ("二〇二六年十一月二十一日土曜日", "2026年11月21日土曜日"),
        ("百二十万円", "120万円"),
        ("三億五千万円", "3億5,000万円"),
        ("千二百円", "1,200円"),
        ("一万二千三百四十五人", "1万2,345人"),
        ("二十万千五百円", "20万1,500円"),
        ("一億円と一千万円", "1億円と1,000万円"),
        ("午後一時三十分から十時十分まで", "午後1時30分から10時10分まで"),
        ("八時半から", "8時半から"),
        ("十分間の休憩", "10分間の休憩"),
        ("二十分ほど", "20分ほど"),
        ("三分の二以上", "3分の2以上"),
        ("二・二五倍", "2.25倍"),
        ("〇・五パーセント", "0.5パーセント"),
        ("三点五パーセント", "3.5パーセント"),
        ("議案第三十二号", "議案第32号"),
        ("第一回定例会の第一四半期", "第1回定例会の第1四半期"),
        ("第三条第二項第一号", "第3条第2項第1号"),
        ("第五条の二", "第5条の2"),
        ("地方自治法二百三十四条", "地方自治法234条"),
        ("三丁目十二番地の五", "3丁目12番地の5"),
        ("五番三号", "5番3号"),
        ("六十五歳以上", "65歳以上"),
        ("一か月と一時間", "1か月と1時間"),
        ("十年前から百年間", "10年前から100年間"),
        ("三百六十五日", "365日"),
        ("四月から九月まで", "4月から9月まで"),
        ("台風十九号", "台風19号"),
    ],
)
def test_a_number_is_written_in_figures(said: str, expected: str) -> None:
    assert written_text(said) == expected


WORDS = (
    "一般会計", "十分な議論", "一部を改正", "一人一人", "一番大事", "万が一", "市内一円", "一時保育", "一時的に",
    "一日も早く", "一年中", "一方で", "一緒に", "統一", "均一", "一体", "一貫", "唯一", "一応", "一層", "一切",
    "一定", "一斉", "一括", "一環", "一個人", "一件落着", "第一に", "第三者委員会", "第一印象", "五分五分",
    "七分咲き", "十中八九", "十人十色", "三人寄れば", "百人一首", "四日市市", "十日町市", "八日市", "三日坊主",
    "三日月", "二日酔い", "五月雨", "五月人形", "千歳市", "八戸市", "三条市", "二条城", "九度山町", "六ヶ所村",
    "五個荘", "四国", "九州", "千葉県", "三重県", "八百屋", "二度と", "三者面談", "百条委員会", "百年の計",
    "千年の都", "数十万円", "何百人", "幾千", "十数人", "三十数件", "二、三人", "二三人", "三から五人",
    "三ないし五人", "万人", "二人三脚", "百人町", "千枚田", "七番丁", "四番町",
    "六戸町", "四万十市", "二人", "一件も", "両三日", "四半期", "統一年度", "均一個数", "七五三", "三々五々", "五十嵐",
    "二本松", "初七日", "千社札", "千人塚公園", "八王子千人同心", "二枚舌", "三年坂", "三割五分", "十二点五",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_holds_a_numeral_stays(word: str) -> None:
    assert written_text(word) == word
    assert written_text(f"これは{word}です。") == f"これは{word}です。"


SENTENCES = st.lists(
    st.one_of(
        st.sampled_from(
            [*WORDS, "の", "、", "。", "予算", "市長", "円", "年", "人", "月", "日", "時", "分", "第", "条", "号"]
        ),
        st.text(NUMERALS, min_size=1, max_size=6),
        st.text(st.characters(categories=("L", "N", "P")), max_size=4),
    ),
    max_size=8,
).map("".join)


@given(SENTENCES)
def test_nothing_but_numerals_changes(said: str) -> None:
    figures = re.compile(f"[{NUMERALS}0-9,.・．点]")
    assert figures.sub("", written_text(said)) == figures.sub("", said)


@given(SENTENCES)
def test_what_is_written_stays_as_it_is(said: str) -> None:
    once = written_text(said)
    assert written_text(once) == once


@given(st.integers(min_value=2, max_value=10**12 - 1))
def test_an_amount_keeps_its_worth(amount: int) -> None:
    assert kanji.value(spoken(amount)) == amount
    shown = written_text(f"費用は{spoken(amount)}円です")
    assert (worth(shown.removeprefix("費用は").removesuffix("円です")), NUMERALS_LEFT.search(shown)) == (amount, None)


NUMERALS_LEFT = re.compile("[〇零一二三四五六七八九十百千]")


@given(st.dates().filter(lambda day: day.year > 2000))
def test_a_date_is_written_as_it_is(day: object) -> None:
    year, month, of_month = map(int, str(day).split("-"))
    era = year - 1980
    said = f"昭和{spoken(era)}年{spoken(month)}月{spoken(of_month)}日"
    assert written_text(said) == f"昭和{era}年{month}月{of_month}日"


@given(st.text(st.characters(exclude_characters=NUMERALS + "・．点"), max_size=30))
def test_a_text_without_numerals_is_left_alone(said: str) -> None:
    segment = Segment(0.0, 1.0, said)
    assert written(segment) is segment


def test_the_words_of_a_number_become_one_word_with_its_times() -> None:
    text = "令和八年四月二十一日です。"
    words = tuple(Word(float(at), at + 1.0, sign, 0.9) for at, sign in enumerate(text))
    segment = written(Segment(0.0, 14.0, text, words))
    assert segment.text == "令和8年4月21日です。"
    assert "".join(word.text for word in segment.words) == segment.text
    assert [(word.start, word.end) for word in segment.words if word.text == "21"] == [(6.0, 9.0)]


def test_a_name_of_the_glossary_keeps_its_spelling() -> None:
    assert written_text("第三種漁港と第三種許可", ["第三種漁港"]) == "第三種漁港と第3種許可"
