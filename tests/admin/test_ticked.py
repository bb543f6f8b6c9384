"""Rows that are ticked in a list of the admin are those that are acted on, whatever came since."""

from importlib import import_module

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from tavus_hooks.db.fulltext import base, mysql, postgresql, sqlite
from tavus_hooks.models import Callback, Heartbeat, Video

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


@pytest.mark.parametrize("query", [{"kind": "video.ready"}, {"q": "tour"}, {}])
def test_rows_that_are_no_longer_looked_through_are_acted_on(query, old, few, listed, delete):
    assert old.pk not in listed(**query)
    assert delete("callback", old.pk, **query).status_code == 302
    assert not Callback.objects.filter(pk=old.pk).exists()
    assert Callback.objects.count() == 99


@pytest.mark.django_db(transaction=True)  # MariaDB finds by words what was committed
def test_rows_that_newer_ones_with_the_words_have_pushed_out_are_acted_on(delete, monkeypatch):
    matching = import_module("tavus_hooks.search.matching")  # a function there has its name
    for module in (base, matching, mysql, postgresql, sqlite):
        monkeypatch.setattr(module, "NEWEST", 5)
    rows = [Video.objects.create(video_id=f"v{it}", video_name="Sales hello") for it in range(9)]
    delete("video", rows[0].pk, q="hello")
    assert not Video.objects.filter(pk=rows[0].pk).exists()
    assert Video.objects.count() == 8


@pytest.mark.parametrize("query", [{"kind": "video.error"}, {"q": "elsewhere"}])
def test_rows_that_the_filters_leave_out_are_not(query, old, few, delete):
    delete("callback", old.pk, **query)
    assert Callback.objects.count() == 100


def test_rows_that_the_user_may_not_see_are_not(delete, settings, few):
    mine, other = (Video.objects.create(video_id=name, reference=name) for name in ("a", "b"))
    settings.TAVUS_HOOKS = {
        **settings.TAVUS_HOOKS,
        "VISIBLE_ROWS": "tests.admin.test_ticked.only_a",
    }
    delete("video", mine.pk, other.pk, script="")
    assert [*Video.objects.all()] == [other]


def only_a(user, rows):
    return rows.filter(reference="a") if rows.model is Video else rows


@pytest.mark.parametrize("key", ["\x00", "9" * 20, "x", "", "-1", "²"])
def test_what_is_no_key_names_no_row(key, old, delete):
    assert delete("callback", key).status_code == 302
    assert Callback.objects.count() == 100
    delete("callback", key, old.pk)
    assert Callback.objects.count() == 99


def test_a_list_without_an_order_of_its_own_is_filtered_and_acted_on(admin, opened):
    row = Heartbeat.objects.create(seen_at="2026-03-02T12:00:00Z")
    assert opened("heartbeat", id=row.pk).context_data["cl"].result_count == 1
    address = reverse("admin:tavus_hooks_heartbeat_changelist")
    chosen = {"action": "delete_selected", "select_across": "1", "index": "0", "post": "yes"}
    assert admin.post(address, {**chosen, "_selected_action": row.pk}).status_code == 302
    assert not Heartbeat.objects.exists()
