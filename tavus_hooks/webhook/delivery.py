"""A POST that may come from Tavus: its credential, its body, and its origin.

Each part is read when it is first asked for, and the body only up to `MAX_BODY_BYTES`.
"""

import ipaddress
import logging
from functools import cached_property
from io import BytesIO
from typing import Any, NamedTuple, Protocol

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from .. import address
from ..conf import conf
from ..payload import clean
from .encodings import CannotUndoError, TooLargeError, encodings_of, undo
from .redaction import TooMuchToBlankError, redact

logger = logging.getLogger(__name__)

LONG_TOKEN = 16
"""Characters. A token of this length is blanked even if it could not be verified: it may be the
secret of a verifier of the host."""


class RefusedError(Exception):
    """The delivery is refused. `reason` is what refusals are counted by, and `status` the status of
    the answer.
    """

    def __init__(self, reason: str, message: str, *, status: int = 403) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


class Content(NamedTuple):
    """What is kept of a body."""

    body: bytes
    remark: str = ""
    unreadable: str = ""
    """Why the body is not kept; empty when it is."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Delivery:
    """One request to a callback URL."""

    def __init__(self, request: HttpRequest, token: str) -> None:
        self.request = request
        self.token = token
        self.secrets: list[str] = []
        """Further credentials of the request, which are blanked in what is kept. Verifiers add
        those that they have compared."""

    @cached_property
    def credential(self) -> address.Credential | None:
        """What the token in the path says; None when it is neither signed nor a static token."""
        return address.verify_token(self.token)

    @cached_property
    def body(self) -> bytes:
        """The whole body, byte for byte as it was sent. Raises RefusedError when it is too large or
        cannot be read.

        It is left in `request.body`, too, for middleware that asks later.
        """
        limit = conf.MAX_BODY_BYTES
        body: bytes | None = getattr(self.request, "_body", None)
        if body is None:
            body = self._read(limit)
        if len(body) > limit:
            raise _too_large(limit)
        return body

    @cached_property
    def content(self) -> Content:
        """The body without its `Content-Encoding`, and with every credential of the request
        blanked. Raises RefusedError when it is too large.
        """
        limit = conf.MAX_BODY_BYTES
        names = encodings_of(self.request.META.get("HTTP_CONTENT_ENCODING", ""), self.body)
        if not names:
            return self._blanked(self.body)
        said = clean(", ".join(names))[:100]
        try:
            body = undo(names, self.body, limit)
        except TooLargeError as error:
            raise _too_large(limit) from error
        except CannotUndoError as error:
            # It could hold the token in a form that is not searched for.
            reason = f"Content-Encoding {said}, which cannot be undone ({error}): not kept"
            return Content(b"", unreadable=reason[:200])
        return self._blanked(body, remark=f"Content-Encoding {said}: kept unpacked")

    @property
    def declared_length(self) -> int | None:
        """The Content-Length in bytes; None when there is none."""
        declared = self.request.META.get("CONTENT_LENGTH", "")
        if not declared:
            return None
        if not (declared.isascii() and declared.isdigit()):
            raise RefusedError("unreadable length", "The Content-Length is no number.", status=411)
        # Twenty digits are out of reach, and int() would refuse thousands.
        return int(declared[:20])

    @property
    def origin(self) -> dict[str, str]:
        """The origin, as columns of the callback. No other headers are kept."""
        meta = self.request.META
        return {
            "content_type": self._column(meta.get("CONTENT_TYPE", ""), 255),
            "user_agent": self._column(meta.get("HTTP_USER_AGENT", ""), 255),
            "request_id": self._column(meta.get("HTTP_X_REQUEST_ID", ""), 128),
            "remote_address": self.remote_address,
        }

    @property
    def remote_address(self) -> str:
        """The client's address; behind `NUM_PROXIES` proxies, the one that the outermost of them
        saw. Empty when that is not an IP address.
        """
        meta = self.request.META
        found: str = meta.get("REMOTE_ADDR", "")
        if conf.NUM_PROXIES > 0:
            hops = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",")]
            # Each proxy appends the address that it saw. The client may invent what precedes them.
            found = hops[-conf.NUM_PROXIES] if len(hops) >= conf.NUM_PROXIES else ""
        try:
            # Without the scope of an IPv6 address, which is text of any length.
            client = ipaddress.ip_address(found.partition("%")[0])
        except ValueError:
            return ""
        # A server that listens on both has IPv4 addresses as ::ffff:192.0.2.1.
        return str(getattr(client, "ipv4_mapped", None) or client)

    def _read(self, limit: int) -> bytes:
        """At most one byte more than the limit."""
        declared = self.declared_length
        if declared is not None and declared > limit:
            raise _too_large(limit)
        if getattr(self.request, "_read_started", False):
            logger.error("the body of a callback was read before it came to its receiver")
            message = "Something on this site has read the body and kept nothing of it."
            raise RefusedError("read before", message, status=503)
        stream = self._stream()
        body = b""
        try:
            while len(body) <= limit and (chunk := stream.read(limit + 1 - len(body))):
                body += chunk
        except OSError as error:  # UnreadablePostError is one
            message = "The body could not be read to its end."
            raise RefusedError("cut off", message, status=400) from error
        finally:
            # As Django does: it would not let middleware read the body a second time.
            request: Any = self.request
            request._body, request._stream = body, BytesIO(body)
        if declared is not None and len(body) < declared:
            message = "The body is shorter than its Content-Length."
            raise RefusedError("cut off", message, status=400)
        return body

    def _blanked(self, body: bytes, remark: str = "") -> Content:
        try:
            return Content(self._redacted(body), remark=remark)
        except TooMuchToBlankError as error:
            return Content(b"", unreadable=f"{error}: not kept")

    def _redacted(self, data: bytes) -> bytes:
        if self.credential is not None and self.credential.url_id:
            return redact(data, self.secrets, self.token)
        # A short one that could not be verified is no secret, and may be a common word.
        if self.credential is not None or len(self.token) >= LONG_TOKEN:
            return redact(data, [self.token, *self.secrets])
        return redact(data, self.secrets)

    def _column(self, text: str, max_length: int) -> str:
        """Text for a column: blanked before it is cut off, or a part of a secret could be left."""
        return clean(self._redacted(text.encode(errors="replace")).decode())[:max_length]

    def _stream(self) -> Readable:
        """Where the body can be read. Under WSGI, Django hides a body without a length."""
        request = self.request
        if self.declared_length is not None or not isinstance(request, WSGIRequest):
            return request
        if request.environ.get("wsgi.input_terminated"):
            stream: Readable = request.environ["wsgi.input"]
            return stream
        if "HTTP_TRANSFER_ENCODING" in request.environ:
            message = "This server cannot read a body without a Content-Length."
            raise RefusedError("unreadable length", message, status=411)
        return request


def _too_large(limit: int) -> RefusedError:
    return RefusedError("too large", f"A callback may have {limit} bytes.", status=413)
