"""Start the demo: a server on this machine, a user to log in as, and a story to look at."""

import io
import logging
import secrets
import signal
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.servers.basehttp import (
    ThreadedWSGIServer,
    WSGIRequestHandler,
    get_internal_wsgi_application,
)
from django.urls import reverse
from django.utils import timezone

from project.models import Order
from project.story import ORDERED_VIDEO, REPAIR, Scene, To, story
from tavus_hooks.actions import expect
from tavus_hooks.address import callback_url, reference_to
from tavus_hooks.models import Callback, Conversation, Failure, ForgottenError, Refusal

HOST = "127.0.0.1"
USERNAME = "demo"
REFERENCE = "demo"
"""Marks the story's callbacks, so that a second start finds them."""
USER_AGENT = "tavus-hooks-demo"
"""Marks the story's requests, which the access log leaves out."""
ORDER_NUMBER = "2041"
SECONDS_BETWEEN_LOOKS = 2
"""How often the demo looks for what is due."""

SUMMARY = """
  Pages      {base}/tavus/
  Admin      {base}/admin/
  REST API   {base}/tavus/api/
  Log in as  {username}
  Password   {password}

Worth a look:

{sights}
{mail}
To send a callback of your own, paste this into another terminal:

  curl -d '{{"replica_id": "r0123456789", "status": "ready"}}' {url}

Ctrl-C stops it.
"""

MAIL = """
The mail is tried again half a minute after it failed: then the failure is gone, and the order says
when it was sent.
"""


class Command(BaseCommand):
    help = "Starts the demo on this machine and posts a small story to it. Not for production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=_port, default=8000, help="default: 8000; 0 takes any that is free"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo makes a superuser and runs with DEBUG=1 only.")
        # Both end it the same way, also where a shell had told it to ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt), _bound(options["port"]) as server:
            _show_the_sites_own_errors()
            self._run(server)
        self._say("\nStopped.")

    def _run(self, server: ThreadedWSGIServer) -> None:
        base = f"http://{HOST}:{server.server_port}"
        call_command("migrate", interactive=False, verbosity=0)
        password = _demo_user()
        with _serving(server):
            self._tell(base)
            # What an earlier demo left, or a dispatcher that handles nothing at once.
            self._process("--once")
            url = callback_url(base_url=base)
            sights = "\n".join(f"  {what:<27} {base}{path}" for what, path in _sights())
            about = {"username": USERNAME, "password": password, "sights": sights}
            self._say(SUMMARY.format(base=base, url=url, mail=MAIL if _failed() else "", **about))
            # Until Ctrl-C: that ends it between two callbacks.
            self._process("--loop", f"--interval={SECONDS_BETWEEN_LOOKS}")

    def _tell(self, base: str) -> None:
        """Post what has not been told yet; a story begun earlier keeps its times."""
        first = Callback.objects.filter(reference=REFERENCE).order_by("pk").first()
        began = first.received_at if first else timezone.now()
        order = _order(began)
        urls = {
            To.SHOP: callback_url(base_url=base, reference=REFERENCE),
            To.ORDER: callback_url(base_url=base, reference=order),
            To.NOBODY: base + reverse("tavus_hooks:receive", args=["nobody-was-given-this"]),
        }
        scenes = [*_untold(story(began, webhook_url=urls[To.SHOP]), order)]
        if any(scene.to is To.ORDER for scene in scenes):
            # As a shop does when Tavus has answered its POST; unless a visitor had it forgotten.
            with suppress(ForgottenError):
                expect(video=ORDERED_VIDEO, reference=order)
        for scene in scenes:
            self._say(_post(urls[scene.to], scene))
        if not scenes:
            self._say(
                "The story has been told before; nothing was posted. `make clean` forgets it."
            )

    def _process(self, *options: str) -> None:
        """Handle what is due. Nothing is said of it but what is logged."""
        call_command("tavus_process", *options, stdout=io.StringIO(), stderr=self.stderr)

    def _say(self, text: str) -> None:
        """At once, also where the output is no terminal."""
        self.stdout.write(text)
        self.stdout.flush()


def _show_the_sites_own_errors() -> None:
    """A visitor sees the pages that a site in production has, and none of Django's for developers.

    All else stays as `DEBUG` made it: secrets that everybody knows, and plain http.
    """
    settings.DEBUG = False
    # What Django itself allows with DEBUG.
    settings.ALLOWED_HOSTS = settings.ALLOWED_HOSTS or [".localhost", "127.0.0.1", "[::1]"]


