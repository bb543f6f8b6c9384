"""What is not promised: each of these holds, and docs/security.md says so."""

import logging
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.test import Client

from tavus_hooks.address import callback_url
from tavus_hooks.models import Callback, Video
from tests.conftest import receiving_path
from tests.webhook.conftest import VIDEO, asgi_site, path_with, token_of

pytestmark = pytest.mark.django_db


def test_whoever_knows_a_url_can_post_what_they_like(receive):
    receive(VIDEO | {"video_name": "never made"}, reference="shop.order:42")
    assert Video.objects.get().video_name == "never made"


def test_who_posts_an_id_first_has_it_until_the_site_says_otherwise(receive):
    receive(VIDEO | {"status": "queued"}, reference="theirs")
    receive(VIDEO, reference="mine")
    assert Video.objects.get().reference == "theirs"
    assert Video.objects.get().expected_at is None


def test_a_body_that_is_posted_again_is_taken_and_announced_to_nobody(receive, announced):
    receive(VIDEO)
    announced.clear()
    assert receive(VIDEO).is_duplicate
    assert not announced


def test_guesses_are_counted_and_never_slowed_down(knock):
    for number in range(50):
        assert knock(path_with(f"guess-{number}")) == 403


def test_a_reference_opens_no_page(receive):
    user = User.objects.create_user("ada")
    callback = receive(VIDEO, reference=user)
    client = Client()
    client.force_login(user)
    for page in (callback.get_absolute_url(), "/tavus/api/callbacks/", "/tavus/api/videos/v1/"):
        assert client.get(page).status_code == 403


def test_a_reference_may_name_what_whoever_made_the_url_may_not_see(receive):
    """It is looked up without asking for any permission."""
    secret = User.objects.create_superuser("root")
    assert receive(VIDEO, reference=f"auth.user:{secret.pk}").reference_object == secret


def test_the_reference_can_be_read_in_the_url():
    from base64 import urlsafe_b64decode

    token = token_of(callback_url(base_url="https://example.com", reference="shop.order:420"))
    assert urlsafe_b64decode(token.rpartition(".")[2] + "==") == b"shop.order:420"


def test_the_token_of_another_url_is_kept_as_it_came(receive):
    other = callback_url(base_url="https://example.com", reference="another")
    callback = receive({"seen": other}, reference="this one")
    assert token_of(other).encode() in bytes(callback.body)


def test_of_a_static_token_that_is_cut_off_the_rest_is_kept(hooks, knock):
    static = "typed-by-hand-and-of-no-particular-shape"
    hooks(STATIC_TOKENS=[static])
    assert knock(path_with(static), body={"seen": [static, static[:-1]]}) == 200
    assert Callback.objects.get().payload == {"seen": ["[redacted]", static[:-1]]}


def test_a_handler_without_the_filter_prints_the_token():
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        Client().get(receiving_path())
    finally:
        logger.removeHandler(handler)
    assert token_of(receiving_path()) in stream.getvalue()


def test_under_asgi_a_body_over_the_limit_is_read_to_its_end_before_it_is_refused(hooks):
    hooks(MAX_BODY_BYTES=100)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": receiving_path(),
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-length", b"10000")],
    }

    async def talk():
        server = ApplicationCommunicator(asgi_site(), scope)
        for number in range(100):
            part = {"type": "http.request", "body": b"x" * 100, "more_body": number < 99}
            await server.send_input(part)
        answer = await server.receive_output(10)
        await server.receive_output(10)
        await server.wait()
        return answer["status"], server.input_queue.qsize()

    assert async_to_sync(talk)() == (413, 0)
    assert not Callback.objects.exists()


def test_the_answer_tells_nothing_of_what_the_site_knows(receive, send):
    receive(VIDEO)
    assert set(send(VIDEO).json()) == {"callback", "status"}
    assert Client().post(path_with("guess"), VIDEO).json() == {
        "detail": "This is not a URL that was given to Tavus."
    }
