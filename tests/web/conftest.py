"""What every test of the pages uses."""

import pytest
from django.test import Client

from tests.web import factory


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    """Hash passwords quickly: how slowly they are hashed in life is Django's own matter."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def bakery(db):
    """Record the bakery."""
    factory.bake()


@pytest.fixture
def reader(db):
    """Give the browser of a person who has logged in."""
    client = Client()
    client.force_login(factory.person("mei"))
    return client
