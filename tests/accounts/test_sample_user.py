"""The sample factory's log-in: made once, for this machine only."""

import pytest

from yuanliu.accounts.actions import SAMPLE_FILE, ensure_sample_user
from yuanliu.accounts.models import User


@pytest.mark.django_db
def test_it_is_made_once_with_a_password_only_the_owner_of_the_home_can_read(tmp_path):
    first = ensure_sample_user(tmp_path)
    again = ensure_sample_user(tmp_path)
    assert first == again
    assert User.objects.get().check_password(first.password)
    assert len(first.password) >= 16
    assert (tmp_path / SAMPLE_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / SAMPLE_FILE).read_text().strip() == first.password


@pytest.mark.django_db
def test_two_homes_do_not_share_a_password(tmp_path):
    one = ensure_sample_user(tmp_path / "a")
    User.objects.all().delete()
    other = ensure_sample_user(tmp_path / "b")
    assert one.password != other.password


@pytest.mark.django_db
def test_a_password_the_person_has_changed_stays_and_is_not_told(tmp_path):
    ensure_sample_user(tmp_path)
    user = User.objects.get()
    user.set_password("my own long password")
    user.save()
    told = ensure_sample_user(tmp_path)
    assert (told.name, told.password) == ("sample", None)
    assert User.objects.get().check_password("my own long password")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", ["localhost", "trace.example.com"]),
        ("SESSION_COOKIE_SECURE", True),
        ("SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https")),
    ],
)
def test_where_others_can_come_in_there_is_none_and_an_earlier_one_is_switched_off(
    tmp_path, settings, name, value
):
    ensure_sample_user(tmp_path)
    setattr(settings, name, value)
    assert ensure_sample_user(tmp_path) is None
    assert not User.objects.get().is_active
