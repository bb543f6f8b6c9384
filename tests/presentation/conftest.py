"""Who looks at the pages."""

import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def superuser(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client
