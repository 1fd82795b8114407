"""Fillers are marked where a sound cannot be anything else, and left out of what people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.segment import Segment, Word
from transcribe.words.fillers import marked, spoken_fillers, without_fillers


def spelt(text: str) -> Segment:
    """An utterance whose words are its signs, as a model gives Japanese; punctuation belongs to the word before."""
    words: list[Word] = []
    for at, sign in enumerate(text):
        if words and sign in "、。？":
            last = words.pop()
            words.append(Word(last.start, at + 1.0, last.text + sign, 0.9))
        else:
            words.append(Word(float(at), at + 1.0, sign, 0.9))
    return Segment(0.0, float(len(text)), text, tuple(words))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("えー、本日はお忙しい中、あのー、ありがとうございます。", "本日はお忙しい中、ありがとうございます。"),
        ("えーとても大事な件です。", "とても大事な件です。"),
        ("えーと、本日は、えーっとですね、", "本日は、"),
        ("それではえー次の議題に", "それでは次の議題に"),
        ("ええと、市長。ええとですね、はい。", "市長。はい。"),
        ("まあ、あの、その、この件は", "この件は"),
        ("以上です、えー。", "以上です。"),
        ("えー。では始めます。", "では始めます。"),
        ("うーん、どうでしょう。", "どうでしょう。"),
        ("えーお手元の資料の、あー次のページ", "お手元の資料の、次のページ"),
        ("えー。", ""),
    ],
)
def test_a_filler_is_left_out_with_the_comma_that_sets_it_off(said: str, read: str) -> None:
    shown = without_fillers(spelt(said))
    assert shown.text == read
    assert "".join(word.text for word in shown.words) == read
    assert without_fillers(Segment(0.0, 1.0, said)).text == read


@pytest.mark.parametrize(
    "said",
    [
        "あの件とその後の対応です。",
        "まあまあです。",
        "ええ、そうです。",
        "ええー、そうです。",
        "はあ、そうですか。",
        "へえー、ねえー、いえー、さあー。",
        "えー？本当ですか。",
        "あー！",
        "そのうち、あのうるさい車の",
        "うんと頑張ります。",
        "うん、わかりました。",
        "その Excel の表と、あの",
        "カフェーのエースがお願いします。",
        "きのう、どこへ行ったのか、その一つを",
        "えっ、はい、あ、すみません。",
        "というふうに考えー、それを踏まえー、皆様に教えーて、聞こえーますか。",
        "すげえー量ですけど、でけえー。",
    ],
)
def test_a_word_that_sounds_like_one_stays(said: str) -> None:
    assert spoken_fillers(said) == []
    assert without_fillers(spelt(said)).text == said


def test_english_has_its_own_fillers() -> None:
    assert without_fillers(Segment(0.0, 1.0, "Um, I think, uh, the summer ER works."), "en").text == (
        "I think, the summer ER works."
    )


def test_a_length_in_millimetres_is_no_filler() -> None:
    assert without_fillers(Segment(0.0, 1.0, "Mm, about 5 mm of rain, 35 mm at most."), "en").text == (
        "about 5 mm of rain, 35 mm at most."
    )


def test_another_language_has_none_that_we_know() -> None:
    assert spoken_fillers("えー、um", "de") == []


def test_words_are_marked_and_none_is_lost() -> None:
    segment = spelt("えー、次はあのー、会計です。")
    (shown,) = marked([segment])
    assert "".join(word.text for word in shown.words) == segment.text == shown.text
    assert "".join(word.text for word in shown.words if word.filler) == "えー、あのー、"


def test_a_word_that_is_only_partly_filler_is_not_marked() -> None:
    segment = Segment(0.0, 2.0, "あのー本日", (Word(0.0, 1.0, "あのー本", 0.9), Word(1.0, 2.0, "日", 0.9)))
    assert marked([segment]) == (segment,)
    shown = without_fillers(segment)
    assert (shown.text, [word.text for word in shown.words]) == ("本日", ["本", "日"])


SPEECH = st.lists(
    st.sampled_from(
        [
            "えー",
            "えーと",
            "あのー",
            "まあ、",
            "、",
            "。",
            "？",
            "と",
            "とても",
            "ー",
            "え",
            "あ",
            "本日",
            "は",
            "うーん",
            "ん",
            "ですね",
            "です",
            "ええ",
            "そのう",
        ]
    ),
    max_size=12,
).map("".join)


@given(SPEECH)
def test_what_is_left_is_what_was_said_without_some_of_it(said: str) -> None:
    rest = iter(said)
    assert all(sign in rest for sign in without_fillers(Segment(0.0, 1.0, said)).text)


@given(SPEECH)
def test_text_and_words_stay_the_same(said: str) -> None:
    said = said.lstrip("、。？")
    shown = without_fillers(spelt(said))
    assert "".join(word.text for word in shown.words) == shown.text
