"""A logging filter that blanks callback tokens, for the loggers that print paths."""

import logging
import re
from contextlib import suppress
from typing import Any

# A mere number is no token: it stands in an address of the API.
_TOKEN = re.compile(r"""(callbacks/)(?!\d{1,18}/?(?:[\s"'<>?#]|$))[^\s"'<>?#]+""")
_FORMATTER = logging.Formatter()


class RedactCallbackTokens(logging.Filter):
    """Lets every record pass, with `callbacks/<token>` blanked in its text and traceback.

    For `django.request` and `django.server`, and whichever other logger prints paths. A record
    about a request to the receiver loses the request and the frames of its traceback, for handlers
    that send e-mail print both with all that is in them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        path = str(getattr(getattr(record, "request", None), "path", ""))
        with suppress(Exception):  # too few arguments, or too many: the handler will say so
            if _TOKEN.search(path) or _TOKEN.search(record.getMessage()):
                _redact(record)
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


def _redacted(value: Any) -> Any:
    return _TOKEN.sub(r"\1[redacted]", value) if isinstance(value, str) else value
