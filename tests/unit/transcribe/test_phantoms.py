"""Sentences that nobody said go, with their reason; what somebody said stays, whatever it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bad import audio as made
from bad import sounds
from bad.audio import RATE, Sound
from transcribe.certificate import Removed
from transcribe.errors import sentence
from transcribe.phantoms import NO_VOICE, PHRASE, SILENCE, SOUND, TOO_MUCH, UNSURE, listed, sift
from transcribe.phrases import Sort, sort_of
from transcribe.stretch import Span
from transcribe.transcript import Segment, Word

SAMPLES = Path(__file__).parents[3] / "samples" / "speech"
PHANTOM = "ご視聴ありがとうございました。"
CHAIR = "ご清聴ありがとうございました。"


@pytest.fixture(scope="module")
def voice() -> Sound:
    """Two seconds of room, then a sentence of three seconds and a half, then room."""
    said = made.speech(SAMPLES, "meeting-1.ogg")[round(0.5 * RATE) : round(4.8 * RATE)]
    room = sounds.room_noise(2.0, db=-60)
    return np.concatenate([room, said, room])


SPOKEN = Span(2.25, 5.9)


def told(
    text: str, start: float = 2.3, end: float = 5.8, certain: float = 0.9, silent: float = 0.0, *, words: bool = True
) -> Segment:
    """A segment that the model is so certain of; its words are its signs, evenly in time."""
    step = (end - start) / len(text)
    each = tuple(
        Word(round(start + at * step, 3), round(start + (at + 1) * step, 3), sign, certain)
        for at, sign in enumerate(text)
    )
    return Segment(start, end, text, each if words else (), float(np.log(certain)), silent)


def reasons(segments: list[Segment], samples: Sound, spans: list[Span], offset: float = 0.0) -> list[str]:
    return [one.reason for one in sift(segments, samples, spans, offset)[1]]


@pytest.mark.parametrize("text", [PHANTOM, CHAIR, "Thank you for watching.", "道路の補修の件です。"])
@pytest.mark.parametrize("certain", [0.99, 0.3])
def test_over_silence_nobody_said_anything_however_sure_the_model_is(text: str, certain: float) -> None:
    silence = sounds.silence(8)
    assert reasons([told(text, certain=certain)], silence, []) == [SILENCE]
    assert reasons([told(text, certain=certain)], silence, [Span(3.0, 3.3)]) in ([SILENCE], [PHRASE])


@pytest.mark.parametrize("kind", [sounds.room_noise, sounds.applause, sounds.music, sounds.tones, sounds.chime])
def test_over_a_sound_without_a_voice_nobody_said_anything_either(kind: made.Maker) -> None:
    assert reasons([told(PHANTOM, certain=0.95)], kind(8.0), [Span(2.3, 5.8)]) == [NO_VOICE]
    assert reasons([told("水道料金の改定について報告します。", certain=0.5)], kind(8.0), []) == [NO_VOICE]


@pytest.mark.parametrize("text", [CHAIR, "ありがとうございました。", "お疲れ様でした。", "Thank you very much."])
@pytest.mark.parametrize("certain", [0.95, 0.3])
def test_a_chair_who_really_thanks_for_listening_is_kept_even_where_the_model_doubts(
    voice: Sound, text: str, certain: float
) -> None:
    one = told(text, certain=certain)
    assert sift([one], voice, [SPOKEN]) == ([one], [])


def test_even_the_words_of_film_makers_are_kept_when_voice_and_certainty_both_support_them(voice: Sound) -> None:
    one = told(PHANTOM, certain=0.9)
    assert sift([one], voice, [SPOKEN]) == ([one], [])


def test_the_words_of_film_makers_go_where_the_model_doubts_them(voice: Sound) -> None:
    assert reasons([told(PHANTOM, certain=0.4)], voice, [SPOKEN]) == [PHRASE]


def test_a_stock_sentence_over_a_cough_goes_and_any_other_far_too_long_one_too(voice: Sound) -> None:
    cough = np.concatenate([sounds.room_noise(4.0, db=-60), voice[round(2.4 * RATE) :][: RATE // 5]])
    cough = np.concatenate([cough, sounds.room_noise(4.0, db=-60)])
    heard = [Span(4.0, 4.2)]
    assert reasons([told(CHAIR, 3.9, 4.6)], cough, heard) == [PHRASE]
    assert reasons([told("水道料金の改定について報告します。", 3.9, 4.6)], cough, heard) == [TOO_MUCH]
    assert reasons([told("はい。", 3.9, 4.6)], cough, heard) == []


def test_a_short_answer_at_the_end_of_a_clip_whose_marks_left_it_no_time_is_kept(voice: Sound) -> None:
    """Marks beyond a clip's end are drawn back to it: 0.4 s behind the last sound that was said, and of no length."""
    sound = voice[: round(6.3 * RATE)]
    before = told("次に進みます", 2.3, 5.5)
    for said in (told("はい。", 6.3, 6.3, 0.6), told("異議なし。", 6.3, 6.3, 0.6)):
        assert sift([before, replace(said, start=5.5)], sound, [SPOKEN])[1] == []
        assert sift([before, said], sound, [SPOKEN]) == ([before, said], [])
        assert sift([replace(before, end=6.3), said], sound, [SPOKEN])[1] == []
        assert sift([replace(before, end=6.3), said], voice, [SPOKEN])[1] == []


