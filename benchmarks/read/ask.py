"""Sends the requests through Django's test client: how long each takes, and how many queries."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from django.db import connections
from django.test import Client

from .requests import Asked

TRIES = 4
LONG = 5.0
"""In seconds: a request that has taken so long in all is not tried again."""


class Answer(NamedTuple):
    """What one request took."""

    name: str
    milliseconds: float
    """Of the fastest try."""
    queries: int
    """Of the last try."""


class UnansweredError(Exception):
    """A request was answered by another status than 200."""


def ask(user: Any, requests: Iterable[Asked], *, tries: int = TRIES) -> Iterator[Answer]:
    """Each request, at most so many times, as this user."""
    client = Client()
    client.force_login(user)
    for request in requests:
        taken: list[float] = []
        while len(taken) < tries and sum(taken) < LONG:
            with _counted() as queries:
                began = time.perf_counter()
                answer = client.get(request.path)
                taken.append(time.perf_counter() - began)
            if answer.status_code != 200:
                raise UnansweredError(f"{answer.status_code} for {request.name}: {request.path}")
        yield Answer(request.name, 1000 * min(taken), len(queries))


@contextmanager
def _counted() -> Iterator[list[str]]:
    """The queries that are sent meanwhile, to whatever database."""
    sent: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        sent.append(sql)
        return execute(sql, *args)

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(count))
        yield sent
