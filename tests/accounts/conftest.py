"""What every test of this room uses."""

import pytest


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    """Hash passwords quickly: how slowly they are hashed in life is Django's own matter."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
