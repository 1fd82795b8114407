"""What may stand as a finance system's address, and as its limits."""

import pytest

from digilab.targets.rules import SettingRefusedError, address, bounded


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://zaimu.example.lg.jp/", "https://zaimu.example.lg.jp"),
        ("  HTTPS://Zaimu.Example.lg.jp/App/  ", "https://zaimu.example.lg.jp/App"),
        ("http://10.20.30.40:8080", "http://10.20.30.40:8080"),
        ("http://[fd00::1]:8080/zaimu", "http://[fd00::1]:8080/zaimu"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://zaimu", "http://zaimu"),
    ],
)
def test_an_address_is_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert address(typed) == kept
    assert address(kept) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("zaimu.example.lg.jp", "url-malformed"),
        ("ftp://zaimu.example.lg.jp", "url-malformed"),
        ("file:///etc/passwd", "url-malformed"),
        ("javascript:alert(1)", "url-malformed"),
        ("https://", "url-malformed"),
        ("https://zaimu example/", "url-malformed"),
        ("https://zaimu.example:99999/", "url-malformed"),
        ("https://zaimu.example/?id=1", "url-malformed"),
        ("https://zaimu.example/#menu", "url-malformed"),
        ("https://zaimu.example/\x00", "url-malformed"),
        ("https://" + "a" * 400, "url-malformed"),
        ("https://[fd00::1", "url-malformed"),
        ("https://kaikei:himitsu@zaimu.example/", "url-credentials"),
        ("https://kaikei@zaimu.example/", "url-credentials"),
        ("http://169.254.169.254/latest", "url-refused"),
        ("http://[fe80::1]/", "url-refused"),
        ("http://0.0.0.0/", "url-refused"),
        ("http://224.0.0.1/", "url-refused"),
    ],
)
def test_what_is_no_address_of_a_finance_system_is_refused(typed: str, reason: str) -> None:
    with pytest.raises(SettingRefusedError) as refused:
        address(typed)
    assert refused.value.reason == reason


def test_a_refused_address_is_not_repeated_with_its_password() -> None:
    with pytest.raises(SettingRefusedError) as refused:
        address("https://kaikei:himitsu@zaimu.example/")
    assert "himitsu" not in f"{refused.value!r} {refused.value.evidence}"


def test_a_number_has_bounds_and_both_are_within() -> None:
    bounded("--contexts", 1, 16)
    bounded("--contexts", 16, 16)
    for value in (0, 17, float("nan"), float("inf")):
        with pytest.raises(SettingRefusedError) as refused:
            bounded("--contexts", value, 16)
        assert (refused.value.evidence["least"], refused.value.evidence["most"]) == ("1", "16")
