"""Connects the receivers and lays the points at which a process ends."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "tests.faults.site"
    label = "faults"

    def ready(self):
        from . import killing, receivers

        receivers.connect()
        killing.lay()
