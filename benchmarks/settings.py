"""The demo's settings with the floor beside the app, and no middleware for either."""

import json
import os

# The demo's own secrets do here.
os.environ.setdefault("DEBUG", "1")

from project.settings import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.floor"]  # noqa: F405
for unneeded in ("project", "django.contrib.admin"):
    INSTALLED_APPS.remove(unneeded)
SILENCED_SYSTEM_CHECKS = ["tavus_hooks.W004"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.urls"
LOGGING_CONFIG = None
TAVUS_HOOKS = {
    "SECRETS": ["benchmark-secret-of-no-value-to-anybody"],
    "DISPATCHER": os.environ.get("BENCH_DISPATCHER", "inline"),
}
if os.environ.get("BENCH_RECEIVER"):
    INSTALLED_APPS.append("benchmarks.listening")
# What is measured is the app, not a query of the health check before each request.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False  # noqa: F405
if os.environ.get("PROJECT_SERVER") == "wsgi":
    DATABASES["default"]["CONN_MAX_AGE"] = None  # noqa: F405
DATABASES["default"] |= json.loads(os.environ.get("BENCH_DATABASE", "{}"))  # noqa: F405
