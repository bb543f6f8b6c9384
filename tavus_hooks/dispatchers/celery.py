"""A worker of Celery handles the callback; the app and the broker are the host's own."""

from celery import shared_task

from .base import Dispatcher
from .worker import process


@shared_task(name="tavus_hooks.handle_callback", ignore_result=True)
def handle_callback(pk: int) -> None:
    """Handle a stored callback."""
    process(pk)


class Celery(Dispatcher):
    """Sends the primary key to the broker."""

    def dispatch(self, pk: int) -> None:
        """Raise at once if the broker cannot be reached, because Tavus waits for the response."""
        with handle_callback.app.producer_pool.acquire(block=True) as producer:
            # Without this, connecting is retried for seconds, even with `retry=False`.
            producer.connection.transport_options.setdefault("max_retries", 0)
            handle_callback.apply_async((pk,), retry=False, producer=producer)
