"""The demo's settings made strict: two databases, transactions, login, languages."""

import os
from pathlib import Path

from project import settings as demo
from project.settings import *  # noqa: F403

HOME = Path(os.environ["DOOR_HOME"])


def _file(name):
    return {
        **demo.database(f"sqlite:///{HOME / name}", server=""),
        "ATOMIC_REQUESTS": True,
    }


DATABASES = {"default": _file("default.sqlite3"), "elsewhere": _file("elsewhere.sqlite3")}
DATABASE_ROUTERS = ["tests.webhook.site.router.Elsewhere"]

ROOT_URLCONF = "tests.webhook.site.urls"
LANGUAGES = [("en", "English"), ("de", "German")]
CSRF_USE_SESSIONS = True
MIDDLEWARE = [
    *demo.MIDDLEWARE[:3],
    "django.middleware.locale.LocaleMiddleware",
    *demo.MIDDLEWARE[3:],
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]

# As docs/security.md has it.
LOGGING = {
    **demo.LOGGING,
    "loggers": {
        **demo.LOGGING["loggers"],
        "uvicorn.access": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
