"""People who search, and what they are shown."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tavus_hooks.search import fill_if_due
from tests.conftest import grant
from tests.factories import transcript
from tests.pages.reading import read

ROWS = ("view_video", "view_replica", "view_conversation", "view_document")
ALL = (*ROWS, "view_transcript")


def said(*contents, conversation_id="c1", **more):
    """A transcript in which the user and the replica take turns."""
    turns = [
        {"role": ("assistant", "user")[number % 2 == 0], "content": content}
        for number, content in enumerate(contents)
    ]
    return transcript(*turns, conversation_id=conversation_id, **more)


@pytest.fixture
def receive(receive):
    """Post, and index what was said as `tavus_process` does a minute later."""

    def receive_and_index(body, **options):
        callback = receive(body, **options)
        if callback.subject_type == "conversation":
            fill_if_due(callback.subject_id)
        return callback

    return receive_and_index


@pytest.fixture
def searcher(db):
    """Log a new user in who has these permissions; return the client."""

    def searcher(*codenames):
        user = User.objects.create_user(f"searcher{User.objects.count()}")
        grant(user, *codenames)
        client = Client()
        client.force_login(user)
        return client

    return searcher


@pytest.fixture
def client(searcher):
    """Of a user who may see everything that can be found."""
    return searcher(*ALL)


@pytest.fixture
def find(client):
    """What the page of a search shows: the paths of the rows that it links to, in their order."""

    def find(text, client=client):
        return links(shown(client, text))

    return find


def shown(client, text):
    """The page of a search, as its elements."""
    answer = client.get(reverse("tavus_hooks:search"), {"q": text})
    assert answer.status_code == 200
    return read(answer)


def links(page):
    """What stands in the headings of rows, and only there."""
    [main] = page.all("main")
    rows = [it for it in main.all("a") if it.is_within("th") or it.is_within("h3")]
    return [it.text for it in rows]


def marks(page):
    return [it.text for it in page.all("mark")]
