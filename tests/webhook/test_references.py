"""A reference comes back with every callback of its URL, and to the object they are about."""

import re
from itertools import permutations
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.db import models
from django.test import Client, RequestFactory
from django.test.utils import isolate_apps
from rest_framework.request import Request

from tavus_hooks.actions import expect
from tavus_hooks.address import callback_url, reference_to
from tavus_hooks.address.tokens import MAX_TOKEN_LENGTH, Claims, read
from tavus_hooks.models import Callback, Conversation, Document, Replica, Video
from tests.conftest import EVERY_SAMPLE
from tests.factories import document, event, joined, replica, video
from tests.webhook.conftest import VIDEO, token_of

pytestmark = pytest.mark.django_db

SHARED = ("guardrail.triggered", "objective.completed")
"""Kinds that come to a guardrail's or an objective's own URL, which serves many conversations."""
LONG = ["x" * 200, "ü" * 200, "漢" * 200, "😀" * 200, 'a/b?c#d&e=f "g" %41\n', " ", "a.b.c", "."]


def post(url, body=b"{}"):
    answer = Client().post(urlsplit(url).path, data=body, content_type="application/json")
    assert answer.status_code == 200
    return Callback.objects.get(pk=answer.json()["callback"])


@pytest.fixture
def user():
    return User.objects.create_user("ada")


def test_an_instance_becomes_its_model_and_primary_key(user):
    request = RequestFactory().get("/", secure=True)
    callback = post(callback_url(request, reference=user))
    assert callback.reference == reference_to(user) == f"auth.user:{user.pk}"


def test_an_instance_that_is_not_saved_is_refused():
    with pytest.raises(ValueError, match="not saved"):
        callback_url(base_url="https://example.com", reference=User())


def test_nor_may_it_have_been_deleted_or_only_have_been_given_a_primary_key(user):
    user.delete()
    for instance in (user, User(pk=7)):
        with pytest.raises(ValueError, match="not saved"):
            callback_url(base_url="https://example.com", reference=instance)


@pytest.mark.parametrize("reference", LONG, ids=lambda it: f"{len(it)} of {it[0]!a}")
def test_any_text_of_200_characters_comes_back_as_it_was(reference):
    assert post(callback_url(base_url="https://example.com", reference=reference)).reference == (
        reference
    )


@pytest.mark.parametrize("reference", ["x" * 201, "a\x00b", "a\ud800b"])
def test_what_no_column_can_hold_is_refused_when_the_url_is_made(reference):
    with pytest.raises(ValueError, match="reference"):
        callback_url(base_url="https://example.com", reference=reference)


@pytest.mark.parametrize("reference", ["", *LONG])
def test_a_token_holds_only_what_a_url_holds_as_it_is(reference):
    token = token_of(callback_url(base_url="https://example.com", reference=reference))
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token)
    assert len(token) <= MAX_TOKEN_LENGTH


@pytest.mark.parametrize(
    "reference", ["shop.order:42", "shop.order:6f1c2f0e-35c7-4f6c-9d3a-6a1f0a6f7c11", "tenant:7:x"]
)
def test_a_token_of_a_usual_reference_has_at_most_120_characters(reference):
    assert len(token_of(callback_url(base_url="https://a.example", reference=reference))) <= 120


@pytest.mark.django_db
def test_what_is_neither_text_nor_an_instance_is_refused(user):
    with pytest.raises(TypeError, match="a text or a saved model instance, not 7"):
        callback_url(base_url="https://testserver", reference=7)
    with pytest.raises(TypeError, match="Say reference="):
        callback_url(user, base_url="https://testserver")


def test_a_request_of_the_rest_framework_is_one():
    request = Request(RequestFactory().get("/"))
    assert callback_url(request).startswith("http://testserver/")


