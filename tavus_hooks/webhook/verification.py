"""Asking the verifiers that `TAVUS_HOOKS["VERIFIERS"]` lists whether a delivery may be taken."""

from collections.abc import Callable

from django.utils.module_loading import import_string

from ..address import Credential
from ..conf import conf
from ..models import withdrawn_urls
from .delivery import Delivery, RefusedError

Verifier = Callable[[Delivery], object]
"""Raises RefusedError, or returns anything: then the next one is asked."""


def verify(delivery: Delivery) -> None:
    """Ask all verifiers, in order. Raises RefusedError; ImportError when one of them cannot be
    imported.

    A URL that has ended or was withdrawn is refused, whichever verifiers there are.
    """
    verifiers = get_verifiers()
    if not verifiers:
        raise RefusedError("no verifier", "No verifier is configured that could accept it.")
    if delivery.credential is not None:
        _refuse_unless_valid(delivery.credential)
    for verifier in verifiers:
        verifier(delivery)


def get_verifiers() -> list[Verifier]:
    """The verifiers in `VERIFIERS`. Raises ImportError when one of them cannot be imported."""
    return [import_string(path) for path in conf.VERIFIERS]


def _refuse_unless_valid(credential: Credential) -> None:
    if credential.has_expired:
        raise RefusedError("expired URL", "This URL has ended.")
    if withdrawn_urls.withdrawn.holds(credential.url_id):
        raise RefusedError("withdrawn URL", "This URL was withdrawn.")
