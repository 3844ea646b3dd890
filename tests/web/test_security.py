"""Nothing that people type runs in a browser, and nothing comes from another host."""

import re

import pytest
from django.test import Client

from tests.web import factory
from tests.web.page import Page
from yuanliu.ledger.desk import actions

PATHS = ["/", "/?q=B", "/?q=none", "/lots/FLOUR/F1", "/lots/BREAD/B1", "/lots/NO", "/keys/", "/no"]
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</title></script><script>alert(1)</script>",
    "{{ 7*7 }}{% now 'Y' %}",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)",
    "＜script＞alert(1)＜/script＞",
    "a\u202eb<b onclick=alert(1)>",
]


def _check(answer):
    """Check that a page holds no code and nothing foreign, and says so to the browser."""
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    page = Page(answer)
    assert page.inline == []
    for tag, attrs in page.elements:
        assert tag not in ("style", "iframe", "object", "embed", "base")
        assert "style" not in attrs, (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        assert tag != "script" or attrs.get("src"), attrs
    for address in page.addresses():
        assert re.match(r"^(/(?!/)|\?|#|$)", address), address
    return page


@pytest.mark.parametrize("path", PATHS)
def test_no_page_holds_code_or_anything_foreign(bakery, reader, path):
    _check(reader.get(path))


@pytest.mark.parametrize("path", ["/login/", "/no", "/login/?next=//evil.example"])
def test_no_page_for_strangers_holds_code_or_anything_foreign(db, path):
    _check(Client().get(path))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_type_is_shown_and_never_run(db, reader, payload):
    factory.define_bakery()
    lot = {"item": "FLOUR", "number": payload, "quantity": "1 kg", "aliases": [f"A{payload}"]}
    if not payload.isprintable():
        payload = lot["number"] = lot["aliases"][0] = "<b>" + payload.replace("\u202e", "") + "</b>"
    factory.do("receive", "2026-03-02T08:00:00Z", lots=[lot], supplier="MILL")
    factory.do("hold", "2026-03-03T08:00:00Z", lots=[{"number": payload}], reason=payload)
    found = reader.get("/", {"q": payload})
    page = _check(reader.get(found.headers["Location"]))
    assert payload in page.text
    assert payload in _check(reader.get("/")).text
    assert payload in _check(reader.get("/", {"q": payload + "x"})).text


def test_a_key_is_shown_once_and_only_to_its_owner(db):
    mei, li = Client(), Client()
    mei.force_login(factory.person("mei"))
    li.force_login(factory.person("li"))
    made = mei.post("/keys/", {"name": "labels", "scopes": ["read"]})
    (text,) = re.findall(r"yl_[0-9a-f]{12}_[\w-]{43}", made.content.decode())
    assert "no-store" in made.headers["Cache-Control"]
    assert text not in mei.get("/keys/").content.decode()
    assert text[:16] in mei.get("/keys/").content.decode()
    assert text[:16] not in li.get("/keys/").content.decode()
    program = Client(headers={"authorization": f"Bearer {text}"})
    assert program.get("/api/v1/units").status_code == 200
    prefix = text.split("_")[1]
    assert li.post(f"/keys/{prefix}/revoke/").status_code == 404
    assert program.get("/api/v1/units").status_code == 200
    assert mei.post(f"/keys/{prefix}/revoke/").status_code == 302
    assert program.get("/api/v1/units").status_code == 401


def test_a_key_that_is_refused_says_why_and_keeps_what_was_typed(db):
    client = Client()
    client.force_login(factory.person("li", staff=False))
    answer = client.post("/keys/", {"name": "my labels", "scopes": ["write"]})
    assert answer.status_code == 403
    page = Page(answer)
    assert "You may not record facts yourself" in page.text
    assert 'value="my labels"' in answer.content.decode()
    assert "hold" not in page.text


def test_a_key_can_be_made_for_every_action_but_the_one_that_can_do_all(reader):
    text = Page(reader.get("/keys/")).text.split()
    assert set(actions()) - set(text) == {"correct"}


def test_a_form_from_another_site_is_refused_in_words(db):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/login/", {"username": "mei", "password": "x"})
    assert answer.status_code == 403
    assert "The form is too old" in _check(answer).text


@pytest.mark.parametrize("path", ["/logout/", "/i18n/setlang/"])
def test_nothing_is_changed_by_following_a_link(reader, path):
    assert reader.get(path).status_code in (405, 302)
    assert reader.get("/").status_code == 200


def test_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites(db):
    factory.person("mei")
    client = Client()
    client.post("/login/", {"username": "mei", "password": factory.PASSWORD})
    session = client.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert session["max-age"] == ""  # it ends with the browser
