"""What each verifier accepts, and that none of them can be made to fail."""

import base64
import hashlib
import hmac
import time
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.test import Client, RequestFactory

from tavus_hooks.address import callback_url, tokens
from tavus_hooks.models import Callback
from tavus_hooks.verifiers import Delivery, RefusedError
from tavus_hooks.webhook.verification import verify
from tests.conftest import receiving_path
from tests.webhook.conftest import SECRET, path_with, token_of
from tests.webhook.spelling import ECHOES, gives_away

pytestmark = pytest.mark.django_db

OURS = "tavus_hooks.verifiers."
BODY = b'{"video_id": "v1", "status": "ready"}'
OLD, NEW = "old:" + "o" * 40, "new:" + "n" * 40
ODD = [
    "",
    " ",
    "x",
    "☃",
    "\xff\xfe",
    "\x00",
    "\xf0\x9f\x98\x80",
    "Basic",
    "Basic ",
    "a" * 100_000,
    "=",
    ":",
]


def listed(path: str, settings: dict):
    return lambda hooks: hooks(VERIFIERS=[OURS + path], **settings)


def basic(pair: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def digest(body: bytes = BODY, secret: str = NEW) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


ENCODED = basic(NEW)["authorization"].removeprefix("Basic ")


def outcome(knock, headers, path="/tavus/callbacks/", body=BODY, **extra) -> int:
    return knock(path, body=body, headers=headers, **extra)


class TestPathToken:
    """The default, whose further cases are in the tests of the receiver and of references."""

    @pytest.mark.parametrize("setting", ["SECRETS", "STATIC_TOKENS"])
    def test_empty_ones_never_match(self, hooks, knock, setting):
        hooks(**{"SECRETS": [], "STATIC_TOKENS": [], setting: ["", "x" * 40]})
        for path in ("/tavus/callbacks/", "/tavus/callbacks", path_with("x"), path_with(" ")):
            assert knock(path) == 403

    @pytest.mark.parametrize("blank", ["", " ", "\t\n", None, "1234567"], ids=repr)
    def test_a_token_that_an_empty_secret_signed_is_refused(self, hooks, knock, blank):
        hooks(SECRETS=[blank, SECRET], STATIC_TOKENS=[blank])
        assert knock(path_with(tokens.sign(blank or "", "shop.order:42"))) == 403
        assert knock(receiving_path()) == 200  # the first that is not blank signs

    @pytest.mark.parametrize(("length", "status"), [(1200, 200), (1201, 403)])
    def test_what_is_longer_than_any_token_is_refused(self, hooks, knock, length, status):
        hooks(STATIC_TOKENS=["x" * length])
        assert knock(path_with("x" * length)) == status

    def test_nothing_after_or_before_a_token_is_ignored(self, knock):
        token = token_of(receiving_path("a"))
        wrong = [f"{token}.", f"{token}=", f".{token}", f"{token}a", token[:-1], f"{token}/x", "."]
        swapped = ".".join(reversed(token.split(".")))
        for other in (*wrong, swapped, token.upper(), token.partition(".")[0], f"{token}\n"):
            assert knock(path_with(other)) == 403, other

    def test_a_reference_spelled_otherwise_is_refused_though_it_reads_the_same(self, knock):
        token = token_of(receiving_path("shop.order:42"))
        padding = "=" * (-len(token.rpartition(".")[2]) % 4)
        assert padding
        assert knock(path_with(token + padding)) == 403
        assert knock(path_with(f"{token[:3]}%{token[3:]}")) == 403

    def test_a_secret_cannot_be_used_as_a_token(self, knock):
        assert knock(path_with(SECRET)) == 403

    def test_a_token_is_compared_by_every_character(self, knock):
        token = token_of(receiving_path())
        for place in range(0, len(token), 6):
            changed = "A" if token[place] != "A" else "B"
            assert knock(path_with(token[:place] + changed + token[place + 1 :])) == 403
        assert knock(path_with(token)) == 200

    def test_a_token_for_another_purpose_of_the_same_key_is_refused(self, knock):
        from django.core.signing import Signer

        _, _, claims = token_of(receiving_path("shop.order:42")).partition(".")
        for signer in (Signer(key=SECRET), Signer(key=SECRET, salt="tavus_hooks.doctor")):
            assert knock(path_with(f"{signer.signature(claims)}.{claims}")) == 403


class TestBasicAuth:
    @pytest.fixture(autouse=True)
    def chosen(self, hooks):
        hooks(
            VERIFIERS=[OURS + "basic_auth"],
            BASIC_AUTH_SECRETS=["", NEW, OLD, "tavus:pässwörd mit: ☃ and more"],
        )

    @pytest.mark.parametrize("pair", [NEW, OLD, "tavus:pässwörd mit: ☃ and more"])
    def test_every_pair_of_the_list_is_let_in(self, knock, pair):
        assert outcome(knock, basic(pair)) == 200

    def test_the_scheme_may_be_in_any_case(self, knock):
        given = basic(NEW)["authorization"]
        assert outcome(knock, {"authorization": given.replace("Basic", "bAsIc")}) == 200

    @pytest.mark.parametrize("pair", ["new:", "new", ":", "", f"{NEW} ", f" {NEW}", NEW.upper()])
    def test_a_wrong_pair_is_refused(self, knock, refused, pair):
        assert outcome(knock, basic(pair)) == 403
        assert refused() == {"bad password": 1}

    @pytest.mark.parametrize(
        "header",
        [
            *[*ODD, NEW, f"Bearer {NEW}", "Basic /w==", "Basic \xff"],
            *(f"{scheme}{ENCODED}" for scheme in ("", " ", "Bearer ", "Basic", "Basi ", "Basic  ")),
            *(f"Basic {ENCODED}{end}" for end in (" ", "=", "\n", ".", "A")),
        ],
    )
    def test_a_header_that_is_none_of_the_kind_is_refused(self, knock, header):
        assert outcome(knock, {"authorization": header}) == 403

    def test_without_a_header_it_is_refused(self, knock):
        assert outcome(knock, {}) == 403

    @pytest.mark.parametrize("user", ["", " ", "tavus", "a-user-of-more-than-eight-letters"])
    @pytest.mark.parametrize("password", ["", ":", " ", ":\t", ":       ", "::", ":1234567"])
    def test_a_pair_without_a_password_opens_nothing(self, hooks, knock, user, password):
        """Nor does one of less than eight characters."""
        pair = f"{user}{password}"
        hooks(VERIFIERS=[OURS + "basic_auth"], BASIC_AUTH_SECRETS=[pair, None])
        assert outcome(knock, basic(pair)) == 403

    def test_a_password_of_eight_characters_is_one(self, hooks, knock):
        hooks(VERIFIERS=[OURS + "basic_auth"], BASIC_AUTH_SECRETS=[":12345678"])
        assert outcome(knock, basic(":12345678")) == 200


class TestHeaderToken:
    @pytest.fixture(autouse=True)
    def chosen(self, hooks):
        hooks(VERIFIERS=[OURS + "header_token"], HEADER_TOKENS=["", NEW, OLD])

    @pytest.mark.parametrize(
        "blank", ["", " ", "\t", "Bearer ", "Bearer  ", "Bearer", "x", "1234567", "Bearer 1234567"]
    )
    def test_a_blank_or_very_short_one_opens_nothing(self, hooks, knock, blank):
        given = ["", " ", "\t", None, "x", "1234567", "Bearer ", " " * 40]
        hooks(VERIFIERS=[OURS + "header_token"], HEADER_TOKENS=given)
        assert outcome(knock, {"authorization": blank}) == 403

    @pytest.mark.parametrize("header", [NEW, OLD, f"Bearer {NEW}", f"bearer {OLD}"])
    def test_every_token_of_the_list_is_let_in(self, knock, header):
        assert outcome(knock, {"authorization": header}) == 200

    @pytest.mark.parametrize(
        "header", [*ODD, "Bearer", "Bearer ", f"Basic {NEW}", NEW[:-1], "☃" + NEW]
    )
    def test_another_token_is_refused(self, knock, refused, header):
        assert outcome(knock, {"authorization": header}) == 403
        assert refused() == {"bad header token": 1}

    def test_it_may_stand_in_another_header(self, knock, hooks):
        hooks(VERIFIERS=[OURS + "header_token"], HEADER_TOKENS=[NEW], TOKEN_HEADER="X-Gate")  # noqa: S106 - a header's name
        assert outcome(knock, {"x-gate": NEW}) == 200
        assert outcome(knock, {"authorization": NEW}) == 403


class TestHmacSignature:
    @pytest.fixture(autouse=True)
    def chosen(self, hooks):
        self.settings = {"VERIFIERS": [OURS + "hmac_signature"], "HMAC_SECRETS": ["", NEW, OLD]}
        hooks(**self.settings)

    @pytest.mark.parametrize("secret", [NEW, OLD])
    @pytest.mark.parametrize(
        "spelled",
        [
            lambda it: it.hex(),
            lambda it: it.hex().upper(),
            lambda it: f"sha256={it.hex()}",
            lambda it: base64.b64encode(it).decode(),
            lambda it: f"sha256={base64.b64encode(it).decode()}",
            lambda it: f"  {it.hex()} ",
        ],
    )
    def test_hex_and_base64_of_every_secret_are_let_in(self, knock, secret, spelled):
        assert outcome(knock, {"x-signature": spelled(digest(secret=secret))}) == 200

    @pytest.mark.parametrize("body", [b"", b"\xff\x00", b'{"a": 1}', BODY + b"\n"])
    def test_the_raw_body_is_what_is_signed(self, knock, body):
        assert outcome(knock, {"x-signature": digest(body).hex()}, body=body) == 200
        assert outcome(knock, {"x-signature": digest(body + b" ").hex()}, body=body) == 403

    @pytest.mark.parametrize(
        "header", [*ODD, "sha256=", "sha1=" + digest().hex(), digest().hex()[:-1]]
    )
    def test_another_signature_is_refused(self, knock, refused, header):
        assert outcome(knock, {"x-signature": header}) == 403
        assert refused() == {"bad signature": 1}

    def test_without_a_signature_the_body_is_not_even_read(self, hooks):
        request = RequestFactory().post("/x/", BODY, content_type="text/plain")
        request._stream = None
        with pytest.raises(RefusedError, match="no signature"):
            verify(Delivery(request, ""))

    def test_an_empty_secret_signs_nothing(self, knock):
        assert outcome(knock, {"x-signature": digest(secret="").hex()}) == 403

    @pytest.mark.parametrize(
        ("seconds", "status"), [(0, 200), (-290, 200), (290, 200), (-330, 403), (330, 403)]
    )
    def test_with_a_time_it_is_signed_along_and_may_be_a_little_off(
        self, hooks, knock, seconds, status
    ):
        hooks(**self.settings, HMAC_TIME_HEADER="X-Time", HMAC_HEADER="X-Sig")
        signed_at = str(int(time.time()) + seconds)
        headers = {"x-time": signed_at, "x-sig": digest(signed_at.encode() + b"." + BODY).hex()}
        assert outcome(knock, headers) == status

    def test_a_signature_cannot_be_given_another_time(self, hooks, knock, refused):
        hooks(**self.settings, HMAC_TIME_HEADER="X-Time")
        then, now = str(int(time.time()) - 3600), str(int(time.time()))
        signature = digest(then.encode() + b"." + BODY).hex()
        assert outcome(knock, {"x-time": now, "x-signature": signature}) == 403
        assert outcome(knock, {"x-time": then, "x-signature": signature}) == 403
        assert refused() == {"bad signature": 1, "old signature": 1}

    @pytest.mark.parametrize("given", [*ODD, "١٢٣", "²", "-1", "1.5", "9" * 5000, "nan", "1e9"])
    def test_a_time_that_is_none_is_refused(self, hooks, knock, refused, given):
        hooks(**self.settings, HMAC_TIME_HEADER="X-Time")
        signature = digest(given.encode(errors="replace") + b"." + BODY).hex()
        assert outcome(knock, {"x-time": given, "x-signature": signature}) == 403
        assert refused() == {"bad signature": 1}

    @pytest.mark.parametrize(
        ("given", "reason"), [("9" * 11, "old signature"), ("9" * 12, "bad signature")]
    )
    def test_a_time_of_twelve_digits_is_none(self, hooks, knock, refused, given, reason):
        hooks(**self.settings, HMAC_TIME_HEADER="X-Time")
        signature = digest(f"{given}.".encode() + BODY).hex()
        assert outcome(knock, {"x-time": given, "x-signature": signature}) == 403
        assert refused() == {reason: 1}

    @pytest.mark.parametrize("seconds", [300, -300])
    @pytest.mark.parametrize(("more", "status"), [(0, 200), (0.5, 403)])
    def test_the_tolerance_is_the_most_that_it_may_be_off(
        self, hooks, knock, monkeypatch, seconds, more, status
    ):
        hooks(**self.settings, HMAC_TIME_HEADER="X-Time")
        now = 1_700_000_000 + (more if seconds < 0 else -more)
        monkeypatch.setattr("tavus_hooks.verifiers.time", SimpleNamespace(time=lambda: now))
        signed_at = str(1_700_000_000 + seconds)
        signature = digest(signed_at.encode() + b"." + BODY).hex()
        # White space around it is none of it, as around any header.
        headers = {"x-time": f" {signed_at}\t", "x-signature": signature}
        assert outcome(knock, headers) == status

    def test_the_tolerance_can_be_set(self, hooks, knock):
        hooks(**self.settings, HMAC_TIME_HEADER="X-Time", HMAC_TOLERANCE_SECONDS=5000)
        then = str(int(time.time()) - 4000)
        headers = {"x-time": then, "x-signature": digest(then.encode() + b"." + BODY).hex()}
        assert outcome(knock, headers) == 200


class TestAllowedAddress:
    @pytest.fixture(autouse=True)
    def chosen(self, hooks):
        self.settings = {
            "VERIFIERS": [OURS + "allowed_address"],
            "ALLOWED_ADDRESSES": ["192.0.2.0/24", "203.0.113.7", "2001:db8::/32"],
        }
        hooks(**self.settings)

    @pytest.mark.parametrize(
        "address",
        ["192.0.2.255", "203.0.113.7", "2001:db8::1", "2001:DB8:0::1", "::ffff:192.0.2.1"],
    )
    def test_an_address_within_a_network_is_let_in(self, knock, address):
        assert outcome(knock, {}, REMOTE_ADDR=address) == 200
        assert Callback.objects.get().remote_address in {
            address.lower(),
            "192.0.2.1",
            "2001:db8::1",
        }

    @pytest.mark.parametrize(
        "address",
        ["192.0.3.1", "203.0.113.8", "2001:db9::1", "::ffff:192.0.3.1", "", "unix:", *ODD],
    )
    def test_any_other_is_refused(self, knock, refused, address):
        assert outcome(knock, {}, REMOTE_ADDR=address) == 403
        assert refused() == {"bad address": 1}

    def test_the_header_of_proxies_is_not_believed_without_any(self, knock):
        header = {"x-forwarded-for": "192.0.2.1"}
        assert outcome(knock, header, REMOTE_ADDR="198.51.100.1") == 403

    @pytest.mark.parametrize(
        ("proxies", "header", "status"),
        [
            (1, "192.0.2.1", 200),
            (1, "198.51.100.1, 192.0.2.1", 200),
            (1, "192.0.2.1, 198.51.100.1", 403),  # the left one is the client's own invention
            (2, "192.0.2.1, 198.51.100.1", 200),
            (2, "192.0.2.1 ,  198.51.100.1 ", 200),
            (2, "192.0.2.1", 403),  # not all the proxies were passed
            (1, "", 403),
            (1, ",,,", 403),
            (1, "unknown", 403),
            (1, "☃", 403),
            (-1, "192.0.2.1", 403),
        ],
    )
    def test_behind_proxies_the_outermost_of_them_tells(
        self, hooks, knock, proxies, header, status
    ):
        hooks(**self.settings, NUM_PROXIES=proxies)
        assert outcome(knock, {"x-forwarded-for": header}, REMOTE_ADDR="198.51.100.9") == status

    def test_an_address_with_a_scope_is_kept_without_it(self, hooks, knock):
        hooks(**self.settings, NUM_PROXIES=1)
        header = {"x-forwarded-for": f"2001:db8::1%{'x' * 500}"}
        assert outcome(knock, header) == 200
        assert Callback.objects.get().remote_address == "2001:db8::1"


class TestSeveral:
    def test_all_of_them_must_agree(self, hooks, knock):
        hooks(
            VERIFIERS=[OURS + "path_token", OURS + "header_token", OURS + "allowed_address"],
            HEADER_TOKENS=[NEW],
            ALLOWED_ADDRESSES=["192.0.2.1"],
        )
        path, header, address = receiving_path("shop.order:42"), {"authorization": NEW}, "192.0.2.1"
        assert knock(path_with("guess"), headers=header, REMOTE_ADDR=address) == 403
        assert knock(path, REMOTE_ADDR=address) == 403
        assert knock(path, headers=header, REMOTE_ADDR="192.0.2.2") == 403
        assert knock(path, headers=header, REMOTE_ADDR=address) == 200
        assert Callback.objects.get().reference == "shop.order:42"

    def test_none_at_all_refuses_everything(self, hooks, knock, refused):
        hooks(VERIFIERS=[])
        assert knock() == 403
        assert refused() == {"no verifier": 1}

    @pytest.mark.parametrize(
        "verifiers",
        [
            [OURS + "no_such"],
            ["no.such.module"],
            ["nodots"],
            [""],
            [OURS + "path_token", "no.such.module"],
            [None],
            "tavus_hooks.verifiers.path_token",
            ["tests.webhook.conftest.SECRET"],
        ],
        ids=str,
    )
    def test_one_that_cannot_be_had_is_answered_503_and_logged(
        self, hooks, knock, caplog, verifiers
    ):
        hooks(VERIFIERS=verifiers)
        assert knock() == 503
        assert [r.name for r in caplog.records if r.exc_info] == ["tavus_hooks.webhook.views"]

    @pytest.mark.parametrize(
        "error", [KeyError("x"), UnicodeError(), RecursionError(), MemoryError(), StopIteration()]
    )
    def test_one_that_raises_anything_else_is_answered_503_and_logged(
        self, hooks, knock, caplog, monkeypatch, error
    ):
        def verifier(delivery):
            raise error

        monkeypatch.setattr("tests.webhook.test_verifiers.hosts_own", verifier)
        hooks(VERIFIERS=["tests.webhook.test_verifiers.hosts_own"])
        assert knock() == 503
        assert [r.name for r in caplog.records if r.exc_info] == ["tavus_hooks.webhook.views"]

    def test_a_verifier_of_the_hosts_own_refuses_in_its_own_words(
        self, hooks, monkeypatch, refused
    ):
        def verifier(delivery):
            raise RefusedError("full moon", "Come back later.", status=429)

        monkeypatch.setattr("tests.webhook.test_verifiers.hosts_own", verifier)
        hooks(VERIFIERS=["tests.webhook.test_verifiers.hosts_own"])
        answer = Client().post(receiving_path(), BODY, content_type="application/json")
        assert (answer.status_code, answer.json()) == (429, {"detail": "Come back later."})
        assert refused() == {"full moon": 1}


def hosts_own(delivery: Delivery) -> None:
    """What a host may have written; tests put their own in its place."""


class Stream(BytesIO):
    """A body that notes how much of it was read."""

    read_so_far = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "read without a limit"
        found = super().read(size)
        self.read_so_far += len(found)
        return found


VERIFYING = {
    "path_token": {},
    "basic_auth": {"BASIC_AUTH_SECRETS": [NEW]},
    "header_token": {"HEADER_TOKENS": [NEW], "TOKEN_HEADER": "X-Token"},
    "hmac_signature": {"HMAC_SECRETS": [NEW]},
    "allowed_address": {"ALLOWED_ADDRESSES": ["127.0.0.1"]},
}


@pytest.mark.parametrize("verifier", VERIFYING)
@pytest.mark.parametrize(("declared", "status"), [("101", 413), (None, 413), ("9" * 30, 413)])
def test_no_verifier_has_more_read_than_the_limit(hooks, verifier, declared, status):
    hooks(VERIFIERS=[OURS + verifier], MAX_BODY_BYTES=100, **VERIFYING[verifier])
    stream = Stream(b"x" * 10_000)
    length = {} if declared is None else {"CONTENT_LENGTH": declared}
    headers = {**basic(NEW), "x-token": NEW, "x-signature": "x" * 64}
    request = RequestFactory().post(
        receiving_path(), b"", content_type="text/plain", headers=headers, **length
    )
    request.environ |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    if declared is None:
        request.environ.pop("CONTENT_LENGTH", None)
        request.environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    answer = Client().request(**request.environ)
    assert answer.status_code == status
    assert stream.read_so_far <= (101 if declared is None else 0)


class InPieces(Stream):
    """A body that comes over a network: each look finds a little. One piece ends at the limit."""

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "read without a limit, or for nothing"
        return super().read(min(size, 25))


@pytest.mark.parametrize("declares", [True, False])
@pytest.mark.parametrize(("size", "status"), [(99, 200), (100, 200), (101, 413), (10_000, 413)])
def test_a_body_that_comes_in_pieces_is_read_to_its_end_or_to_the_limit(
    hooks, size, status, declares
):
    hooks(MAX_BODY_BYTES=100)
    body = bytes(32 + number % 90 for number in range(size))
    stream = InPieces(body)
    request = RequestFactory().post(receiving_path(), b"", content_type="text/plain")
    request.environ |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    request.environ["CONTENT_LENGTH"] = str(size) if declares else ""
    assert Client().request(**request.environ).status_code == status
    assert [bytes(kept.body) for kept in Callback.objects.all()] == [body] * (status == 200)
    if status == 200:
        assert stream.read_so_far == size
    else:  # a byte more than the limit tells that it is too large
        assert stream.read_so_far == (0 if declares else 101)


@pytest.mark.parametrize("verifier", VERIFYING)
def test_who_is_not_let_in_has_no_byte_of_the_body_read(hooks, verifier):
    """But where the body itself is signed."""
    nobody = {name: [] for name in VERIFYING[verifier] if name != "TOKEN_HEADER"}
    hooks(**{"VERIFIERS": [OURS + verifier], "SECRETS": [], **nobody})
    stream = Stream(BODY)
    length = {"CONTENT_LENGTH": str(len(BODY)), "wsgi.input": stream}
    answer = Client().post(receiving_path_of_another_secret(), b"", content_type="a/b", **length)
    assert answer.status_code == 403
    assert stream.read_so_far == 0


def receiving_path_of_another_secret() -> str:
    return path_with("x" * 43)


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("verifier", ["basic_auth", "header_token"])
def test_what_opened_the_door_is_blanked_whichever_verifier_took_it(hooks, verifier, echo):
    hooks(VERIFIERS=[OURS + verifier], **(VERIFYING[verifier] | {"TOKEN_HEADER": "X-Token"}))
    password = NEW.partition(":")[2]
    url = f"https://new:{password}@example.com/tavus/callbacks/?token={NEW}"
    headers = {**basic(NEW), "x-token": NEW, "user-agent": f"gateway {NEW}"}
    answer = Client().post("/tavus/callbacks/", echo(url), content_type="a/b", headers=headers)
    assert answer.status_code == 200
    callback = Callback.objects.get()
    assert not gives_away(bytes(callback.body), password)
    assert not gives_away(callback.user_agent, password)


def test_of_a_pair_the_password_is_blanked_by_itself_and_the_user_name_stays(hooks):
    """A gateway may duplicate only the one, and a user name is no secret."""
    user, password = "the gateway", "three: words, and more"
    pair = f"{user}:{password}"
    headers = basic(pair)
    encoded = headers["authorization"].partition(" ")[2]
    hooks(VERIFIERS=[OURS + "basic_auth"], BASIC_AUTH_SECRETS=[pair])
    told = f"{user} | {password} | {pair} | {encoded} | and more"
    headers["user-agent"] = f"{user} {password}"
    answer = Client().post("/tavus/callbacks/", told, content_type="a/b", headers=headers)
    assert answer.status_code == 200
    callback = Callback.objects.get()
    blanked = "the gateway | [redacted] | [redacted] | [redacted] | and more"
    assert bytes(callback.body).decode() == blanked
    assert callback.user_agent == "the gateway [redacted]"


REFUSALS = [
    ([], {}, "no verifier", "No verifier is configured that could accept it."),
    (["path_token"], {}, "bad token", "This is not a URL that was given to Tavus."),
    (["basic_auth"], {}, "bad password", "User and password do not match."),
    (["header_token"], {}, "bad header token", "The token in the header does not match."),
    (["hmac_signature"], {}, "bad signature", "There is no signature."),
    (["hmac_signature"], {"x-signature": "x"}, "bad signature", "The signature does not match."),
    (
        ["hmac_signature"],
        {"x-signature": "x", "x-time": "x"},
        *("bad signature", "The time of the signature is missing."),
    ),
    (
        ["hmac_signature"],
        {"x-signature": "x", "x-time": "1"},
        *("old signature", "The signature is too old, or the clocks differ."),
    ),
    (["allowed_address"], {}, "bad address", "Nothing is taken from this address."),
]


@pytest.mark.parametrize(("verifiers", "headers", "reason", "detail"), REFUSALS)
def test_who_is_refused_is_told_why(hooks, refused, verifiers, headers, reason, detail):
    hooks(
        VERIFIERS=[OURS + name for name in verifiers],
        HMAC_SECRETS=[NEW],
        HMAC_TIME_HEADER="X-Time" if "x-time" in headers else "",
    )
    answer = Client().post(path_with("guess"), BODY, content_type="a/b", headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"detail": detail})
    assert refused() == {reason: 1}


def test_a_token_that_nobody_asked_for_is_blanked_all_the_same(hooks):
    hooks(VERIFIERS=[OURS + "header_token"], HEADER_TOKENS=[NEW])
    url = callback_url(base_url="https://example.com", reference="shop.order:42")
    path = urlsplit(url).path
    answer = Client().post(path, url, content_type="a/b", headers={"authorization": NEW})
    assert answer.status_code == 200
    callback = Callback.objects.get()
    assert callback.reference == "shop.order:42"
    assert bytes(callback.body) == b"https://example.com/tavus/callbacks/[redacted]/"
