"""How many callbacks are taken from one URL in a minute, counted in Django's cache."""

import hashlib
import logging
from time import time

from django.core.cache import caches

from ..conf import conf
from .delivery import Delivery, RefusedError

logger = logging.getLogger(__name__)

MINUTE = 60


def refuse_beyond_limit(delivery: Delivery) -> None:
    """Count the delivery. Raises RefusedError when its URL has had its `MAX_PER_MINUTE`.

    To be called once the delivery is verified, so that strangers fill no cache. A cache that fails
    refuses nothing.
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
    """Of what opened the door; the secret cannot be read out of it.

    A token that nobody vouches for opened nothing: whoever posts could choose another each time.
    """
    token = "" if delivery.credential is None else delivery.token
    opened = "\n".join([token, *delivery.secrets])
    return hashlib.sha256(opened.encode("utf-8", "replace")).hexdigest()[:32]
