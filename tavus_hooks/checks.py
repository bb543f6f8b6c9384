"""System checks: what is wrong with the configuration, before a callback is lost by it."""

import ipaddress
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, wraps
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import global_settings, settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse

from . import access, dispatchers, signals, verifiers
from .conf import DEFAULT, RETAINED, Settings, conf, nearest
from .kinds import UNKNOWN, UNREADABLE, all_kinds
from .log import RedactCallbackTokens
from .maintenance.health import FIGURES
from .models import Callback
from .models.completion import EXPECTABLE
from .webhook.views import receive

PATH_TOKEN = "tavus_hooks.verifiers.path_token"  # noqa: S105 - a dotted path
SECRET_LENGTH = 32

_SECRET_LISTS = (
    "SECRETS",
    "STATIC_TOKENS",
    "BASIC_AUTH_SECRETS",
    "HEADER_TOKENS",
    "HMAC_SECRETS",
    "HEALTH_TOKENS",
)
# What each verifier of ours compares with.
_NEEDS = {
    "tavus_hooks.verifiers.basic_auth": "BASIC_AUTH_SECRETS",
    "tavus_hooks.verifiers.header_token": "HEADER_TOKENS",
    "tavus_hooks.verifiers.hmac_signature": "HMAC_SECRETS",
    "tavus_hooks.verifiers.allowed_address": "ALLOWED_ADDRESSES",
}

_LEAST = {
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

MAKE_SECRET = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'  # noqa: S105 - a command

REDACTED_LOGGING = """\
# settings.py
# If there is a LOGGING already, give the filter to each of its handlers instead.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "tokens": {"()": "tavus_hooks.log.RedactCallbackTokens"},
        "production": {"()": "django.utils.log.RequireDebugFalse"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["tokens"]},
        "mail_admins": {
            "class": "django.utils.log.AdminEmailHandler",
            "level": "ERROR",
            "filters": ["production", "tokens"],
        },
    },
    "loggers": {
        "django": {"handlers": ["console", "mail_admins"], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
"""
"""What Django logs by default, without tokens. As docs/security.md has it."""

# What a URL holds as it is. Anything else would be spelled in many ways, some of them not blanked.
_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]*")
# For examples, and nobody's: https://www.rfc-editor.org/rfc/rfc2606
_RESERVED = re.compile(r"(?:.+\.)?example(?:\.(?:com|net|org))?")
_UNFIT_CACHES = {
    "LocMemCache": "which each process has for itself",
    "FileBasedCache": "which each machine has for itself, and which counts one at a time",
    "DatabaseCache": "which is in the database: two statements more for each callback",
    "DummyCache": "which counts nothing",
}
_LOGGERS = ("django.request", "django.server")

_REDIS = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": "redis://127.0.0.1:6379",
}

Apps = Sequence[AppConfig] | None
Check = Callable[..., Iterator[CheckMessage]]


def register_checks() -> None:
    """Called when the app is ready."""
    register(settings_keys, Tags.security)
    for check in (secrets, static_tokens, public_base_url, importable, completion, numbers):
        register(when_readable(check), Tags.security)
    register(time_zones)
    register(autocommit)
    register(logging_filter, Tags.security, deploy=True)
    register(when_readable(limit_cache), Tags.caches)
    register(receiver_is_reachable, Tags.urls)
    register(other_apps)
    register(arguments_of_receivers, Tags.signals)
    register(when_readable(databases), Tags.database)
    register(when_readable(retention), Tags.security, deploy=True)


