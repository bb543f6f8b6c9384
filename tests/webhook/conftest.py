"""Fixtures for posting to the webhook, and for what it refuses."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse

from tavus_hooks.models import Callback, Refusal
from tavus_hooks.webhook import views as receiver
from tavus_hooks.webhook.refusals import Refusals
from tests.conftest import all_signals, receiving_path
from tests.factories import video

SECRET = project_settings.TAVUS_HOOKS["SECRETS"][0]
VIDEO = video(updated_at="2025-01-02T03:04:05Z")


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def tick(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def refusals(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Refusals:
    """The counts of this test alone, by its own clock."""
    counts = Refusals(clock)
    monkeypatch.setattr(receiver, "refusals", counts)
    return counts


@pytest.fixture
def refused(refusals: Refusals) -> Callable[[], dict[str, int]]:
    """How many were refused for which reason, as the table has it."""

    def refused() -> dict[str, int]:
        refusals.write()
        return {row.reason: row.number for row in Refusal.objects.all()}

    return refused


@pytest.fixture
def knock(db: None) -> Callable[..., int]:
    """Post to a path, the receiver's own by default; return the status. Other words are headers."""

    def knock(path: str = "", body: Any = b"{}", **extra: Any) -> int:
        path = path or receiving_path()
        options = {"content_type": "application/json"} | extra
        client = Client(raise_request_exception=False)
        data = body if isinstance(body, bytes) else json.dumps(body)
        before = Callback.objects.count()
        answer = client.post(path, data=data, **options)
        assert Callback.objects.count() - before == (answer.status_code == 200)
        return answer.status_code

    return knock


@pytest.fixture
def failing() -> Iterator[Callable[..., None]]:
    """Connect a receiver that raises, to every signal."""

    def failing(message: str) -> None:
        def receiver(**kwargs: Any) -> None:
            raise RuntimeError(message)

        for signal in all_signals():
            signal.connect(receiver, weak=False, dispatch_uid="tests.webhook.failing")

    yield failing
    for signal in all_signals():
        signal.disconnect(dispatch_uid="tests.webhook.failing")


def asgi_site() -> ASGIHandler:
    """Django as an ASGI server calls it, but with this test's connection, as its clients do."""

    class Here(ASGIHandler):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            for signal in (request_started, request_finished):
                signal.disconnect(close_old_connections)
            try:
                await self.handle(scope, receive, send)
            finally:
                for signal in (request_started, request_finished):
                    signal.connect(close_old_connections)

    return Here()


@pytest.fixture
def mailer(settings: Any) -> None:
    """Django 6.1 wants to be told how mail is sent, also where it is only kept."""
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


def token_of(path: str) -> str:
    """What stands in the token's place of a callback path or URL."""
    return path.rstrip("/").rpartition("/")[2]


def path_with(token: str) -> str:
    return reverse("tavus_hooks:receive", args=[token])
