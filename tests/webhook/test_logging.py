"""The logging filter blanks tokens and leaves everything else as it was."""

import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.http import HttpRequest
from django.utils.log import ServerFormatter

from tavus_hooks.address import callback_url
from tavus_hooks.log import RedactCallbackTokens
from tavus_hooks.webhook import escapes
from tests.webhook.conftest import token_of
from tests.webhook.spelling import escaped, gives_away, percent, percent_twice

TOKEN = "fWKNthC5If8Jpas0DDhsXt--CVMV0ysmPhu6umrPtGA.jAt4iZcS9qzk.c2hvcC5vcmRlcjo0Mg"  # noqa: S105
PLAIN = "4hg6TRfZ6kuyKqKEYGkDAxfjApd3_CRum36wVprZc_E.1AvCGShw2LtK"
ENDING = "4_ub8D49x3JgKTzJ9eZYBpTzY-KTBAY_RQmnvRIl2dU.98UIQPwh2kx86b7f169d.YQ"
URL = f"https://example.com/tavus/callbacks/{TOKEN}/"
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
    "path",
    [
        f"/tavus/callbacks%2F{TOKEN}/",
        f"/tavus/callbacks%252f{TOKEN}/",
        f"/tavus/%63allbacks/{TOKEN}/",
        f"/tavus/CALLBACKS/{TOKEN}/",
        f"/tavsu/{TOKEN}",
        f"/tavus/callbacks{TOKEN}/",
        f"/{TOKEN}/?next=/",
        f"/tavus/%63allbacks/{percent(TOKEN)}/",
        f"/tavus/%63allbacks/{percent_twice(TOKEN).lower()}/",
        f"/x/{TOKEN.partition('.')[0]}%2E{TOKEN.partition('.')[2]}/",
        f"\\/tavus\\/x\\/{TOKEN}\\/",
        f"line\\n{TOKEN}\\nline",
        f"({TOKEN}), '{TOKEN}' and {TOKEN}: all three",
        f"/tavsu/{PLAIN}/",
        f"/tavsu/{ENDING}/",
    ],
)
def test_what_looks_like_a_token_is_blanked_wherever_it_stands(printed, path):
    for message, args in (("GET %s", (path,)), (f"GET {path}", ())):
        text, record = printed(message, *args)
        assert "[redacted]" in text
        for token in (TOKEN, PLAIN, ENDING):
            assert not gives_away(text, token)
            assert not gives_away(vars(record), token)


@pytest.mark.parametrize("reference", ["", "a", "shop.order:42", "x" * 200, "ü" * 200])
@pytest.mark.parametrize("span", [None, timedelta(days=90), timedelta(days=99999)], ids=str)
def test_every_url_that_is_made_has_the_shape_that_is_blanked(printed, reference, span):
    for _ in range(20):
        url = callback_url(base_url="https://a.example", reference=reference, expires_in=span)
        text, _ = printed("at %s", f"/tavsu/{token_of(url)}/")
        assert text == "at /tavsu/[redacted]/\n"


def test_a_traceback_alone_that_tells_a_token_is_printed_without_it(printed):
    try:
        raise ValueError(f"cannot reach https://example.com/tavsu/{TOKEN}/")
    except ValueError as error:
        raised = (type(error), error, error.__traceback__)
    text, _ = printed("It failed.", exc_info=raised)
    assert "cannot reach https://example.com/tavsu/[redacted]/" in text
    assert not gives_away(text, TOKEN)


@pytest.mark.parametrize("spelled", [str, percent, percent_twice, escaped])
def test_a_static_token_is_blanked_by_its_value(printed, hooks, spelled):
    static = "typed-by-hand-and-of-no-particular-shape"
    hooks(STATIC_TOKENS=["", static])
    text, _ = printed("GET %s", f"/tavsu/{spelled(static)}/?a=b")
    assert text == "GET /tavsu/[redacted]/?a=b\n"
    text, _ = printed("GET %s", f"/tavsu/\ud800/{spelled(static)}/")
    assert text == "GET /tavsu/\ud800/[redacted]/\n"


def test_of_a_text_with_more_escapes_than_are_undone_nothing_is_printed(
    printed, hooks, monkeypatch
):
    """How many are undone is tested with bodies, which may have megabytes."""
    static = "typed-by-hand-and-of-no-particular-shape"
    hooks(STATIC_TOKENS=[static])
    monkeypatch.setattr(escapes, "MOST_ESCAPES", 1000)
    assert printed("%s", "%41" * 900)[0] == "%41" * 900 + "\n"
    assert printed("%s", "%41" * 1001 + percent(static))[0] == "[redacted]\n"


def test_settings_that_cannot_be_read_stop_no_record(printed, hooks):
    hooks(STATIC_TOKENS="no list")
    assert printed("GET /tavsu/%s/", TOKEN)[0] == "GET /tavsu/[redacted]/\n"


ORDINARY = [
    "6f1c2f0e-35c7-4f6c-9d3a-6a1f0a6f7c11 and c27a8f9e4d2b",
    "/static/js/some-longer-name-of-a-file-of-javascript.0123456789ab.js",
    f"/static/{'n' * 43}.0123456789ab.css",
    f"{'A' * 43}.{'B' * 12}",
    "0123456789abcdef" * 4,
    f"sha256:{'0123456789abcdef' * 4}.sig",
    "sha256-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
    f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{'eyJzdWIiOiIxM' * 4}.{'SflKxwRJSMe' * 4}".strip("e"),
    "tavus_hooks.kinds.application_transcription_ready.ApplicationTranscriptionReady.prepare",
    "TestSomeVeryLongClassNameOfFortyThreeLetter.test_it_is_so_and_not_otherwise",
    "https://example.com/a/b.c?x=y&token_of=another%20site#z",
    "a.b.c.d 10.0.0.1 3.11.7 100% %s %d C:\\u0041\\temp",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", ORDINARY, ids=lambda text: text[:30])
def test_ids_digests_names_and_other_tokens_stay_as_they_are(printed, text):
    assert printed("%s", text)[0] == f"{text}\n"


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
