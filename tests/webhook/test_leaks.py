"""Credentials of a request are blanked before the first write, and shown nowhere afterwards."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from string import ascii_letters
from urllib.parse import quote, urlsplit

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tavus_hooks.address import callback_url
from tavus_hooks.api.urls import router
from tavus_hooks.log import RedactCallbackTokens
from tavus_hooks.models import Callback, Refusal
from tavus_hooks.pages.base import MODELS
from tavus_hooks.webhook.redaction import redact
from tests.conftest import SAMPLES, case, receiving_path
from tests.databases import connection
from tests.webhook.conftest import path_with, token_of
from tests.webhook.spelling import (
    ECHOES,
    escaped,
    gives_away,
    mixed,
    percent,
    percent_twice,
    undone,
)

pytestmark = pytest.mark.django_db

IDENTIFYING = {"event_type", "status", "timestamp", "updated_at", "role"}
"""Keys whose values make a callback of its kind: these stay as they are."""


FIXED = f"{ascii_letters[:43]}.0123456789ab"
"""A token of which no piece looks like the end of an escape before it."""


@pytest.fixture(params=["", "shop.order:42", "x" * 200], ids=["plain", "referring", "long"])
def url(request):
    return callback_url(base_url="https://example.com", reference=request.param)


@pytest.fixture
def token(url):
    return token_of(url)


@pytest.fixture
def log():
    """Everything that is logged, as a handler with the filter prints it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactCallbackTokens())
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request", "tavus_hooks")]
    before = [logger.level for logger in loggers]
    logging.getLogger().addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    connection.force_debug_cursor = True  # queries with their parameters
    yield stream
    connection.force_debug_cursor = False
    logging.getLogger().removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def post(url, body, **extra):
    path = urlsplit(url).path
    options = {"content_type": "application/json"} | extra
    return Client(raise_request_exception=False).post(path, data=body, **options)


def newest():
    return Callback.objects.latest("pk")


def cells() -> Iterator[tuple[str, object]]:
    """Every value of every table, ours or not."""
    for model in apps.get_models():
        for row in model._base_manager.values():
            for name, value in row.items():
                yield f"{model._meta.label}.{name}", value


def kept_in_tables(token):
    return {where for where, value in cells() if gives_away(value, token)}


def pages():
    """The address of everything that can be looked at."""
    ours = apps.get_app_config("tavus_hooks").get_models()
    for model in ours:
        name = model._meta.model_name
        keys = list(model._base_manager.values_list("pk", flat=True))
        if model in site._registry:
            yield reverse(f"admin:tavus_hooks_{name}_changelist")
            yield from (reverse(f"admin:tavus_hooks_{name}_change", args=[key]) for key in keys)
        if model in MODELS:
            yield reverse(f"tavus_hooks:{name}-list")
            yield from (row.get_absolute_url() for row in model._base_manager.all())
    for prefix, viewset, _ in router.registry:
        yield f"/tavus/api/{prefix}/?page_size=500"
        if not hasattr(viewset, "retrieve"):
            continue
        field = viewset.lookup_field
        keys = viewset.queryset.model._base_manager.values_list(field, flat=True)
        yield from (f"/tavus/api/{prefix}/{quote(str(key), safe='')}/" for key in keys)
    callbacks = Callback.objects.values_list("pk", flat=True)
    for name in ("admin:tavus_hooks_callback_whole", "tavus_hooks:whole", "tavus_hooks:api:whole"):
        model = [] if name.startswith("admin") else ["callback"]
        yield from (reverse(name, args=[*model, pk, "body"]) for pk in callbacks)
    yield from ("/tavus/", "/tavus/health/", "/admin/", "/tavus/api/")


def test_what_the_tests_look_for_would_be_found(token, url):
    assert gives_away(url, token)
    assert not gives_away("https://example.com/tavus/callbacks/[redacted]/", token)
    for echo in ECHOES.values():
        assert gives_away(echo(url), token)


def test_a_body_that_echoes_its_own_url_is_kept_without_the_token(url, token, log):
    for name, echo in ECHOES.items():
        with case(name):
            answer = post(url, echo(url))
            assert answer.status_code == 200
            assert not gives_away(answer.content, token)
            assert not gives_away(bytes(newest().body), token)
    assert not kept_in_tables(token)
    assert not gives_away(log.getvalue(), token)


def test_what_stands_around_the_token_stays_as_it_was(url, token):
    for name, echo in ECHOES.items():
        with case(name):
            post(url, echo(url))
            kept = undone(bytes(newest().body))
            assert kept == undone(echo(url)).replace(token.encode(), b"[redacted]")