@cache  # the same each time, or a check would be registered anew whenever apps get ready
def when_readable(check: Check) -> Callable[..., list[CheckMessage]]:
    """The check; it finds nothing where a setting is of a wrong type, for E001 or E002 says so."""

    @wraps(check)
    def checked(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
        try:
            return list(check(app_configs, **kwargs))
        except (ImproperlyConfigured, AttributeError, TypeError, ValueError):
            return []

    return checked


def settings_keys(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E001, E002: TAVUS_HOOKS is a dict, of known keys and readable values."""
    given = getattr(settings, "TAVUS_HOOKS", {})
    if not isinstance(given, dict):
        yield Error(
            "TAVUS_HOOKS must be a dict.",
            hint='It looks like this:\nTAVUS_HOOKS = {"SECRETS": ["<a random text>"]}',
            id="tavus_hooks.E001",
        )
        return
    known = [name for name, value in vars(Settings).items() if isinstance(value, property)]
    for name in sorted(given.keys() - set(known), key=str):
        yield Error(
            f"TAVUS_HOOKS has no setting {name!r}.",
            hint=f"Remove it, or call it by its name: {nearest(name, known)}",
            id="tavus_hooks.E001",
        )
    for name in known:
        try:
            value = getattr(conf, name)
            if name in _READERS:
                _READERS[name](value)
        except (ImproperlyConfigured, TypeError, ValueError) as error:
            yield Error(
                f"TAVUS_HOOKS[{name!r}] cannot be read: {error}",
                hint="Its default shows the type that it has:\n"
                f'TAVUS_HOOKS["{name}"] = {getattr(_Defaults(), name)!r}',
                id="tavus_hooks.E002",
            )


class _Defaults(Settings):
    """As if nothing were set."""

    def _get(self, name: str, default: Any) -> Any:
        return default


def _addresses(value: Iterable[str]) -> None:
    for each in value:
        ipaddress.ip_network(each)


def _limits(limits: Mapping[str, Any]) -> None:
    for name, limit in limits.items():
        if name not in FIGURES:
            raise ValueError(f"there is no figure {name!r}, but {', '.join(FIGURES)}")
        if not isinstance(limit, int | None):
            raise TypeError(f"{name} must be a whole number or None, not {limit!r:.50}")


def _kinds_retained(retain: Mapping[str, Any]) -> None:
    known = {DEFAULT, UNKNOWN.name, UNREADABLE, *(kind.name for kind in all_kinds())}
    for given in retain.values():
        for name in given if isinstance(given, Mapping) else ():
            if name not in known:
                raise ValueError(f"there is no kind {name!r:.70}: {nearest(name, known)}")


_READERS: dict[str, Callable[[Any], None]] = {
    "ALLOWED_ADDRESSES": _addresses,
    "HEALTH_LIMITS": _limits,
    "RETAIN": _kinds_retained,
}
"""Of values that have more to them than their type: each raises what is wrong."""


def secrets(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E003, E013, W002: there is a secret; none is short or given twice."""
    paths = list(conf.VERIFIERS)
    lists = {name: conf.given_secrets(name) for name in _SECRET_LISTS}
    needed = {path: getattr(conf, name) for path, name in _NEEDS.items() if path in paths}
    if PATH_TOKEN in paths:
        needed[PATH_TOKEN] = [*conf.SECRETS, *conf.STATIC_TOKENS]
    empty = [_NEEDS.get(path, "SECRETS") for path, values in needed.items() if not any(values)]
    if not paths or empty:
        yield Error(
            "Nothing is configured that could let a callback in: every one is refused.",
            hint=_how_to_let_in(empty[0]) if empty else "Remove VERIFIERS from TAVUS_HOOKS.",
            id="tavus_hooks.E003",
        )
    for name, values in lists.items():
        secret = _password if name == "BASIC_AUTH_SECRETS" else str
        if any(len(secret(value)) < SECRET_LENGTH for value in values):
            yield Error(
                f"TAVUS_HOOKS[{name!r}] holds a secret of less than {SECRET_LENGTH} characters.",
                hint=f"It can be guessed. Use random ones: {MAKE_SECRET}",
                id="tavus_hooks.E013",
            )
    every = [value for values in lists.values() for value in values]
    if len(set(every)) < len(every) or settings.SECRET_KEY in every:
        yield Caution(
            "The same secret is used twice in TAVUS_HOOKS, or is Django's SECRET_KEY.",
            hint="Each serves one purpose, so that each can be replaced by itself. "
            f"Make another one: {MAKE_SECRET}",
            id="tavus_hooks.W002",
        )


def _how_to_let_in(name: str) -> str:
    if name == "ALLOWED_ADDRESSES":
        return 'With the networks of yours:\nTAVUS_HOOKS["ALLOWED_ADDRESSES"] = ["192.0.2.0/24"]'
    begin = "user:" if name == "BASIC_AUTH_SECRETS" else ""
    return (
        "If the settings read it from an environment variable or a file, this process does not "
        "have that, or it is empty: every server, worker and command needs it.\n"
        f"If there is none yet, make a secret:\n{MAKE_SECRET}\nand put it into the settings:\n"
        + _assigned("TAVUS_HOOKS", name, [f"{begin}<what this printed>"])
    )


def _password(pair: str) -> str:
    return pair.partition(":")[2]


def static_tokens(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E009: a URL holds the static tokens as they are."""
    if not all(_URL_SAFE.fullmatch(token) for token in conf.STATIC_TOKENS):
        yield Error(
            "TAVUS_HOOKS['STATIC_TOKENS'] holds a token that a URL cannot hold as it is.",
            hint=f"Use letters, digits, hyphens and underscores only, as this does: {MAKE_SECRET}",
            id="tavus_hooks.E009",
        )


def time_zones(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E010: times are moments."""
    if not settings.USE_TZ:
        yield Error(
            "tavus_hooks needs USE_TZ: without it the times of callbacks cannot be stored.",
            hint="Write USE_TZ = True into the settings, in the place of USE_TZ = False.",
            id="tavus_hooks.E010",
        )


def autocommit(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E011: what is written is committed."""
    alias = router.db_for_write(Callback)
    if not connections[alias].settings_dict["AUTOCOMMIT"]:
        yield Error(
            f"DATABASES[{alias!r}] has AUTOCOMMIT switched off: no callback can be committed.",
            hint=f'Remove "AUTOCOMMIT": False from DATABASES[{alias!r}]. Until then every callback '
            "is answered 503.",
            id="tavus_hooks.E011",
        )


def numbers(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E012: no number is too small to mean anything."""
    for name, least in _LEAST.items():
        default = getattr(_Defaults(), name)
        if getattr(conf, name) < least:
            yield Error(
                f"TAVUS_HOOKS[{name!r}] is {getattr(conf, name)}.",
                hint=f'It is {least} or more:\nTAVUS_HOOKS["{name}"] = {max(least, default)!r}',
                id="tavus_hooks.E012",
            )


def public_base_url(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E004, W003, W010: PUBLIC_BASE_URL is scheme and host of this site, and https."""
    base = conf.PUBLIC_BASE_URL
    if not base:
        return
    try:
        parts = urlsplit(base.strip())
    except ValueError:  # such as brackets that are never closed
        parts = urlsplit("")
    if re.search(r"\s", base) or parts.scheme not in {"http", "https"}:
        yield Error(
            f"TAVUS_HOOKS['PUBLIC_BASE_URL'] is no scheme and host: {base!r}.",
            hint=_base_hint("With your host and no white space", "https://example.com"),
            id="tavus_hooks.E004",
        )
    elif not parts.hostname or parts.path.strip("/") or parts.query:
        yield Error(
            f"TAVUS_HOOKS['PUBLIC_BASE_URL'] is more or less than scheme and host: {base!r}.",
            hint=_base_hint(
                "The path comes from the URLconf",
                f"{parts.scheme}://{parts.netloc if parts.hostname else 'example.com'}",
            ),
            id="tavus_hooks.E004",
        )
    elif parts.scheme != "https" and not _is_this_machine(parts.hostname):
        yield Caution(
            "TAVUS_HOOKS['PUBLIC_BASE_URL'] is not https: the token travels in the open.",
            hint=_base_hint("Use https", f"https://{parts.netloc}"),
            id="tavus_hooks.W003",
        )
    elif _RESERVED.fullmatch(parts.hostname):
        yield Caution(
            f"TAVUS_HOOKS['PUBLIC_BASE_URL'] is a placeholder: no callback gets to {base}.",
            hint="Write the address at which Tavus reaches this site: on your own machine that of "
            "a tunnel, or http://127.0.0.1:8000 for callbacks that you post yourself.",
            id="tavus_hooks.W010",
        )


def _base_hint(text: str, base: str) -> str:
    return f'{text}:\nTAVUS_HOOKS["PUBLIC_BASE_URL"] = "{base}"'


def _is_this_machine(host: str) -> bool:
    """Whether what is sent to the host never leaves the machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


_WHAT_TO_IMPORT = {
    "DISPATCHER": "There are inline, deferred, django_tasks, celery, and the dotted paths of "
    'functions of yours:\nTAVUS_HOOKS["DISPATCHER"] = "inline"',
    "VERIFIERS": "There are path_token, basic_auth, header_token, hmac_signature and "
    "allowed_address in tavus_hooks.verifiers, and the dotted paths of functions of yours:\n"
    'TAVUS_HOOKS["VERIFIERS"] = ["tavus_hooks.verifiers.path_token"]',
    "VISIBLE_ROWS": "It is the dotted path of a function of yours, such as "
    "shop.tenants.visible_rows. Without one, users who may see a model see all of its rows:\n"
    'TAVUS_HOOKS["VISIBLE_ROWS"] = ""',
}


def importable(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E005, E006, E014: the dispatcher, the verifiers and the rule for rows can be imported."""
    asked: list[tuple[str, Callable[[], object], str]] = [
        ("DISPATCHER", dispatchers.chosen, "tavus_hooks.E005"),
        ("VERIFIERS", verifiers.chosen, "tavus_hooks.E006"),
        ("VISIBLE_ROWS", access.rule_of_host, "tavus_hooks.E014"),
    ]
    for name, choose, number in asked:
        try:
            choose()
        except ImportError as error:
            yield Error(
                f"TAVUS_HOOKS[{name!r}] cannot be imported: {error}",
                hint=_WHAT_TO_IMPORT[name],
                id=number,
            )


def completion(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E007: COMPLETION_EXPECTS holds what a conversation can have."""
    unknown = set(conf.COMPLETION_EXPECTS) - EXPECTABLE
    if unknown:
        yield Error(
            f"TAVUS_HOOKS['COMPLETION_EXPECTS'] holds what is not known: {sorted(unknown)}.",
            hint=f"There are {', '.join(sorted(EXPECTABLE))}:\n"
            f'TAVUS_HOOKS["COMPLETION_EXPECTS"] = {_Defaults().COMPLETION_EXPECTS!r}',
            id="tavus_hooks.E007",
        )


def limit_cache(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """W008: the cache that counts for `MAX_PER_MINUTE` counts for all processes, and quickly."""
    if not conf.MAX_PER_MINUTE:
        return
    given = settings.CACHES.get(conf.LIMIT_CACHE, {}).get("BACKEND", "")
    why = _UNFIT_CACHES.get(given.rpartition(".")[2])
    if conf.LIMIT_CACHE not in settings.CACHES:
        why = "which CACHES does not have: nothing is counted"
    if why:
        yield Caution(
            f"MAX_PER_MINUTE is counted in the cache {conf.LIMIT_CACHE!r}, {why}.",
            hint="Let LIMIT_CACHE name a cache that all processes share, such as\n"
            f"{_assigned('CACHES', 'shared', _REDIS, settings.CACHES)}\n"
            'TAVUS_HOOKS["LIMIT_CACHE"] = "shared"',
            id="tavus_hooks.W008",
        )


def logging_filter(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """W004: the loggers that print paths blank the tokens in them, whichever handler prints."""
    open_ones = [name for name in _LOGGERS if not _is_filtered(logging.getLogger(name))]
    if open_ones:
        yield Caution(
            f"Callback tokens can reach the log through {' and '.join(open_ones)}.",
            hint=REDACTED_LOGGING,
            id="tavus_hooks.W004",
        )


def receiver_is_reachable(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E008: the URLconf includes the receiver, and its URL leads to it."""
    try:
        path = reverse("tavus_hooks:receive", args=["token"]).removeprefix(get_script_prefix())
        found = resolve(f"/{path}").func
    except (NoReverseMatch, Resolver404):
        found = None
    if found is not receive:
        yield Error(
            "The receiver of callbacks cannot be reached through the URLconf.",
            hint=f"Write this at the end of {settings.ROOT_URLCONF}, so that it comes before what "
            "catches all, and remove every other line that includes tavus_hooks.urls:\n"
            "from django.urls import include, path\n"
            'urlpatterns = [path("tavus/", include("tavus_hooks.urls")), *urlpatterns]',
            id="tavus_hooks.E008",
        )


def other_apps(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """E015: the apps whose templates the API and the pages take are installed."""
    missing = [name for name in ("rest_framework", "django_filters") if not apps.is_installed(name)]
    if missing:
        yield Error(
            f"INSTALLED_APPS lacks {' and '.join(missing)}: pages and API need their templates.",
            hint=f"Write this at the end of the settings:\nINSTALLED_APPS += {missing!r}",
            id="tavus_hooks.E015",
        )


def arguments_of_receivers(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """W009: receivers ask for what their signal carries, as far as names tell. What is certain is
    refused when the receiver is connected.
    """
    of_kinds = (kind.signal for kind in all_kinds() if kind.signal)
    for signal in dict.fromkeys([signals.callback_received, *of_kinds, signals.forgotten]):
        for receiver, argument, near in signal.perhaps_misspelt():
            yield Caution(
                f"The receiver {receiver} asks for {argument!r}, which {signal.name} does not "
                f"carry: did you mean {near!r}?",
                hint=f"{signal.name} carries {', '.join(sorted(signal.all_it_carries))}.",
                id="tavus_hooks.W009",
            )


def databases(
    app_configs: Apps, databases: Iterable[str] | None, **kwargs: Any
) -> Iterator[CheckMessage]:
    """W005, W006: MariaDB and MySQL tell ids apart by case, and take bodies of the allowed size."""
    alias = router.db_for_write(Callback)
    connection = connections[alias]
    if alias not in (databases or ()) or connection.vendor != "mysql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_database, @@max_allowed_packet")
        collation, packet = cursor.fetchone()
    if not collation.endswith(("_bin", "_as_cs")):
        yield Caution(
            f"The collation {collation} takes ids that differ only in case for the same.",
            hint="Before migrate: "
            f"ALTER DATABASE {connection.ops.quote_name(connection.settings_dict['NAME'])} "
            "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; tables that are there already keep theirs.",
            id="tavus_hooks.W005",
        )
    # The driver escapes bytes: in the worst case each becomes two.
    if packet < 2 * conf.MAX_BODY_BYTES:
        yield Caution(
            f"max_allowed_packet is {packet}: not every body of MAX_BODY_BYTES can be stored.",
            hint="In the configuration of the server, below [mysqld]: "
            f"max_allowed_packet = {2 * conf.MAX_BODY_BYTES + 1024 * 1024}",
            id="tavus_hooks.W006",
        )


def retention(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """W007: somebody has decided how long things are kept."""
    parts = [part for part in RETAINED if part != "accesses" or conf.ACCESS_LOG]
    undecided = [part for part in parts if not _is_decided(conf.RETAIN.get(part))]
    if undecided:
        proposed = {**conf.RETAIN, **{part: _decided(conf.RETAIN.get(part)) for part in undecided}}
        yield Caution(
            f"TAVUS_HOOKS['RETAIN'] does not say how long these are kept: {', '.join(undecided)}.",
            hint="With the ages that you want, such as 90d, 52w or never, and tavus_prune run by "
            f"cron:\n{_assigned('TAVUS_HOOKS', 'RETAIN', proposed)}",
            id="tavus_hooks.W007",
        )


def _is_decided(given: str | Mapping[str, str] | None) -> bool:
    return DEFAULT in given if isinstance(given, Mapping) else given is not None


def _assigned(name: str, key: str, value: Any, default: Mapping[str, Any] | None = None) -> str:
    """The line that sets a key of a setting; of the whole setting where the host has none."""
    if getattr(settings, name, None) != getattr(global_settings, name, None):
        return f'{name}["{key}"] = {value!r}'
    return f"{name} = { {**(default or {}), key: value}!r}"


def _decided(given: str | Mapping[str, str] | None) -> str | Mapping[str, str]:
    return {**given, DEFAULT: "90d"} if isinstance(given, Mapping) else "90d"


def _is_filtered(logger: logging.Logger) -> bool:
    """Whether every handler that gets this logger's records gets them with the tokens blanked."""
    printing = (it for it in _handlers(logger) if not isinstance(it, logging.NullHandler))
    return _redacts(logger) or all(_redacts(handler) for handler in printing)


def _handlers(logger: logging.Logger) -> Iterator[logging.Handler]:
    found: logging.Logger | None = logger
    while found is not None:
        yield from found.handlers
        found = found.parent if found.propagate else None


def _redacts(place: logging.Filterer) -> bool:
    return any(isinstance(each, RedactCallbackTokens) for each in place.filters)
