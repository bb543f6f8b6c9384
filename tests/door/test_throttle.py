"""`MAX_PER_MINUTE`: how many callbacks are taken from one URL."""

import pytest
from django.core.cache import caches
from django.test import Client

from tavus_hooks.models import Callback
from tests.conftest import receiving_path

pytestmark = pytest.mark.django_db

BODY = {"video_id": "v1", "status": "ready"}
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
    monkeypatch.setattr("tavus_hooks.throttle.time", lambda: clock[0])
    yield clock
    caches["limits"].clear()


def test_beyond_the_limit_a_url_is_refused_and_no_other(send, two_a_minute):
    statuses = [send(BODY, reference="a").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert send(BODY, reference="a")["Retry-After"] == "60"
    assert send(BODY, reference="b").status_code == 200
    assert Callback.objects.count() == 3
    two_a_minute[0] += 60
    assert send(BODY, reference="a").status_code == 200


def test_strangers_are_not_counted(send):
    path = receiving_path("a")
    for _ in range(5):
        assert Client().post(f"{path[:-2]}x/", BODY, "application/json").status_code == 403
    assert send(BODY, reference="a").status_code == 200


def test_a_cache_that_fails_refuses_nothing(send, hooks, caplog):
    hooks(MAX_PER_MINUTE=1, LIMIT_CACHE="there is no such cache")
    assert [send(BODY).status_code for _ in range(3)] == [200, 200, 200]
    assert "could not be counted" in caplog.text
