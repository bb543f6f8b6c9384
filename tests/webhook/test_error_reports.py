"""What breaks is told to the admins by e-mail, as Django does it, without the token."""

import logging
import sys
from urllib.parse import urlsplit

import pytest
from django import VERSION
from django.core import mail
from django.db import OperationalError
from django.test import Client
from django.utils.log import AdminEmailHandler
from django.views.debug import ExceptionReporter

from tavus_hooks.address import callback_url
from tavus_hooks.log import RedactCallbackTokens
from tavus_hooks.webhook.delivery import Delivery
from tests.databases import connection
from tests.webhook.conftest import VIDEO, token_of
from tests.webhook.spelling import gives_away

pytestmark = pytest.mark.django_db

URL = callback_url(base_url="https://example.com", reference="shop.order:42")
TOKEN = token_of(URL)
BREAKING = "tests.webhook.test_error_reports.breaking"


def breaking(delivery: Delivery) -> None:
    token = delivery.token
    raise LookupError(f"in a verifier, with {len(token)} characters before its eyes")


class Breaking:
    """A middleware that fails before or behind the view, as the request asks for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        where = request.headers.get("x-break")
        if where == "before":
            raise LookupError("in front of the view")
        answer = self.get_response(request)
        if where == "behind":
            raise LookupError("behind the view")
        return answer

    def process_view(self, request, view, args, kwargs):
        if request.headers.get("x-break") == "between":
            raise LookupError(f"between, at {request.path}")


@pytest.fixture(autouse=True)
def reports(settings, mailer):
    """E-mails to the admins, with the variables of every frame."""
    settings.DEBUG = False
    settings.ADMINS = ["ada@example.com"] if VERSION >= (6, 0) else [("Ada", "ada@example.com")]
    handler = AdminEmailHandler(include_html=True)
    handler.setLevel(logging.ERROR)
    handler.addFilter(RedactCallbackTokens())
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)


def told():
    """What the e-mails say: subjects, texts and HTML."""
    assert mail.outbox
    parts = [(it.subject, it.body, *(str(it[0]) for it in it.alternatives)) for it in mail.outbox]
    return "\n".join(text for report in parts for text in report)


def post(**headers):
    client = Client(raise_request_exception=False, headers=headers)
    return client.post(urlsplit(URL).path, data=VIDEO, content_type="application/json")


def test_a_verifier_that_breaks_is_reported_without_the_token(hooks):
    hooks(VERIFIERS=[BREAKING])
    answer = post()
    assert answer.status_code == 503
    assert not gives_away(answer.content, TOKEN)
    assert "LookupError" in told()
    assert "in a verifier" in told()
    assert not gives_away(told(), TOKEN)


def test_without_the_care_taken_that_report_would_show_the_token():
    """Else the other tests would prove nothing."""
    try:
        breaking(Delivery(None, TOKEN))
    except LookupError:
        report = ExceptionReporter(None, *sys.exc_info(), is_email=True).get_traceback_html()
    assert gives_away(report, TOKEN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"STATIC_TOKENS": "not in a list"},
        {"SECRETS": "not in a list"},
        {"VERIFIERS": ["tavus_hooks.verifiers.no_such"]},
        {"MAX_BODY_BYTES": "many"},
        {"LEASE_SECONDS": "many"},
        {"NUM_PROXIES": "many"},
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_read_is_reported_without_the_token(hooks, wrong):
    hooks(**wrong)
    assert post().status_code == 503
    assert not gives_away(told(), TOKEN)


def test_a_database_that_takes_nothing_is_reported_without_the_token(hooks):
    def down(execute, sql, params, many, context):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(down):
        assert post().status_code == 503
    assert "OperationalError" in told()
    assert not gives_away(told(), TOKEN)


def test_a_receiver_that_breaks_is_reported_without_the_token(failing):
    failing("the mail server is down")
    assert post().status_code == 200
    assert "the mail server is down" in told()
    assert not gives_away(told(), TOKEN)


@pytest.mark.parametrize("where", ["before", "between", "behind"])
def test_a_middleware_that_breaks_at_the_door_is_reported_without_the_token(settings, where):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Breaking"]
    answer = post(**{"x-break": where})
    assert answer.status_code == 500
    assert not gives_away(answer.content, TOKEN)
    assert "Internal Server Error: /tavus/callbacks/[redacted]" in told()
    assert not gives_away(told(), TOKEN)


def test_a_middleware_that_breaks_elsewhere_is_reported_as_ever(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Breaking"]
    client = Client(raise_request_exception=False, headers={"x-break": "before"})
    assert client.get("/tavus/api/callbacks/12/").status_code == 500
    assert "/tavus/api/callbacks/12/" in told()
    assert "in front of the view" in told()
    assert "Request Method" in told()


def test_a_host_that_is_not_allowed_is_reported_without_the_token(settings):
    settings.ALLOWED_HOSTS = ["example.com"]
    assert post(host="evil.example").status_code == 400
    assert "evil.example" in told()
    assert not gives_away(told(), TOKEN)