def test_a_body_that_was_json_still_is(url):
    for name, echo in ECHOES.items():
        if "no JSON" not in name:
            try:
                json.loads(echo(url))
            except ValueError:
                continue
            blanked = redact(echo(url), [], token_of(url))
            assert json.loads(blanked) != json.loads(echo(url)), name


def echoing(value, url, key=""):
    """The value with the URL added to every text that does not make it what it is."""
    if isinstance(value, dict):
        return {name: echoing(each, url, name) for name, each in value.items()}
    if isinstance(value, list):
        return [echoing(each, url, key) for each in value]
    if isinstance(value, str) and key not in IDENTIFYING and not key.endswith("_id"):
        return f"{value} {url}"
    return value


def echoing_samples(url):
    for path in sorted(SAMPLES.glob("*.json")):
        sample = json.loads(path.read_bytes())
        yield path.stem, json.dumps(echoing(sample, url)).encode()


@pytest.mark.heavy
def test_no_table_and_no_page_shows_a_token_that_stood_in_any_field(log, failing, admin_client):
    url = callback_url(base_url="https://example.com", reference="shop.order:42")
    token = token_of(url)
    failing("and leaves a traceback")
    for _, body in echoing_samples(url):
        headers = {"headers": {"user-agent": f"Tavus {url}", "x-request-id": token}}
        assert post(url, body, **headers).status_code == 200
    for echo in ECHOES.values():
        assert post(url, echo(url)).status_code == 200
    filled = {where.partition(".")[2].rpartition(".")[0] for where, _ in cells()}
    assert {"Callback", "Video", "Replica", "Conversation", "Turn", "Recording"} <= filled
    assert {"Document", "Failure"} <= filled

    assert not kept_in_tables(token)
    assert not gives_away(log.getvalue(), token)
    connection.force_debug_cursor = False
    export = StringIO()
    call_command("tavus_export", stdout=export)
    assert not gives_away(export.getvalue(), token)
    shown = list(pages())
    assert len(shown) > 200
    for page in shown:
        answer = admin_client.get(page)
        assert answer.status_code == 200, page
        assert not gives_away(answer.content, token), page


def test_a_token_in_a_header_is_blanked_before_the_header_is_cut(url, token, log):
    for length in (0, 20, 100, 200, 240, 260):
        said = f"{'x' * length}{token} and more"
        headers = {"user-agent": said, "x-request-id": said}
        with case(length):
            assert post(url, b"{}", content_type=said, headers=headers).status_code == 200
            kept = Callback.objects.values("user_agent", "request_id", "content_type").latest("pk")
            assert all(text.startswith("x" * min(length, 100)) for text in kept.values())
            assert not gives_away(str(kept), token)
    assert not kept_in_tables(token)
    assert not gives_away(log.getvalue(), token)


def test_a_header_that_is_kept_is_cut_to_its_column(url):
    said = "x" * 256
    post(url, b"{}", content_type=said, headers={"user-agent": said, "x-request-id": said})
    callback = Callback.objects.get()
    assert callback.content_type == callback.user_agent == "x" * 255
    assert callback.request_id == "x" * 128


def test_no_header_is_kept_but_these_three(url, admin_client):
    headers = {
        "user-agent": "Tavus/1.0",
        "x-request-id": "r-1",
        "authorization": "Bearer do-not-keep-me",
        "cookie": "do-not-keep-me=1",
        "x-anything": "do-not-keep-me",
        "referer": "https://do-not-keep-me.example",
    }
    post(url, b"{}", headers=headers)
    callback = Callback.objects.get()
    assert (callback.user_agent, callback.request_id) == ("Tavus/1.0", "r-1")
    assert callback.content_type == "application/json"
    assert not [where for where, value in cells() if "do-not-keep-me" in str(value)]
    page = admin_client.get(reverse("admin:tavus_hooks_callback_change", args=[callback.pk]))
    assert "do-not-keep-me" not in page.text


@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_a_refusal_keeps_only_the_length_of_what_stood_in_the_path(
    url, token, method, refusals, log
):
    for tail in ("/", "//", "///", "/x/", "%2F/", ".", "%20/", "?a=b", "", "%"):
        Refusal.objects.all().delete()
        path = f"{urlsplit(url).path.rstrip('/')}{tail}"
        with case(tail):
            answer = getattr(Client(), method)(path)
            refusals.write()
            kept = [*Refusal.objects.values()]
            assert answer.status_code == 200 or kept[0]["last_path"].endswith(" characters>")
            assert len(kept) == (answer.status_code != 200)
            assert not gives_away(str(kept), token)
    assert not kept_in_tables(token)
    assert not gives_away(log.getvalue(), token)


