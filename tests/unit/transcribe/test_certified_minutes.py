"""Minutes that say how complete they are and who spoke."""

import io
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.document import Document

from transcribe.certificate import Certificate, Gap, Removed
from transcribe.speakers import Turn, assigned
from transcribe.stored import opened as opened_file
from transcribe.transcript import Hit, Segment, Transcript, record_json
from transcribe.writing import Heading, txt, vtt, write_all
from transcribe.writing import docx as minutes
from transcribe.writing.certificate_page import MOST
from transcribe.writing.certified import percent
from transcribe.writing.paragraphs import paragraphs
from transcribe.writing.speakers import shown

SEGMENTS = (
    Segment(0.7, 2.7, "それでは始めます。", speaker="S1"),
    Segment(2.9, 4.0, "はい。", speaker="S2"),
    Segment(4.1, 6.0, "資料をご覧ください。", speaker="S2"),
    Segment(6.2, 8.0, "ありがとうございます。", speaker="S1"),
)
CERTIFICATE = Certificate(
    speech=1800.0,
    covered=1799.3,
    decoded_again=45.0,
    gaps=(Gap(62.0, 66.5, 4.2),),
    removed=(Removed(120.0, 123.0, "ご視聴ありがとうございました", "phrase"),),
)
TRANSCRIPT = Transcript(
    SEGMENTS, "ja", 3600.0, 1800.0, "large-v3-turbo", certificate=CERTIFICATE, hits=(Hit("防災会議", 3),)
)
HEADING = Heading("定例会議")


def opened(transcript: Transcript) -> Document:
    return docx.Document(io.BytesIO(minutes.write(transcript, HEADING)))


def cells(document: Document) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]


def words(document: Document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def test_the_last_page_says_how_much_of_the_speech_became_text() -> None:
    document = opened(TRANSCRIPT)
    rows = cells(document)
    assert ["話した時間", "30分0秒"] in rows
    assert ["文字になった時間", "29分59秒（99.9 %）"] in rows
    assert ["再度聞き直した時間", "45秒（2.5 %）"] in rows
    assert ["使ったモデル", "large-v3-turbo"] in rows
    assert ["防災会議", "3"] in rows
    assert "● 0:01:02～0:01:07（話し声 4.2秒）" in words(document)
    [head] = [paragraph for paragraph in document.paragraphs if paragraph.text == "文字起こしの証明"]
    assert head.paragraph_format.page_break_before


def test_sentences_that_were_taken_out_stand_there_with_time_and_reason() -> None:
    [row] = [row for row in cells(opened(TRANSCRIPT)) if "ご視聴ありがとうございました" in row]
    assert row[0] == "0:02:00"
    assert row[2]


def test_where_nothing_is_missing_it_says_so() -> None:
    whole = replace(TRANSCRIPT, certificate=Certificate(speech=10.0, covered=10.0), hits=())
    document = opened(whole)
    assert ["文字になった時間", "10秒（100.0 %）"] in cells(document)
    assert {"空白はありません。", "取り除いた文はありません。"} <= set(words(document))


def test_minutes_that_were_never_measured_claim_nothing() -> None:
    assert "文字起こしの証明" not in words(opened(replace(TRANSCRIPT, certificate=Certificate())))


def test_a_long_list_is_cut_and_says_where_the_rest_is() -> None:
    many = replace(CERTIFICATE, gaps=tuple(Gap(at, at + 1.0, 0.5) for at in range(MOST + 7)))
    found = words(opened(replace(TRANSCRIPT, certificate=many)))
    assert sum(line.startswith("● 0:") for line in found) == MOST
    assert "ほか7件。すべての一覧はJSONファイルにあります。" in found


@pytest.mark.parametrize(
    ("share", "written"), [(1.0, "100.0 %"), (0.99999, "99.9 %"), (0.98, "98.0 %"), (0.0, "0.0 %")]
)
def test_what_is_not_everything_is_never_called_everything(share: float, written: str) -> None:
    assert percent(share) == written


def test_each_speakers_words_are_a_paragraph_of_their_own() -> None:
    assert [(one.speaker, one.text) for one in paragraphs(SEGMENTS)] == [
        ("S1", "それでは始めます。"),
        ("S2", "はい。資料をご覧ください。"),
        ("S1", "ありがとうございます。"),
    ]


def test_speakers_stand_in_their_column_in_the_text_and_in_the_subtitles() -> None:
    assert ["0:00:02", "発言者2", "はい。資料をご覧ください。"] in cells(opened(TRANSCRIPT))
    assert "[0:00:02] 発言者2：はい。資料をご覧ください。" in txt.write(TRANSCRIPT, HEADING).decode()
    assert "<v 発言者2>はい。" in vtt.write(TRANSCRIPT, HEADING).decode()


def test_without_speakers_nothing_is_made_up() -> None:
    nobody = replace(TRANSCRIPT, segments=tuple(replace(one, speaker="") for one in SEGMENTS))
    assert "発言者1" not in txt.write(nobody, HEADING).decode()
    assert "<v" not in vtt.write(nobody, HEADING).decode()
    assert [row[1] for row in cells(opened(nobody)) if len(row) == 3 and row[0] == "0:00:00"] == [""]


def test_a_name_that_people_gave_stays_and_markup_in_it_is_none() -> None:
    assert shown("山田課長", "ja") == "山田課長"
    named = replace(TRANSCRIPT, segments=(replace(SEGMENTS[0], speaker="A<b>"),))
    assert "<v A&lt;b&gt;>" in vtt.write(named, HEADING).decode()


def test_a_transcript_of_before_there_were_certificates_is_read_given_speakers_and_written(tmp_path: Path) -> None:
    record = replace(TRANSCRIPT, engine="transcribe 1").record()
    for name in ("certificate", "hits", "start", "lead", "tail"):
        del record[name]
    for segment in record["segments"]:
        for name in ("again", "speaker", "continued"):
            segment.pop(name, None)
    path = tmp_path / "old.json"
    path.write_text(record_json({**record, "heading": {"title": "定例会議"}}), "utf-8")
    assert Transcript.from_json(path.read_bytes()).certificate == Certificate()
    old = assigned(opened_file([path]), [Turn(0.0, 2.8, "S1"), Turn(2.8, 9.0, "S2")])
    written = {one.suffix: one.read_bytes() for one in write_all(old, HEADING, tmp_path / "out")}
    document = docx.Document(io.BytesIO(written[".docx"]))
    assert "文字起こしの証明" not in words(document)
    assert ["0:00:02", "発言者2", "はい。資料をご覧ください。ありがとうございます。"] in cells(document)
