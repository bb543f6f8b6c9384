"""The same site with its admin under django-unfold, whose scripts no strict policy allows."""

from tests.browser.site import settings
from tests.browser.site.settings import *  # noqa: F403

# Before Django's admin, whose templates and site it replaces.
INSTALLED_APPS = ["unfold", *settings.INSTALLED_APPS]
MIDDLEWARE = [each for each in settings.MIDDLEWARE if each != settings.STRICT]
