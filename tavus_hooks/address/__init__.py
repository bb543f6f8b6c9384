"""The callback URL given to Tavus: `callback_url()` makes it, `verify_token()` verifies it.

Tavus signs nothing, so the URL contains a signed token: `<mount>/callbacks/<token>/`. The module
`tokens` documents its parts.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urljoin

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from ..conf import conf
from ..payload import clean
from . import tokens

MAX_REFERENCE_LENGTH = 200


class Credential(NamedTuple):
    """What an accepted token says."""

    key_id: str
    """Which secret signed it, or which static token it is, as `key_id()` says."""
    reference: str = ""
    url_id: str = ""
    """Identifies the URL; empty for a static token."""
    expires_at: datetime | None = None
    """When the URL expires; None: never."""

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


def callback_url(
    request: HttpRequest | None = None,
    *,
    reference: str | Model = "",
    base_url: str = "",
    expires_in: timedelta | None = None,
) -> str:
    """A new URL to hand to Tavus as `callback_url`, signed with the first of `SECRETS`.

    `reference` comes back with every callback: a text, or a saved model instance, which becomes
    `app.model:pk`. It says what a callback belongs to, and grants nothing. The host comes from
    `base_url`, else the setting `PUBLIC_BASE_URL`, else the request. After `expires_in`, callbacks
    to the URL are refused; without it the URL never expires. Raises ImproperlyConfigured without a
    secret or a host, and ValueError for a reference of more than 200 characters, an unsaved
    instance, a base that is no http or https URL, or a time span that is not positive.
    """
    if request is not None and not hasattr(request, "build_absolute_uri"):
        raise TypeError(f"The request is none: {request!r:.50}. Say reference=, if that was meant.")
    reference = reference_text(reference)
    if not conf.SECRETS:
        raise ImproperlyConfigured(
            "TAVUS_HOOKS['SECRETS'] is empty: no callback URL can be signed."
        )
    token = tokens.sign(conf.SECRETS[0], reference, _end(expires_in))
    return url_of(token, request, base_url=base_url)


def url_of(token: str, request: HttpRequest | None = None, *, base_url: str = "") -> str:
    """The URL with this token; it may be empty for verifiers that use no token.

    Raises ImproperlyConfigured without a host, ValueError for a base that is no http or https URL.
    """
    name, args = ("receive", [token]) if token else ("receive-without-token", [])
    path = reverse(f"tavus_hooks:{name}", args=args)
    if base := base_url or conf.PUBLIC_BASE_URL:
        if not base.lower().startswith(("http://", "https://")):
            raise ValueError(f"A base looks like https://example.com, not like {base!r}.")
        return urljoin(base, path)
    if request is None:
        raise ImproperlyConfigured(
            "callback_url() needs a request, or TAVUS_HOOKS['PUBLIC_BASE_URL']."
        )
    return request.build_absolute_uri(path)


def verify_token(token: str) -> Credential | None:
    """The token's credential; None unless one of `SECRETS` signed it or it is a static token.

    Constant-time for each secret. The caller checks whether the URL has expired or was withdrawn.
    """
    if len(token) > tokens.MAX_TOKEN_LENGTH:
        return None
    for static in conf.STATIC_TOKENS:
        if constant_time_compare(token, static):
            return Credential(key_id(static))
    for secret in conf.SECRETS:
        if tokens.is_signed(token, secret):
            claims = tokens.read(token)
            return Credential(key_id(secret), claims.reference, claims.url_id, claims.expires_at)
    return None


def reference_text(reference: str | Model) -> str:
    """A reference as text. Raises TypeError for a value that is neither text nor a model instance,
    and ValueError for text of more than 200 characters or that no column can hold, and for an
    unsaved instance.
    """
    text = reference_to(reference) if isinstance(reference, Model) else reference
    if not isinstance(text, str):
        raise TypeError(f"A reference is a text or a saved model instance, not {reference!r:.50}.")
    if len(text) > MAX_REFERENCE_LENGTH:
        raise ValueError(f"A reference has at most {MAX_REFERENCE_LENGTH} characters.")
    if clean(text) != text:
        raise ValueError("A reference holds neither NUL nor lone surrogates.")
    return text


def reference_to(instance: Model) -> str:
    """`app.model:pk` of a saved instance; for a proxy model, `model` is the concrete one.

    Raises TypeError for a value that is no model instance or has a composite primary key, and
    ValueError for an unsaved instance.
    """
    if not isinstance(instance, Model):
        raise TypeError(f"Only an instance of a model can be referred to, not {instance!r:.50}.")
    if isinstance(instance.pk, tuple):
        raise TypeError("An instance with a composite primary key cannot be referred to.")
    if instance.pk is None or instance._state.adding:
        raise ValueError("An instance that is not saved cannot be referred to.")
    # Converted, because the key may have been assigned in another form than the database returns.
    key = instance._meta.pk.to_python(instance.pk)
    return f"{label_of(type(instance))}:{key}"


def label_of(model: type[Model]) -> str:
    """`app.model`, as references name a model."""
    concrete: Any = model._meta.concrete_model
    label: str = concrete._meta.label_lower
    return label


def reference_object(reference: str) -> Model | None:
    """The instance that `app.model:pk` names; None for another text, or if it does not exist."""
    label, _, pk = reference.partition(":")
    try:
        found: Model | None = apps.get_model(label)._base_manager.filter(pk=pk).first()
    except (LookupError, ValueError, TypeError, ValidationError, OverflowError):
        return None
    return found


@lru_cache(maxsize=32)
def key_id(secret: str) -> str:
    """Eight characters that identify a secret and do not reveal it."""
    return salted_hmac("tavus_hooks.key_id", "", secret, algorithm="sha256").hexdigest()[:8]


def _end(expires_in: timedelta | None) -> datetime | None:
    if expires_in is None:
        return None
    if not isinstance(expires_in, timedelta):
        raise TypeError(f"expires_in is a timedelta, not {expires_in!r:.50}.")
    if expires_in <= timedelta():
        raise ValueError("A URL ends some time after it was made: expires_in is not positive.")
    try:
        return timezone.now() + expires_in
    except OverflowError as error:
        raise ValueError("No calendar has the day on which the URL would end.") from error
