"""Finding out whether a callback posted to the public URL arrives here, and if not, why."""

import json
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.db import InterfaceError, OperationalError, connections, router
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from .. import dispatchers
from ..conf import conf
from ..kinds.doctor import signed
from ..models import DOCTOR, Callback
from ..models.callback_queryset import CallbackQuerySet

LARGE = 2 * 1024 * 1024
"""Bytes of the second post: a transcript may be this large, and proxies often stop at 1 MiB."""


class Verdict(Enum):
    OK = "ok"
    FAILED = "FAILED"


class Finding(NamedTuple):
    verdict: Verdict
    text: str


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: a redirected POST loses its body, and Tavus may not follow at all."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class Answer(NamedTuple):
    """The response. `error` says why there is none, `cut` that the connection broke off."""

    status: int
    body: bytes
    headers: Any
    error: str = ""
    cut: bool = False


def examine(url: str, *, timeout: float, wait: float) -> Iterator[Finding]:
    """Post to the URL as Tavus would, and yield what is found.

    `timeout` is in seconds for each post, `wait` in seconds for a worker to handle the callback.
    The posted callbacks are deleted at the end.
    """
    try:
        yield _migrations()
    except (OperationalError, InterfaceError) as error:
        yield Finding(Verdict.FAILED, f"the database does not answer: {error}")
        return
    try:
        nonce = secrets.token_hex(16)
        answer = _post(url, signed(nonce), timeout)
        callback = _arrived(nonce)
        yield _delivery(answer, callback, url)
        if callback is not None:
            yield _clock(answer)
            yield _large(url, timeout)
            yield _workers(callback, wait)
    finally:
        _ours().delete()


def _post(url: str, payload: dict[str, str], timeout: float) -> Answer:
    if urlsplit(url).scheme not in {"http", "https"}:
        return Answer(0, b"", {}, "it is no http or https URL")
    headers = {"Content-Type": "application/json", "User-Agent": "tavus_doctor"}
    request = Request(url, json.dumps(payload).encode(), headers)  # noqa: S310 - checked above
    try:
        with build_opener(_NoRedirects).open(request, timeout=timeout) as response:
            return Answer(response.status, response.read(65536), response.headers)
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read(65536), error.headers)
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        why = str(reason) or type(reason).__name__
        return Answer(0, b"", {}, why, cut=isinstance(reason, ConnectionError))


def _ours() -> CallbackQuerySet:
    """The callbacks that the doctor posted, in the database that is written to."""
    return Callback.objects.using(router.db_for_write(Callback)).filter(kind=DOCTOR)


def _arrived(nonce: str) -> Callback | None:
    newest = _ours().order_by("-pk")[:20]
    return next((row for row in newest if row.facts.text("nonce") == nonce), None)


def _delivery(answer: Answer, callback: Callback | None, url: str) -> Finding:
    if callback is not None and answer.status == 200:
        return Finding(Verdict.OK, f"a callback posted to {_without_token(url)} arrived")
    return Finding(Verdict.FAILED, _what_answered(answer, callback))


def _what_answered(answer: Answer, callback: Callback | None) -> str:
    """Which server or middleware sent the response, and what to change there."""
    if answer.error:
        return f"no answer ({answer.error}): is the host name right, and the server up?"
    if callback is not None:
        return f"it arrived, but was answered {answer.status}: something stands behind the receiver"
    if 300 <= answer.status < 400:
        location = _without_token(answer.headers.get("Location", "somewhere"))
        return (
            f"a redirect ({answer.status}) to {location}: give Tavus the final URL; behind a proxy "
            "SECURE_SSL_REDIRECT needs SECURE_PROXY_SSL_HEADER"
        )
    if answer.status == 200:
        if _is_ours(answer, "callback"):
            return "it was stored, but not in this database: another installation answers there"
        return "something else answers 200 there: a proxy, a parking page, or another view"
    if _is_ours(answer, "detail"):
        return f"the receiver refused it ({answer.status}): {json.loads(answer.body)['detail']}"
    return _ELSEWHERE.get(answer.status, f"something answered {answer.status} before the receiver")


_ELSEWHERE = {
    400: "400 before the receiver: is the host in ALLOWED_HOSTS?",
    401: "401 before the receiver: a proxy or middleware asks for a login",
    403: "403 before the receiver: a firewall or middleware refuses it",
    404: "404: the path does not lead to the receiver; does a proxy change it?",
    405: "405 before the receiver: a proxy or another view takes no POST",
    413: "413 before the receiver: a proxy limits the size of bodies",
    500: "500 before the receiver: a middleware failed; see the log",
    502: "502: the proxy does not reach the server",
    503: "503 before the receiver: the server is down or overloaded",
    504: "504: the proxy got no answer from the server in time",
}


def _is_ours(answer: Answer, key: str) -> bool:
    try:
        value = json.loads(answer.body)
    except ValueError:
        return False
    return isinstance(value, dict) and key in value


def _large(url: str, timeout: float) -> Finding:
    nonce = secrets.token_hex(16)
    padding = min(LARGE, conf.MAX_BODY_BYTES) - 250  # for the rest of the body
    answer = _post(url, signed(nonce, padding="x" * padding), timeout)
    callback = _arrived(nonce)
    if callback is not None and answer.status == 200:
        return Finding(Verdict.OK, f"a callback of {len(callback.body)} bytes arrived, too")
    why = _what_answered(answer, callback)
    if answer.cut:
        why = f"the connection broke off ({answer.error}): does a proxy limit the size of bodies?"
    return Finding(Verdict.FAILED, f"a callback of {padding} bytes did not arrive: {why}")


def _clock(answer: Answer) -> Finding:
    try:
        there = parsedate_to_datetime(answer.headers.get("Date") or "")
    except ValueError:
        return Finding(Verdict.OK, "the clock could not be compared: the answer has no Date")
    there = there if there.tzinfo else there.replace(tzinfo=UTC)
    seconds = abs((datetime.now(UTC) - there).total_seconds())
    text = f"the clocks of the server and of this machine differ by {seconds:.0f} seconds"
    return Finding(Verdict.OK if seconds <= 60 else Verdict.FAILED, text)


def _workers(callback: Callback, wait: float) -> Finding:
    """Whether a worker, a loop or the request itself has handled the callback."""
    until = time.monotonic() + (0 if dispatchers.current().claimed else wait)
    while True:
        callback.refresh_from_db()
        if callback.handled_at is not None:
            return Finding(Verdict.OK, "it was handled")
        if time.monotonic() >= until:
            break
        time.sleep(0.2)
    waited = int((timezone.now() - callback.received_at).total_seconds())
    return Finding(
        Verdict.FAILED,
        f"it was not handled after {waited} seconds: does a worker run, or tavus_process --loop?",
    )


def _migrations() -> Finding:
    connection = connections[router.db_for_write(Callback)]
    executor = MigrationExecutor(connection)
    targets = [key for key in executor.loader.graph.leaf_nodes() if key[0] == "tavus_hooks"]
    if executor.migration_plan(targets):
        return Finding(Verdict.FAILED, "the tables are not up to date: run migrate")
    return Finding(Verdict.OK, "the tables are up to date")


def _without_token(url: str) -> str:
    return url.partition("/callbacks/")[0] + "/callbacks/…" if "/callbacks/" in url else url