@pytest.mark.parametrize(
    "secret", ["a/b+c=d-and-something-more", 'quo"te\\d/-and-more', "pä😀ß-and-more"]
)
def test_a_secret_of_any_characters_is_blanked_as_json_and_urls_spell_it(secret):
    spelled = [
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        json.dumps(secret).replace("/", "\\/"),
        json.dumps(json.dumps(secret)),
        quote(secret, safe=""),
        quote(quote(secret, safe=""), safe=""),
        secret,
    ]
    for text in spelled:
        assert "and-" not in redact(text.encode(), [secret]).decode(), text


@pytest.mark.parametrize("length", [20, 21, 29, 30, 43, 50, 60])
def test_of_a_url_that_is_cut_off_nothing_of_its_signature_is_kept(length):
    """Within its reference, its id or its signature."""
    token, base = f"{FIXED}.c2hvcC5vcmRlcjo0Mg", "https://example.com/tavus/callbacks/"
    for name, echo in ECHOES.items():
        with case(name):
            kept = redact(echo(f"{base}{token[:length]}"), [], token)
            assert not gives_away(kept, token)
            assert undone(kept) == undone(echo(f"{base}[redacted]{token[43:length]}"))


@pytest.mark.parametrize("start", [0, 1, 9, 10, 11, 19, 22, 23])
def test_any_twenty_characters_of_a_signature_are_blanked_and_nineteen_are_not(start):
    token = FIXED
    piece = token[start : start + 20]
    for name, echo in ECHOES.items():
        with case(name):
            assert undone(redact(echo(f"~{piece}~"), [], token)) == undone(echo("~[redacted]~"))
            fewer = echo(f"~{piece[:19]}~{piece[1:]}~")
            assert redact(fewer, [], token) == fewer


def test_no_other_character_passes_for_one_more_of_a_signature():
    """Before its first or behind its last, and at the other end of the body."""
    signature = FIXED[:43]
    first, last = signature[:1], signature[-1:]
    bodies = {
        f"{last}{signature[:20]}": f"{last}[redacted]",
        f"{signature[-20:]}{first}": f"[redacted]{first}",
        f"{signature[1:20]}~{first}": f"{signature[1:20]}~{first}",
        f"{last}~{signature[23:42]}": f"{last}~{signature[23:42]}",
    }
    for body, kept in bodies.items():
        assert redact(body.encode(), [], FIXED).decode() == kept


@given(pieces=st.lists(st.tuples(st.integers(0, 42), st.integers(1, 43), st.integers(0, 8))))
def test_pieces_of_a_signature_are_blanked_however_they_are_put_together(pieces):
    token, signature = FIXED, FIXED.partition(".")[0]

    def nested(text):
        return escaped(text).replace("\\", "\\" * 4)

    ways = (str, percent, percent_twice, escaped, mixed, nested)
    body = "".join(
        ways[way % 6](signature[start : start + length]) + " ~"[way % 2]
        for start, length, way in pieces
    ).encode()
    kept = undone(redact(body, [], token)).decode()
    for start in range(len(signature) - 19):
        assert signature[start : start + 20] not in kept


