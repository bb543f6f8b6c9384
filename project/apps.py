"""Connects the demo's receivers once all models are loaded."""

from importlib import import_module

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "project"
    verbose_name = "Bicycle shop"

    def ready(self) -> None:
        import_module("project.receivers")
