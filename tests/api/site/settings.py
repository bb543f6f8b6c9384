"""The demo's, with drf-spectacular; `SPECTACULAR` is JSON of settings for it."""

import json
import os

from project.settings import *  # noqa: F403
from project.settings import INSTALLED_APPS, TAVUS_HOOKS

INSTALLED_APPS = [*INSTALLED_APPS, "drf_spectacular"]
ROOT_URLCONF = "tests.api.site.urls"
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {
    "TITLE": "A shop",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    **json.loads(os.environ.get("SPECTACULAR", "{}")),
}
TAVUS_HOOKS = {**TAVUS_HOOKS, "VISIBLE_ROWS": "tests.api.site.urls.rows_of"}
