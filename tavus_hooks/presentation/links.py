"""Which URLs of a payload may become links. Every link to one goes through `safe_url()`."""

import re
from urllib.parse import urlsplit

MAX_LENGTH = 8000

# Brackets may only enclose the whole host: urlsplit() takes the host from between them and ignores
# what precedes them.
_HOST_AND_PORT = re.compile(r"(\[[^][@]+\]|[^][:@]+)(:[0-9]*)?")


def safe_url(text: str) -> str:
    """The URL if a browser may follow it, else an empty string.

    Only http and https, with a host, without user or password, without white space, control or
    other invisible characters, and without backslashes, which browsers read as slashes. A URL
    longer than `MAX_LENGTH` is refused: it may have been cut off.
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
