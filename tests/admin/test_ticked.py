"""Rows that are ticked in a list of the admin are those that are acted on, whatever came since."""

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from tavus_hooks.models import Callback

pytestmark = pytest.mark.django_db


@pytest.fixture
def delete(admin):
    """Delete the rows of a list with these keys; return the answer."""

    def delete(model, *keys, **query):
        address = f"{reverse(f'admin:tavus_hooks_{model}_changelist')}?{urlencode(query)}"
        chosen = {"action": "delete_selected", "select_across": "0", "index": "0", "post": "yes"}
        return admin.post(address, {**chosen, "_selected_action": keys})

    return delete


@pytest.fixture
def old():
    """The first of a hundred callbacks."""
    rows = Callback.objects.bulk_create(
        Callback(body=b"{}", kind="video.ready", event_type="tour.over") for _ in range(100)
    )
    return rows[0]


@pytest.mark.parametrize("key", ["\x00", "9" * 20, "x", "", "-1", "²"])
def test_what_is_no_key_names_no_row(key, old, delete):
    assert delete("callback", key).status_code == 302
    assert Callback.objects.count() == 100
    delete("callback", key, old.pk)
    assert Callback.objects.count() == 99
