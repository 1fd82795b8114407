"""Minutes as files: what they carry, how they read, that they repeat byte for byte."""

import datetime
import io
import re
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from transcribe.transcript import Damage, Segment, Transcript, Word
from transcribe.writing import Heading, write_all
from transcribe.writing import docx as minutes
from transcribe.writing.cues import MOST_CHARACTERS, cues, lines
from transcribe.writing.heading import clock, written_date, written_length
from transcribe.writing.paragraphs import paragraphs

LONG = "本年度の予算につきましては、道路の補修に五百万円、公園の改修に三百万円を見込んでおりますので、ご審議をお願いします。"
TRANSCRIPT = Transcript(
    (
        Segment(0.7, 2.7, "それでは本日の会議を始めます。"),
        Segment(3.0, 5.0, "次の議題に移ります。"),
        Segment(3723.5, 3735.0, LONG),
    ),
    "ja",
    3800.0,
    15.5,
    "demo",
    (Damage(61.0, 63.0, "gap"),),
)
HEADING = Heading("第3回 予算編成会議", datetime.date(2026, 11, 21), "総務課", "D-2026-000123", "会議録①.m4a")


def opened(transcript: Transcript = TRANSCRIPT, heading: Heading = HEADING) -> "docx.document.Document":
    return docx.Document(io.BytesIO(minutes.write(transcript, heading)))


def test_the_word_file_carries_title_date_length_and_everything_said() -> None:
    document = opened()
    facts, body = document.tables
    assert document.paragraphs[0].text == "第3回 予算編成会議"
    assert [[cell.text for cell in row.cells] for row in facts.rows] == [
        ["日付", "令和8年11月21日（土）"],
        ["録音時間", "1時間3分20秒"],
        ["所属", "総務課"],
        ["録音ファイル", "会議録①.m4a"],
        ["受付番号", "D-2026-000123"],
        ["作成方法", "AIによる自動文字起こし（demo）"],
    ]
    assert [[cell.text for cell in row.cells] for row in body.rows] == [
        ["時刻", "発言者", "内容"],
        ["0:00:00", "", "それでは本日の会議を始めます。次の議題に移ります。"],
        ["1:02:03", "", LONG],
    ]
    assert any("0:01:01から約2秒" in paragraph.text for paragraph in document.paragraphs)


def test_the_word_file_is_an_a4_page_in_japanese_type_with_page_numbers() -> None:
    document = opened()
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    fonts = document.styles["Normal"].element.rPr.find(qn("w:rFonts"))
    assert fonts.get(qn("w:eastAsia")) == "游明朝"
    footer = section.footer._element.xml
    assert "PAGE" in footer
    assert "NUMPAGES" in footer
    assert document.tables[1].rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert "D-2026-000123" in section.header.paragraphs[0].text


def test_equal_minutes_are_equal_bytes_and_nothing_of_todays_clock_is_in_them() -> None:
    whole = minutes.write(TRANSCRIPT, HEADING)
    assert minutes.write(TRANSCRIPT, HEADING) == whole
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-21T00:00:00Z" in archive.read("docProps/core.xml")


def test_a_heading_of_control_characters_and_markup_still_opens() -> None:
    title = "予算\x00\x0b会議 <b>&"
    assert opened(heading=Heading(title)).paragraphs[0].text == "予算会議 <b>&"


def test_a_name_that_is_no_text_for_xml_or_in_utf8_still_opens_in_every_format(tmp_path: Path) -> None:
    name = "会議\udc82\ud800\ufffe\uffff"
    heading = Heading(name, department=name, source=name, receipt=name)
    written = write_all(replace(TRANSCRIPT, segments=(Segment(0.0, 1.0, "はい\ufffe"),)), heading, tmp_path)
    assert docx.Document(str(written[0])).paragraphs[0].text == "会議" + "\ufffd" * 4
    assert all("はい" in path.read_bytes().decode("utf-8") for path in written[1:])


def test_subtitles_of_text_with_empty_lines_and_arrows_keep_their_form(tmp_path: Path) -> None:
    said = replace(TRANSCRIPT, segments=(Segment(0.0, 2.0, "はい\n\n1 --> 2"), Segment(2.0, 3.0, "以上")))
    for path in write_all(said, HEADING, tmp_path)[2:4]:
        text = path.read_text("utf-8").replace("\r\n", "\n")
        blocks = [block for block in text.strip().split("\n\n") if "WEBVTT" not in block]
        assert [block.count("-->") for block in blocks] == [1, 1]


