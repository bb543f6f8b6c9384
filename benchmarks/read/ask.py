"""Sends the requests through Django's test client: what each takes, and its queries."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.test import Client

from .requests import Asked
from .work import counted


class Answer(NamedTuple):
    """What one request took."""

    name: str
    taken: float
    """Milliseconds, or what the databases did."""
    queries: list[str]


class UnansweredError(Exception):
    """A request was answered by another status than 200."""


def ask(user: Any, requests: Iterable[Asked]) -> Iterator[Answer]:
    """How long each request takes, as this user."""
    client = _client(user)
    for request in requests:
        with _sent() as queries:
            began = time.perf_counter()
            answer = client.get(request.path)
            taken = time.perf_counter() - began
        _check(answer, request)
        yield Answer(request.name, 1000 * taken, queries)


def count(user: Any, requests: Iterable[Asked]) -> Iterator[Answer]:
    """What the databases do for each request, as this user."""
    client = _client(user)
    for request in requests:
        with counted() as work, _sent() as queries:
            answer = client.get(request.path)
        _check(answer, request)
        yield Answer(request.name, work.done, queries)


def _client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    # A process reads them once, for whatever request comes first.
    ContentType.objects.get_for_models(*apps.get_models())
    return client


def _check(answer: Any, request: Asked) -> None:
    if answer.status_code != 200:
        raise UnansweredError(f"{answer.status_code} for {request.name}: {request.path}")


@contextmanager
def _sent() -> Iterator[list[str]]:
    """The queries that are sent meanwhile, to whatever database."""
    sent: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        sent.append(sql)
        return execute(sql, *args)

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(note))
        yield sent
