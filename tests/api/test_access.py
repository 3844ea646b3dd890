"""Nobody comes in who may not: sessions, keys, scopes, and every address there is."""

import json
import re
import time

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.api.conftest import Program, key_for
from tests.web.factory import PASSWORD
from yuanliu.accounts.actions import revoke_api_key
from yuanliu.ledger.desk import actions
from yuanliu.ledger.read import size

OPEN_TO_STRANGERS = {"/healthz", "/i18n/setlang/", "/login/"}
SAMPLES = {"position": "0", "ref": "FLOUR/F1", "direction": "forward", "prefix": "abc"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _addresses(patterns=None, before: str = "/") -> list[str]:
    found = []
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += _addresses(entry.url_patterns, here)
        elif isinstance(entry, URLPattern):
            found.append(re.sub(r"<(?:\w+:)?(\w+)>", lambda name: SAMPLES[name[1]], here))
    return found


@pytest.mark.django_db
def test_a_stranger_gets_nothing_at_any_address_with_any_method():
    addresses = _addresses()
    assert len(addresses) > 50
    wrong = []
    for address in addresses:
        if address in OPEN_TO_STRANGERS:
            continue
        for method in METHODS:
            answer = Client().generic(method, address, "{}", content_type="application/json")
            to_login = answer.status_code == 302 and answer.headers["Location"].startswith(
                "/login/"
            )
            # 404: the API's root is no address; 405: the address does not answer this method.
            if not to_login and answer.status_code not in (401, 404, 405):
                wrong.append((method, address, answer.status_code))
    assert wrong == []


@pytest.mark.django_db
def test_a_stranger_is_told_401_wherever_a_key_would_be_answered():
    told = {}
    for address in _addresses():
        if address.startswith("/api/v1/"):
            method = "POST" if "/actions/" in address or address.endswith("/batch") else "GET"
            answer = Client().generic(method, address, "{}", content_type="application/json")
            told.setdefault(answer.status_code, []).append(address)
    assert told.pop(404) == ["/api/v1/"]
    assert list(told) == [401]


def test_a_refused_stranger_learns_how_to_come_in(db):
    answer = Client().get("/api/v1/lots")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="yuanliu"'
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_logged_in"


def test_every_action_has_an_operation_of_its_own():
    found = {address.rpartition("/")[2] for address in _addresses() if "/actions/" in address}
    assert found == set(actions())


@pytest.mark.parametrize("scopes", [("write",), ("hold",)])
def test_a_key_without_read_cannot_read(bakery, mei, scopes):
    answer = Program(key_for(mei, *scopes)).get("/lots")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_a_key_that_only_reads_cannot_write_and_nothing_is_recorded(bakery, mei):
    before = size()
    answer = Program(key_for(mei, "read")).post(
        "/actions/hold", {"arguments": {"lots": ["BREAD/B1"], "reason": "glass"}}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert answer.json()["facts"] == {"actor": "mei", "action": "hold"}
    assert size() == before


def test_a_key_for_one_action_takes_that_action_and_no_other(bakery, mei):
    program = Program(key_for(mei, "hold"))
    held = program.post("/actions/hold", {"arguments": {"lots": ["BREAD/B1"], "reason": "glass"}})
    assert held.status_code == 201
    released = program.post("/actions/release", {"arguments": {"lots": ["BREAD/B1"]}})
    assert released.status_code == 403


def test_a_key_for_one_action_cannot_take_another_through_a_batch(bakery, mei):
    program = Program(key_for(mei, "hold"))
    calls = [{"action": "release", "arguments": {"lots": ["BREAD/B2"]}}]
    answer = program.post("/batch", {"groups": [{"calls": calls}]})
    (outcome,) = answer.json()["outcomes"]
    assert (outcome["status"], outcome["problem"]["code"]) == (403, "not_allowed")


def test_a_revoked_key_opens_nothing_from_that_moment_on(bakery, mei):
    text = key_for(mei, "read")
    assert Program(text).get("/lots").status_code == 200
    revoke_api_key(user=mei, prefix=text.split("_")[1], now=time.time_ns() // 1000)
    assert Program(text).get("/lots").status_code == 401


def test_the_key_of_a_person_who_was_switched_off_opens_nothing(bakery, mei):
    text = key_for(mei, "read", "write")
    mei.is_active = False
    mei.save()
    assert Program(text).get("/lots").status_code == 401


def test_a_key_writes_no_more_when_its_person_may_not(bakery, mei):
    text = key_for(mei, "read", "write")
    mei.is_staff = False
    mei.save()
    program = Program(text)
    assert program.get("/lots").status_code == 200
    answer = program.post("/actions/hold", {"arguments": {"lots": ["BREAD/B1"], "reason": "glass"}})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer yl_",
        "Bearer yl_abc_def",
        "Bearer yl_\x00_\x00",
        "Bearer 源流",
        "Basic bWVpOnBhc3M=",
        "Bearer " + "x" * 5000,
    ],
)
def test_what_is_no_key_opens_nothing(bakery, header):
    client = Client(headers={"authorization": header})
    assert client.get("/api/v1/lots").status_code == 401


def test_a_session_reads_and_writes_with_its_token_only(bakery, mei):
    client = Client(enforce_csrf_checks=True)
    client.force_login(mei)
    body = json.dumps({"arguments": {"lots": ["BREAD/B1"], "reason": "glass"}})
    before = size()
    assert client.get("/api/v1/lots").status_code == 200

    def post(**headers):
        return client.post(
            "/api/v1/actions/hold", body, content_type="application/json", headers=headers
        )

    refused = post()
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert size() == before
    client.get("/")  # a page with a form sets the cookie
    token = client.cookies["csrftoken"].value
    assert post(**{"x-csrftoken": token}).status_code == 201


def test_a_key_needs_no_token(bakery, mei):
    client = Client(
        enforce_csrf_checks=True, headers={"authorization": f"Bearer {key_for(mei, 'write')}"}
    )
    body = json.dumps({"arguments": {"lots": ["BREAD/B1"], "reason": "glass"}})
    answer = client.post("/api/v1/actions/hold", body, content_type="application/json")
    assert answer.status_code == 201


def test_a_session_of_a_person_without_the_right_reads_only(bakery, reader):
    client = Client()
    assert client.login(username="li", password=PASSWORD)
    assert client.get("/api/v1/lots").status_code == 200
    body = json.dumps({"arguments": {"lots": ["BREAD/B1"], "reason": "glass"}})
    answer = client.post("/api/v1/actions/hold", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_who_wrote_through_what_stands_in_the_fact(bakery, mei):
    text = key_for(mei, "read", "write")
    program = Program(text)
    receipt = program.post(
        "/actions/hold", {"arguments": {"lots": ["BREAD/B1"], "reason": "glass"}}
    ).json()
    by = program.get(f"/facts/{receipt['first']}").json()["body"]["by"]
    assert by["actor"] == "mei"
    assert by["channel"] == "api"
    assert by["device"] == "key:" + text.split("_")[1]
    assert by["ip"] == "127.0.0.1"
