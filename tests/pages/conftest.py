"""People who look at the pages, and what there is to see."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tavus_hooks.models import Callback, Conversation, Document, Failure, Recording, Replica, Video
from tests.conftest import grant
from tests.factories import document, joined, replica, video
from tests.pages.reading import read

MODELS = [Callback, Video, Replica, Conversation, Document]
VIEW_ALL = [f"view_{model._meta.model_name}" for model in (*MODELS, Failure, Recording)]
VIEW_ALL.append("view_transcript")


@pytest.fixture
def viewer(db):
    """Log a new user in who has these permissions of the app; return the client."""

    def viewer(*codenames):
        user = User.objects.create_user(f"viewer{User.objects.count()}")
        grant(user, *codenames)
        client = Client()
        client.force_login(user)
        return client

    return viewer


@pytest.fixture
def client(viewer):
    """Of a user who may see everything and handle callbacks."""
    return viewer(*VIEW_ALL, "handle_callback")


@pytest.fixture
def page(client):
    """The elements of the page at a path (or a row's page), as `client` sees it."""

    def page(path, **query):
        path = path if isinstance(path, str) else path.get_absolute_url()
        response = client.get(path, query)
        assert response.status_code == 200
        return read(response)

    return page


@pytest.fixture
def all_paths(db):
    """The paths of every page that there is just now."""

    def all_paths():
        lists = [reverse(f"tavus_hooks:{model._meta.model_name}-list") for model in MODELS]
        rows = [row.get_absolute_url() for model in MODELS for row in model.objects.all()]
        return [reverse("tavus_hooks:index"), *lists, *rows]

    return all_paths


@pytest.fixture
def story(receive, sample):
    """One callback of each of the main kinds, posted to the webhook."""

    def story():
        for name in (
            "video.ready",
            "video.error",
            "replica.ready",
            "replica.error",
            "system.replica_joined",
            "system.shutdown",
            "application.transcription_ready",
            "application.recording_ready",
            "objective.completed",
            "document.status",
            "unknown",
        ):
            receive(sample(name))
        receive(b'{"cut')

    return story


@pytest.fixture
def receive_many(receive):
    """Post this many callbacks, each about a video, replica, conversation and document anew."""

    def receive_many(count):
        for i in range(count):
            receive(video(f"v{i}", replica_id="r0"))
            receive(replica(f"r{i}", status="error", error_message="too dark"))
            receive(joined(f"c{i}", replica_id="r0"))
            receive(document(f"d{i}", document_name=f"D {i}", status="error"))

    return receive_many