def test_a_short_answer_between_two_sentences_that_leave_it_no_room_is_kept(voice: Sound) -> None:
    for end in (4.0, 4.05, 4.2):
        for text in ("はい。", "異議なし。"):
            given = [told("次に進みます", 2.3, 4.0), told(text, 4.0, end, 0.6), told("道路の補修の件です。", end, 5.8)]
            assert sift(given, voice, [SPOKEN]) == (given, [])


def test_a_stock_sentence_without_time_of_its_own_beside_true_ones_still_goes(voice: Sound) -> None:
    assert reasons([told("次に進みます", 2.3, 5.9), told(PHANTOM, 6.3, 6.3, 0.9)], voice, [SPOKEN]) == [NO_VOICE]
    between = [told("次に進みます", 2.3, 4.0), told(PHANTOM, 4.0, 4.1, 0.9), told("道路の補修の件です。", 4.1, 5.8)]
    assert reasons(between, voice, [SPOKEN]) in ([PHRASE], [NO_VOICE])
    assert reasons([told("次に進みます", 2.3, 5.9), told(CHAIR, 6.3, 6.3, 0.9)], voice, [SPOKEN]) == [PHRASE]


def test_what_was_taken_out_before_and_after_the_second_reading_is_listed_once_and_what_it_proved_is_not() -> None:
    gone = [Removed(2.0, 4.0, PHANTOM, PHRASE), Removed(9.0, 9.5, "♪", SOUND), Removed(30.0, 31.0, PHANTOM, NO_VOICE)]
    again = [Removed(2.2, 3.9, "ご視聴ありがとうございました", PHRASE)]
    proved = [told("以上です。ご視聴ありがとうございました。", 29.5, 32.0)]
    assert listed(gone, again, proved) == [again[0], gone[1]]
    assert listed(gone, [], []) == gone
    assert listed([], again, proved) == again


def test_signs_and_brackets_that_stand_for_sounds_are_no_sentences(voice: Sound) -> None:
    for text in ("♪", "(拍手)", "［音楽］", "♪〜", "[Music]", "…"):
        assert reasons([told(text)], voice, [SPOKEN]) == [SOUND]
    assert reasons([told("拍手をお願いします。")], voice, [SPOKEN]) == []


def test_what_the_model_itself_calls_no_speech_goes_when_it_is_also_unsure(voice: Sound) -> None:
    assert reasons([told("道路の補修の件です。", certain=0.3, silent=0.9)], voice, [SPOKEN]) == [UNSURE]
    assert reasons([told("道路の補修の件です。", certain=0.3, silent=0.1)], voice, [SPOKEN]) == []
    assert reasons([told("道路の補修の件です。", certain=0.9, silent=0.9)], voice, [SPOKEN]) == []


def test_a_stock_sentence_at_the_end_of_a_true_one_goes_alone(voice: Sound) -> None:
    true, false = told("以上で終わります。", 2.3, 5.8), told(PHANTOM, 6.6, 7.6)
    both = replace(true, end=7.6, text=true.text + false.text, words=true.words + false.words)
    kept, removed = sift([both], voice, [SPOKEN])
    assert kept == [replace(true, end=5.8)]
    assert [(one.text, one.reason, one.start) for one in removed] == [(PHANTOM, NO_VOICE, 6.6)]


