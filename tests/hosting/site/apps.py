"""The app's label must not be that of Django's own `sites`."""

from django.apps import AppConfig


class HostConfig(AppConfig):
    name = "tests.hosting.site"
    label = "host"
    default_auto_field = "django.db.models.BigAutoField"
