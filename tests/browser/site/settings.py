"""The demo's, under a policy that allows nothing but files of the site itself."""

import os

from django.conf import global_settings

from project.settings import *  # noqa: F403
from project.settings import INSTALLED_APPS, MIDDLEWARE, TAVUS_HOOKS
from tests.browser.media import BUCKET, CREDENTIALS

MEDIA, S3 = os.environ["MEDIA"], os.environ["S3"]
STRICT = "tests.browser.site.policy.strict"

INSTALLED_APPS = [*INSTALLED_APPS, "tests.browser.site"]
MIDDLEWARE = [STRICT, *MIDDLEWARE]
TAVUS_HOOKS = {
    **TAVUS_HOOKS,
    "ACCESS_LOG": True,
    "PUBLIC_BASE_URL": "http://127.0.0.1:8000",
    "RECORDING_STORAGES": {"connected": f"{MEDIA}/{{key}}", BUCKET: "recordings"},
}
STORAGES = {
    **global_settings.STORAGES,
    "recordings": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": BUCKET,
            "endpoint_url": S3,
            "addressing_style": "path",
            "signature_version": "s3v4",
            "access_key": CREDENTIALS["aws_access_key_id"],
            "secret_key": CREDENTIALS["aws_secret_access_key"],
            "region_name": CREDENTIALS["region_name"],
        },
    },
}
# Pages open sooner: nothing is noted for developers, and files are read once and then cached.
DEBUG = False
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
