"""A limit of callbacks from one URL in a minute, counted in Django's cache."""

import hashlib
import logging
from time import time

from django.core.cache import caches

from ..conf import conf
from .delivery import Delivery, RefusedError

logger = logging.getLogger(__name__)

MINUTE = 60


def refuse_beyond_limit(delivery: Delivery) -> None:
    """Count the delivery. Raises RefusedError from the first one beyond `MAX_PER_MINUTE`.

    Call it after the delivery was verified: otherwise strangers could fill the cache. When the
    cache fails, nothing is refused.
    """
    if not conf.MAX_PER_MINUTE:
        return
    minute = int(time()) // MINUTE
    try:
        cache = caches[conf.LIMIT_CACHE]
        key = f"tavus_hooks:{_name(delivery)}:{minute}"
        cache.add(key, 0, timeout=2 * MINUTE)
        number = cache.incr(key)
    except Exception:
        logger.warning("the callbacks of a URL could not be counted", exc_info=True)
        return
    if number > conf.MAX_PER_MINUTE:
        message = f"From this URL {conf.MAX_PER_MINUTE} callbacks are taken in a minute."
        raise RefusedError("too many", message, status=429)


def _name(delivery: Delivery) -> str:
    """A hash of the credentials that the delivery was accepted for.

    A token that could not be verified is left out: the client could send another one each time.
    """
    token = "" if delivery.credential is None else delivery.token
    credentials = "\n".join([token, *delivery.secrets])
    return hashlib.sha256(credentials.encode("utf-8", "replace")).hexdigest()[:32]
