"""Checks of secrets, static tokens, and the verifiers that compare with them."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from ..conf import conf
from ..conf.callables import can_be_called
from ..webhook.verification import get_verifiers
from .hints import MAKE_SECRET, assignment
from .readable import reason, when_readable

RECOMMENDED_SECRET_LENGTH = 32
"""Characters. `conf.SHORTEST_SECRET` is what is accepted at all."""

PATH_TOKEN = "tavus_hooks.verifiers.path_token"  # noqa: S105 - a dotted path
_SECRET_LISTS = (
    "SECRETS",
    "STATIC_TOKENS",
    "BASIC_AUTH_SECRETS",
    "HEADER_TOKENS",
    "HMAC_SECRETS",
    "HEALTH_TOKENS",
)
# The setting that each of our verifiers compares with; `path_token` has two.
_NEEDS = {
    "tavus_hooks.verifiers.basic_auth": "BASIC_AUTH_SECRETS",
    "tavus_hooks.verifiers.header_token": "HEADER_TOKENS",
    "tavus_hooks.verifiers.hmac_signature": "HMAC_SECRETS",
    "tavus_hooks.verifiers.allowed_address": "ALLOWED_ADDRESSES",
}
# A URL holds these characters as they are. Others are spelled in many ways, and not each of them is
# blanked.
_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]*")


@register(Tags.security)
@when_readable
def check_something_is_accepted(**kwargs: Any) -> Iterator[CheckMessage]:
    """E003: no verifier is configured that could accept a callback.

    Put a long random text into `SECRETS`, or into what your `VERIFIERS` compare with. Where the
    settings read it from an environment variable, look whether this process has that variable.
    """
    paths = list(conf.VERIFIERS)
    needed = {path: getattr(conf, name) for path, name in _NEEDS.items() if path in paths}
    if PATH_TOKEN in paths:
        needed[PATH_TOKEN] = [*conf.SECRETS, *conf.STATIC_TOKENS]
    empty = [_NEEDS.get(path, "SECRETS") for path, values in needed.items() if not any(values)]
    if not paths or empty:
        yield Error(
            "No verifier is configured that could accept a callback: every one is refused.",
            hint=_how_to_accept(empty[0]) if empty else "Remove VERIFIERS from TAVUS_HOOKS.",
            id="tavus_hooks.E003",
        )


@register(Tags.security)
@when_readable
def check_verifiers(**kwargs: Any) -> Iterator[CheckMessage]:
    """E006: a verifier cannot be imported, or not be called with one argument.

    Check the dotted paths in `VERIFIERS`: until then every callback is answered 503.
    """
    paths = conf.VERIFIERS
    try:
        verifiers: list[Any] = [*get_verifiers()]
    except Exception as error:
        wrong = reason(error)
    else:
        found = zip(paths, verifiers, strict=True)
        wrong = ", ".join(
            f"{path} cannot be called with one argument, the delivery"
            for path, it in found
            if not can_be_called(it, None)
        )
    if wrong:
        yield Error(
            f"TAVUS_HOOKS['VERIFIERS'] cannot be used: {wrong}",
            hint="There are path_token, basic_auth, header_token, hmac_signature and "
            "allowed_address in tavus_hooks.verifiers, and the dotted paths of functions of "
            'yours:\nTAVUS_HOOKS["VERIFIERS"] = ["tavus_hooks.verifiers.path_token"]',
            id="tavus_hooks.E006",
        )


@register(Tags.security)
@when_readable
def check_static_tokens(**kwargs: Any) -> Iterator[CheckMessage]:
    """E009: a static token holds what a URL cannot hold as it is.

    Use letters, digits, hyphens and underscores: other characters are spelled in many ways, and not
    each is blanked.
    """
    if not all(_URL_SAFE.fullmatch(token) for token in conf.STATIC_TOKENS):
        yield Error(
            "TAVUS_HOOKS['STATIC_TOKENS'] holds a token that a URL cannot hold as it is.",
            hint=f"Use letters, digits, hyphens and underscores only, as this does: {MAKE_SECRET}",
            id="tavus_hooks.E009",
        )


@register(Tags.security)
@when_readable
def check_length_of_secrets(**kwargs: Any) -> Iterator[CheckMessage]:
    """E013: a secret, a token or a password is shorter than 32 characters.

    Use random ones: `python -c "import secrets; print(secrets.token_urlsafe(48))"`. One rule holds
    for `SECRETS`, `STATIC_TOKENS`, `HEADER_TOKENS`, `HMAC_SECRETS`, `HEALTH_TOKENS` and the
    passwords in `BASIC_AUTH_SECRETS`: programs remember them, not people. One of less than eight
    characters is ignored.
    """
    for name in _SECRET_LISTS:
        secret = _password if name == "BASIC_AUTH_SECRETS" else str
        lengths = [len(secret(value)) for value in conf.given_secrets(name)]
        if any(length < RECOMMENDED_SECRET_LENGTH for length in lengths):
            yield Error(
                f"TAVUS_HOOKS[{name!r}] holds a secret of less than "
                f"{RECOMMENDED_SECRET_LENGTH} characters.",
                hint=f"It can be guessed. Use random ones: {MAKE_SECRET}",
                id="tavus_hooks.E013",
            )


@register(Tags.security)
@when_readable
def check_secrets_differ(**kwargs: Any) -> Iterator[CheckMessage]:
    """W002: a secret serves twice.

    Give each purpose its own, so that each can be replaced by itself.
    """
    every = [value for name in _SECRET_LISTS for value in conf.given_secrets(name)]
    if len(set(every)) < len(every) or settings.SECRET_KEY in every:
        yield Caution(
            "The same secret is used twice in TAVUS_HOOKS, or is Django's SECRET_KEY.",
            hint="Each serves one purpose, so that each can be replaced by itself. "
            f"Make another one: {MAKE_SECRET}",
            id="tavus_hooks.W002",
        )


def _how_to_accept(name: str) -> str:
    if name == "ALLOWED_ADDRESSES":
        return 'With the networks of yours:\nTAVUS_HOOKS["ALLOWED_ADDRESSES"] = ["192.0.2.0/24"]'
    begin = "user:" if name == "BASIC_AUTH_SECRETS" else ""
    return (
        "If the settings read it from an environment variable or a file, this process does not "
        "have that, or it is empty: every server, worker and command needs it.\n"
        f"If there is none yet, make a secret:\n{MAKE_SECRET}\nand put it into the settings:\n"
        + assignment("TAVUS_HOOKS", name, [f"{begin}<what this printed>"])
    )


def _password(pair: str) -> str:
    return pair.partition(":")[2]
