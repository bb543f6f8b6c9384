"""`MAX_PER_MINUTE`: how many callbacks are taken from one URL."""

from base64 import b64decode, b64encode

import pytest
from django.core.cache import caches
from django.test import Client

from tavus_hooks.models import Callback
from tests.conftest import receiving_path
from tests.factories import video

pytestmark = pytest.mark.django_db

VIDEO = video()
LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture(autouse=True)
def two_a_minute(hooks, settings, monkeypatch):
    """In a cache of the test's own, and always in the same minute."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        "limits": {"BACKEND": LOCMEM, "LOCATION": "limits"},
    }
    hooks(MAX_PER_MINUTE=2, LIMIT_CACHE="limits")
    clock = [1_000_000.0]
    monkeypatch.setattr("tavus_hooks.webhook.throttle.time", lambda: clock[0])
    yield clock
    caches["limits"].clear()


def test_beyond_the_limit_a_url_is_refused_and_no_other(send, two_a_minute):
    statuses = [send(VIDEO, reference="a").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert send(VIDEO, reference="a")["Retry-After"] == "60"
    assert send(VIDEO, reference="b").status_code == 200
    assert Callback.objects.count() == 3
    two_a_minute[0] += 60
    assert send(VIDEO, reference="a").status_code == 200


def test_strangers_are_not_counted(send):
    path = receiving_path("a")
    for _ in range(5):
        assert Client().post(f"{path[:-2]}x/", VIDEO, "application/json").status_code == 403
    assert send(VIDEO, reference="a").status_code == 200


def test_a_cache_that_fails_refuses_nothing(send, hooks, caplog):
    hooks(MAX_PER_MINUTE=1, LIMIT_CACHE="there is no such cache")
    assert [send(VIDEO).status_code for _ in range(3)] == [200, 200, 200]
    assert "could not be counted" in caplog.text


HEADER, PASSWORD = "h" * 40, "tavus:" + "p" * 40
ENCODED = b64encode(PASSWORD.encode()).decode()


@pytest.mark.parametrize(
    ("verifier", "headers"),
    [
        ("header_token", [{"authorization": HEADER}, {"authorization": f"Bearer {HEADER}"}]),
        ("basic_auth", [{"authorization": f"Basic {ENCODED}"}]),
        ("allowed_address", [{}]),
    ],
)
def test_where_the_path_opens_nothing_another_path_is_no_other_url(hooks, verifier, headers):
    hooks(
        VERIFIERS=[f"tavus_hooks.verifiers.{verifier}"],
        HEADER_TOKENS=[HEADER],
        BASIC_AUTH_SECRETS=[PASSWORD],
        ALLOWED_ADDRESSES=["127.0.0.1"],
    )
    paths = [f"/tavus/callbacks/{end}" for end in ("", "a/", "b/", "c/", "d.e.f/")]
    statuses = [
        Client().post(path, VIDEO, "application/json", headers=each).status_code
        for each in headers
        for path in paths
    ]
    assert statuses == [200, 200, *[429] * (len(statuses) - 2)]


def test_a_url_of_its_own_is_one_whatever_else_opens_the_door(hooks, receive):
    hooks(VERIFIERS=["tavus_hooks.verifiers.header_token"], HEADER_TOKENS=[HEADER])
    for reference in ("a", "b"):
        path = receiving_path(reference)
        for status in (200, 200, 429):
            answer = Client().post(
                path, VIDEO, "application/json", headers={"authorization": HEADER}
            )
            assert answer.status_code == status


def test_a_password_is_spelled_in_one_way(hooks):
    """base64 leaves bits over at its end: each spelling would have a limit of its own."""
    hooks(
        VERIFIERS=["tavus_hooks.verifiers.basic_auth"],
        BASIC_AUTH_SECRETS=[PASSWORD],
        MAX_PER_MINUTE=99,
    )
    assert ENCODED.endswith("A==")
    for last in "BCDEP":
        other = f"{ENCODED[:-3]}{last}=="
        assert b64decode(other, validate=True) == PASSWORD.encode()
        answer = Client().post(
            "/tavus/callbacks/",
            VIDEO,
            "application/json",
            headers={"authorization": f"Basic {other}"},
        )
        assert answer.status_code == 403
