"""The settings: one property each, read from `settings.TAVUS_HOOKS` at the moment of use."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

LEAST_SECRET = 8
"""Characters. What is shorter opens nothing; a check asks for more."""
RETAINED = ("transcripts", "analyses", "bodies", "failures", "refusals", "accesses")
"""The parts of RETAIN."""
BY_KIND = frozenset({"bodies", "failures"})
"""Those of which each kind of callback may have an age of its own."""
DEFAULT = "default"
"""In the place of a kind: all that are not named."""

_UNITS = {"d": "days", "h": "hours", "w": "weeks"}


def age(text: Any) -> timedelta | None:
    """`90d`, `12h` or `4w` as a time span, `never` as None. Raises ValueError for anything else."""
    if text == "never":
        return None
    match = re.fullmatch(r"(\d{1,5})([dhw])", text, re.ASCII) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r:.50} is no age: one looks like 90d, 12h, 4w or never")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def nearest(name: Any, names: Collection[str]) -> str:
    """What a name that is not known was meant to be, as a question; else all that there are."""
    close = get_close_matches(str(name), names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(names))}"


def _refuse_unless_retained(part: Any, given: Any) -> None:
    if part not in RETAINED:
        raise ImproperlyConfigured(f"RETAIN has no {part!r:.50}: {nearest(part, RETAINED)}")
    if isinstance(given, dict) and part not in BY_KIND:
        raise ImproperlyConfigured(f"RETAIN[{part!r}] must be one age, not a dict.")
    for text in given.values() if isinstance(given, dict) else [given]:
        try:
            age(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"RETAIN[{part!r}]: {error}.") from error


class Settings:
    """What `settings.TAVUS_HOOKS` says, with its defaults. Nothing is remembered between reads."""

    def _get(self, name: str, default: Any) -> Any:
        given = getattr(django_settings, "TAVUS_HOOKS", {})
        if not isinstance(given, dict):
            raise ImproperlyConfigured("TAVUS_HOOKS must be a dict.")
        return given.get(name, default)

    def _list(self, name: str, default: list[str]) -> Sequence[str]:
        value = self._get(name, default)
        if not isinstance(value, list | tuple):
            # A text would be taken for its letters, and each letter for a secret.
            raise ImproperlyConfigured(f"TAVUS_HOOKS[{name!r}] must be a list.")
        return value

    def _secrets(self, name: str) -> Sequence[str]:
        """The list without what anybody guesses at once: that opens nothing."""
        return [value for value in self.given_secrets(name) if len(value.strip()) >= LEAST_SECRET]

    def given_secrets(self, name: str) -> Sequence[str]:
        """The list as it is, but for what is blank, as is a variable that is missing."""
        given: Sequence[object] = self._list(name, [])
        return [value for value in given if isinstance(value, str) and value.strip()]

    @property
    def SECRETS(self) -> Sequence[str]:
        """Keys that sign callback URLs: the first signs, all verify. They never stand in a URL."""
        return self._secrets("SECRETS")

    @property
    def STATIC_TOKENS(self) -> Sequence[str]:
        """Whole tokens for URLs typed by hand; each is accepted as it is."""
        return self._secrets("STATIC_TOKENS")

    @property
    def VERIFIERS(self) -> Sequence[str]:
        """Dotted paths of those who must all agree before a callback is taken."""
        return self._list("VERIFIERS", ["tavus_hooks.verifiers.path_token"])

    @property
    def BASIC_AUTH_SECRETS(self) -> Sequence[str]:
        """`user:password` pairs that the verifier `basic_auth` accepts."""
        pairs = self._secrets("BASIC_AUTH_SECRETS")
        return [pair for pair in pairs if len(pair.partition(":")[2].strip()) >= LEAST_SECRET]

    @property
    def HEADER_TOKENS(self) -> Sequence[str]:
        """Tokens that the verifier `header_token` accepts."""
        return self._secrets("HEADER_TOKENS")

    @property
    def TOKEN_HEADER(self) -> str:
        """The header in which `header_token` looks."""
        return str(self._get("TOKEN_HEADER", "Authorization"))

    @property
    def HMAC_SECRETS(self) -> Sequence[str]:
        """Keys of the signatures that the verifier `hmac_signature` accepts."""
        return self._secrets("HMAC_SECRETS")

    @property
    def HMAC_HEADER(self) -> str:
        """The header in which `hmac_signature` looks for the signature."""
        return str(self._get("HMAC_HEADER", "X-Signature"))

    @property
    def HMAC_TIME_HEADER(self) -> str:
        """The header with the time of the signature, in epoch seconds; empty: there is none."""
        return str(self._get("HMAC_TIME_HEADER", ""))

    @property
    def HMAC_TOLERANCE_SECONDS(self) -> int:
        """How many seconds the time of a signature may be off."""
        return int(self._get("HMAC_TOLERANCE_SECONDS", 300))

    @property
    def ALLOWED_ADDRESSES(self) -> Sequence[str]:
        """Addresses and networks, such as `192.0.2.0/24`, from which `allowed_address` takes."""
        return self._list("ALLOWED_ADDRESSES", [])

    @property
    def NUM_PROXIES(self) -> int:
        """How many proxies of yours append to `X-Forwarded-For`; 0: the header is not believed."""
        return int(self._get("NUM_PROXIES", 0))

    @property
    def PUBLIC_BASE_URL(self) -> str:
        """Scheme and host that Tavus reaches, such as `https://example.com`; wins over requests."""
        return str(self._get("PUBLIC_BASE_URL", ""))

    @property
    def MAX_BODY_BYTES(self) -> int:
        """The largest callback that is taken, in bytes."""
        return int(self._get("MAX_BODY_BYTES", 10 * 1024 * 1024))

    @property
    def MAX_TURNS(self) -> int:
        """Of a longer transcript the first turns are kept, so many; the body holds them all."""
        return int(self._get("MAX_TURNS", 20_000))

    @property
    def DISPATCHER(self) -> str:
        """Who handles a stored callback: a name from `tavus_hooks.dispatchers` or a dotted path."""
        return str(self._get("DISPATCHER", "inline"))

    @property
    def LEASE_SECONDS(self) -> int:
        """How long whoever claimed a callback may take before others may claim it."""
        return int(self._get("LEASE_SECONDS", 300))

    @property
    def ENGINE_GRACE_SECONDS(self) -> int:
        """Seconds for which `tavus_process` leaves a callback to the chosen task engine."""
        return int(self._get("ENGINE_GRACE_SECONDS", 300))

    @property
    def DUPLICATE_WINDOW_SECONDS(self) -> int:
        """Seconds within which the same timeless callback counts as a duplicate."""
        return int(self._get("DUPLICATE_WINDOW_SECONDS", 600))

    @property
    def CONTESTED(self) -> str:
        """What becomes of a callback by a URL of another reference than its row's: `apply`, or
        `keep` in the inbox alone until somebody handles it again.
        """
        way = self._get("CONTESTED", "apply")
        if way not in ("apply", "keep"):
            raise ImproperlyConfigured("TAVUS_HOOKS['CONTESTED'] is apply or keep.")
        return str(way)

    @property
    def COMPLETION_EXPECTS(self) -> Sequence[str]:
        """What makes a conversation complete: of shutdown, transcript, recording, perception."""
        return self._list("COMPLETION_EXPECTS", ["shutdown", "transcript"])

    @property
    def COMPLETION_WAIT_SECONDS(self) -> int:
        """Seconds after its end at which a conversation counts as complete all the same."""
        return int(self._get("COMPLETION_WAIT_SECONDS", 900))

    @property
    def SLOW_RECEIVER_SECONDS(self) -> float:
        """A receiver that holds the request longer than this is logged as a warning."""
        return float(self._get("SLOW_RECEIVER_SECONDS", 2))

    @property
    def MAX_ATTEMPTS(self) -> int:
        """How often a callback or a failed receiver is tried before it is abandoned.

        By default that takes about 34 hours.
        """
        return int(self._get("MAX_ATTEMPTS", 13))

    @property
    def RETRY_BASE_SECONDS(self) -> float:
        """The wait before the first retry; it doubles with each further one."""
        return float(self._get("RETRY_BASE_SECONDS", 30))

    @property
    def HEALTH_LIMITS(self) -> Mapping[str, int | None]:
        """What `tavus_status` and the health page take for healthy, by figure; None: anything."""
        limits = {"abandoned": 0, "loop_unseen_seconds": 300, "oldest_due_seconds": 900}
        return {**limits, **self._get("HEALTH_LIMITS", {})}

    @property
    def HEALTH_TOKENS(self) -> Sequence[str]:
        """Tokens with which a monitor reads the health page: `Authorization: Bearer <token>`."""
        return self._secrets("HEALTH_TOKENS")

    @property
    def MAX_PER_MINUTE(self) -> int:
        """How many callbacks are taken from one URL in a minute; 0: as many as come."""
        return int(self._get("MAX_PER_MINUTE", 0))

    @property
    def LIMIT_CACHE(self) -> str:
        """Which of `CACHES` counts for `MAX_PER_MINUTE`."""
        return str(self._get("LIMIT_CACHE", "default"))

    @property
    def ACCESS_LOG(self) -> bool:
        """Whether it is noted who opened, exported or erased which conversation."""
        value = self._get("ACCESS_LOG", False)
        if not isinstance(value, bool):
            raise ImproperlyConfigured("TAVUS_HOOKS['ACCESS_LOG'] must be True or False.")
        return value

    @property
    def VISIBLE_ROWS(self) -> str:
        """Dotted path of a function of a user and a queryset that returns the rows of theirs."""
        path = self._get("VISIBLE_ROWS", "")
        if not isinstance(path, str):
            raise ImproperlyConfigured("TAVUS_HOOKS['VISIBLE_ROWS'] must be a dotted path.")
        return path

    @property
    def RETAIN(self) -> Mapping[str, str | Mapping[str, str]]:
        """How old each part of what is kept gets; of `BY_KIND` also by kind, the rest as DEFAULT.

        Ages look like `90d`, `12h`, `4w` or `never`. A part that is not named is kept forever.
        """
        retain = self._get("RETAIN", {})
        if not isinstance(retain, dict):
            raise ImproperlyConfigured("TAVUS_HOOKS['RETAIN'] must be a dict.")
        for part, given in retain.items():
            _refuse_unless_retained(part, given)
        return retain


conf = Settings()
