"""The logging filter blanks tokens and leaves everything else as it was."""

import logging
from io import StringIO

import pytest
from django.http import HttpRequest
from django.utils.log import ServerFormatter

from tavus_hooks.address import callback_url
from tavus_hooks.log import RedactCallbackTokens
from tests.door.conftest import token_of
from tests.door.spelling import gives_away

URL = callback_url(base_url="https://example.com", reference="shop.order:42")
TOKEN = token_of(URL)
PATH = f"/tavus/callbacks/{TOKEN}/"


@pytest.fixture
def printed():
    """What a handler with the filter prints of a record; the record itself comes along."""

    def printed(message, *args, formatter=None, **extra):
        stream = StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        handler.addFilter(RedactCallbackTokens())
        record = logging.LogRecord("x", logging.INFO, "x.py", 1, message, args, None)
        record.__dict__.update(extra)
        handler.handle(record)
        return stream.getvalue(), record

    return printed


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ('"POST %s HTTP/1.1" 200', (PATH,)),
        (f'"POST {PATH} HTTP/1.1" 200', ()),
        ("Forbidden: %s", (PATH,)),
        ("/callbacks/%s/ failed with %d", (TOKEN, 3)),
        ("%(path)s", ({"path": PATH},)),
        ("%s", (ValueError(URL),)),
        ("mounted without a slash: %s", (f"/tavus-callbacks/{TOKEN}",)),
        ("query: %s", (f"{PATH}?a=b#c",)),
        (f"twice: {URL} and '{URL}'", ()),
        (ValueError(f"no text at all: {URL}"), ()),
    ],
    ids=str,
)
def test_a_token_is_blanked_wherever_it_stands_in_a_record(printed, message, args):
    text, record = printed(message, *args)
    assert "callbacks/[redacted]" in text
    assert not gives_away(text, TOKEN)
    assert not gives_away(vars(record), TOKEN)


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("GET /tavus/api/callbacks/12/ %d", (200,)),
        ("GET /tavus/api/callbacks/?kind=x", ()),
        ("GET /tavus/api/callbacks/12", ()),
        ("a hundred percent: 100%", ()),
        ("nothing", ()),
        ("wrong number of arguments: %s", ("callbacks/", "and others")),
    ],
)
def test_other_records_pass_as_they_are(message, args):
    request = HttpRequest()
    request.path = "/tavus/api/callbacks/12/"
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, message, args, None)
    record.request = request
    assert RedactCallbackTokens().filter(record) is True
    assert (record.msg, record.args, record.request) == (message, args, request)


def test_the_development_servers_line_is_printed_with_its_own_formatter(printed):
    text, _ = printed(
        '"%s" %s %s',
        *(f"POST {PATH} HTTP/1.1", "200", "35"),
        formatter=ServerFormatter("[{server_time}] {message}", style="{"),
        server_time="now",
        status_code=200,
    )
    assert text == '[now] "POST /tavus/callbacks/[redacted] HTTP/1.1" 200 35\n'


def test_uvicorns_access_line_is_printed_with_its_own_formatter(printed):
    uvicorn = pytest.importorskip("uvicorn.logging")
    text, record = printed(
        '%s - "%s %s HTTP/%s" %d',
        *("127.0.0.1:5", "POST", PATH, "1.1", 200),
        formatter=uvicorn.AccessFormatter("%(client_addr)s %(request_line)s %(status_code)s"),
    )
    assert "POST /tavus/callbacks/[redacted] HTTP/1.1" in text
    assert len(record.args) == 5


def test_a_traceback_is_printed_with_the_token_blanked(printed):
    try:
        raise ValueError(f"cannot reach {URL}")
    except ValueError as error:
        raised = (type(error), error, error.__traceback__)
    text, _ = printed("Internal Server Error: %s", PATH, exc_info=raised)
    assert "Traceback (most recent call last)" in text
    assert "cannot reach https://example.com/tavus/callbacks/[redacted]" in text
    assert not gives_away(text, TOKEN)
