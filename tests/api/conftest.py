"""Who asks the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from tests.conftest import grant

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
