"""Checks of TAVUS_HOOKS: its names, its types, and numbers that are too small."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from ..conf import Settings, conf
from ..conf.ages import DEFAULT
from ..conf.suggestions import nearest
from ..kinds import UNKNOWN, UNREADABLE, all_kinds
from ..maintenance.health import FIGURES
from ..models.completion import EXPECTABLE
from .hints import defaults
from .readable import when_readable

NAMES = [name for name, value in vars(Settings).items() if isinstance(value, property)]
LEAST = {
    "MAX_ATTEMPTS": 1,
    "LEASE_SECONDS": 1,
    "MAX_BODY_BYTES": 1,
    "ENGINE_GRACE_SECONDS": 0,
    "DUPLICATE_WINDOW_SECONDS": 0,
    "COMPLETION_WAIT_SECONDS": 0,
    "RETRY_BASE_SECONDS": 0,
    "SLOW_RECEIVER_SECONDS": 0,
    "HMAC_TOLERANCE_SECONDS": 0,
    "NUM_PROXIES": 0,
    "MAX_PER_MINUTE": 0,
    "MAX_TURNS": 1,
}


@register(Tags.security)
def check_names(**kwargs: Any) -> Iterator[CheckMessage]:
    """E001: `TAVUS_HOOKS` is no dictionary, or has a key that is no setting.

    Look for a typing mistake.
    """
    given = getattr(settings, "TAVUS_HOOKS", {})
    if not isinstance(given, dict):
        yield Error(
            "TAVUS_HOOKS must be a dict.",
            hint='It looks like this:\nTAVUS_HOOKS = {"SECRETS": ["<a random text>"]}',
            id="tavus_hooks.E001",
        )
        return
    for name in sorted(given.keys() - set(NAMES), key=str):
        yield Error(
            f"TAVUS_HOOKS has no setting {name!r}.",
            hint=f"Remove it, or call it by its name: {nearest(name, NAMES)}",
            id="tavus_hooks.E001",
        )


@register(Tags.security)
def check_values(**kwargs: Any) -> Iterator[CheckMessage]:
    """E002: a setting cannot be read.

    Give it the type of its default, and `CONTESTED` one of its two words. Lists are lists also when
    they hold one text, and networks have no host bits. `RETAIN` holds known parts and kinds, and
    ages such as `90d`. `RECORDING_STORAGES` names what is in `STORAGES`, or URLs with `{key}`.
    """
    if not isinstance(getattr(settings, "TAVUS_HOOKS", {}), dict):
        return
    for name in NAMES:
        try:
            value = getattr(conf, name)
            if name in _READERS:
                _READERS[name](value)
        except (ImproperlyConfigured, TypeError, ValueError) as error:
            yield Error(
                f"TAVUS_HOOKS[{name!r}] cannot be read: {error}",
                hint="Its default shows the type that it has:\n"
                f'TAVUS_HOOKS["{name}"] = {getattr(defaults, name)!r}',
                id="tavus_hooks.E002",
            )


@register(Tags.security)
@when_readable
def check_completion(**kwargs: Any) -> Iterator[CheckMessage]:
    """E007: `COMPLETION_EXPECTS` holds something unknown.

    There are `shutdown`, `transcript`, `recording` and `perception`.
    """
    unknown = set(conf.COMPLETION_EXPECTS) - EXPECTABLE
    if unknown:
        yield Error(
            f"TAVUS_HOOKS['COMPLETION_EXPECTS'] holds what is not known: {sorted(unknown)}.",
            hint=f"There are {', '.join(sorted(EXPECTABLE))}:\n"
            f'TAVUS_HOOKS["COMPLETION_EXPECTS"] = {defaults.COMPLETION_EXPECTS!r}',
            id="tavus_hooks.E007",
        )


@register(Tags.security)
@when_readable
def check_numbers(**kwargs: Any) -> Iterator[CheckMessage]:
    """E012: a number is too small to mean anything, such as `MAX_ATTEMPTS` 0.

    Give it the least that the check names, or more.
    """
    for name, least in LEAST.items():
        if getattr(conf, name) < least:
            yield Error(
                f"TAVUS_HOOKS[{name!r}] is {getattr(conf, name)}.",
                hint=f"It is {least} or more:\n"
                f'TAVUS_HOOKS["{name}"] = {max(least, getattr(defaults, name))!r}',
                id="tavus_hooks.E012",
            )


def _read_addresses(addresses: Iterable[str]) -> None:
    for each in addresses:
        ipaddress.ip_network(each)


def _read_limits(limits: Mapping[str, Any]) -> None:
    for name, limit in limits.items():
        if name not in FIGURES:
            raise ValueError(f"there is no figure {name!r}, but {', '.join(FIGURES)}")
        if not isinstance(limit, int | None):
            raise TypeError(f"{name} must be a whole number or None, not {limit!r:.50}")


def _read_kinds(retain: Mapping[str, Any]) -> None:
    known = {DEFAULT, UNKNOWN.name, UNREADABLE, *(kind.name for kind in all_kinds())}
    for given in retain.values():
        for name in given if isinstance(given, Mapping) else ():
            if name not in known:
                raise ValueError(f"there is no kind {name!r:.70}: {nearest(name, known)}")


def _read_storages(storages: Mapping[str, str]) -> None:
    for bucket, place in storages.items():
        if "{key}" in place:
            if not place.startswith(("https://", "http://", "/")):
                raise ValueError(f"{place!r:.70} is no URL")
        elif place not in settings.STORAGES:
            raise ValueError(
                f"{bucket!r:.70} is in {place!r:.70}, which is neither one of STORAGES nor a URL "
                f"with {{key}}: {nearest(place, settings.STORAGES)}"
            )


_READERS: dict[str, Callable[[Any], None]] = {
    "ALLOWED_ADDRESSES": _read_addresses,
    "HEALTH_LIMITS": _read_limits,
    "RECORDING_STORAGES": _read_storages,
    "RETAIN": _read_kinds,
}
"""Checks of values beyond their type. Each raises ValueError or TypeError."""
