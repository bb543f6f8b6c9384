"""Text that every database can hold."""

import re

MAX_TEXT = 1024 * 1024
"""Characters of a column. Of a longer text the beginning is taken; the body holds all of it."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Text that every database can hold: NUL and lone surrogates become U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)
