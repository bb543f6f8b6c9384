"""Checks of the addresses that Tavus posts to: PUBLIC_BASE_URL, and the receiver in the URLconf."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse

from ..conf import conf
from ..webhook.views import receive
from .readable import when_readable

# Hosts for examples: https://www.rfc-editor.org/rfc/rfc2606
_RESERVED = re.compile(r"(?:.+\.)?example(?:\.(?:com|net|org))?")


@register(Tags.security)
@when_readable
def check_public_base_url(**kwargs: Any) -> Iterator[CheckMessage]:
    """E004: `PUBLIC_BASE_URL` is not just scheme and host.

    Write `https://example.com`, with neither path nor white space.
    """
    base = conf.PUBLIC_BASE_URL
    if not base:
        return
    parts = _split(base)
    if re.search(r"\s", base) or parts.scheme not in {"http", "https"}:
        yield Error(
            f"TAVUS_HOOKS['PUBLIC_BASE_URL'] is no scheme and host: {base!r}.",
            hint=_assigned("With your host and no white space", "https://example.com"),
            id="tavus_hooks.E004",
        )
    elif not _is_scheme_and_host(parts):
        host = parts.netloc if parts.hostname else "example.com"
        yield Error(
            f"TAVUS_HOOKS['PUBLIC_BASE_URL'] is more or less than scheme and host: {base!r}.",
            hint=_assigned("The path comes from the URLconf", f"{parts.scheme}://{host}"),
            id="tavus_hooks.E004",
        )


@register(Tags.security)
@when_readable
def check_public_host(**kwargs: Any) -> Iterator[CheckMessage]:
    """W003: `PUBLIC_BASE_URL` is not https.

    Use https, or the token travels in the open. `localhost` and loopback addresses need none.

    W010: `PUBLIC_BASE_URL` is a placeholder such as `https://example.com`.

    Write the address at which Tavus reaches your site; callbacks to a placeholder are lost.
    """
    base = conf.PUBLIC_BASE_URL
    parts = _split(base)
    host = parts.hostname
    if re.search(r"\s", base) or host is None or not _is_scheme_and_host(parts):
        return
    if parts.scheme == "http" and not _is_this_machine(host):
        yield Caution(
            "TAVUS_HOOKS['PUBLIC_BASE_URL'] is not https: the token travels in the open.",
            hint=_assigned("Use https", f"https://{parts.netloc}"),
            id="tavus_hooks.W003",
        )
    elif _RESERVED.fullmatch(host):
        yield Caution(
            f"TAVUS_HOOKS['PUBLIC_BASE_URL'] is a placeholder: no callback gets to {base}.",
            hint="Write the address at which Tavus reaches this site: on your own machine that of "
            "a tunnel, or http://127.0.0.1:8000 for callbacks that you post yourself.",
            id="tavus_hooks.W010",
        )


@register(Tags.urls)
def check_urlconf(**kwargs: Any) -> Iterator[CheckMessage]:
    """E008: the receiver cannot be reached.

    Include `tavus_hooks.urls` under no other namespace, below no argument, and before whatever
    catches all: at the end of the URLconf by `urlpatterns = [path("tavus/",
    include("tavus_hooks.urls")), *urlpatterns]`.
    """
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


def _split(base: str) -> SplitResult:
    try:
        return urlsplit(base.strip())
    except ValueError:  # such as a bracket that is never closed
        return urlsplit("")


def _is_scheme_and_host(parts: SplitResult) -> bool:
    has_more = parts.path.strip("/") or parts.query
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not has_more


def _assigned(text: str, base: str) -> str:
    return f'{text}:\nTAVUS_HOOKS["PUBLIC_BASE_URL"] = "{base}"'


def _is_this_machine(host: str) -> bool:
    """Whether the host is this machine, which Tavus cannot reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
