"""Who looks at the pages, and what there is to see."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import document, replica, transcript, video
from tests.presentation.people import SAID, person


@pytest.fixture
def superuser(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture
def rows(receive):
    """One row of everything that has a page, each in every table."""
    receive(video())
    receive(replica())
    receive(document())
    turns = [{"role": "user", "content": SAID}]
    receive(transcript(*turns))


@pytest.fixture
def people():
    """Who may do everything, who may do nothing, and a stranger."""
    return {
        "permitted": person(is_staff=True, is_superuser=True),
        "unpermitted": person(is_staff=True),
        "anonymous": Client(),
    }