def test_without_a_host_or_a_secret_it_says_what_is_missing(hooks):
    with pytest.raises(ImproperlyConfigured, match=r"a request, or .*PUBLIC_BASE_URL"):
        callback_url()
    hooks(SECRETS=[])
    with pytest.raises(ImproperlyConfigured, match="SECRETS"):
        callback_url(base_url="https://example.com")


@pytest.mark.parametrize("base", ["example.com", "ftp://example.com", "//example.com", "/tavus"])
def test_a_base_that_is_no_url_is_refused(base):
    with pytest.raises(ValueError, match=r"https://example\.com"):
        callback_url(base_url=base)


@pytest.mark.parametrize("name", [path.stem for path in EVERY_SAMPLE])
def test_only_an_objects_own_callbacks_carry_their_reference_to_it(receive, sample, name):
    callback = receive(sample(name), reference="shop.order:42")
    assert callback.reference == "shop.order:42"
    if callback.subject is not None:
        carried = "" if callback.kind in SHARED else "shop.order:42"
        assert callback.subject.reference == carried


TIMES = {n: f"2025-01-02T03:04:0{n}Z" for n in (1, 2, 3)}
EVENTS = {1: "system.replica_joined", 2: "system.shutdown", 3: "application.recording_ready"}
SUBJECTS = {
    Video: lambda n: video(updated_at=TIMES[n]),
    Replica: lambda n: replica(status=f"step {n}", n=n),
    Conversation: lambda n: event(EVENTS[n], timestamp=TIMES[n], s3_key="k"),
    Document: lambda n: document(status="processing", progress=f"{n}%", updated_at=TIMES[n]),
}


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
@pytest.mark.parametrize("model", SUBJECTS)
def test_the_reference_received_first_stays_whatever_time_a_body_claims(receive, model, order):
    references = {1: "", 2: "two", 3: "three"}
    for number in order:
        receive(SUBJECTS[model](number), reference=references[number])
    first = next(references[number] for number in order if references[number])
    row = model.objects.get()
    assert row.reference == first

    call_command("tavus_rebuild")
    again = model.objects.get()
    assert (again.pk, again.reference) == (row.pk, first)


AT = [None, "2001-02-03T04:05:06Z", "2025-01-02T03:04:05Z", "2999-01-01T00:00:00Z"]
"""What bodies say of their time; the last is longer ahead than is believed."""


@pytest.mark.parametrize("second_at", AT)
@pytest.mark.parametrize("first_at", AT)
def test_a_reference_with_a_time_has_nothing_over_one_without(receive, first_at, second_at):
    """Only what the site itself expects outranks the one received first."""

    def tell(reference, status, at):
        receive(video(status=status, updated_at=at), reference=reference)
        return Video.objects.get().reference

    assert tell("", "queued", second_at) == ""
    assert tell("first", "queued", first_at) == "first"
    assert tell("second", "ready", second_at) == "first"
    call_command("tavus_rebuild")
    assert Video.objects.get().reference == "first"
    expect(video="v1", reference="expected")
    assert tell("first", "generating", first_at) == "expected"
    assert tell("third", "error", second_at) == "expected"
    call_command("tavus_rebuild")
    assert Video.objects.get().reference == "expected"


@pytest.mark.parametrize("model", SUBJECTS)
def test_an_empty_reference_erases_nothing(receive, model):
    receive(SUBJECTS[model](2), reference="kept")
    for number in (1, 3):
        receive(SUBJECTS[model](number))
    assert model.objects.get().reference == "kept"


def test_a_shared_url_gives_a_conversation_nothing_even_when_it_comes_first(receive):
    receive(
        {"conversation_id": "c1", "properties": {"guardrail": "no swearing"}}, reference="guardrail"
    )
    receive(SUBJECTS[Conversation](1), reference="own")
    assert Conversation.objects.get().reference == "own"


def test_every_signal_carries_the_reference(receive, announced):
    receive(SUBJECTS[Conversation](1), reference="shop.order:42")
    receive(VIDEO, reference="shop.order:43")
    heard = {it["signal"]: it["reference"] for it in announced}
    assert heard["replica_joined"] == "shop.order:42"
    assert heard["video_ready"] == heard["callback_received"] == "shop.order:43"