def test_what_is_left_of_one_segment_stays_one_unless_the_hole_is_in_its_middle(voice: Sound) -> None:
    said = [
        told("以上です。", 2.3, 3.4),
        told("終わります。", 3.4, 4.6),
        told("♪。", 4.6, 4.8),
        told("次です。", 4.8, 5.8),
    ]
    whole = replace(
        said[0],
        end=5.8,
        text="".join(one.text for one in said),
        words=tuple(word for one in said for word in one.words),
    )
    kept, removed = sift([whole], voice, [SPOKEN])
    assert [(one.text, one.start, one.end) for one in kept] == [
        ("以上です。終わります。", 2.3, 4.6),
        ("次です。", 4.8, 5.8),
    ]
    assert [one.reason for one in removed] == [SOUND]


@pytest.mark.parametrize("db", [0.0, -30.0, -45.0])
def test_a_quiet_voice_is_a_voice(voice: Sound, db: float) -> None:
    quiet = sounds.louder(voice, db)
    for text in (CHAIR, "教育委員会の山本さんから報告があります。"):
        assert reasons([told(text, certain=0.7)], quiet, [SPOKEN]) == []


def test_a_voice_over_applause_or_music_is_a_voice(voice: Sound) -> None:
    for sound in (sounds.applause(8.3, db=-30), sounds.music(8.3, db=-32)):
        assert reasons([told(CHAIR, certain=0.7)], sounds.added(voice, sound), [SPOKEN]) == []


def test_times_are_those_of_the_recording(voice: Sound) -> None:
    kept, removed = sift(
        [told(CHAIR).shifted(600.0), told(PHANTOM, 6.6, 7.6).shifted(600.0)], voice, [Span(602.25, 605.9)], 600.0
    )
    assert [one.start for one in kept] == [602.3]
    assert [(one.start, one.end) for one in removed] == [(606.6, 607.6)]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_vanishes_unlisted_and_nothing_is_added(voice: Sound, seed: int) -> None:
    chance = np.random.default_rng(seed)
    sentences = [PHANTOM, CHAIR, "(拍手)", "♪", "道路の補修の件です。", "はい。", "Thank you.", "次に進みます", "…"]
    given, at = [], 0.5
    for _ in range(5):
        parts = [sentences[index] for index in chance.integers(0, len(sentences), chance.integers(1, 4))]
        length = float(chance.uniform(0.3, 1.8))
        certain = float(chance.uniform(0.2, 1.0))
        given.append(told("".join(parts), round(at, 3), round(at + length, 3), certain, words=bool(chance.integers(2))))
        at += length
    kept, removed = sift(given, voice, [SPOKEN])
    everything = sorted([(one.start, one.text) for one in (*kept, *removed)])
    assert "".join(text for _, text in everything) == "".join(one.text for one in given)
    assert all(one.start <= one.end for one in (*kept, *removed))
    assert [one.start for one in kept] == sorted(one.start for one in kept)
    assert all("".join(word.text for word in one.words) == one.text for one in kept if one.words)


def test_without_any_sound_nothing_breaks() -> None:
    empty = sounds.silence(0)
    assert reasons([told(CHAIR)], empty, []) == [NO_VOICE]
    assert sift([], empty, []) == ([], [])


@pytest.mark.parametrize("reason", [SILENCE, NO_VOICE, TOO_MUCH, PHRASE, SOUND, UNSURE])
def test_every_reason_has_its_sentence(reason: str) -> None:
    assert all(len(sentence(f"removed-{reason}", language, {})) > 10 for language in ("ja", "en"))


def test_the_lists_know_a_sentence_however_it_is_written_or_repeated() -> None:
    for text in (
        PHANTOM,
        "ご視聴 ありがとうございました",
        "ご視聴ありがとうございました。ご視聴ありがとうございました。",
    ):
        assert sort_of(text) is Sort.FOREIGN
    for text in (
        "字幕作成者 ○○",
        "チャンネル登録よろしくお願いします!",
        "THANK YOU FOR WATCHING!",
        "Subtitles by the community",
    ):
        assert sort_of(text) is Sort.FOREIGN
    assert sort_of("ご清聴、ありがとうございました。") is Sort.OFFICE


def test_what_is_said_in_meetings_is_not_on_the_lists() -> None:
    meetings = [text for _, _, text in made.truth(SAMPLES)]
    meetings += [
        "字幕作成業務の委託費です。",
        "公式チャンネルの登録者は三千人です。",
        "次の動画で説明します。",
        "視聴覚室を使います。",
    ]
    assert [text for text in meetings if sort_of(text)] == []
