"""Bodies that come compressed: kept unpacked, or not at all where a token could hide in them."""

import gzip
import hashlib
import hmac
import json
import zlib

import pytest

from tavus_hooks.models import Callback, Conversation
from tavus_hooks.webhook import encodings
from tests.conftest import receiving_path
from tests.factories import shutdown
from tests.webhook.conftest import token_of

pytestmark = pytest.mark.django_db

SHUTDOWN = shutdown()
BODY = json.dumps(SHUTDOWN).encode()


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": ("gzip", gzip.compress(BODY)),
    "GZip, with spaces": (" GZip ", gzip.compress(BODY)),
    "x-gzip": ("x-gzip", gzip.compress(BODY)),
    "deflate": ("deflate", zlib.compress(BODY)),
    "deflate without its header": ("deflate", raw_deflate(BODY)),
    "both": ("deflate, gzip", gzip.compress(zlib.compress(BODY))),
    "identity": ("identity, gzip", gzip.compress(BODY)),
    "in two members": ("gzip", gzip.compress(BODY[:10]) + gzip.compress(BODY[10:])),
    "gzip that nobody announced": ("", gzip.compress(BODY)),
}
CANNOT_BE_UNDONE = {
    "br": ("br", b"\x0b\x02\x80{}\x03"),
    "zstd": ("zstd", b"\x28\xb5\x2f\xfd\x00"),
    "unheard of": ("rot13", b"xyz"),
    "no gzip": ("gzip", b"\x00\x01\x02"),
    "gzip that is cut off": ("gzip", gzip.compress(BODY)[:-9]),
    "gzip that is damaged": ("gzip", gzip.compress(BODY)[:-4] + b"\0\0\0\0"),
    "gzip and something": ("gzip", gzip.compress(BODY) + b"something"),
    "gzip in gzip": ("gzip", gzip.compress(gzip.compress(BODY))),
    "a header alone": ("", b"\x1f\x8b\x08 gzip"),
    "too many times": ("gzip, gzip, gzip, gzip", gzip.compress(BODY)),
    "deflate that is none": ("deflate", b"\xff\xff"),
}


def packed(receive, encoding, body):
    extra = {"HTTP_CONTENT_ENCODING": encoding} if encoding else {}
    return receive(body, **extra)


@pytest.mark.parametrize(("encoding", "body"), PACKED.values(), ids=PACKED)
def test_it_is_kept_and_read_unpacked_and_says_so(receive, encoding, body):
    callback = packed(receive, encoding, body)
    assert bytes(callback.body) == BODY
    assert callback.digest == hashlib.sha256(BODY).hexdigest()
    assert callback.kind == "system.shutdown"
    assert "kept unpacked" in callback.remarks
    assert Conversation.objects.get().ended_at is not None


@pytest.mark.parametrize(("encoding", "body"), PACKED.values(), ids=PACKED)
def test_packed_and_not_it_is_the_same_event(receive, encoding, body):
    first = receive(SHUTDOWN)
    assert packed(receive, encoding, body).duplicate_of_id == first.pk


@pytest.mark.parametrize(("encoding", "body"), CANNOT_BE_UNDONE.values(), ids=CANNOT_BE_UNDONE)
def test_of_what_cannot_be_undone_only_is_kept_that_it_came(receive, announced, encoding, body):
    callback = packed(receive, encoding, body)
    assert bytes(callback.body) == b""
    assert callback.kind == "unreadable"
    assert "cannot be undone" in callback.unreadable
    assert callback.due_at is None
    assert [heard["signal"] for heard in announced] == ["callback_received"]


def test_of_a_long_name_only_its_beginning_is_told(receive):
    callback = packed(receive, f"gzip, {'x' * 95}", b"xyz")
    named = f"gzip, {'x' * 94}"
    assert callback.unreadable.startswith(f"Content-Encoding {named}, which cannot be undone")


