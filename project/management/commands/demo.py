"""Start the demo: a server on this machine, somebody to log in as, and a story to look at."""

import logging
import secrets
import signal
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
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
from django.utils import timezone

from project.story import Scene, story
from tavus_hooks.address import callback_url
from tavus_hooks.conf import conf
from tavus_hooks.models import Callback

HOST = "127.0.0.1"
USERNAME = "demo"
REFERENCE = "demo"
"""Marks the story's callbacks, so that a second start finds them."""

SUMMARY = """
  Pages      {base}/tavus/
  Admin      {base}/admin/
  REST API   {base}/tavus/api/
  Log in as  {username}
  Password   {password}

To send a callback of your own, paste this into another terminal:

  curl -d '{{"replica_id": "r0123456789", "status": "ready"}}' {url}

Ctrl-C stops it.
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
        try:
            with _bound(options["port"]) as server:
                self._run(server)
        except KeyboardInterrupt:
            self._say("\nStopped.")

    def _run(self, server: ThreadedWSGIServer) -> None:
        base = f"http://{HOST}:{server.server_port}"
        call_command("migrate", interactive=False, verbosity=0)
        password = _demo_user()
        with _serving(server) as thread:
            self._tell(base)
            url = callback_url(base_url=base)
            self._say(SUMMARY.format(base=base, username=USERNAME, password=password, url=url))
            if conf.DISPATCHER != "inline":
                self._say("The pages fill when `python manage.py tavus_process --once` has run.\n")
            # Without an end to the waiting, a Ctrl-C that comes just before it would be lost.
            while thread.is_alive():
                thread.join(timeout=0.5)

    def _tell(self, base: str) -> None:
        """Post what has not been told yet; a story begun earlier keeps its times."""
        told = Callback.objects.filter(reference=REFERENCE).order_by("pk")
        first = told.first()
        began = first.received_at if first else timezone.now()
        known = set(told.values_list("kind", "subject_id"))
        url = callback_url(base_url=base, reference=REFERENCE)
        scenes = story(began, webhook_url=url)
        new = [scene for scene in scenes if (scene.kind, scene.subject_id) not in known]
        with _without_access_log():
            for scene in new:
                _post(url, scene)
                self._say(f"posted {scene.kind} about {scene.subject_id}")
        if not new:
            self._say("The story has been told before; nothing was posted.")

    def _say(self, text: str) -> None:
        """At once, also where the output is no terminal."""
        self.stdout.write(text)
        self.stdout.flush()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"a port is a number up to 65535, not {text!r}")
    return int(text)


@contextmanager
def _bound(port: int) -> Iterator[ThreadedWSGIServer]:
    """A server that holds its port, before anything else is done; clients may already wait."""
    try:
        server = ThreadedWSGIServer((HOST, port), WSGIRequestHandler)
    except OSError as error:
        raise CommandError(
            f"Port {port} cannot be used: {error.strerror}. Try another: make demo PORT=8001"
        ) from error
    try:
        yield server
    finally:
        server.server_close()


@contextmanager
def _serving(server: ThreadedWSGIServer) -> Iterator[Thread]:
    server.set_app(get_internal_wsgi_application())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield thread
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


def _post(url: str, scene: Scene) -> None:
    """As Tavus posts. Raises CommandError unless the callback was stored."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request("POST", parts.path, scene.body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
    except OSError as error:
        raise CommandError(f"The server does not answer: {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise CommandError(f"The server answered {answer.status} to {scene.kind}: {said[:200]}")


@contextmanager
def _without_access_log() -> Iterator[None]:
    logger = logging.getLogger("django.server")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
