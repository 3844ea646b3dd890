"""The site's own answers: health, headers, the database as it is really opened."""

import pytest
from django.db import connection
from django.test import Client

from yuanliu.config.security import POLICY


@pytest.mark.django_db
def test_healthz_answers_a_stranger_with_ok():
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer.headers["Cache-Control"]


def test_healthz_answers_503_where_the_database_does_not_answer(monkeypatch):
    def refuse(*_):
        raise connection.Database.OperationalError("no")

    monkeypatch.setattr("yuanliu.config.health.connection.cursor", refuse)
    monkeypatch.setattr("yuanliu.config.health.DatabaseError", connection.Database.Error)
    assert Client().get("/healthz").status_code == 503


@pytest.mark.django_db
def test_every_answer_says_that_nothing_foreign_and_nothing_inline_may_load():
    answer = Client().get("/healthz")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_reader_may_choose_the_language_before_logging_in():
    answer = Client().post("/i18n/setlang/", {"language": "zh-hans", "next": "/login/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/")
    assert answer.cookies["django_language"].value == "zh-hans"


@pytest.mark.django_db
def test_an_unknown_host_name_is_refused():
    assert Client().get("/healthz", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.sqlite_only
@pytest.mark.django_db
def test_sqlite_is_opened_as_the_design_says():
    with connection.cursor() as cursor:
        found = {}
        for name in ("synchronous", "foreign_keys", "journal_mode"):
            found[name] = cursor.execute(f"PRAGMA {name}").fetchone()[0]
    assert found == {"synchronous": 2, "foreign_keys": 1, "journal_mode": _journal()}


def _journal() -> str:
    return "wal" if connection.Database.sqlite_version_info >= (3, 51, 3) else "truncate"