def hard(name):
    """What a hostile body duplicates, made of pieces of a signature."""

    def piece(token):
        signature = token.partition(".")[0]
        return {
            "a block": signature[10:20],
            "nearly enough": f"{signature[1:20]} ",
            "just enough": f"{signature[5:25]} ",
            "a block, escaped": percent(signature[:10]),
            "all but the end, escaped": escaped(signature[:42]),
            "the first letter, escaped": percent(signature[:1]),
        }[name].encode()

    return piece


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize(
    "name",
    [
        "a block",
        "nearly enough",
        "just enough",
        "a block, escaped",
        "all but the end, escaped",
        "the first letter, escaped",
    ],
)
def test_no_body_of_pieces_takes_more_than_a_moment_to_blank(name, encoding, receive):
    """Were a piece searched from each of its characters, this would take minutes."""
    piece = hard(name)(token_of(receiving_path())).decode().encode(encoding)
    receive(piece * (1_000_000 // len(piece)) + b" %41")


@pytest.mark.parametrize(
    "hard",
    [b"\\", b"%25", b"%", b"\\u0041", b"\\u0025", b"%2525", b"\x00%", b"\\\x00"],
)
def test_no_body_takes_more_than_a_moment_to_blank(hard, receive):
    """Were a run of escapes searched from each of its characters, this would take hours."""
    receive(hard * (2_000_000 // len(hard)) + b" %41")


ODD_SECRETS = ["a/b+c=d-and-something-more", 'quo"te\\d/-and-more', "pä😀ß-and-more", "41%41-and-x"]


@pytest.mark.parametrize("secret", ODD_SECRETS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_so_it_is_in_every_encoding_and_what_stands_around_it_stays(secret, encoding):
    spelled = [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]]
    spelled += [quote(secret, safe=""), quote(quote(secret, safe=""), safe="")]
    spelled += [json.dumps(json.dumps(secret))[3:-3]]
    for text in spelled:
        around = '{{"ä": "\\u00e4%20\\/ {} \\"😀"}}'
        body = around.format(text).encode(encoding)
        kept = redact(body, ["another-secret", secret]).decode(encoding)
        assert kept == around.format("[redacted]"), text


def test_a_secret_is_found_behind_what_only_seems_to_be_an_escape():
    secret = "41-and-nothing-else"  # noqa: S105
    for before in ("%", "%25", "\\u00"):
        for spelled in (secret, f"41{percent(secret[2:])}"):
            assert "-" not in undone(redact(f"{before}{spelled}".encode(), [secret])).decode()


def test_of_a_short_secret_no_piece_is_taken_for_it():
    """What begins like the end of an escape is looked for without it only if enough is left."""
    body = b"%2541-and-x 7-and-x"
    assert redact(body, ["41-and-x"]) == b"%25[redacted] 7[redacted]"
    assert redact(body, ["41-and-"]) == b"%25[redacted]x 7-and-x"


@pytest.mark.parametrize(
    ("piece", "times"), [(str, 20_000), (lambda text: percent(text[0]), 400_000)]
)
def test_of_a_body_made_of_a_password_only_is_kept_that_it_came(piece, times, hooks, knock):
    """Whichever secret it is: all of them are looked for at once, and within the same limits."""
    token = "a-token-in-a-header-of-some-length"  # noqa: S105
    hooks(VERIFIERS=["tavus_hooks.verifiers.header_token"], HEADER_TOKENS=[token])
    body = piece(token).encode() * times
    assert knock("/tavus/callbacks/", body=body, headers={"authorization": token}) == 200
    callback = Callback.objects.get()
    assert bytes(callback.body) == b""
    assert callback.unreadable.endswith("not kept")


@pytest.mark.parametrize(
    ("name", "times"), [("just enough", 20_000), ("the first letter, escaped", 600_000)]
)
def test_of_a_body_made_of_pieces_only_is_kept_that_it_came(name, times, receive):
    callback = receive(hard(name)(token_of(receiving_path())) * times)
    assert bytes(callback.body) == b""
    assert callback.unreadable.endswith("not kept")


@pytest.mark.parametrize("token", ["p" * 40, "p" * 16], ids=len)
def test_a_long_path_that_vouches_for_nothing_is_blanked_all_the_same(hooks, token):
    """It may be of another site, or of a secret that was taken out of the settings."""
    hooks(VERIFIERS=["tavus_hooks.verifiers.header_token"], HEADER_TOKENS=["h" * 40])
    body = json.dumps({"video_id": "v1", "stream_url": f"https://example.com/{token}"})
    answer = post(path_with(token), body.encode(), headers={"authorization": "h" * 40})
    assert answer.status_code == 200
    assert token not in bytes(Callback.objects.get().body).decode()


def test_a_short_path_that_vouches_is_blanked(hooks):
    hooks(STATIC_TOKENS=["v" * 15])
    assert post(path_with("v" * 15), f"see {'v' * 15}".encode()).status_code == 200
    assert bytes(Callback.objects.get().body) == b"see [redacted]"


@pytest.mark.parametrize("token", ["v1", "v" * 15], ids=len)
def test_a_short_path_that_vouches_for_nothing_is_no_secret(hooks, token):
    hooks(VERIFIERS=["tavus_hooks.verifiers.header_token"], HEADER_TOKENS=["h" * 40])
    body = b'{"video_id": "v1", "status": "ready", "stream_url": "https://tavus.io/%s"}'
    body %= token.encode()
    answer = post(path_with(token), body, headers={"authorization": "h" * 40})
    assert answer.status_code == 200
    assert bytes(Callback.objects.get().body) == body
