"""Which URLs of a payload may become links. Every link to one goes through `safe_url()`."""

import re
from urllib.parse import urlsplit

MAX_LENGTH = 8000

# Brackets stand around a whole host, or nowhere: urlsplit() takes the host from between them,
# whatever is before.
_HOST_AND_PORT = re.compile(r"(\[[^][@]+\]|[^][:@]+)(:[0-9]*)?")


def safe_url(text: str) -> str:
    """The URL when a browser may follow it, else an empty string.

    Only http and https, with a host, without user or password in it, without white space, control
    or other characters that do not show, and without backslashes, which browsers read as slashes.
    A longer one than `MAX_LENGTH` was cut off, or is none.
    """
    if len(text) > MAX_LENGTH:
        return ""
    if not text.isprintable() or " " in text or "\\" in text:
        return ""
    try:
        parts = urlsplit(text)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not _HOST_AND_PORT.fullmatch(parts.netloc):
        return ""
    return text if port_is_valid else ""
