"""Posts to the app within this process, so that nothing but the app and its database is measured.

python -m benchmarks.posting [--without INDEX ...]

Reads seconds, a line each, posts for so long, and writes how many callbacks a second that were.
Until its input ends, the inbox lacks the indexes that it was started without.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

import django
from django.db import connection

from .bodies import Body, video

REFERENCES = 1_000
"""How many objects of a host the callbacks are for, in turn."""


def main() -> int:
    """Run by `benchmarks.indexes`, once for each of the two inboxes."""
    parser = argparse.ArgumentParser(prog="benchmarks.posting", description=__doc__)
    parser.add_argument("--without", action="append", default=[], metavar="INDEX")
    options = parser.parse_args()
    django.setup()
    with _without(options.without):
        post = _posting(_paths(), video())
        for line in sys.stdin:
            print(_rate(post, float(line)), flush=True)  # noqa: T201
    return 0


@contextmanager
def _without(names: Sequence[str]) -> Iterator[None]:
    from tavus_hooks.models import Callback

    indexes = [index for index in Callback._meta.indexes if index.name in names]
    if len(indexes) < len(names):
        raise SystemExit(f"The inbox has not all of these indexes: {', '.join(names)}")
    with connection.schema_editor() as schema:
        for index in indexes:
            schema.remove_index(Callback, index)
    yield
    with connection.schema_editor() as schema:
        for index in indexes:
            schema.add_index(Callback, index)


def _paths() -> Iterator[str]:
    """The URLs to post to, in turn and without end."""
    from tavus_hooks.address import callback_url

    urls = [
        callback_url(base_url="http://127.0.0.1", reference=f"shop.order:{number}")
        for number in range(REFERENCES)
    ]
    return itertools.cycle([urlsplit(url).path for url in urls])


def _posting(paths: Iterator[str], body: Body) -> Callable[[], None]:
    """What posts one callback, and fails unless the answer has status 200."""
    from .wsgi import application

    statuses: list[str] = []
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json"}
    setup_testing_defaults(environ)

    def post() -> None:
        content = body()
        answer = application(
            {
                **environ,
                "PATH_INFO": next(paths),
                "CONTENT_LENGTH": str(len(content)),
                "wsgi.input": BytesIO(content),
            },
            lambda status, headers, exc_info=None: statuses.append(status),
        )
        b"".join(answer)
        answer.close()
        if statuses.pop() != "200 OK":
            raise SystemExit("A callback was not accepted.")

    return post


def _rate(post: Callable[[], None], seconds: float) -> float:
    posted = 0
    began = time.perf_counter()
    while (taken := time.perf_counter() - began) < seconds:
        post()
        posted += 1
    return posted / taken


if __name__ == "__main__":
    sys.exit(main())
