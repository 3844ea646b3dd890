"""Log-in: who gets in, how often one may fail, and that strangers lock out themselves first."""

import logging
import threading

import pytest
from django.db import connection
from django.test import RequestFactory

from tests.web.factory import PASSWORD, person
from yuanliu.accounts import rules
from yuanliu.accounts.actions import authenticate_person
from yuanliu.accounts.models import Attempts

NOW = 1_780_000_000_000_000
MINUTE = rules.MINUTE


def _try(password, *, name="mei", address="192.0.2.1", now=NOW):
    request = RequestFactory().post("/login/", REMOTE_ADDR=address)
    return authenticate_person(request, name=name, password=password, now=now)


def _fail(times, **options):
    for _ in range(times):
        with pytest.raises(rules.WrongLogin):
            _try("wrong", **options)


@pytest.fixture
def mei(db):
    return person("mei")


def test_name_and_password_let_a_person_in(mei):
    assert _try(PASSWORD) == mei


def test_a_person_who_was_switched_off_is_refused_like_a_stranger(db):
    person("mei", active=False)
    with pytest.raises(rules.WrongLogin):
        _try(PASSWORD)
    with pytest.raises(rules.WrongLogin):
        _try(PASSWORD, name="nobody")


def test_the_sixth_try_is_refused_even_with_the_right_password(mei):
    _fail(5)
    with pytest.raises(rules.TooManyFailures) as refused:
        _try(PASSWORD)
    assert refused.value.facts == {"minutes": 15}
    assert refused.value.status == 429


def test_the_lock_ends_after_a_quarter_of_an_hour_though_it_was_tried_in_between(mei):
    _fail(5)
    for minute in (1, 7, 14):
        with pytest.raises(rules.TooManyFailures):
            _try(PASSWORD, now=NOW + minute * MINUTE)
    assert _try(PASSWORD, now=NOW + 15 * MINUTE) == mei


def test_a_log_in_forgets_the_failures_before_it(mei):
    _fail(4)
    _try(PASSWORD)
    _fail(4)
    assert _try(PASSWORD) == mei


def test_a_stranger_elsewhere_does_not_lock_the_person_out(mei):
    _fail(5, address="203.0.113.9")
    assert _try(PASSWORD, address="192.0.2.1") == mei


def test_a_name_is_locked_everywhere_after_thirty_failures_from_anywhere(mei):
    for host in range(6):
        _fail(5, address=f"203.0.113.{host}")
    with pytest.raises(rules.TooManyFailures):
        _try(PASSWORD, address="192.0.2.1")


def test_an_address_is_locked_after_a_hundred_failures_whatever_the_names(mei):
    for number in range(100):
        _fail(1, name=f"user{number}", address="203.0.113.9")
    with pytest.raises(rules.TooManyFailures):
        _try(PASSWORD, address="203.0.113.9")


def test_capitals_and_blanks_do_not_give_a_name_more_tries(mei):
    for name in ("mei", "MEI", " mei", "Mei ", "mEi"):
        _fail(1, name=name)
    with pytest.raises(rules.TooManyFailures):
        _try(PASSWORD)


def test_names_are_not_kept_because_people_type_passwords_there(mei):
    _fail(1, name="my secret password")
    assert all(len(row.watched) == 64 for row in Attempts.objects.all())


def test_forgotten_attempts_are_cleared_away(mei):
    for number in range(10):
        _fail(1, name=f"user{number}", address=f"203.0.113.{number}")
    _fail(1, now=NOW + 16 * MINUTE)
    assert Attempts.objects.count() == 3


def test_the_operator_is_told_when_a_lock_falls(mei, caplog):
    with caplog.at_level(logging.WARNING, logger="yuanliu.accounts"):
        _fail(5)
    assert "Log-in is locked after 5 attempts from 192.0.2.1." in caplog.messages


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_time_get_no_more_than_five(caplog):
    person("mei")
    answers = []

    def one():
        try:
            _try("wrong")
        except rules.WrongLogin:
            answers.append("wrong")
        except rules.TooManyFailures:
            answers.append("locked")
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count("wrong"), answers.count("locked")) == (5, 7)


@pytest.mark.parametrize(
    ("count", "after", "left"),
    [(4, 0, 0), (5, 0, 15), (5, 14 * MINUTE + 1, 1), (9, 15 * MINUTE, 0)],
)
def test_how_long_a_lock_lasts(count, after, left):
    assert rules.minutes_locked(count=count, last=NOW, limit=5, now=NOW + after) == left
