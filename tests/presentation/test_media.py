"""Recordings are played from the buckets that the host connects, and from no other."""

from html import unescape

import pytest
from django.core.checks import run_checks
from django.urls import reverse

from tavus_hooks.models import Access, Recording
from tests.conftest import case
from tests.factories import event, recording
from tests.presentation.people import person

pytestmark = pytest.mark.django_db

CDN = "https://cdn.example.com/calls/{key}"


@pytest.fixture
def connected(hooks, settings, tmp_path):
    """A bucket behind a CDN, and one in a storage."""
    backend = "django.core.files.storage.FileSystemStorage"
    options = {"location": str(tmp_path), "base_url": "https://files.example.com/signed/"}
    settings.STORAGES = settings.STORAGES | {"calls": {"BACKEND": backend, "OPTIONS": options}}
    hooks(RECORDING_STORAGES={"behind-cdn": CDN, "in-storage": "calls", "at-root": "/{key}"})


@pytest.fixture
def recorded(receive):
    def recorded(bucket, key="a/b.mp4", **more):
        receive(recording(bucket_name=bucket, s3_key=key, **more))
        return Recording.objects.latest("pk")

    return recorded


def addresses(row):
    args = [row.pk, "media"]
    return [
        reverse("tavus_hooks:whole", args=["recording", *args]),
        reverse("tavus_hooks:api:whole", args=["recording", *args]),
        reverse("admin:tavus_hooks_recording_whole", args=args),
    ]


def settings_shown(html):
    return unescape(html.partition('<pre class="tavus-pre">')[2].partition("</pre>")[0])


def played_from(client, row):
    answers = [client.get(address) for address in addresses(row)]
    [status] = {answer.status_code for answer in answers}
    [leads_to] = {answer.get("Location", "") for answer in answers}
    return leads_to if status == 302 else status


@pytest.mark.parametrize(
    ("bucket", "key", "leads_to"),
    [
        ("behind-cdn", "a/b.mp4", "https://cdn.example.com/calls/a/b.mp4"),
        (
            "behind-cdn",
            "a b/?c=1#d&%2e é.mp4",
            "https://cdn.example.com/calls/a%20b/%3Fc%3D1%23d%26%252e%20%C3%A9.mp4",
        ),
        ("behind-cdn", "a\\..\\b:{key}", "https://cdn.example.com/calls/a%5C..%5Cb%3A%7Bkey%7D"),
        ("in-storage", "a/b.mp4", "https://files.example.com/signed/a/b.mp4"),
        ("in-storage", "a b?.mp4", "https://files.example.com/signed/a%20b%3F.mp4"),
        ("at-root", "//evil.example/b.mp4", "/evil.example/b.mp4"),
        ("at-root", "javascript:alert(1)", "/javascript%3Aalert%281%29"),
        ("behind-cdn", "../other/b.mp4", 404),
        ("behind-cdn", "a/../../b.mp4", 404),
        ("in-storage", "a/..", 404),
        ("in-storage", "./b.mp4", 404),
        ("not-named", "a/b.mp4", 404),
        ("behind-cdn ", "a/b.mp4", 404),
        ("", "a/b.mp4", 404),
        ("behind-cdn", "", 404),
    ],
)
def test_it_is_played_from_its_bucket_or_not_at_all(
    connected, recorded, superuser, bucket, key, leads_to
):
    assert played_from(superuser, recorded(bucket, key)) == leads_to


def test_a_key_that_is_longer_than_a_list_shows_is_played_whole(connected, recorded, superuser):
    key = "k" * 900
    assert played_from(superuser, recorded("behind-cdn", key)) == CDN.replace("{key}", key)


def test_what_was_not_copied_is_not_played(connected, receive, superuser):
    failed = event("application.recording_copy_failed", recording_id="r1", s3_key="a/b.mp4")
    receive(failed | {"properties": failed["properties"] | {"bucket_name": "behind-cdn"}})
    row = Recording.objects.get()
    assert played_from(superuser, row) == 404
    assert "<video" not in superuser.get(row.conversation.get_absolute_url()).text


def test_pages_and_admin_have_a_player_that_loads_nothing_by_itself(connected, recorded, superuser):
    row = recorded("behind-cdn")
    page, api, admin = addresses(row)
    change = reverse("admin:tavus_hooks_conversation_change", args=[row.conversation.pk])
    for address, media in ((row.conversation.get_absolute_url(), page), (change, admin)):
        html = superuser.get(address).text
        assert f'src="{media}"' in html
        assert 'preload="none"' in html
        assert "RECORDING_STORAGES" not in html
        assert "cdn.example.com" not in html
    [told] = superuser.get("/tavus/api/conversations/c1/").json()["recordings"]
    assert told["media"] == f"http://testserver{api}"


@pytest.mark.parametrize(
    ("provider", "backend", "option"),
    [
        ("s3", "storages.backends.s3.S3Storage", "bucket_name"),
        ("", "storages.backends.s3.S3Storage", "bucket_name"),
        ("gcs", "storages.backends.gcloud.GoogleCloudStorage", "bucket_name"),
        ("azure_blob", "storages.backends.azure_storage.AzureStorage", "azure_container"),
    ],
)
def test_of_a_bucket_that_is_not_connected_the_page_shows_the_settings_for_it(
    recorded, superuser, provider, backend, option
):
    row = recorded("new'\"bucket", storage_provider=provider)
    page = superuser.get(row.conversation.get_absolute_url()).text
    assert "<video" not in page
    settings = {"STORAGES": {}, "TAVUS_HOOKS": {}}
    exec(settings_shown(page), settings)  # noqa: S102
    assert settings["STORAGES"]["recordings"] == {
        "BACKEND": backend,
        "OPTIONS": {option: "new'\"bucket"},
    }
    assert settings["TAVUS_HOOKS"] == {"RECORDING_STORAGES": {"new'\"bucket": "recordings"}}
    [told] = superuser.get("/tavus/api/conversations/c1/").json()["recordings"]
    assert told["media"] is None


def test_who_may_not_see_where_it_is_does_not_hear_it_either(connected, recorded, hooks):
    hooks(ACCESS_LOG=True)
    row = recorded("behind-cdn")
    without = person("view_conversation", "view_recording", is_staff=True)
    assert played_from(without, row) == 403
    page = without.get(row.conversation.get_absolute_url()).text
    assert "<video" not in page
    [told] = without.get("/tavus/api/conversations/c1/").json()["recordings"]
    assert "media" not in told
    Access.objects.all().delete()
    may = person("view_conversation", "view_recording", "view_transcript", is_staff=True)
    assert played_from(may, row) == CDN.replace("{key}", "a/b.mp4")
    assert Access.objects.filter(conversation_id="c1").count() == 3


@pytest.mark.parametrize(
    ("place", "is_right"),
    [
        ("default", True),
        ("https://cdn.example.com/{key}", True),
        ("/media/{key}", True),
        ("recordnigs", False),
        ("https://cdn.example.com/", False),
        ("cdn.example.com/{key}", False),
    ],
)
def test_a_check_tells_what_is_neither_a_storage_nor_a_url(hooks, place, is_right):
    hooks(RECORDING_STORAGES={"bucket": place})
    with case(place):
        found = [it for it in run_checks() if "RECORDING_STORAGES" in it.msg]
        assert not found if is_right else [it.id for it in found] == ["tavus_hooks.E002"]