def test_minutes_without_speech_say_so() -> None:
    nothing = replace(TRANSCRIPT, segments=(), damage=())
    assert opened(nothing).tables[1].rows[1].cells[2].text == "（発言は検出されませんでした）"


def test_all_formats_are_written(tmp_path: Path) -> None:
    paths = write_all(TRANSCRIPT, HEADING, tmp_path / "new", "D-1")
    assert [path.name for path in paths] == ["D-1.docx", "D-1.txt", "D-1.srt", "D-1.vtt", "D-1.json"]
    assert Transcript.from_json((tmp_path / "new" / "D-1.json").read_bytes()) == TRANSCRIPT


def test_the_text_reads_in_a_windows_editor(tmp_path: Path) -> None:
    write_all(TRANSCRIPT, HEADING, tmp_path)
    whole = (tmp_path / "minutes.txt").read_bytes()
    assert whole.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in whole.replace(b"\r\n", b"")
    assert "[1:02:03] 本年度の予算" in whole.decode("utf-8-sig")


def test_subtitles_follow_their_formats(tmp_path: Path) -> None:
    write_all(replace(TRANSCRIPT, segments=(Segment(3723.5, 3725.0, "A < B & C"),)), HEADING, tmp_path)
    srt = (tmp_path / "minutes.srt").read_text("utf-8")
    assert srt.startswith("1\n01:02:03,500 --> 01:02:05,000\nA < B & C")
    vtt = (tmp_path / "minutes.vtt").read_text("utf-8")
    assert vtt.startswith("WEBVTT")
    assert "01:02:03.500 --> 01:02:05.000\nA &lt; B &amp; C" in vtt


SEGMENTS = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 20_000), st.text("あいう、。ab ", min_size=1, max_size=150)),
    max_size=8,
)


@given(SEGMENTS)
def test_cues_are_short_lose_no_text_and_never_overlap(parts: list[tuple[int, int, str]]) -> None:
    at, segments = 0, []
    for pause, length, text in parts:
        start, at = at + pause, at + pause + length
        if text.strip():
            segments.append(Segment(start / 1000, at / 1000, text.strip()))
    found = cues(segments)
    assert all(len(cue.text) <= MOST_CHARACTERS for cue in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(cue.start <= cue.end for cue in found)
    said = "".join(segment.text for segment in segments)
    assert re.sub(r"\s", "", "".join(cue.text for cue in found)) == re.sub(r"\s", "", said)


def test_a_cue_breaks_at_punctuation_and_takes_the_times_of_its_words() -> None:
    text = LONG
    words = tuple(Word(i * 0.1, i * 0.1 + 0.1, sign, 1.0) for i, sign in enumerate(text))
    first, second = cues([Segment(0.0, len(text) * 0.1, text, words)])[:2]
    assert first.text.endswith("、")
    assert second.start == pytest.approx(len(first.text) * 0.1)
    assert "".join(lines(first.text)) == first.text


def test_words_of_an_alphabet_stay_apart_in_cues() -> None:
    text = "The council opens at ten. The budget of the city is on the table."
    words = tuple(Word(i * 0.3, i * 0.3 + 0.2, word, 1.0) for i, word in enumerate(text.split()))
    found = cues([Segment(0.0, 5.0, text, words)])
    assert [cue.text for cue in found] == ["The council opens at ten.", "The budget of the city is on the table."]


def test_paragraphs_break_at_pauses() -> None:
    assert [one.start for one in paragraphs(TRANSCRIPT.segments)] == [0.7, 3723.5]


def test_english_words_are_joined_with_a_space_and_japanese_without() -> None:
    said = (Segment(0, 1, "Hello there."), Segment(1, 2, "How are you?"), Segment(2, 3, "はい。"))
    assert paragraphs(said)[0].text == "Hello there. How are you?はい。"


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (datetime.date(2026, 11, 21), "令和8年11月21日（土）"),
        (datetime.date(2019, 5, 1), "令和元年5月1日（水）"),
        (datetime.date(2019, 4, 30), "平成31年4月30日（火）"),
    ],
)
def test_dates_are_written_in_the_era(day: datetime.date, written: str) -> None:
    assert written_date(day) == written


def test_lengths_and_time_marks() -> None:
    assert [written_length(seconds) for seconds in (5, 65, 3600, 3661.4)] == [
        "5秒",
        "1分5秒",
        "1時間0分0秒",
        "1時間1分1秒",
    ]
    assert clock(3599.9) == "0:59:59"
