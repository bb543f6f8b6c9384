"""The demo's settings, loaded afresh from an environment of the test's making."""

import re
import runpy
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import ConnectionHandler

from project.databases import SQLITE_OPTIONS
from tests.running import run

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "project" / "settings.py"
FIRST, SECOND = "f" * 40, "s" * 40
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "from the environment",
    "TAVUS_HOOKS_SECRETS": f"{FIRST}, {SECOND},",
    "ALLOWED_HOSTS": "example.com,www.example.com",
}
READ = {
    *PRODUCTION,
    "BEHIND_PROXY",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "PROJECT_SERVER",
    "PUBLIC_BASE_URL",
    "SECURE_HSTS_SECONDS",
    "SECURE_SSL_REDIRECT",
    "STATIC_ROOT",
    "TAVUS_HOOKS_DISPATCHER",
}


@pytest.fixture
def load(monkeypatch):
    for name in READ:
        monkeypatch.delenv(name, raising=False)

    def load_with(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return load_with


def test_no_environment_at_all_makes_a_demo_on_sqlite(load):
    settings = load()

    assert settings["DEBUG"] is True
    assert settings["SECRET_KEY"].startswith("demo-only-")
    assert settings["TAVUS_HOOKS"]["SECRETS"][0].startswith("demo-only-")
    assert settings["TAVUS_HOOKS"]["DISPATCHER"] == "inline"
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["DATABASES"]["default"]["NAME"] == str(ROOT / "db.sqlite3")


def test_the_documented_options_for_sqlite_are_those_of_the_demo(tmp_path, django_db_blocker):
    page = (ROOT / "docs" / "operations.md").read_text()
    [code] = re.findall(r"```python\n(# settings\.py\n.*?)```", page, re.DOTALL)
    names = {"BASE_DIR": tmp_path}
    exec(code, names)  # noqa: S102 - our own documentation
    documented = names["DATABASES"]["default"]
    assert documented["OPTIONS"] == SQLITE_OPTIONS
    connection = ConnectionHandler({"default": documented})["default"]
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()


@pytest.mark.parametrize("server", ["wsgi", "asgi"])
@pytest.mark.parametrize("said", [None, "", " "])
def test_a_server_does_not_start_before_it_is_told_what_it_is_for(load, server, said):
    environment = {} if said is None else {"DEBUG": said}

    with pytest.raises(ImproperlyConfigured, match="DEBUG must be given to a server: 0 in prod"):
        load(PROJECT_SERVER=server, **environment)
    assert load(PROJECT_SERVER=server, DEBUG="1")["DEBUG"] is True


@pytest.mark.parametrize("entry", ["wsgi", "asgi"])
def test_the_entries_of_servers_ask_for_it(entry):
    unset = {"DEBUG": "", "DJANGO_SETTINGS_MODULE": "project.settings"}
    ended = run(sys.executable, "-c", f"import project.{entry}", **unset)

    assert ended.returncode != 0
    assert "The environment variable DEBUG must be given to a server" in ended.stderr


def test_every_documented_variable_is_read(load):
    settings = load(
        **PRODUCTION,
        CSRF_TRUSTED_ORIGINS="https://example.com",
        DATABASE_URL="postgres://me:pass@db.example.com/tavus",
        PUBLIC_BASE_URL="https://example.com",
        TAVUS_HOOKS_DISPATCHER="deferred",
    )

    assert settings["DEBUG"] is False
    assert settings["SECRET_KEY"] == PRODUCTION["SECRET_KEY"]
    assert settings["ALLOWED_HOSTS"] == ["example.com", "www.example.com"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://example.com"]
    assert settings["DATABASES"]["default"]["HOST"] == "db.example.com"
    assert settings["TAVUS_HOOKS"] == {
        "SECRETS": [FIRST, SECOND],
        "DISPATCHER": "deferred",
        "PUBLIC_BASE_URL": "https://example.com",
        "RETAIN": {
            "transcripts": "52w",
            "analyses": "52w",
            "bodies": "90d",
            "failures": "90d",
            "refusals": "90d",
            "accesses": "52w",
        },
    }


@pytest.mark.parametrize("missing", ["SECRET_KEY", "TAVUS_HOOKS_SECRETS"])
@pytest.mark.parametrize("value", [None, "", " , "])
def test_production_refuses_to_start_without_its_secrets(load, missing, value):
    environment = {name: given for name, given in PRODUCTION.items() if name != missing}
    if value is not None:
        environment[missing] = value.replace(",", "") if missing == "SECRET_KEY" else value

    with pytest.raises(ImproperlyConfigured, match=f"With DEBUG=0 .* {missing} must hold"):
        load(**environment)


@pytest.mark.parametrize("environment", [{"DEBUG": "maybe"}, {"SECURE_HSTS_SECONDS": "a year"}])
def test_a_value_that_cannot_be_read_is_refused_by_name(load, environment):
    with pytest.raises(ImproperlyConfigured, match=r"^\w+ must be "):
        load(**{**PRODUCTION, **environment})


def test_production_speaks_https_only_and_trusts_a_proxy_only_when_told(load):
    settings = load(**PRODUCTION)

    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert "SECURE_PROXY_SSL_HEADER" not in settings
    assert "SECURE_PROXY_SSL_HEADER" in load(BEHIND_PROXY="1")
    assert load(SECURE_SSL_REDIRECT="0")["SECURE_SSL_REDIRECT"] is False


@pytest.mark.parametrize("scheme", ["sqlite", "postgres", "mysql"])
@pytest.mark.parametrize(("server", "kept"), [("wsgi", True), ("asgi", False), ("", False)])
def test_connections_outlive_a_request_only_where_threads_do(load, scheme, server, kept):
    database = load(DEBUG="1", DATABASE_URL=f"{scheme}://host/name", PROJECT_SERVER=server)[
        "DATABASES"
    ]["default"]

    assert bool(database["CONN_MAX_AGE"]) is kept
    assert database["CONN_HEALTH_CHECKS"] is True


def test_postgresql_lends_connections_from_a_pool_only_under_asgi(load, monkeypatch):
    monkeypatch.setattr("project.databases.find_spec", lambda name: name == "psycopg_pool")

    def options(server):
        environment = {"DEBUG": "1", "DATABASE_URL": "postgres://host/name"}
        return load(PROJECT_SERVER=server, **environment)["DATABASES"]["default"]["OPTIONS"]

    assert "pool" in options("asgi")
    assert options("wsgi") == {}


def test_sqlite_waits_for_its_turn_and_lets_others_read(load):
    options = load()["DATABASES"]["default"]["OPTIONS"]

    assert "journal_mode=WAL" in options["init_command"]
    assert options["transaction_mode"] == "IMMEDIATE"


def test_mysql_takes_every_character(load):
    database = load(DATABASE_URL="mysql://host/name")["DATABASES"]["default"]

    assert database["OPTIONS"]["charset"] == database["TEST"]["CHARSET"] == "utf8mb4"


def test_options_in_the_database_url_win(load):
    database = load(DATABASE_URL="sqlite:///x.sqlite3?timeout=5")["DATABASES"]["default"]

    assert database["OPTIONS"]["timeout"] == 5
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
