"""What the environment says, as settings."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from yuanliu.config.environment import (
    WrongSetting,
    database_of,
    home_of,
    secret_key_of,
    words_of,
    yes_or_no,
)

OLD, SAFE = (3, 40, 1), (3, 51, 3)


def test_the_home_is_what_the_environment_names(tmp_path):
    assert home_of({"YUANLIU_HOME": str(tmp_path)}, source=tmp_path, user=tmp_path) == tmp_path


def test_the_home_of_a_checkout_lies_in_it(tmp_path):
    source = tmp_path / "checkout" / "src" / "yuanliu" / "config" / "settings.py"
    source.parent.mkdir(parents=True)
    (tmp_path / "checkout" / "dev.py").touch()
    assert home_of({}, source=source, user=tmp_path) == tmp_path / "checkout" / ".yuanliu"


def test_the_home_of_an_installed_package_is_the_users(tmp_path):
    source = tmp_path / "lib" / "yuanliu" / "config" / "settings.py"
    assert home_of({}, source=source, user=tmp_path) == tmp_path / ".yuanliu"


def test_without_an_address_the_database_is_a_file_in_the_home(tmp_path):
    database = database_of("", home=tmp_path, sqlite_version=OLD)
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["NAME"] == str(tmp_path / "yuanliu.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["OPTIONS"]["timeout"] == 30


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///plant.db", "plant.db"),
        ("sqlite:////srv/plant.db", "/srv/plant.db"),
        ("sqlite:////srv/%E5%B7%A5%E5%8E%82%20A.db", "/srv/工厂 A.db"),
    ],
)
def test_a_sqlite_address_names_its_file(tmp_path, url, name):
    assert database_of(url, home=tmp_path, sqlite_version=OLD)["NAME"] == name


@pytest.mark.parametrize(
    ("version", "journal"), [((3, 51, 2), "TRUNCATE"), (OLD, "TRUNCATE"), (SAFE, "WAL")]
)
def test_sqlite_uses_a_write_ahead_log_only_where_it_is_safe(tmp_path, version, journal):
    database = database_of("", home=tmp_path, sqlite_version=version)
    pragmas = database["OPTIONS"]["init_command"].split(";")
    assert f"PRAGMA journal_mode={journal}" in pragmas
    assert "PRAGMA synchronous=FULL" in pragmas
    assert "PRAGMA foreign_keys=ON" in pragmas


def test_a_postgresql_address_is_decoded_part_by_part(tmp_path):
    database = database_of(
        "postgresql://plan%40t:p%2Fw%3A%E6%BA%90@db.example:6543/yuan%20liu?sslmode=require&application_name=line+1",
        home=tmp_path,
        sqlite_version=OLD,
    )
    assert (database["USER"], database["PASSWORD"]) == ("plan@t", "p/w:源")
    assert (database["HOST"], database["PORT"]) == ("db.example", "6543")
    assert database["NAME"] == "yuan liu"
    assert database["OPTIONS"] == {"sslmode": "require", "application_name": "line 1"}


def test_a_postgresql_socket_directory_may_be_an_option(tmp_path):
    database = database_of(
        "postgresql:///plant?host=/run/postgresql", home=tmp_path, sqlite_version=OLD
    )
    assert (database["HOST"], database["PORT"], database["OPTIONS"]) == ("/run/postgresql", "", {})


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:secret@host/plant",
        "postgresql://user:secret@host",
        "postgresql://user:secret@host:port/plant",
        "sqlite://",
        "sqlite://host/plant.db",
        "plant.db",
    ],
)
def test_another_address_is_refused_without_repeating_its_password(tmp_path, url):
    with pytest.raises(WrongSetting, match="YUANLIU_DATABASE_URL must be") as refusal:
        database_of(url, home=tmp_path, sqlite_version=OLD)
    assert "secret" not in str(refusal.value)


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    home = tmp_path / "home"
    key = secret_key_of({}, home=home)
    assert len(key) >= 64
    assert secret_key_of({}, home=home) == key
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secret.key"]


def test_processes_starting_at_once_agree_on_one_secret_key(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: secret_key_of({}, home=tmp_path), range(64)))
    assert len(keys) == 1


def test_a_given_secret_key_is_not_written_down(tmp_path):
    assert secret_key_of({"YUANLIU_SECRET_KEY": "given"}, home=tmp_path) == "given"
    assert list(tmp_path.iterdir()) == []


def test_a_switch_is_on_off_or_refused():
    assert yes_or_no({"A": "Yes"}, "A") is True
    assert yes_or_no({"A": "0"}, "A") is False
    assert yes_or_no({}, "A") is False
    with pytest.raises(WrongSetting, match="A must be one of"):
        yes_or_no({"A": "maybe"}, "A")


def test_a_list_is_split_at_commas():
    assert words_of({"A": " a, b ,,c"}, "A") == ["a", "b", "c"]
    assert words_of({"A": ""}, "A", default="x") == ["x"]
