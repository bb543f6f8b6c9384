"""In how many ways a body can spell a URL, and whether a text gives a token away in any of them."""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

Echo = Callable[[str], bytes]


def percent(url: str) -> str:
    return "".join(f"%{byte:02X}" for byte in url.encode())


def percent_twice(url: str) -> str:
    return percent(url).replace("%", "%25")


def escaped(url: str) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in url)


def mixed(url: str) -> str:
    """Each character in another way than the one before."""
    ways = (str, percent, escaped, percent_twice, lambda char: percent(char).lower())
    return "".join(ways[place % len(ways)](char) for place, char in enumerate(url))


def said(text: str) -> bytes:
    """As a text within JSON, with whatever escapes it has already."""
    return b'{"event_type": "system.shutdown", "conversation_id": "c1", "webhook_url": "%s"}' % (
        text.encode()
    )


ECHOES: dict[str, Echo] = {
    "plain": said,
    "percent-encoded": lambda url: said(percent(url)),
    "percent-encoded in lower case": lambda url: said(percent(url).lower()),
    "percent-encoded twice": lambda url: said(percent_twice(url)),
    "percent-encoded three times": lambda url: said(percent_twice(url).replace("%", "%25")),
    "with escaped slashes": lambda url: said(url.replace("/", "\\/")),
    "in unicode escapes": lambda url: said(escaped(url)),
    "in unicode escapes in upper case": lambda url: said(escaped(url).upper().replace("U", "u")),
    "percent-encoded with escaped percent signs": lambda url: said(
        percent(url).replace("%", "\\u0025")
    ),
    "each character otherwise": lambda url: said(mixed(url)),
    "in JSON within a text": lambda url: said(json.dumps(json.dumps({"url": url}))[1:-1]),
    "in escapes in JSON within a text": lambda url: said(escaped(url).replace("\\", "\\\\")),
    "in escapes in JSON within JSON within a text": lambda url: said(
        escaped(url).replace("\\", "\\\\\\\\")
    ),
    "after a backslash": lambda url: said("\\\\" + escaped(url)),
    "in an array": lambda url: json.dumps({"urls": [1, [url, {"x": [url]}]]}).encode(),
    "in a key": lambda url: json.dumps({url: {url: 1}}).encode(),
    "in an escaped key": lambda url: b'{"%s": 1}' % escaped(url).encode(),
    "within a longer text": lambda url: said(f"see {url}?x=1#y, or <a href='{url}'>{url}</a>"),
    "twice without a gap": lambda url: said(url + url),
    "as the whole body": lambda url: url.encode(),
    "in a body that is no JSON": lambda url: f"<callback url='{url}'>".encode(),
    "in a form": lambda url: f"url={percent(url)}&again={url}".encode(),
    "in a body that is cut off": lambda url: said(url)[:-2],
    "among bytes": lambda url: b"\xff\x00\xfe" + url.encode() + b"\x00\xff" + url.encode("utf-16"),
    "in UTF-16": lambda url: said(url).decode().encode("utf-16"),
    "in UTF-16 of the other order": lambda url: said(url).decode().encode("utf-16-be"),
    "in UTF-16 with escapes": lambda url: said(mixed(url)).decode().encode("utf-16-le"),
    "in UTF-32": lambda url: said(url).decode().encode("utf-32"),
    "in UTF-32 of the other order": lambda url: said(escaped(url)).decode().encode("utf-32-be"),
}


def gives_away(found: object, token: str) -> bool:
    """Whether any part of a token that would help to guess it stands there, however spelled.

    What follows its first dot is a reference and no secret.
    """
    signature = token.partition(".")[0].encode()
    parts = [signature[start : start + 12] for start in range(0, len(signature) - 11, 4)]
    data = found if isinstance(found, bytes) else str(found).encode(errors="surrogatepass")
    return any(part in text for text in _readings(data) for part in parts)


def undone(data: bytes) -> bytes:
    """What becomes of it when every escape is undone, again and again."""
    return _readings(data)[-1]


def _readings(data: bytes) -> list[bytes]:
    """The data itself, in base64 and escaped ever less."""
    encoded = re.findall(rb"(?:[A-Za-z0-9+/]{4}){8,}", data)
    found = []
    for text in [*map(base64.b64decode, encoded), data]:
        found.append(text)
        text = text.replace(b"\x00", b"")
        for _ in range(5):
            text = html.unescape(unquote_to_bytes(text).decode("latin-1")).encode(errors="replace")
            text = re.sub(
                rb"\\+u00([0-9a-fA-F]{2})", lambda it: bytes.fromhex(it[1].decode()), text
            )
            found.append(text)
    return found
