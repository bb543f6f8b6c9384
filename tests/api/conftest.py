"""Who asks the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from tests.api.schema import made
from tests.conftest import grant
from tests.factories import event

COLLECTIONS = ["callbacks", "videos", "replicas", "conversations", "documents"]


@pytest.fixture
def login(db: None) -> Callable[..., APIClient]:
    """A client logged in as a new user who has these permissions of the app, and no others."""

    def login(*codenames: str) -> APIClient:
        user = User.objects.create(username=f"user{User.objects.count()}")
        grant(user, *codenames)
        client = APIClient()
        client.force_login(user)
        return client

    return login


@pytest.fixture
def reader(login: Callable[..., APIClient]) -> APIClient:
    """May view everything, and nothing more."""
    models = [name[:-1] for name in COLLECTIONS]
    return login(*(f"view_{model}" for model in [*models, "recording", "failure", "transcript"]))


@pytest.fixture
def read(reader: APIClient) -> Callable[..., Any]:
    """What the API answers, below its root or at a whole URL; the answer must be 200."""

    def read(path: str, **query: Any) -> Any:
        url = path if path.startswith("http") else f"/tavus/api/{path}"
        answer = reader.get(url, query or None)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return read


@pytest.fixture
def happen(receive):
    """Send an event of the conversation c1 and return its callback."""

    def happen(event_type, minute=None, **properties):
        timestamp = None if minute is None else f"2025-07-11T06:{minute:02}:00Z"
        return receive(event(event_type, timestamp=timestamp, **properties))

    return happen


@pytest.fixture
def shown(read):
    """The conversation c1 as its list and its own address show it."""

    def shown():
        (listed,) = read("conversations/")["results"]
        return listed, read("conversations/c1/")

    return shown


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    return made(tmp_path_factory.mktemp("schema"))


@pytest.fixture
def operation(schema):
    return lambda path: schema["paths"][f"/tavus/{path}"]["get"]
