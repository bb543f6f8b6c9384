"""Where the pages send visitors who are not logged in."""

from urllib.parse import unquote

from django.conf import global_settings, settings
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse
from django.utils.functional import lazy
from django.utils.translation import get_language, get_language_from_path, override


def login_address() -> str:
    """`LOGIN_URL` if the URLconf resolves it, else the admin's login; empty if there is neither."""
    try:
        address = resolve_url(settings.LOGIN_URL or "")
        if _is_answered(address):
            return address
    except NoReverseMatch:
        pass
    try:
        return reverse("admin:login")
    except NoReverseMatch:
        return ""  # Django then uses LOGIN_URL


LOGIN = lazy(login_address, str)()
"""The same as a view's `login_url`: lazy, so that each request evaluates it."""


def _is_answered(address: str) -> bool:
    prefix = get_script_prefix()
    if address.startswith("//") or not address.startswith("/"):
        return True  # at another host, or relative: the URLconf cannot tell
    if not address.startswith(prefix):
        # Outside of this site Django's default leads nowhere, but the host's setting may be valid.
        return bool(settings.LOGIN_URL != global_settings.LOGIN_URL)
    path = unquote(f"/{address.removeprefix(prefix)}".partition("#")[0].partition("?")[0])
    paths = [path, f"{path}/"] if settings.APPEND_SLASH else [path]
    with override(get_language_from_path(path) or get_language()):
        # LocaleMiddleware redirects to URLs with a language prefix.
        return any(_leads_on(it) or _leads_on(f"/{get_language()}{it}") for it in paths)


def _leads_on(path: str) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return False
    # The catch-all view of the admin has no name, and answers 404.
    return match.app_name != "admin" or match.url_name is not None
