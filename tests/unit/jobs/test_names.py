"""Names of files as people see them (cases H7, A22, X22 of the bad inputs)."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digilab.jobs.names import LONGEST, display_name, unique_names

settings.register_profile("same every time", derandomize=True, deadline=None, database=None)
settings.load_profile("same every time")

ON_WINDOWS = frozenset('\\/:*?"<>|')


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("会議録.mp3", "会議録.mp3"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\録音\\定例会.wav", "定例会.wav"),
        ("/absolute.wav", "absolute.wav"),
        ("a\x00b.mp3", "ab.mp3"),
        ("議事\n録\r.mp3", "議事録.mp3"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\u2066b\u2069\u200b.mp3", "ab.mp3"),
        ('<a>:"b|c?*".mp3', "_a___b_c___.mp3"),
        ("name. . .", "name"),
        ("   .. ", "file"),
        ("", "file"),
        ("\x00\u202e", "file"),
        ("....mp3", "mp3"),
        ("絵文字🎤.mp3", "絵文字🎤.mp3"),
        ("塚神福髙﨑.wav", "塚神福髙﨑.wav"),
        ("葛\U000e0100城市.wav", "葛\U000e0100城市.wav"),
        ("外字\ue000.wav", "外字\ue000.wav"),
        ("か\u3099.wav", "か\u3099.wav"),
    ],
)
def test_a_name_is_made_safe_and_otherwise_kept(raw: str, shown: str) -> None:
    assert display_name(raw) == shown


@pytest.mark.parametrize(
    "name",
    ["CON", "con.mp3", "NUL.wav", "aux", "Prn.txt", "COM1.mp3", "lpt9.wav", "com1.tar.gz", "CON .mp3", "COM¹.mp3"],
)
def test_a_name_that_windows_keeps_for_itself_can_be_saved_all_the_same(name: str) -> None:
    assert display_name(name) == f"_{name}"


@pytest.mark.parametrize("name", ["CONCERT.mp3", "COM10.mp3", "NULL.wav", "auxiliary.wav", "市長CON.mp3"])
def test_a_name_that_only_resembles_one_stays(name: str) -> None:
    assert display_name(name) == name


@pytest.mark.parametrize(
    "name", ["会議録①.wav", "議会だより.mp3", "ソ連表示能力.wma", "第3回 定例会(午後).m4a", "カイギ.wav"]
)
def test_a_cp932_name_that_an_old_client_sent_as_bytes_is_recovered(name: str) -> None:
    assert display_name(name.encode("cp932").decode("latin-1")) == name


@pytest.mark.parametrize("name", ["会議録①.wav", "あいさつ.mp3", "塚神福.wav"])
def test_an_utf8_name_that_was_read_byte_by_byte_is_recovered(name: str) -> None:
    assert display_name(name.encode("utf-8").decode("latin-1")) == name


@pytest.mark.parametrize("name", ["Réunion.mp3", "Übung Maß.wav", "São Paulo.mp3", "naïve café.m4a", "Å é ü ñ.wav"])
def test_a_western_name_is_not_taken_for_garbled_japanese(name: str) -> None:
    assert display_name(name) == name


def test_a_name_that_is_too_long_keeps_its_ending() -> None:
    shown = display_name("長" * 500 + ".mp3")
    assert len(shown) == LONGEST
    assert shown.endswith("長.mp3")


@given(st.text(max_size=400))
def test_whatever_comes_in_the_name_is_safe_everywhere(raw: str) -> None:
    shown = display_name(raw)
    assert 1 <= len(shown) <= LONGEST
    assert not ON_WINDOWS & set(shown)
    assert shown == shown.strip(" .")
    assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in shown)
    shown.encode("utf-8")


@given(st.text(max_size=300))
def test_making_a_safe_name_safe_changes_nothing(raw: str) -> None:
    assert display_name(display_name(raw)) == display_name(raw)


def test_names_that_stand_there_already_get_a_number() -> None:
    assert unique_names(["a.mp3", "A.mp3", "b.mp3", "a.mp3"]) == ["a.mp3", "A (2).mp3", "b.mp3", "a (3).mp3"]


def test_a_number_never_meets_a_name_that_had_it_before() -> None:
    assert unique_names(["a (2).mp3", "a.mp3", "a.mp3"]) == ["a (2).mp3", "a.mp3", "a (3).mp3"]


@given(st.lists(st.sampled_from(["a.mp3", "A.MP3", "a (2).mp3", "b", "a (2) (2).mp3"]), max_size=12))
def test_numbered_names_are_all_different_and_in_order(names: list[str]) -> None:
    unique = unique_names(names)
    assert len({each.casefold() for each in unique}) == len(names) == len(unique)
