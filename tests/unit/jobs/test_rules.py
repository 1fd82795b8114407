"""Receipt numbers and the states of a job."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digilab.jobs.rules import MOVES, JobState, job_id_of, receipt

settings.register_profile("same every time", derandomize=True, deadline=None, database=None)
settings.load_profile("same every time")

ids = st.integers(1, 10**12)
NEVER_SEEN_BY_LUHN = {("0", "9"), ("9", "0")}


@given(ids)
def test_a_receipt_number_leads_back_to_its_job(job_id: int) -> None:
    assert job_id_of(receipt(job_id)) == job_id


@pytest.mark.parametrize(
    ("job_id", "number"), [(123, "DL-000123-0"), (1, "DL-000001-8"), (7992739871, "DL-7992739871-3")]
)
def test_receipt_numbers_stay_as_they_are(job_id: int, number: str) -> None:
    assert receipt(job_id) == number


@given(ids, st.data())
def test_every_slip_in_one_digit_is_caught(job_id: int, data: st.DataObject) -> None:
    number = receipt(job_id)
    place = data.draw(st.sampled_from([index for index, sign in enumerate(number) if sign.isdigit()]))
    digit = data.draw(st.sampled_from([each for each in "0123456789" if each != number[place]]))
    assert job_id_of(number[:place] + digit + number[place + 1 :]) is None


@given(ids)
def test_swapped_neighbours_are_caught_except_09_and_90(job_id: int) -> None:
    number = receipt(job_id)
    digits = number[3:-2]
    for place, pair in enumerate(pairwise(digits)):
        swapped = digits[:place] + pair[1] + pair[0] + digits[place + 2 :]
        caught = job_id_of(f"DL-{swapped}-{number[-1]}") is None
        assert caught or pair[0] == pair[1] or pair in NEVER_SEEN_BY_LUHN


@pytest.mark.parametrize(
    "number", ["dl-000123-0", " DL-000123-0\n", "Dl-000123-0", "ＤＬ－０００１２３－０", "DL-000123-0\u3000"]
)
def test_a_number_is_understood_however_it_is_typed(number: str) -> None:
    assert job_id_of(number) == 123


@pytest.mark.parametrize(
    "number",
    [
        "",
        "DL",
        "123",
        "DL-000123",
        "DL-123-0",
        "DL-000123-00",
        "DL-000123-0/../1",
        "XX-000123-0",
        "DL-00012\u0663-0",
        "\x00",
    ],
)
def test_what_is_no_receipt_number_leads_nowhere(number: str) -> None:
    assert job_id_of(number) is None


@pytest.mark.parametrize("number", ["DL-0000123-0", "DL-99999999999999999999-9", "DL-1000000000000000000-8"])
def test_one_job_has_one_number_and_no_job_has_a_number_beyond_the_record(number: str) -> None:
    assert job_id_of(number) is None


def test_every_state_says_what_may_follow() -> None:
    assert set(MOVES) == set(JobState)


EXPECTED_MOVES = {
    JobState.RECEIVED: "running failed cancelled quarantined",
    JobState.RUNNING: "approval scheduled review done failed cancelled quarantined",
    JobState.APPROVAL: "running scheduled cancelled",
    JobState.SCHEDULED: "running cancelled",
    JobState.REVIEW: "running approval done cancelled",
    JobState.DONE: "review",
    JobState.FAILED: "received",
    JobState.CANCELLED: "received approval scheduled review",
    JobState.QUARANTINED: "received",
}


@pytest.mark.parametrize("before", JobState)
@pytest.mark.parametrize("after", JobState)
def test_every_move_is_allowed_or_not_as_design_says(before: JobState, after: JobState) -> None:
    assert (after in MOVES[before]) == (after.value in EXPECTED_MOVES[before].split())


def test_a_job_that_is_done_moves_only_back_to_people() -> None:
    assert MOVES[JobState.DONE] == {JobState.REVIEW}


def test_what_ended_badly_may_be_tried_again_and_nothing_else() -> None:
    assert {state for state in JobState if state.retryable} == {
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.QUARANTINED,
    }


def test_every_state_can_be_reached_from_the_first() -> None:
    reached, fresh = {JobState.RECEIVED}, [JobState.RECEIVED]
    while fresh:
        following = MOVES[fresh.pop()] - reached
        reached |= following
        fresh += following
    assert reached == set(JobState)
