"""Who looks at the admin, and how its pages are opened."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tavus_hooks.filters import listing
from tavus_hooks.filters import page as pages
from tavus_hooks.signals import callback_received
from tests.conftest import grant

Page = Callable[..., HttpResponse]


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """A logged-in client that has exactly these permissions, such as `view_video`."""

    def staff(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        grant(user, *codenames)
        client = Client()
        client.force_login(user)
        return client

    return staff


@pytest.fixture
def admin(admin_client: Client) -> Client:
    """A user who may do everything that the admin offers."""
    return admin_client


@pytest.fixture
def opened(admin: Client) -> Page:
    """Open a page of the admin, as `opened("video", "change", 3)`; it must be there."""

    def opened(model: str, view: str = "changelist", *args: Any, **query: Any) -> HttpResponse:
        answer = admin.get(reverse(f"admin:tavus_hooks_{model}_{view}", args=args), query)
        assert answer.status_code == 200, (model, view, args, query)
        return answer

    return opened


@pytest.fixture
def page(opened: Page) -> Callable[..., str]:
    """The text of a page that `opened` opens."""

    def page(*args: Any, **query: Any) -> str:
        return opened(*args, **query).content.decode()

    return page


@pytest.fixture
def without_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that open hundreds of pages: the list of models beside each of them takes a fifth
    of its time, and says nothing of what is in a row or was asked.
    """
    monkeypatch.setattr(site, "get_app_list", lambda request, app_label=None: [])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a list counted, and looked through, only sixty rows."""
    monkeypatch.setattr(listing, "MOST", 60)
    monkeypatch.setattr(pages, "LOOKED_THROUGH", {})
    monkeypatch.setattr(pages, "LOOKED_THROUGH_ELSEWHERE", 60)


@pytest.fixture
def listed(opened: Page) -> Callable[..., set[int]]:
    """The primary keys of the rows on the first page of a list."""

    def listed(model: str = "callback", **query: Any) -> set[int]:
        answer: Any = opened(model, **query)
        return {row.pk for row in answer.context_data["cl"].result_list}

    return listed


@pytest.fixture
def broken_receiver(connect: Callable[..., None]) -> None:
    """A receiver that fails for every callback."""

    def broken(**kwargs: Any) -> None:
        raise RuntimeError("<b>The mail server</b> said no.")

    connect(callback_received, broken, "tests.broken")


@pytest.fixture
def subject_page(page):
    """The page of the one row of a model."""

    def subject_page(model, **query):
        return page(model._meta.model_name, "change", model.objects.get().pk, **query)

    return subject_page