def test_why_it_cannot_be_undone_is_cut_to_its_column(receive):
    callback = packed(receive, f"{'x' * 100}, gzip", b"xyz")
    assert "incorrect header" in callback.unreadable
    assert len(callback.unreadable) == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity", "", ", ,"])
def test_what_is_json_already_is_taken_as_it_is(receive, encoding):
    """A proxy has unpacked it and left the header."""
    assert bytes(packed(receive, encoding, b" \n" + BODY).body) == b" \n" + BODY


def test_whether_it_is_json_already_is_seen_once_for_all_names(monkeypatch):
    """It takes as long as to read it."""
    decoded = []
    decode = encodings.decode
    monkeypatch.setattr(encodings, "decode", lambda body: decoded.append(body) or decode(body))
    assert encodings.undo(["br", "gzip", "deflate"], BODY, len(BODY)) == BODY
    assert decoded == [BODY]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_what_is_json_already_may_have_any_of_its_encodings(receive, encoding):
    body = BODY.decode().encode(encoding)
    assert bytes(packed(receive, "gzip", body).body) == body


def test_of_what_follows_a_part_little_is_copied(monkeypatch):
    """Ten kilobytes can unpack to ten megabytes of parts that hold nothing."""
    fed = []

    class Counting:
        def __init__(self, header):
            self.real = decompressobj(header)

        def __getattr__(self, name):
            return getattr(self.real, name)

        def decompress(self, data, most):
            fed.append(len(data))
            return self.real.decompress(data, most)

    decompressobj = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", Counting)
    parts = gzip.compress(b"") * 20_000
    assert encodings.undo(["gzip"], parts, len(parts)) == b""
    assert len(fed) > 20_000
    assert max(fed) <= encodings.CHUNK


def test_a_part_may_be_as_small_as_a_byte(receive):
    body = b"".join(gzip.compress(BODY[at : at + 1]) for at in range(len(BODY)))
    assert bytes(packed(receive, "gzip", body).body) == BODY


def test_what_follows_deflated_bytes_is_an_error(receive):
    assert packed(receive, "deflate", zlib.compress(BODY) * 2).kind == "unreadable"


def test_a_token_in_it_is_blanked_before_it_is_kept(receive, path):
    body = json.dumps({**SHUTDOWN, "webhook_url": f"https://x{path}"}).encode()
    callback = packed(receive, "gzip", gzip.compress(body))
    assert token_of(path).encode() not in bytes(callback.body)
    assert callback.payload["webhook_url"] == "https://x/tavus/callbacks/[redacted]/"


@pytest.mark.parametrize("members", [1, 3])
def test_a_bomb_is_refused(hooks, knock, members):
    hooks(MAX_BODY_BYTES=100_000)
    bomb = gzip.compress(b" " * 100_000) * members
    status = 200 if members == 1 else 413
    assert knock(body=bomb, HTTP_CONTENT_ENCODING="gzip") == status
    assert knock(body=gzip.compress(b" " * 100_001), HTTP_CONTENT_ENCODING="gzip") == 413
    assert Callback.objects.count() == (members == 1)


def test_a_signature_is_of_the_bytes_as_they_were_sent(hooks, knock):
    secret = "a-secret-of-more-than-thirty-two-characters"  # noqa: S105
    hooks(VERIFIERS=["tavus_hooks.verifiers.hmac_signature"], HMAC_SECRETS=[secret])
    wire = gzip.compress(BODY)
    for signed, status in ((wire, 200), (BODY, 403)):
        signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        headers = {"HTTP_CONTENT_ENCODING": "gzip", "HTTP_X_SIGNATURE": signature}
        assert knock(receiving_path(), wire, **headers) == status


def test_nothing_can_be_learned_of_what_was_not_kept(receive):
    from django.core.management import call_command

    callback = packed(receive, "br", b"\x0b")
    call_command("tavus_rebuild")
    callback.refresh_from_db()
    assert "cannot be undone" in callback.unreadable
