"""Which waiting part goes next: the properties that fair share promises."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from digilab.jobs.choice import AGEING, Candidate, choose, class_of
from digilab.jobs.rules import Priority, Stage

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LONG_AGO = int(AGEING.total_seconds()) * 3

settings.register_profile("same every time", derandomize=True, deadline=None, database=None)
settings.load_profile("same every time")


def candidate(
    part: int,
    *,
    job: int | None = None,
    department: int = 1,
    priority: Priority = Priority.NORMAL,
    stage: Stage = Stage.WORK,
    ordinal: int = 0,
    weight: float = 60.0,
    waited: float = 0.0,
) -> Candidate:
    since = NOW - timedelta(seconds=waited)
    return Candidate(part, job if job is not None else part, department, priority, stage, ordinal, weight, since)


@st.composite
def backlogs(draw: st.DrawFn) -> list[Candidate]:
    """Jobs of several departments, each with some parts."""
    waiting: list[Candidate] = []
    for job in range(draw(st.integers(0, 8))):
        department = draw(st.integers(1, 3))
        priority = draw(st.sampled_from(Priority))
        waited = draw(st.integers(0, LONG_AGO))
        for ordinal in range(draw(st.integers(1, 5))):
            waiting.append(
                candidate(
                    len(waiting) + 1,
                    job=job,
                    department=department,
                    priority=priority,
                    stage=draw(st.sampled_from(Stage)),
                    ordinal=ordinal,
                    weight=draw(st.floats(0, 600)),
                    waited=waited,
                )
            )
    return waiting


used = st.dictionaries(st.integers(1, 3), st.floats(0, 10_000))
shares = st.dictionaries(st.integers(1, 3), st.floats(0.1, 10))


@given(backlogs(), used, shares)
def test_everything_that_waits_is_chosen_exactly_once(
    waiting: list[Candidate], used: dict[int, float], shares: dict[int, float]
) -> None:
    chosen = choose(waiting, used, shares, NOW, 10_000)
    assert Counter(each.part_id for each in chosen) == Counter(each.part_id for each in waiting)


@given(backlogs(), used, shares, st.integers(0, 40))
def test_a_shorter_choice_is_the_beginning_of_a_longer_one(
    waiting: list[Candidate], used: dict[int, float], shares: dict[int, float], count: int
) -> None:
    assert choose(waiting, used, shares, NOW, count) == choose(waiting, used, shares, NOW, 10_000)[:count]


@given(backlogs(), used, shares, st.randoms())
def test_the_order_in_which_the_record_lists_them_does_not_matter(
    waiting: list[Candidate], used: dict[int, float], shares: dict[int, float], random: object
) -> None:
    shuffled = list(waiting)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a Random
    assert choose(shuffled, used, shares, NOW, 10_000) == choose(waiting, used, shares, NOW, 10_000)


@given(backlogs(), used, shares)
def test_a_more_urgent_class_always_goes_before_a_less_urgent_one(
    waiting: list[Candidate], used: dict[int, float], shares: dict[int, float]
) -> None:
    classes = [class_of(each, NOW) for each in choose(waiting, used, shares, NOW, 10_000)]
    assert classes == sorted(classes)


@given(backlogs(), used, shares)
def test_within_a_department_and_class_the_oldest_job_goes_first(
    waiting: list[Candidate], used: dict[int, float], shares: dict[int, float]
) -> None:
    chosen = choose(waiting, used, shares, NOW, 10_000)
    for key in {(class_of(each, NOW), each.department_id) for each in chosen}:
        mine = [(each.since, each.job_id) for each in chosen if (class_of(each, NOW), each.department_id) == key]
        assert mine == sorted(mine)


def test_within_a_job_it_is_joined_then_opened_then_worked_on_in_order() -> None:
    waiting = [
        candidate(1, job=1, stage=Stage.WORK, ordinal=1),
        candidate(2, job=1, stage=Stage.SPLIT),
        candidate(3, job=1, stage=Stage.WORK, ordinal=0),
        candidate(4, job=1, stage=Stage.JOIN),
    ]
    assert [each.part_id for each in choose(waiting, {}, {}, NOW, 9)] == [4, 2, 3, 1]


def test_urgent_goes_before_normal_before_low() -> None:
    waiting = [
        candidate(1, priority=Priority.LOW, waited=30),
        candidate(2, priority=Priority.NORMAL, waited=20),
        candidate(3, priority=Priority.URGENT, waited=10),
    ]
    assert [each.part_id for each in choose(waiting, {}, {}, NOW, 3)] == [3, 2, 1]


def test_waiting_long_makes_a_low_job_as_urgent_as_any() -> None:
    seconds = AGEING.total_seconds()
    low = [candidate(number, priority=Priority.LOW, waited=waited) for number, waited in enumerate((0, seconds, 9e6))]
    assert [class_of(each, NOW) for each in low] == [Priority.LOW, Priority.NORMAL, Priority.URGENT]


def test_a_job_from_a_clock_that_runs_ahead_counts_as_new() -> None:
    assert class_of(candidate(1, priority=Priority.LOW, waited=-3600), NOW) == Priority.LOW


@given(st.integers(1, 4), st.floats(1, 600))
def test_nothing_starves_however_much_urgent_work_keeps_coming(slots: int, weight: float) -> None:
    """One low job against a department that hands in more urgent work than there are workers, one round each half hour."""
    low = candidate(0, department=1, priority=Priority.LOW)
    waiting, used, moment = [low], {1: 1e9}, NOW
    number = 1
    for _ in range(1000):
        for _ in range(slots + 1):
            waiting.append(Candidate(number, number, 2, Priority.URGENT, Stage.WORK, 0, weight, moment))
            number += 1
        chosen = choose(waiting, used, {}, moment, slots)
        for each in chosen:
            waiting.remove(each)
            used[each.department_id] = used.get(each.department_id, 0.0) + each.weight
        if low in chosen:
            return
        moment += timedelta(minutes=30)
        # Recent use fades within six hours, as the backlog counts it.
        used = {1: 0.0, 2: slots * weight * 12}
    raise AssertionError("the low job was never taken")


def test_departments_take_turns_by_what_they_used() -> None:
    waiting = [candidate(number, department=1, weight=60, waited=100) for number in range(4)]
    waiting += [candidate(10 + number, department=2, weight=120) for number in range(4)]
    assert [each.department_id for each in choose(waiting, {}, {}, NOW, 6)] == [1, 2, 1, 1, 2, 1]


def test_who_used_least_lately_goes_first() -> None:
    waiting = [candidate(1, department=1, waited=3600), candidate(2, department=2)]
    assert [each.department_id for each in choose(waiting, {1: 61.0, 2: 60.0}, {}, NOW, 2)] == [2, 1]


def test_a_long_recording_cannot_block_the_section_next_door() -> None:
    recording = [candidate(number, job=1, department=1, ordinal=number, waited=600) for number in range(100)]
    chosen = choose([*recording, candidate(999, department=2)], {}, {}, NOW, 2)
    assert 999 in [each.part_id for each in chosen]


def test_many_unopened_jobs_of_one_department_cannot_block_the_section_next_door() -> None:
    """Nobody knows yet how large they are; opening them counts as use all the same."""
    unopened = [candidate(number, department=1, stage=Stage.SPLIT, weight=0.0, waited=600) for number in range(100)]
    newcomer = candidate(999, department=2, stage=Stage.SPLIT, weight=0.0)
    assert 999 in [each.part_id for each in choose([*unopened, newcomer], {}, {}, NOW, 2)]


@given(st.floats(0.5, 8))
def test_over_time_departments_get_work_in_proportion_to_their_shares(share: float) -> None:
    waiting = [candidate(number, department=1, ordinal=number) for number in range(1000)]
    waiting += [candidate(5000 + number, department=2, ordinal=number) for number in range(1000)]
    chosen = Counter(each.department_id for each in choose(waiting, {}, {1: share, 2: 1.0}, NOW, 900))
    assert abs(chosen[1] - 900 * share / (share + 1)) <= 1 + share


@given(backlogs(), used)
def test_a_department_without_a_share_waits_for_the_others_and_breaks_nothing(
    waiting: list[Candidate], used: dict[int, float]
) -> None:
    assert len(choose(waiting, used, {1: 0.0}, NOW, 10_000)) == len(waiting)
