"""Keys: what is kept of them, what they open, and when they stop."""

import pytest

from tests.web.factory import person
from yuanliu.accounts import rules
from yuanliu.accounts.actions import SEEN_STEP, create_api_key, revoke_api_key, use_api_key
from yuanliu.accounts.models import ApiKey
from yuanliu.base.refusal import Refusal

NOW = 1_780_000_000_000_000
ACTIONS = ("hold", "release", "correct")


def _key(user, *scopes, name="labels"):
    return create_api_key(user=user, name=name, scopes=scopes, actions=ACTIONS, now=NOW)


@pytest.fixture
def mei(db):
    return person("mei")


def test_a_key_is_found_again_and_its_secret_is_kept_nowhere(mei):
    key, text = _key(mei, "read")
    secret = text.split("_", 2)[2]
    assert use_api_key(text, now=NOW) == key
    kept = ApiKey.objects.values().get()
    assert not [value for value in kept.values() if secret in str(value)]
    assert text.startswith(f"yl_{key.prefix}_")


def test_a_secret_is_256_random_bits_and_never_the_same(mei):
    secrets = {_key(mei, "read")[1].split("_", 2)[2] for _ in range(20)}
    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {43}


def test_one_wrong_character_opens_nothing(mei):
    _, text = _key(mei, "read")
    other = "A" if text[-1] != "A" else "B"
    assert use_api_key(text[:-1] + other, now=NOW) is None


def test_the_secret_of_one_key_does_not_open_another(mei):
    _, first = _key(mei, "read")
    _, second = _key(mei, "read")
    mixed = "_".join([*first.split("_", 2)[:2], second.split("_", 2)[2]])
    assert use_api_key(mixed, now=NOW) is None


@pytest.mark.parametrize(
    "text", ["", "yl", "yl__", "yl_\x00_x", "xx_abc_def", "yl_源_流", "y" * 999]
)
def test_what_has_not_the_form_of_a_key_opens_nothing(mei, text):
    assert use_api_key(text, now=NOW) is None


def test_a_revoked_key_opens_nothing_and_cannot_be_revoked_twice(mei):
    key, text = _key(mei, "read")
    revoke_api_key(user=mei, prefix=key.prefix, now=NOW + 1)
    assert use_api_key(text, now=NOW + 2) is None
    assert ApiKey.objects.get().revoked == NOW + 1
    with pytest.raises(rules.UnknownKey):
        revoke_api_key(user=mei, prefix=key.prefix, now=NOW + 3)


def test_nobody_revokes_anothers_key(mei):
    key, text = _key(mei, "read")
    with pytest.raises(rules.UnknownKey):
        revoke_api_key(user=person("li"), prefix=key.prefix, now=NOW)
    assert use_api_key(text, now=NOW) == key


def test_the_last_use_is_kept_to_the_hour(mei):
    _, text = _key(mei, "read")
    for later in (5, 6, SEEN_STEP, SEEN_STEP + 5):
        use_api_key(text, now=NOW + later)
    assert ApiKey.objects.get().last_used == NOW + 5 + SEEN_STEP


@pytest.mark.parametrize(
    ("name", "scopes", "refusal"),
    [
        ("", ["read"], rules.KeyNeedsName),
        ("   ", ["read"], rules.KeyNeedsName),
        ("a\nb", ["read"], rules.KeyNeedsName),
        ("x" * 101, ["read"], rules.KeyNeedsName),
        ("labels", [], rules.KeyNeedsScope),
        ("labels", ["admin"], rules.UnknownScope),
        ("labels", ["correct"], rules.UnknownScope),
        ("labels", ["read", "hold", "fly"], rules.UnknownScope),
    ],
)
def test_a_key_that_says_too_little_or_wants_too_much_is_refused(mei, name, scopes, refusal):
    with pytest.raises(refusal):
        _key(mei, *scopes, name=name)
    assert not ApiKey.objects.exists()


def test_nobody_gives_a_key_more_than_they_may_do(db):
    with pytest.raises(rules.ScopeNotHeld):
        _key(person("li", staff=False), "read", "hold")
    assert not ApiKey.objects.exists()


def test_what_scopes_open():
    assert rules.writable(scopes=["read"], may_write=True) == frozenset()
    assert rules.writable(scopes=["read", "write"], may_write=True) == {"*"}
    assert rules.writable(scopes=["hold", "read"], may_write=True) == {"hold"}
    assert rules.writable(scopes=["hold", "write"], may_write=False) == frozenset()
    # A correction may decide any other action: it needs the right to all of them.
    assert rules.writable(scopes=["correct"], may_write=True) == frozenset()


def test_every_refusal_of_this_room_says_a_whole_sentence():
    kinds = [kind for kind in Refusal.__subclasses__() if kind.__module__ == rules.__name__]
    assert len(kinds) == 7
    assert all(kind.sentence.endswith(".") for kind in kinds)
