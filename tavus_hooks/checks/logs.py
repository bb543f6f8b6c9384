"""Checks of the loggers that print paths, and so the tokens in them."""

import logging
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution

from ..log import RedactCallbackTokens

REDACTED_LOGGING = """\
# settings.py
# If there is a LOGGING already, give the filter to each of its handlers instead.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "tokens": {"()": "tavus_hooks.log.RedactCallbackTokens"},
        "production": {"()": "django.utils.log.RequireDebugFalse"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["tokens"]},
        "mail_admins": {
            "class": "django.utils.log.AdminEmailHandler",
            "level": "ERROR",
            "filters": ["production", "tokens"],
        },
    },
    "loggers": {
        "django": {"handlers": ["console", "mail_admins"], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
"""
"""What Django logs by default, without tokens. docs/security.md has the same."""

_LOGGERS = ("django.request", "django.server")


@register(Tags.security, deploy=True)
def check_logging(**kwargs: Any) -> Iterator[CheckMessage]:
    """W004: tokens can reach a log; only with `check --deploy`.

    Give the filter to each handler.
    """
    unfiltered = [name for name in _LOGGERS if not _is_filtered(logging.getLogger(name))]
    if unfiltered:
        yield Caution(
            f"Callback tokens can reach the log through {' and '.join(unfiltered)}.",
            hint=REDACTED_LOGGING,
            id="tavus_hooks.W004",
        )


def _is_filtered(logger: logging.Logger) -> bool:
    """Whether the tokens are blanked in what each of its handlers prints."""
    printing = (it for it in _handlers(logger) if not isinstance(it, logging.NullHandler))
    return _redacts(logger) or all(_redacts(handler) for handler in printing)


def _handlers(logger: logging.Logger) -> Iterator[logging.Handler]:
    found: logging.Logger | None = logger
    while found is not None:
        yield from found.handlers
        found = found.parent if found.propagate else None


def _redacts(filterer: logging.Filterer) -> bool:
    return any(isinstance(each, RedactCallbackTokens) for each in filterer.filters)