def test_a_completed_conversation_is_announced_with_its_own_reference(receive, announced, hooks):
    hooks(COMPLETION_EXPECTS=["shutdown"])
    receive(SUBJECTS[Conversation](2), reference="shop.order:42")
    [completed] = [it for it in announced if it["signal"] == "conversation_completed"]
    assert completed["reference"] == "shop.order:42"


def test_a_receiver_finds_the_instance_until_it_is_gone(receive, announced, user):
    callback = receive(VIDEO, reference=user)
    assert announced[0]["callback"].reference_object == user
    user.delete()
    assert Callback.objects.get(pk=callback.pk).reference_object is None


@pytest.mark.parametrize(
    "reference",
    [
        *("", "order 42", ":", "auth.user", "auth.user:", "auth.user:x", "auth.user:-1", "auth:1"),
        *("auth.user:99999999999999999999999", "auth.user:1:2", "shop.order:1", "a.b.c:1"),
        *("sessions.session:none", "auth.user: 1e5", "auth.user:\u0661x", "../auth.user:1"),
    ],
)
def test_a_reference_to_nothing_is_none_and_never_an_error(receive, reference):
    assert receive(VIDEO, reference=reference).reference_object is None


@isolate_apps("tests")
@pytest.mark.parametrize("error", [ValueError, TypeError, ValidationError("no"), OverflowError])
def test_nor_is_a_key_that_a_field_refuses_in_its_own_way(receive, monkeypatch, error):
    class Lap(models.Field):
        def get_prep_value(self, value):
            raise error

    class Round(models.Model):
        lap = Lap(primary_key=True)

        class Meta:
            app_label = "race"

    callback = receive(VIDEO, reference="race.round:1")
    monkeypatch.setattr("tavus_hooks.address.apps.get_model", {"race.round": Round}.get)
    assert callback.reference_object is None


def test_the_command_prints_a_url_with_a_reference(capsys):
    call_command("tavus_url", base="https://example.com", reference="shop.order:42")
    assert post(capsys.readouterr().out.strip()).reference == "shop.order:42"


@pytest.fixture
def found(receive, admin_client):
    """The references of the rows that a list shows, by what it was asked."""
    for number, reference in enumerate(["a:1", "a:10", "a_:1", "b:1", ""]):
        receive(video(f"v{number}"), reference=reference)
        receive(replica(f"r{number}"), reference=reference)
        receive(joined(f"c{number}"), reference=reference)
        receive(document(f"d{number}"), reference=reference)

    def found(path, **asked):
        answer = admin_client.get(f"/tavus/{path}/", asked)
        assert answer.status_code == 200
        if path.startswith("api/"):
            return {row["reference"] for row in answer.json()["results"]}
        return {row.reference for row in answer.context["object_list"]}

    return found


ROWS = ["videos", "replicas", "conversations", "documents"]
LISTS = ["inbox", "api/callbacks", *ROWS, *(f"api/{rows}" for rows in ROWS)]


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_filtered_by_a_whole_reference(found, path):
    assert found(path, reference="a:1") == {"a:1"}
    assert found(path, reference="a:") == set()


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_filtered_by_the_beginning_of_a_reference(found, path):
    assert found(path, reference__startswith="a:") == {"a:1", "a:10"}
    assert found(path, reference__startswith="_") == set()


@pytest.mark.parametrize("claims", ["", "a" * 11, f"{'a' * 11}-", f".{'a' * 12}", "ä" * 12])
def test_what_names_no_url_is_no_token(claims):
    assert read(f"{'s' * 43}.{'a' * 12}") == Claims("a" * 12, "", None)
    with pytest.raises(ValueError, match=r"This is no token\."):
        read(f"{'s' * 43}.{claims}")
