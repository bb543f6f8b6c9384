"""Connects the receiver that does nothing."""

from typing import Any

from django.apps import AppConfig


def listen(**kwargs: Any) -> None:
    """Nothing."""


class ListeningConfig(AppConfig):
    name = "benchmarks.listening"

    def ready(self) -> None:
        from tavus_hooks.signals import transcription_ready, video_ready

        video_ready.connect(listen)
        transcription_ready.connect(listen)
