"""The app that the command below belongs to. It has no tables."""

from django.apps import AppConfig


class BrowserConfig(AppConfig):
    name = "tests.browser.site"
    label = "browser"
