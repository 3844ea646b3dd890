"""The log-in page: in, out, locked, and expired."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.web import factory
from tests.web.page import Page


def _log_in(client, password=factory.PASSWORD, **more):
    return client.post("/login/", {"username": "mei", "password": password, **more})


@pytest.fixture
def mei(db):
    return factory.person("mei")


def test_a_wrong_password_is_said_without_saying_which_was_wrong(mei):
    wrong = Page(_log_in(Client(), "wrong"))
    nobody = Page(Client().post("/login/", {"username": "nobody", "password": "wrong"}))
    sentence = "This name and password do not belong together"
    assert sentence in wrong.text
    assert sentence in nobody.text


def test_the_sixth_try_is_told_how_long_to_wait_in_both_languages(mei):
    client = Client()
    for _ in range(5):
        _log_in(client, "wrong")
    locked = _log_in(client)
    assert "Log-in failed too often. Wait 15 minutes" in Page(locked).text
    assert "sessionid" not in client.cookies
    client.cookies["django_language"] = "zh-hans"
    assert "登录失败次数过多。请等待 15 分钟" in Page(_log_in(client)).text


def test_a_person_who_was_switched_off_while_logged_in_is_out(mei):
    client = Client()
    _log_in(client)
    assert client.get("/").status_code == 200
    mei.is_active = False
    mei.save()
    assert client.get("/").headers["Location"] == "/login/?next=/"
    assert client.get("/api/v1/units").status_code == 401


def test_logging_out_ends_the_session_on_the_server(mei):
    client = Client()
    _log_in(client)
    kept = client.cookies["sessionid"].value
    assert client.post("/logout/").headers["Location"] == "/login/"
    client.cookies["sessionid"] = kept
    assert client.get("/").status_code == 302


def test_a_session_ends_after_a_shift(mei):
    client = Client()
    _log_in(client)
    session = Session.objects.get()
    left = session.expire_date - timezone.now()
    assert timedelta(hours=11, minutes=59) < left <= timedelta(hours=12)
    session.expire_date = timezone.now() - timedelta(seconds=1)
    session.save()
    assert client.get("/").headers["Location"] == "/login/?next=/"


def test_the_session_gets_a_new_name_at_the_log_in(mei):
    client = Client()
    client.cookies["sessionid"] = "a" * 32
    _log_in(client)
    assert client.cookies["sessionid"].value != "a" * 32


def test_a_log_in_never_leads_to_another_site(mei):
    assert _log_in(Client(), next="https://evil.example/").headers["Location"] == "/"
    assert _log_in(Client(), next="//evil.example/").headers["Location"] == "/"


def test_whoever_is_in_already_goes_on(mei):
    client = Client()
    _log_in(client)
    assert client.get("/login/?next=/keys/").headers["Location"] == "/keys/"


@pytest.mark.parametrize("name", ["", " ", "x" * 151, "a\x00b"])
def test_what_cannot_be_a_name_is_refused(mei, name):
    answer = Client().post("/login/", {"username": name, "password": "x"})
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies


def test_a_password_without_end_is_not_hashed(mei):
    answer = _log_in(Client(), "x" * 1001)
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies
