"""Who asks: signing in, its end, the throttle, tokens, accounts, the audit trail."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from digilab.access import people, signing
from digilab.access.audit import record
from digilab.access.records import Audit, Department, FailedSignIn, Person, SignIn, Token
from digilab.access.rules import LONGEST_LOGIN, PASSWORD_LENGTH, Role
from digilab.access.signing import FREE_TRIES, LONGEST_WAIT, SignedIn
from digilab.errors import (
    LoginMalformedError,
    LoginTakenError,
    NotFoundError,
    NotSignedInError,
    PasswordTooShortError,
    ShareMalformedError,
)
from digilab.jobs import sight
from integration.jobs.lab import PASSWORD, Lab

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
HOME = "192.0.2.1"


def sign_in(lab: Lab, login: str = "sato", password: str = PASSWORD, address: str = HOME) -> str | None:
    """The cookie, or None."""
    with lab.database.transaction() as session:
        opened = signing.sign_in(session, login, password, address)
    return opened.cookie if opened else None


def signed_in(lab: Lab, cookie: str) -> SignedIn:
    with lab.database.reading() as session:
        return signing.signed_in(session, cookie, HOME, idle=IDLE, absolute=ABSOLUTE)


def cookie_of(lab: Lab, login: str = "sato") -> str:
    cookie = sign_in(lab, login)
    assert cookie is not None
    return cookie


def wait(lab: Lab, login: str = "sato", address: str = HOME) -> float:
    with lab.database.reading() as session:
        return signing.wait_before_next_try(session, login, address)


def change(lab: Lab, login: str, act: Callable[..., object], *values: object) -> None:
    with lab.database.transaction() as session:
        act(session, people.person_with(session, login), *values)


# --- signing in -------------------------------------------------------------------------------------------


def test_login_and_password_open_a_sign_in_that_says_who_it_is(lab: Lab) -> None:
    found = signed_in(lab, cookie_of(lab))
    assert (found.asker.login, found.asker.role, found.asker.department, found.asker.address) == (
        "sato",
        Role.STAFF,
        "総務課",
        HOME,
    )
    assert len(found.form_token) >= 32


def confirmed(lab: Lab, login: str, password: str) -> bool:
    asker = replace(lab.askers[login], address=HOME)
    with lab.database.transaction() as session:
        return signing.confirmed(session, asker, password)


def test_a_password_typed_again_is_the_askers_own_and_wrong_ones_wait_as_at_the_door(lab: Lab) -> None:
    with lab.database.transaction() as session:
        people.set_password(session, people.person_with(session, "boss"), "another long password")
    assert confirmed(lab, "sato", PASSWORD)
    for typed in ("another long password", "", "\ud800", PASSWORD + " ", "x", "y"):
        assert not confirmed(lab, "sato", typed)
    assert wait(lab, "sato") > 0
    assert wait(lab, "boss") == 0
    assert confirmed(lab, "sato", PASSWORD)
    assert wait(lab, "sato") == 0


def test_a_closed_account_confirms_nothing(lab: Lab) -> None:
    change(lab, "sato", people.disable)
    assert not confirmed(lab, "sato", PASSWORD)


def test_two_sign_ins_have_nothing_in_common(lab: Lab) -> None:
    one, other = cookie_of(lab), cookie_of(lab)
    assert one != other
    assert signed_in(lab, one).form_token != signed_in(lab, other).form_token


def test_neither_cookies_nor_tokens_nor_passwords_are_kept_as_they_are(lab: Lab) -> None:
    cookie = cookie_of(lab)
    with lab.database.transaction() as session:
        secret = people.add_token(session, people.person_with(session, "sato"), "バッチ")
    with lab.database.reading() as session:
        kept = [sign_in.cookie_hash for sign_in in session.scalars(select(SignIn))]
        kept += [token.token_hash for token in session.scalars(select(Token))]
        kept += [person.password_hash for person in session.scalars(select(Person))]
    for hidden in (cookie, secret, PASSWORD):
        assert all(hidden not in each for each in kept)


@pytest.mark.parametrize(
    ("login", "password"),
    [("sato", "wrong horse battery"), ("sato", ""), ("nobody", PASSWORD), ("", ""), ("SATO", PASSWORD)],
)
def test_what_does_not_fit_opens_nothing(lab: Lab, login: str, password: str) -> None:
    assert sign_in(lab, login, password) is None
    assert lab.count(SignIn) == 0


@pytest.mark.parametrize("login", ["x\x00y", "\ud800", "長" * 5000, "' or 1=1 --", "\u202e"])
def test_a_login_that_no_database_takes_is_only_a_wrong_one(lab: Lab, login: str) -> None:
    for _ in range(2):
        assert sign_in(lab, login, "\ud800") is None
    assert lab.count(FailedSignIn) == 1


@pytest.mark.parametrize("cookie", ["", "x", "\x00", "ü"])
def test_a_made_up_cookie_is_nobodys(lab: Lab, cookie: str) -> None:
    with pytest.raises(NotSignedInError):
        signed_in(lab, cookie)


def test_signing_out_ends_this_sign_in_only(lab: Lab) -> None:
    here, there = cookie_of(lab), cookie_of(lab)
    with lab.database.transaction() as session:
        signing.sign_out(session, here)
    with pytest.raises(NotSignedInError):
        signed_in(lab, here)
    assert signed_in(lab, there)


# --- its end ----------------------------------------------------------------------------------------------


def test_a_sign_in_that_is_not_used_ends(lab: Lab) -> None:
    cookie = cookie_of(lab)
    lab.pass_time(IDLE.total_seconds() - 5)
    assert signed_in(lab, cookie)
    lab.pass_time(10)
    with pytest.raises(NotSignedInError):
        signed_in(lab, cookie)


def test_a_sign_in_that_is_used_ends_all_the_same_after_its_time(lab: Lab) -> None:
    cookie = cookie_of(lab)
    minutes = 25
    for _ in range(int(ABSOLUTE.total_seconds() // 60 // minutes)):
        lab.pass_time(minutes * 60)
        signed_in(lab, cookie)
        with lab.database.transaction() as session:
            signing.touch(session, cookie)
    lab.pass_time(minutes * 60)
    with pytest.raises(NotSignedInError):
        signed_in(lab, cookie)


def test_a_new_password_ends_every_sign_in_of_this_person_only(lab: Lab) -> None:
    mine, also_mine, other = cookie_of(lab), cookie_of(lab), cookie_of(lab, "suzuki")
    change(lab, "sato", people.set_password, "another long password")
    for cookie in (mine, also_mine):
        with pytest.raises(NotSignedInError):
            signed_in(lab, cookie)
    assert signed_in(lab, other)
    assert sign_in(lab) is None
    assert sign_in(lab, password="another long password") is not None


def test_a_closed_account_is_out_at_once(lab: Lab) -> None:
    cookie = cookie_of(lab)
    with lab.database.transaction() as session:
        secret = people.add_token(session, people.person_with(session, "sato"), "バッチ")
    change(lab, "sato", people.disable)
    with pytest.raises(NotSignedInError):
        signed_in(lab, cookie)
    with pytest.raises(NotSignedInError), lab.database.reading() as session:
        people.asker_of_token(session, secret, HOME)
    assert sign_in(lab) is None


def test_a_sign_in_that_outlived_its_account_is_refused(lab: Lab) -> None:
    """However the account was closed, for instance straight in the database."""
    cookie = cookie_of(lab)
    with lab.database.transaction() as session:
        session.execute(update(Person).where(Person.login == "sato").values(disabled_at=people.now(session)))
    with pytest.raises(NotSignedInError):
        signed_in(lab, cookie)


def test_sweeping_forgets_what_has_run_out_and_nothing_else(lab: Lab) -> None:
    old = cookie_of(lab)
    sign_in(lab, password="wrong")
    lab.pass_time(timedelta(days=1, minutes=1).total_seconds())
    fresh = cookie_of(lab)
    sign_in(lab, "suzuki", "wrong")
    with lab.database.transaction() as session:
        signing.sweep(session, idle=IDLE, absolute=ABSOLUTE)
    assert lab.count(SignIn) == lab.count(FailedSignIn) == 1
    assert signed_in(lab, fresh)
    with pytest.raises(NotSignedInError):
        signed_in(lab, old)


# --- the throttle -----------------------------------------------------------------------------------------


def test_some_slips_are_free_then_each_costs_a_wait_that_doubles(lab: Lab) -> None:
    waits = []
    for _ in range(FREE_TRIES + 4):
        sign_in(lab, password="wrong")
        waits.append(round(wait(lab)))
    assert waits == [0] * FREE_TRIES + [2, 4, 8, 16]
    lab.pass_time(17)
    assert wait(lab) == 0


def test_the_wait_has_an_end_however_long_somebody_keeps_trying(lab: Lab) -> None:
    sign_in(lab, password="wrong")
    for tries in (30, 60, 5000, 2_000_000_000):
        with lab.database.transaction() as session:
            session.execute(update(FailedSignIn).values(tries=tries))
        assert wait(lab) == pytest.approx(LONGEST_WAIT.total_seconds(), abs=60)
        lab.pass_time(1)


def test_nobody_can_lock_a_colleague_out_from_elsewhere(lab: Lab) -> None:
    for _ in range(FREE_TRIES + 3):
        sign_in(lab, password="wrong", address="203.0.113.9")
    assert wait(lab, address="203.0.113.9") > 0
    assert wait(lab) == 0
    assert wait(lab, "suzuki", "203.0.113.9") == 0


def test_a_good_sign_in_forgets_the_slips_before_it(lab: Lab) -> None:
    for _ in range(FREE_TRIES):
        sign_in(lab, password="wrong")
    cookie_of(lab)
    assert lab.count(FailedSignIn) == 0


def test_a_login_that_does_not_exist_is_throttled_like_one_that_does(lab: Lab) -> None:
    for _ in range(FREE_TRIES + 2):
        sign_in(lab, "nobody", "wrong")
    assert round(wait(lab, "nobody")) == 4


def test_of_many_tries_at_once_every_one_counts(lab: Lab) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda _: sign_in(lab, password="wrong"), range(12))) == [None] * 12
    with lab.database.reading() as session:
        assert [failed.tries for failed in session.scalars(select(FailedSignIn))] == [12]


# --- tokens -----------------------------------------------------------------------------------------------


def test_a_token_acts_as_its_person_until_it_is_revoked(lab: Lab) -> None:
    with lab.database.transaction() as session:
        secret = people.add_token(session, people.person_with(session, "sato"), "バッチ")
    with lab.database.reading() as session:
        assert people.asker_of_token(session, secret, HOME).login == "sato"
        number = session.scalars(select(Token.id)).one()
    with lab.database.transaction() as session:
        people.revoke_token(session, number)
    with pytest.raises(NotSignedInError), lab.database.reading() as session:
        people.asker_of_token(session, secret, HOME)
    for again in (number, 424242):
        with pytest.raises(NotFoundError), lab.database.transaction() as session:
            people.revoke_token(session, again)


@pytest.mark.parametrize("secret", ["", "dl_", "dl_guess", "\x00"])
def test_a_made_up_token_is_nobodys(lab: Lab, secret: str) -> None:
    with pytest.raises(NotSignedInError), lab.database.reading() as session:
        people.asker_of_token(session, secret, HOME)


# --- accounts and departments -----------------------------------------------------------------------------


def add_person(lab: Lab, login: str = "new", department: str = "010", password: str = PASSWORD) -> None:
    with lab.database.transaction() as session:
        people.add_person(
            session, login=login, name="新人", department_code=department, role=Role.STAFF, password=password
        )


def test_a_login_exists_once(lab: Lab) -> None:
    with pytest.raises(LoginTakenError):
        add_person(lab, "sato")


@pytest.mark.parametrize("login", ["", " ", " x", "x ", "a\x00b", "a\nb", "x" * (LONGEST_LOGIN + 1)])
def test_a_login_that_nobody_could_type_is_refused(lab: Lab, login: str) -> None:
    with pytest.raises(LoginMalformedError):
        add_person(lab, login)


def test_a_short_password_is_refused_and_a_long_one_works(lab: Lab) -> None:
    with pytest.raises(PasswordTooShortError):
        add_person(lab, password="x" * (PASSWORD_LENGTH - 1))
    add_person(lab, password="日本語の長い長い合言葉です")
    assert sign_in(lab, "new", "日本語の長い長い合言葉です") is not None


def test_a_person_belongs_to_a_department_that_exists(lab: Lab) -> None:
    with pytest.raises(NotFoundError):
        add_person(lab, department="999")


def test_new_passwords_are_long_and_never_the_same() -> None:
    made = {people.new_password() for _ in range(100)}
    assert len(made) == 100
    assert {len(each) for each in made} == {20}


def department(lab: Lab, code: str) -> Department:
    with lab.database.reading() as session:
        return session.scalars(select(Department).where(Department.code == code)).one()


def test_a_department_that_is_renamed_keeps_its_share(lab: Lab) -> None:
    with lab.database.transaction() as session:
        people.add_department(session, "010", "総務課", 2.5)
    with lab.database.transaction() as session:
        people.add_department(session, "010", "総務部総務課")
    renamed = department(lab, "010")
    assert (renamed.name, renamed.share) == ("総務部総務課", 2.5)
    assert department(lab, "020").share == 1.0


@pytest.mark.parametrize("share", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_a_share_that_would_stop_the_clock_is_refused(lab: Lab, share: float) -> None:
    with pytest.raises(ShareMalformedError), lab.database.transaction() as session:
        people.add_department(session, "010", "総務課", share)
    assert department(lab, "010").share == 1.0


# --- what is yours ----------------------------------------------------------------------------------------


def test_a_department_sees_its_own_jobs_and_the_lab_sees_all(lab: Lab) -> None:
    mine, other = lab.submit("sato"), lab.submit("suzuki")
    seen = {}
    for login, asker in lab.askers.items():
        with lab.database.reading() as session:
            seen[login] = {job.receipt for job in sight.recent(session, asker, 10)}
    both = {mine.receipt, other.receipt}
    assert seen == {"sato": {mine.receipt}, "suzuki": {other.receipt}, "boss": both, "audit": both}


@pytest.mark.parametrize("number", ["DL-000001-8", "DL-000001-7", "", "\x00", "DL-999999999999999999-0", "１"])
def test_another_departments_job_and_a_made_up_one_look_the_same(lab: Lab, number: str) -> None:
    other = lab.submit("suzuki")
    for asked in (number, other.receipt):
        with pytest.raises(NotFoundError) as refused, lab.database.reading() as session:
            sight.job_of(session, lab.askers["sato"], asked)
        assert refused.value.evidence == {}


@pytest.mark.parametrize("name", ["会議.mp3", "../会議.wav", "", "a\x00b", "\ud800", "x" * 5000])
def test_a_file_that_is_not_there_is_not_found_whatever_it_is_called(lab: Lab, name: str) -> None:
    accepted = lab.submit("sato")
    with lab.database.reading() as session:
        assert sight.file_of(session, lab.askers["sato"], accepted.receipt, "会議.wav").role == "input"
    with pytest.raises(NotFoundError), lab.database.reading() as session:
        sight.file_of(session, lab.askers["sato"], accepted.receipt, name)


def test_what_a_role_may_do() -> None:
    from digilab.access.rules import Asker

    def may(role: Role) -> str:
        asker = Asker(1, "x", "x", 10, "d", role)
        return " ".join(
            word
            for word, allowed in {
                "hands-in": asker.may_hand_in,
                "sees-own": asker.may_see(10),
                "sees-others": asker.may_see(20),
                "sees-all": asker.sees_all,
                "acts-on-own": asker.may_act_on(10),
                "acts-on-others": asker.may_act_on(20),
                "approves-own": asker.may_approve(10),
                "approves-others": asker.may_approve(20),
                "releases-own": asker.may_release(10),
                "releases-others": asker.may_release(20),
                "runs-lab": asker.runs_lab,
            }.items()
            if allowed
        )

    lab = "hands-in sees-own sees-others sees-all acts-on-own acts-on-others releases-own releases-others runs-lab"
    assert {role: may(role) for role in Role} == {
        Role.STAFF: "hands-in sees-own acts-on-own",
        Role.HEAD: "hands-in sees-own acts-on-own approves-own releases-own",
        Role.OPERATOR: lab,
        Role.ADMIN: lab,
        Role.AUDITOR: "sees-own sees-others sees-all",
    }


# --- the trail --------------------------------------------------------------------------------------------


def test_the_trail_keeps_who_did_what_from_where_whatever_was_typed(lab: Lab) -> None:
    with lab.database.transaction() as session:
        record(session, lab.askers["sato"], "job-cancel", "DL-000001-8", reason="誤り", count=2)
        record(session, None, "sign-in", "x\x00" + "y" * 500, "refused", login="z\x00" * 200, address="\ud800")
    with lab.database.reading() as session:
        first, second = session.scalars(select(Audit).order_by(Audit.id))
        assert (first.login, first.action, first.result, first.detail) == (
            "sato",
            "job-cancel",
            "ok",
            {"reason": "誤り", "count": 2},
        )
        assert (second.person_id, second.result, second.login, second.address) == (None, "refused", "z" * 80, "")
        assert len(second.subject) == 200
