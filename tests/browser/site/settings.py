"""The demo's, under a policy that allows nothing but files of the site itself."""

import os

from project.settings import *  # noqa: F403
from project.settings import INSTALLED_APPS, MIDDLEWARE, TAVUS_HOOKS

STRICT = "tests.browser.site.policy.strict"

INSTALLED_APPS = [*INSTALLED_APPS, "tests.browser.site"]
MIDDLEWARE = [STRICT, *MIDDLEWARE]
MEDIA = os.environ["MEDIA"]
TAVUS_HOOKS = {
    **TAVUS_HOOKS,
    "ACCESS_LOG": True,
    "PUBLIC_BASE_URL": "http://127.0.0.1:8000",
    "RECORDING_STORAGES": {"connected": f"{MEDIA}/{{key}}"},
}
# Pages open sooner: nothing is noted for developers, and files are read once and then cached.
DEBUG = False
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
