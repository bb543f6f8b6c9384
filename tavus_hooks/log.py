"""A logging filter that blanks callback tokens, for the loggers that print paths."""

import logging
import re
from contextlib import suppress
from typing import Any

from .address.tokens import SHAPE, is_random
from .conf import conf
from .webhook.redaction import REDACTED, TooMuchToBlankError, redact

# Whatever follows it, such as a token that was cut off. A mere number is none: it stands in an
# address of the API.
_IN_ITS_PLACE = re.compile(r"""(callbacks/)(?!\d{1,18}/?(?:[\s"'<>?#]|$))[^\s"'<>?#]+""")
_FORMATTER = logging.Formatter()


class RedactCallbackTokens(logging.Filter):
    """Lets every record pass, with callback tokens blanked in its text and traceback: whatever
    stands behind `callbacks/`, has the shape of a token, or is one of `STATIC_TOKENS`.

    For `django.request` and `django.server`, and whichever other logger prints paths. A record
    about a request to the receiver loses the request and the frames of its traceback, for handlers
    that send e-mail print both with all that is in them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        path = str(getattr(getattr(record, "request", None), "path", ""))
        with suppress(Exception):  # too few arguments, or too many: the handler will say so
            if any(_redacted(text) != text for text in (path, record.getMessage())):
                _redact(record)
            elif record.exc_info or record.exc_text:
                _redact_traceback(record)
        return True


def _redact(record: logging.LogRecord) -> None:
    if isinstance(record.args, tuple):  # some formatters need them apart, such as uvicorn's
        record.args = tuple(_redacted(value) for value in record.args)
    message = record.getMessage()
    redacted = _redacted(message)
    if redacted != message:
        record.msg, record.args = redacted, ()
    if record.exc_info:
        record.exc_text = record.exc_text or _FORMATTER.formatException(record.exc_info)
        record.exc_info = None
    if record.exc_text:
        record.exc_text = _redacted(record.exc_text)
    record.__dict__.pop("request", None)


def _redact_traceback(record: logging.LogRecord) -> None:
    """Of a record that tells of a token in its traceback alone."""
    printed = record.exc_text
    if record.exc_info:
        printed = printed or _FORMATTER.formatException(record.exc_info)
    if printed and _redacted(printed) != printed:
        _redact(record)


def _redacted(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value = _IN_ITS_PLACE.sub(rf"\1{REDACTED}", value)
    value = SHAPE.sub(lambda found: REDACTED if is_random(found[0]) else found[0], value)
    try:
        blanked = redact(value.encode(errors="surrogatepass"), _static_tokens())
    except TooMuchToBlankError:
        return REDACTED
    return blanked.decode(errors="surrogatepass")


def _static_tokens() -> list[str]:
    with suppress(Exception):  # what is wrong with the settings is said by the checks
        return list(conf.STATIC_TOKENS)
    return []
