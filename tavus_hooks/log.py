"""A logging filter that blanks callback tokens, for the loggers that print paths."""

import logging
from contextlib import suppress

from .webhook.tokens_in_text import redact_tokens

_FORMATTER = logging.Formatter()


class RedactCallbackTokens(logging.Filter):
    """Blanks callback tokens in the message, the arguments and the traceback of every record.

    For `django.request`, `django.server` and every other logger that prints paths. A record about
    a request to the receiver loses the request and the frames of its traceback: handlers that send
    e-mail print both with all that is in them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        path = str(getattr(getattr(record, "request", None), "path", ""))
        with suppress(Exception):  # too few arguments, or too many: the handler will say so
            if any(redact_tokens(text) != text for text in (path, record.getMessage())):
                _redact(record)
            elif record.exc_info or record.exc_text:
                _redact_traceback(record)
        return True


def _redact(record: logging.LogRecord) -> None:
    if isinstance(record.args, tuple):  # some formatters need them apart, such as uvicorn's
        record.args = tuple(
            redact_tokens(value) if isinstance(value, str) else value for value in record.args
        )
    message = record.getMessage()
    redacted = redact_tokens(message)
    if redacted != message:
        record.msg, record.args = redacted, ()
    if record.exc_info:
        record.exc_text = record.exc_text or _FORMATTER.formatException(record.exc_info)
        record.exc_info = None
    if record.exc_text:
        record.exc_text = redact_tokens(record.exc_text)
    record.__dict__.pop("request", None)


def _redact_traceback(record: logging.LogRecord) -> None:
    """Redact a record that holds a token in its traceback alone."""
    printed = record.exc_text
    if record.exc_info:
        printed = printed or _FORMATTER.formatException(record.exc_info)
    if printed and redact_tokens(printed) != printed:
        _redact(record)
