"""Rows of each state, as callbacks, people and time leave them."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

import tavus_hooks
from project.story import REPAIR, To, story
from tavus_hooks.actions import (
    forget,
    hold,
    label,
    lift,
    mark,
    note,
    resolve,
    set_offset,
    tag,
    withdraw,
)
from tavus_hooks.address import callback_url
from tavus_hooks.models import Callback, Conversation, Failure, Recording, Replica
from tavus_hooks.models.subjects import Subject
from tests.browser.media import BUCKET, KEY
from tests.browser.site.policy import MEDIA
from tests.factories import joined, recording, shutdown, transcript, video

SAMPLES = Path(tavus_hooks.__file__).parent / "samples"
RECEIVER = "shop.notifications.receivers.send_the_customer_a_mail_when_it_is_ready"
TRACEBACK = 'Traceback (most recent call last):\n  File "shop/mail.py", line 12, in send\n' * 3
# Long, but as Tavus and hosts may have it.
ADDRESS = "https://videos.example/" + "x" * 200
NAME = "Your bicycle is ready, and what we have done with its brakes"


def tell() -> None:
    """All of it, into an empty database."""
    _post_the_story()
    for sample in sorted([*SAMPLES.glob("*.json"), *SAMPLES.glob("not_json/*.txt")]):
        post(sample.read_bytes())
    _post_what_neither_has()
    _hold_and_withdraw()
    _fail()
    _enter()
    for name in ("v-contested-0", "v-never-seen"):
        forget([Subject("video", name)])
    call_command("tavus_process", "--once", stdout=StringIO())
    post(video("v-due"), DISPATCHER="deferred")


def post(body: Any, reference: str = "", **changes: Any) -> None:
    """As Tavus does, while these of `TAVUS_HOOKS` are changed."""
    data = body if isinstance(body, bytes) else json.dumps(body)
    path = urlsplit(callback_url(reference=reference)).path
    with override_settings(TAVUS_HOOKS=settings.TAVUS_HOOKS | changes):
        answer = Client().post(path, data, content_type="application/json")
    assert answer.status_code == 200, answer.content


def sign_in() -> str:
    """The session of a superuser, who has opened two conversations."""
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    for row in Conversation.objects.all()[:2]:
        client.get(row.get_absolute_url())
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _post_the_story() -> None:
    for scene in story(timezone.now(), webhook_url=callback_url(reference="shop")):
        if scene.to is not To.NOBODY:
            post(scene.body, scene.to.name.lower())
    refused = reverse("tavus_hooks:receive", args=["nobody-was-given-this"])
    Client().post(refused, {}, content_type="application/json")


def _post_what_neither_has() -> None:
    post(b'{"cut')
    post(joined("c-live", replica_id="r79e1c033f"), "shop.order:2041")
    roles = ("system", "user", "assistant", "tool", "developer")
    turns = [{"role": role, "content": f"Said by {role}. " * 9} for role in roles]
    post(transcript(*turns, conversation_id="c-roles"))
    post(shutdown("c-waited-for"), COMPLETION_EXPECTS=["transcript", "recording"])
    post(video("v-generating", status="generating"))
    post(video("v-long", hosted_url=ADDRESS, video_name=NAME))
    post(recording("c-recorded", bucket_name="connected", s3_key="c-recorded/film.mp4"))
    post(recording("c-in-s3", bucket_name=BUCKET, s3_key=KEY))
    for name, stream, file in (
        ("playable", "film.m3u8", "film.mp4"),
        ("broken-stream", "gone.m3u8", "film.mp4"),
        ("gone", "gone.m3u8", "gone.mp4"),
    ):
        addresses = {"stream_url": f"{MEDIA}/{stream}", "download_url": f"{MEDIA}/{file}"}
        addresses["hosted_url"] = "https://videos.example/" + name
        post(video(f"v-{name}", **addresses))
    for number, contested in enumerate(("apply", "keep")):
        post(video(f"v-contested-{number}"), "one")
        other = video(f"v-contested-{number}", status="error")
        post(other, "another", CONTESTED=contested)


def _hold_and_withdraw() -> None:
    hold(REPAIR.conversation_id, note="An open dispute about the brakes.", by="ada")
    for why in ("A first look.", "A second look at what was said, and by whom."):
        lift("c-live", by="ada")
        hold("c-live", note=why, by="ada")
    post(video("v-withdrawn"), "shop.order:2042")
    url_id = Callback.objects.get(subject_id="v-withdrawn").url_id
    withdraw(url_id, reference="shop.order:2042", by="ada", note="Rubbish since noon.")


def _fail() -> None:
    """Failures in each of their states, and of the tables themselves."""
    now = timezone.now()
    ready = Callback.objects.filter(kind="video.ready", contested_at=None, duplicate_of=None)
    for number, callback in enumerate(ready.order_by("pk")[:4]):
        Failure.objects.create(
            callback=callback,
            signal="video_ready" if number else "",
            receiver=RECEIVER if number else "",
            exception="smtplib.SMTPResponseException",
            message="(451, b'4.7.1 <maria@example.com> Greylisted, try again later')",
            traceback=TRACEBACK,
            attempts=number + 1,
            next_attempt_at=now + timedelta(hours=1) if number == 1 else None,
            abandoned_at=None if number == 1 else now,
        )
    resolve(Failure.objects.filter(attempts=3), by="ada")


def _enter() -> None:
    """What people enter."""
    note(REPAIR.conversation_id, text="She calls again on Monday. " * 9, by="ada")
    for name in ("escalated", "a second look at what was promised on the phone"):
        tag(REPAIR.conversation_id, name=name, by="ada")
    label(Replica.objects.earliest("pk").replica_id, name="Mara in the shop window", by="ada")
    set_offset(Recording.objects.earliest("pk").pk, seconds=7.4, by="ada")
    failure = Failure.objects.exclude(receiver="").earliest("pk")
    mark(failure.receiver, failure.exception, state="acknowledged", note="Known.", by="ada")
