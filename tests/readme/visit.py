"""Uses a project in which somebody followed the README. Run within it.

It ends with an assertion where something is not as the README has it.
"""

import io
import json
import os
from contextlib import redirect_stdout
from pathlib import Path
from urllib.parse import urlsplit

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "site1.settings"
os.environ["TAVUS_API_KEY"] = "the key of the account"
django.setup()

import requests  # noqa: E402 - stands for Tavus, in a file beside this one
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from shop.ordering import order_video, videos_of  # noqa: E402

from tavus_hooks.actions import expect  # noqa: E402
from tavus_hooks.address import callback_url  # noqa: E402
from tavus_hooks.models import Callback, Video  # noqa: E402

NAME = "Spring check-up"
READY = {
    "video_id": requests.VIDEO_ID,
    "video_name": NAME,
    "status": "ready",
    "hosted_url": "https://videos.tavus.io/video/1e30440cf9",
    "created_at": "2026-02-03 10:15:00.000000",
    "updated_at": "2026-02-03 10:17:00.000000",
}


def post(url, body):
    """As Tavus does; returns what was printed meanwhile."""
    assert url.startswith("https://example.com/tavus/callbacks/"), url
    printed = io.StringIO()
    with redirect_stdout(printed):
        answer = Client(SERVER_NAME="localhost").post(
            urlsplit(url).path, json.dumps(body), content_type="application/json"
        )
    assert answer.status_code == 200, answer.content
    return printed.getvalue()


def visitor(name, **options):
    user = get_user_model().objects.create_user(name, password="lovelace", **options)  # noqa: S106
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return user, client


def shows(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return NAME in answer.content.decode()


# What somebody posted by hand, while the server ran.
by_hand = Callback.objects.get()
assert (by_hand.kind, by_hand.subject_id) == ("video.ready", "1e30440cf9")
assert "Spring is ready: " in Path("served.txt").read_text()

customer, stranger = visitor("customer")
video = order_video(customer)
assert (video.video_id, video.status) == (requests.VIDEO_ID, "queued")
said = post(requests.asked["callback_url"], READY)
assert said == f"{NAME} is ready: {READY['hosted_url']}\n", said
assert videos_of(customer).get().status == "ready"
assert not Video.objects.for_object(visitor("another")[0]).exists()
assert Callback.objects.for_object(customer).get().reference_object == customer
expect(video="v2", reference=customer)
post(callback_url(reference=customer), {"video_id": "v3", "status": "ready"})
assert {it.video_id for it in videos_of(customer)} == {requests.VIDEO_ID, "v2"}

os.environ["TAVUS_API_KEY"] = "another key"
try:
    order_video(customer)
except requests.HTTPError:
    pass
else:
    raise AssertionError("It went unnoticed that Tavus refused.")

_, ada = visitor("ada", is_staff=True, is_superuser=True)
viewer, member = visitor("viewer")
viewer.groups.add(Group.objects.get(name="Tavus viewer"))
assert shows(ada, reverse("admin:tavus_hooks_video_changelist"))
for client in (ada, member):
    assert shows(client, "/tavus/videos/")
    assert shows(client, "/tavus/api/videos/")
assert stranger.get("/tavus/videos/").status_code == 403

login = Client(SERVER_NAME="localhost").get("/tavus/videos/", follow=True)
assert login.status_code == 200
assert 'name="password"' in login.content.decode()
login = Client(SERVER_NAME="localhost").post(
    login.redirect_chain[-1][0], {"username": "ada", "password": "lovelace"}
)
assert login["Location"] == "/tavus/videos/", login["Location"]
