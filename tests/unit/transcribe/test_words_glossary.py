"""A glossary's terms: read from a file, offered to the model as far as its prompt has room, counted in the text."""

import datetime
from pathlib import Path

import pytest

from transcribe.errors import GlossaryUnreadableError
from transcribe.segment import Segment, Word
from transcribe.transcript import Hit, Transcript
from transcribe.words import (
    Style,
    Term,
    hits,
    hotwords,
    marked,
    offered,
    prompt_room,
    read_terms,
    recounted,
    styled,
    terms_from_json,
    terms_json,
)

CSV = "用語,読み,種類,有効開始,有効終了\n髙橋一郎,タカハシイチロウ,人名,2023/4/1,2027-03-31\n防災計画,,,,\n佐藤花子,,人名,2027-04-01,\n"


def said(text: str, start: float = 0.0) -> Segment:
    return Segment(start, start + 1.0, text)


def written(tmp_path: Path, content: str, encoding: str = "utf-8-sig") -> Path:
    path = tmp_path / "terms.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_terms_are_read_from_a_spreadsheets_file(tmp_path: Path, encoding: str) -> None:
    terms = read_terms(written(tmp_path, CSV, encoding))
    assert terms[0] == Term("髙橋一郎", "タカハシイチロウ", "人名")
    assert [term.text for term in terms] == ["髙橋一郎", "防災計画", "佐藤花子"]


def test_a_day_leaves_out_who_is_not_in_office(tmp_path: Path) -> None:
    path = written(tmp_path, CSV)
    assert [one.text for one in read_terms(path, datetime.date(2026, 11, 21))] == ["髙橋一郎", "防災計画"]
    assert [one.text for one in read_terms(path, datetime.date(2027, 4, 1))] == ["防災計画", "佐藤花子"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("名前\n山田\n", 1),
        ("用語,有効開始\n山田,来年\n", 2),
        ("用語\n" + "長" * 61 + "\n", 2),
        ("term,from\na,2026-13-01\n", 2),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    with pytest.raises(GlossaryUnreadableError) as refusal:
        read_terms(written(tmp_path, content))
    assert refusal.value.evidence == {"name": "terms.csv", "line": line}
    assert f"{line}行目" in refusal.value.sentence("ja")


def test_bytes_of_no_known_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(GlossaryUnreadableError):
        read_terms(path)


def test_terms_travel_as_stable_json() -> None:
    terms = (Term("髙橋一郎", "タカハシイチロウ", "person"), Term("防災計画"))
    assert terms_from_json(terms_json(terms)) == terms
    assert terms_json(terms) == terms_json(list(terms))


def test_the_most_useful_terms_are_offered_as_far_as_there_is_room() -> None:
    terms = [Term("あああ"), Term("いいいいいい"), Term("う"), Term("あああ")]
    assert hotwords(terms, 5, len) == "あああ、う"
    assert [term.text for term in offered(terms, 10, len)] == ["あああ", "いいいいいい"]
    assert hotwords(terms, 0, len) == ""


def test_the_blank_in_a_name_is_not_offered() -> None:
    terms = [Term("山田 太郎"), Term("山田太郎"), Term("Smart City 構想"), Term("Open Data")]
    assert hotwords(terms, 99, len) == "山田太郎、Smart City構想、Open Data"


def test_a_full_window_keeps_room_for_what_is_said() -> None:
    assert prompt_room(30.0) == 140
    assert prompt_room(10.0) == 223
    assert prompt_room(60.0) == 0


def test_hits_are_counted_whatever_the_spelling() -> None:
    terms = [Term("髙橋一郎"), Term("高橋"), Term("DX推進"), Term("防災 計画"), Term("不在")]
    segments = [said("高橋一郎君、髙橋 一郎君、高橋君"), said("ＤＸ推進と防災計画と防災 計画")]
    assert hits(segments, terms) == (Hit("髙橋一郎", 2), Hit("高橋", 1), Hit("DX推進", 1), Hit("防災 計画", 2))


def test_a_term_of_latin_letters_is_a_whole_word() -> None:
    assert hits([said("DXFとDX、the AI forum, Aid")], [Term("DX"), Term("AI"), Term("the AI")]) == (
        Hit("DX", 1),
        Hit("the AI", 1),
    )


def test_a_glossary_of_thousands_is_counted() -> None:
    terms = [Term(f"第{number}町内会") for number in range(5_000)]
    assert hits([said("第77町内会と第4999町内会" * 50)], terms) == (Hit("第77町内会", 50), Hit("第4999町内会", 50))


def test_a_joined_transcript_counts_what_stands_in_it() -> None:
    doubled = Transcript((said("高橋君"),), "ja", 2.0, 2.0, "demo", hits=(Hit("髙橋", 2), Hit("不在", 1)))
    assert recounted(doubled).hits == (Hit("髙橋", 1),)


def test_minutes_are_styled_and_the_record_is_not() -> None:
    segments = marked([said("えー、令和八年四月一日です。"), said("えー。", 2.0), said("第三種漁港です。", 3.0)])
    transcript = Transcript(segments, "ja", 4.0, 4.0, "demo", hits=(Hit("第三種漁港", 1),))
    shown = styled(transcript, Style(hide_fillers=True, written_numbers=True))
    assert [segment.text for segment in shown.segments] == ["令和8年4月1日です。", "第三種漁港です。"]
    assert styled(transcript, Style()) is transcript
    assert styled(transcript, Style(hide_fillers=True)).segments[0].text == "令和八年四月一日です。"


def test_times_of_words_stay_inside_the_utterance_when_style_changes_them() -> None:
    text = "あのー、費用は百二十万円です。"
    words = tuple(Word(at / 10, (at + 1) / 10, sign, 0.9) for at, sign in enumerate(text))
    transcript = Transcript((Segment(0.0, 2.0, text, words),), "ja", 2.0, 2.0, "demo")
    (segment,) = styled(transcript, Style(hide_fillers=True, written_numbers=True)).segments
    assert segment.text == "費用は120万円です。" == "".join(word.text for word in segment.words)
    assert all(0.0 <= word.start <= word.end <= 2.0 for word in segment.words)
    assert [word.start for word in segment.words] == sorted(word.start for word in segment.words)
