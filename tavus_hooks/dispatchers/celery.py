"""Celery: the host's own app and broker carry the primary key to a worker."""

from celery import shared_task

from .. import dispatchers


@shared_task(name="tavus_hooks.handle_callback", ignore_result=True)
def handle_callback(pk: int) -> None:
    """Handle a stored callback."""
    dispatchers.process(pk)


def enqueue(pk: int) -> None:
    """Hand a callback to a worker. Raises at once when the broker cannot be reached."""
    # Tavus waits for its answer meanwhile; the row falls due by itself after ENGINE_GRACE_SECONDS.
    with handle_callback.app.producer_pool.acquire(block=True) as producer:
        # Without it, opening the connection is tried again for seconds, whatever `retry` says.
        producer.connection.transport_options.setdefault("max_retries", 0)
        handle_callback.apply_async((pk,), retry=False, producer=producer)