def _order(began: datetime) -> Order:
    """The order of which the story tells."""
    about = {
        "customer": "Maria Keller",
        "email": "maria@example.com",
        "work": "New brake pads for a touring bicycle",
        "placed_at": began - timedelta(minutes=9),
    }
    order, _ = Order.objects.get_or_create(number=ORDER_NUMBER, defaults=about)
    return order


def _untold(scenes: Iterable[Scene], order: Order) -> Iterator[Scene]:
    """Those that have to be posted: each as often as the story has it, less what came before."""
    told = Callback.objects.filter(reference__in=[REFERENCE, reference_to(order)])
    known = Counter(told.values_list("kind", "subject_id"))
    for scene in scenes:
        if scene.to is To.NOBODY:
            if not Refusal.objects.filter(reason="bad token").exists():
                yield scene
        elif known[scene.kind, scene.subject_id]:
            known[scene.kind, scene.subject_id] -= 1
        else:
            yield scene


def _sights() -> Iterator[tuple[str, str]]:
    """What there is to see in the story, and the path that leads there."""
    for order in Order.objects.filter(number=ORDER_NUMBER):
        path = reverse("admin:project_order_change", args=[order.pk])
        yield "An order and its video", path
    if _failed():
        yield "Its mail, which failed", reverse("admin:tavus_hooks_failure_changelist")
    for call in Conversation.objects.filter(conversation_id=REPAIR.conversation_id):
        path = reverse("tavus_hooks:conversation-detail", args=[call.pk])
        yield "What was said in a call", path
    yield "Sent twice, or still new", reverse("tavus_hooks:callback-list")
    yield "A forgery that was refused", reverse("admin:tavus_hooks_refusal_changelist")


def _failed() -> bool:
    """Whether the mail of the story waits for its second try."""
    return Failure.objects.filter(callback__subject_id=ORDERED_VIDEO).exists()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"a port is a number up to 65535, not {text!r}")
    return int(text)


class _Handler(WSGIRequestHandler):
    """Logs what visitors ask for, and not the story."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (as it is called there)
        headers = getattr(self, "headers", None)  # what cannot be read has none
        if headers is None or headers.get("User-Agent") != USER_AGENT:
            super().log_message(format, *args)


@contextmanager
def _bound(port: int) -> Iterator[ThreadedWSGIServer]:
    """A server that holds its port, before anything else is done; clients may already wait."""
    try:
        server = ThreadedWSGIServer((HOST, port), _Handler)
    except OSError as error:
        raise CommandError(
            f"Port {port} cannot be used: {error.strerror}. Try another: make demo PORT=8001"
        ) from error
    try:
        yield server
    finally:
        server.server_close()


@contextmanager
def _serving(server: ThreadedWSGIServer) -> Iterator[None]:
    server.set_app(get_internal_wsgi_application())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        # A second Ctrl-C must not interrupt the stopping.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        server.shutdown()


def _demo_user() -> str:
    """The new password of the superuser, who is made when there is none."""
    password = secrets.token_urlsafe(9)
    user, _ = get_user_model().objects.get_or_create(username=USERNAME)
    user.is_staff = user.is_superuser = user.is_active = True
    user.set_password(password)
    user.save()
    return password


def _post(url: str, scene: Scene) -> str:
    """Post it as Tavus does, and say how it went. Raises CommandError where it went otherwise."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
    connection = HTTPConnection(parts.netloc, timeout=60)
    try:
        with _silence_about(scene):
            connection.request("POST", parts.path, scene.body, headers)
            answer = connection.getresponse()
            said = answer.read().decode(errors="replace")
    except OSError as error:
        raise CommandError(f"The server does not answer: {error}") from error
    finally:
        connection.close()
    refused = scene.to is To.NOBODY
    if answer.status != (HTTPStatus.FORBIDDEN if refused else HTTPStatus.OK):
        raise CommandError(f"The server answered {answer.status} to {scene.kind}: {said[:200]}")
    manner = "posted, and refused," if refused else "posted"
    return f"{manner} {scene.kind} about {scene.subject_id}"


@contextmanager
def _silence_about(scene: Scene) -> Iterator[None]:
    """The log says nothing of what is meant to fail; the summary does."""
    if scene.to is To.SHOP:
        yield
        return
    loggers = [logging.getLogger(name) for name in ("django.request", "tavus_hooks")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
