"""Transcripts read bit by bit are those that were written, byte for byte, in the memory of a few stretches."""

import tracemalloc
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from transcribe.certificate import Certificate, Gap, Note, Removed
from transcribe.segment import Flow, Segment, Word, changed
from transcribe.stored import opened
from transcribe.transcript import Damage, Hit, Transcript, record_json
from transcribe.writing import Heading, write_all
from transcribe.writing.json import blocks

SAID = "ただいまから令和八年第一回定例会を開会いたします。"
ODD = 'カギ"括弧",\n  },\n ],\u2028と\\記号\r'


def stretch(index: int, segments: int = 60, text: str = SAID) -> Transcript:
    """Five minutes of it."""
    start = index * 300.0
    told = []
    for at in range(segments):
        begin = start + at * 5.0
        words = tuple(Word(begin + n / 8, begin + n / 8 + 0.125, sign, 0.9) for n, sign in enumerate(text))
        told.append(Segment(begin, begin + 4.5, text, words, -0.2))
    certificate = Certificate(
        250.0,
        249.0,
        3.0,
        (Gap(start + 1, start + 2, 0.8),),
        (Removed(start + 3, start + 4, "ご視聴ありがとうございました", "phrase"),),
        (Note("smaller-batch", (("size", 4),)),),
    )
    return Transcript(
        tuple(told),
        "ja",
        300.0,
        250.0,
        "demo",
        (Damage(start, start + 1, "gap"),),
        certificate,
        (Hit("定例会", segments),),
        start=start,
    )


def kept(folder: Path, parts: Sequence[Transcript]) -> list[Path]:
    paths = [folder / f"{index}.json" for index in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        path.write_text(part.to_json(), encoding="utf-8")
    return paths


@pytest.mark.parametrize("segments", [0, 1, 7])
def test_many_files_are_read_as_one_transcript(tmp_path: Path, segments: int) -> None:
    parts = [stretch(0, segments), stretch(1, 0), stretch(2, segments, ODD)]
    whole = opened(kept(tmp_path, parts))
    assert whole.to_json() == Transcript.joined(parts).to_json()
    assert list(whole.segments) == list(whole.segments), "it can be gone through again"
    assert len(whole.segments) == 2 * segments
    assert whole.segments[:2] == Transcript.joined(parts).segments[:2]


@pytest.mark.parametrize("segments", [0, 1, 7])
def test_written_minutes_are_read_back_segment_by_segment(tmp_path: Path, segments: int) -> None:
    parts = [stretch(0, segments, ODD), stretch(1, segments)]
    *_, record = write_all(Transcript.joined(parts), Heading("定例会"), tmp_path)
    assert opened([record]).to_json() == Transcript.joined(parts).to_json()
    assert Transcript.from_json(record.read_bytes()) == Transcript.joined(parts)


@pytest.mark.parametrize("segments", [0, 1, 3])
def test_the_record_is_the_same_bytes_whether_it_was_written_whole_or_bit_by_bit(segments: int) -> None:
    transcript = stretch(0, segments, ODD)
    record = {key: value for key, value in transcript.record().items() if key not in ("start", "lead", "tail")}
    head = {"title": "定例会", "date": None, "department": "", "receipt": "", "source": ""}
    assert b"".join(blocks(transcript, Heading("定例会"))) == record_json({**record, "heading": head}).encode()


def test_every_format_is_the_same_from_files_as_from_memory(tmp_path: Path) -> None:
    parts = [stretch(0, 12), stretch(1, 12)]
    from_memory = write_all(Transcript.joined(parts), Heading("定例会"), tmp_path / "a")
    from_files = write_all(opened(kept(tmp_path, parts)), Heading("定例会"), tmp_path / "b")
    assert [path.read_bytes() for path in from_files] == [path.read_bytes() for path in from_memory]


def test_a_file_that_ends_in_the_middle_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    (path,) = kept(tmp_path, [stretch(0, 3)])
    path.write_text("\n".join(path.read_text("utf-8").split("\n")[:60]), encoding="utf-8")
    with pytest.raises(ValueError, match=r".+"):
        opened([path])


def test_going_through_hours_of_words_takes_no_more_memory_than_through_one(tmp_path: Path) -> None:
    def peak(paths: list[Path]) -> int:
        tracemalloc.start()
        whole = opened(paths)
        for before, after in pairwise(whole.segments):
            assert before.start < after.start
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    paths = kept(tmp_path, [stretch(index, 30) for index in range(12)])
    (tmp_path / "whole").mkdir()
    one = [write_all(opened(paths[:3]), Heading(), tmp_path / "whole", "3")[-1]]
    many = [write_all(opened(paths), Heading(), tmp_path / "whole", "12")[-1]]
    peak(paths[:2])
    assert peak(paths) < 1.1 * peak(paths[:3])
    assert peak(many) < peak(one) + 20_000, "only what stands in the certificate grows"


def test_a_flow_stays_one_when_its_segments_are_changed() -> None:
    first, second = Segment(0.0, 1.0, "一"), Segment(1.0, 2.0, "二")
    flow = changed(Flow(lambda: [first, second]), lambda one: [one, one] if one.text == "一" else [])
    assert isinstance(flow, Flow)
    assert list(flow) == [first, first] == list(flow)
    assert (flow[1], flow[-1], flow[5:]) == (first, first, ())
    with pytest.raises(IndexError):
        flow[2]
