"""Checks of the cache that counts for MAX_PER_MINUTE."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution

from ..conf import conf
from .hints import assignment
from .readable import when_readable

_UNFIT_CACHES = {
    "LocMemCache": "which each process has for itself",
    "FileBasedCache": "which each machine has for itself, and which counts one at a time",
    "DatabaseCache": "which is in the database: two statements more for each callback",
    "DummyCache": "which counts nothing",
}
_REDIS = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": "redis://127.0.0.1:6379",
}


@register(Tags.caches)
@when_readable
def check_limit_cache(**kwargs: Any) -> Iterator[CheckMessage]:
    """W008: `MAX_PER_MINUTE` is counted by each process for itself, by each machine, in the
    database, or not at all.

    Let `LIMIT_CACHE` name a cache that all processes share, such as Redis or Memcached.
    """
    if not conf.MAX_PER_MINUTE:
        return
    backend = settings.CACHES.get(conf.LIMIT_CACHE, {}).get("BACKEND", "")
    why = _UNFIT_CACHES.get(backend.rpartition(".")[2])
    if conf.LIMIT_CACHE not in settings.CACHES:
        why = "which CACHES does not have: nothing is counted"
    if why:
        yield Caution(
            f"MAX_PER_MINUTE is counted in the cache {conf.LIMIT_CACHE!r}, {why}.",
            hint="Let LIMIT_CACHE name a cache that all processes share, such as\n"
            f"{assignment('CACHES', 'shared', _REDIS, settings.CACHES)}\n"
            'TAVUS_HOOKS["LIMIT_CACHE"] = "shared"',
            id="tavus_hooks.W008",
        )
