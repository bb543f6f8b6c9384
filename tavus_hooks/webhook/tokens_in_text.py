"""Blanking callback tokens in text that others write, such as the lines of a log."""

import re
from contextlib import suppress
from urllib.parse import unquote

from ..conf import conf
from .redaction import REDACTED, TooMuchToBlankError, redact

# What follows `callbacks/` in a path, even if it was cut off. A number alone is no token: the API
# has URLs with such.
_BEHIND_CALLBACKS = re.compile(r"""(callbacks/)(?!\d{1,18}/?(?:[\s"'<>?#]|$))[^\s"'<>?#]+""")
# Each character plain, or percent-encoded once or more often.
_LETTER = r"(?:[A-Za-z0-9_-]|%(?:25)*(?:2[Dd]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]))"
_DOT = r"(?:\.|%(?:25)*2[Ee])"
SHAPE = re.compile(
    # A signature, an id, an optional expiry, an optional reference, and then no further character
    # that could be part of them: neither a JSON Web Token nor a long name in Python matches.
    rf"{_LETTER}{{43}}{_DOT}{_LETTER}{{12}}(?:{_LETTER}{{8,10}})?(?:{_DOT}{_LETTER}+)?(?!{_LETTER})"
)
"""What looks like a signed token, see `address.tokens`. Long words do, too: see `_is_random()`."""


def redact_tokens(text: str) -> str:
    """The text with everything blanked that follows `callbacks/`, looks like a signed token, or is
    one of `STATIC_TOKENS`; only `REDACTED` if there is too much to blank.
    """
    text = _BEHIND_CALLBACKS.sub(rf"\1{REDACTED}", text)
    text = SHAPE.sub(lambda found: REDACTED if _is_random(found[0]) else found[0], text)
    try:
        blanked = redact(text.encode(errors="surrogatepass"), _static_tokens())
    except TooMuchToBlankError:
        return REDACTED
    return blanked.decode(errors="surrogatepass")


def _is_random(text: str) -> bool:
    """Whether a text that looks like a token is one, and no name: a signature is random."""
    signature = unquote(unquote(text))[:43]
    return not (signature.islower() or signature.isupper())


def _static_tokens() -> list[str]:
    with suppress(Exception):  # the system checks report wrong settings
        return list(conf.STATIC_TOKENS)
    return []
