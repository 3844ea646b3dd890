"""What the tests of the API use: the bakery, people and keys."""

import json
import time

import pytest
from django.test import Client

from tests.web import factory
from yuanliu.accounts.actions import create_api_key
from yuanliu.ledger.desk import actions


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    """Hash passwords quickly: how slowly they are hashed in life is Django's own matter."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def bakery(db):
    """Record the bakery."""
    factory.bake()


@pytest.fixture
def mei(db):
    """Give a person who may write."""
    return factory.person("mei")


@pytest.fixture
def reader(db):
    """Give a person who may only read."""
    return factory.person("li", staff=False)


class Program:
    """A program that calls the API with a key."""

    def __init__(self, key: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {key}"})

    def get(self, path: str, **query):
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, body, **headers):
        if not isinstance(body, bytes | str):
            body = json.dumps(body)
        return self.client.post(
            f"/api/v1{path}", body, content_type="application/json", headers=headers
        )


def key_for(user, *scopes: str) -> str:
    """Make a key and return its text."""
    now = time.time_ns() // 1000
    made = create_api_key(user=user, name="test", scopes=scopes, actions=actions(), now=now)
    return made[1]


@pytest.fixture
def program(mei):
    """Give a program that may read and write."""
    return Program(key_for(mei, "read", "write"))
