"""The settings: one property each, read from `settings.TAVUS_HOOKS` at the moment of use."""

import re
from collections.abc import Mapping, Sequence

from django.core.exceptions import ImproperlyConfigured

from .ages import refuse_unless_retained
from .dictionary import SHORTEST_SECRET, Dictionary


class Settings(Dictionary):
    """The value of each setting, or its default. The docstrings are what docs/settings.md says."""

    @property
    def SECRETS(self) -> Sequence[str]:
        """Random texts that sign callback URLs: the first signs, all verify. No URL contains them.
        In every list of secrets and tokens an entry has at least 32 characters; one of less than 8
        is ignored.
        """
        return self._secrets("SECRETS")

    @property
    def STATIC_TOKENS(self) -> Sequence[str]:
        """Complete tokens, for callback URLs typed by hand: `/tavus/callbacks/<token>/`."""
        return self._secrets("STATIC_TOKENS")

    @property
    def VERIFIERS(self) -> Sequence[str]:
        """Dotted paths of verifiers. A callback is accepted only if none of them refuses it."""
        return self._list("VERIFIERS", ["tavus_hooks.verifiers.path_token"])

    @property
    def BASIC_AUTH_SECRETS(self) -> Sequence[str]:
        """`user:password` pairs that the verifier `basic_auth` accepts. The length of the password
        counts: at least 32 characters, and with less than 8 the pair is ignored.
        """
        pairs = self._secrets("BASIC_AUTH_SECRETS")
        return [pair for pair in pairs if len(pair.partition(":")[2].strip()) >= SHORTEST_SECRET]

    @property
    def HEADER_TOKENS(self) -> Sequence[str]:
        """Tokens that the verifier `header_token` accepts."""
        return self._secrets("HEADER_TOKENS")

    @property
    def TOKEN_HEADER(self) -> str:
        """The header in which `header_token` looks for a token."""
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
        """The header with the time of the signature, in epoch seconds; empty: none is signed."""
        return str(self._get("HMAC_TIME_HEADER", ""))

    @property
    def HMAC_TOLERANCE_SECONDS(self) -> int:
        """How many seconds the time of a signature may be off."""
        return int(self._get("HMAC_TOLERANCE_SECONDS", 300))

    @property
    def ALLOWED_ADDRESSES(self) -> Sequence[str]:
        """Addresses and networks, such as `192.0.2.0/24`, that `allowed_address` accepts."""
        return self._list("ALLOWED_ADDRESSES", [])

    @property
    def NUM_PROXIES(self) -> int:
        """How many proxies of yours append to `X-Forwarded-For`. With 0 the header is ignored."""
        return int(self._get("NUM_PROXIES", 0))

    @property
    def PUBLIC_BASE_URL(self) -> str:
        """Scheme and host at which Tavus reaches the site, such as `https://example.com`. Takes
        precedence over the host of a request.
        """
        return str(self._get("PUBLIC_BASE_URL", ""))

    @property
    def MAX_BODY_BYTES(self) -> int:
        """The largest body that is accepted, in bytes. Larger ones are answered 413."""
        return int(self._get("MAX_BODY_BYTES", 10 * 1024 * 1024))

    @property
    def MAX_TURNS(self) -> int:
        """How many turns of a transcript are stored as rows. The body holds all of them."""
        return int(self._get("MAX_TURNS", 20_000))

    @property
    def DISPATCHER(self) -> str:
        """What handles a stored callback: `inline`, `deferred`, `django_tasks`, `celery`, or the
        dotted path of a function that takes its primary key, or of a subclass of `Dispatcher`.
        """
        return str(self._get("DISPATCHER", "inline"))

    @property
    def LEASE_SECONDS(self) -> int:
        """Seconds for which no other process takes a callback, or a failed receiver, that one has
        claimed.
        """
        return int(self._get("LEASE_SECONDS", 300))

    @property
    def ENGINE_GRACE_SECONDS(self) -> int:
        """Seconds for which `tavus_process` leaves a callback to a task engine, or to a dispatcher
        of your own.
        """
        return int(self._get("ENGINE_GRACE_SECONDS", 300))

    @property
    def DUPLICATE_WINDOW_SECONDS(self) -> int:
        """Seconds within which the same callback without a time of its own, such as a replica's,
        counts as a duplicate, and within which a status such as `started` does not replace a final
        one.
        """
        return int(self._get("DUPLICATE_WINDOW_SECONDS", 600))

    @property
    def CONTESTED(self) -> str:
        """What is done with a callback whose URL has another reference than its row: `apply` it, or
        `keep` it in the inbox, without calling receivers, until it is handled again by hand.
        """
        way = self._get("CONTESTED", "apply")
        if way not in ("apply", "keep"):
            raise ImproperlyConfigured("TAVUS_HOOKS['CONTESTED'] is apply or keep.")
        return str(way)

    @property
    def COMPLETION_EXPECTS(self) -> Sequence[str]:
        """What makes a conversation complete: any of `shutdown`, `transcript`, `recording` and
        `perception`.
        """
        return self._list("COMPLETION_EXPECTS", ["shutdown", "transcript"])

    @property
    def COMPLETION_WAIT_SECONDS(self) -> int:
        """Seconds after its end at which a conversation counts as complete, whatever is missing."""
        return int(self._get("COMPLETION_WAIT_SECONDS", 900))

    @property
    def SLOW_RECEIVER_SECONDS(self) -> float:
        """Seconds after which a receiver that holds up a request is logged as a warning."""
        return float(self._get("SLOW_RECEIVER_SECONDS", 2))

    @property
    def MAX_ATTEMPTS(self) -> int:
        """How many times a failing receiver is called, or a callback is applied to the tables,
        before it is abandoned. By default that takes 34 hours or more.
        """
        return int(self._get("MAX_ATTEMPTS", 13))

    @property
    def RETRY_BASE_SECONDS(self) -> float:
        """Seconds before the first retry. They double with each further one."""
        return float(self._get("RETRY_BASE_SECONDS", 30))

    @property
    def HEALTH_LIMITS(self) -> Mapping[str, int | None]:
        """The highest healthy figures of `tavus_status` and the health page, by name; `None` for no
        limit. Yours are added to the default.
        """
        limits = {"abandoned": 0, "loop_unseen_seconds": 300, "oldest_due_seconds": 900}
        return {**limits, **self._get("HEALTH_LIMITS", {})}

    @property
    def HEALTH_TOKENS(self) -> Sequence[str]:
        """Tokens with which a monitor reads the health page, without a session: `Authorization:
        Bearer <token>`.
        """
        return self._secrets("HEALTH_TOKENS")

    @property
    def MAX_PER_MINUTE(self) -> int:
        """How many callbacks are accepted from one URL in a minute; more are answered 429. With 0
        there is no limit.
        """
        return int(self._get("MAX_PER_MINUTE", 0))

    @property
    def LIMIT_CACHE(self) -> str:
        """The one of Django's `CACHES` that counts for `MAX_PER_MINUTE`."""
        return str(self._get("LIMIT_CACHE", "default"))

    @property
    def ACCESS_LOG(self) -> bool:
        """Whether it is recorded which user opened, exported or erased which conversation."""
        value = self._get("ACCESS_LOG", False)
        if not isinstance(value, bool):
            raise ImproperlyConfigured("TAVUS_HOOKS['ACCESS_LOG'] must be True or False.")
        return value

    @property
    def VISIBLE_ROWS(self) -> str:
        """The dotted path of a function of a user and a queryset that returns the rows the user may
        see, for sites with tenants.
        """
        path = self._get("VISIBLE_ROWS", "")
        if not isinstance(path, str):
            raise ImproperlyConfigured("TAVUS_HOOKS['VISIBLE_ROWS'] must be a dotted path.")
        return path

    @property
    def SEARCH_CONFIGURATION(self) -> str:
        """On PostgreSQL, by which of its text search configurations words are told: `simple` takes
        each as it stands, `english` its stem. After a change, run `tavus_rebuild --only search`.
        """
        name = self._get("SEARCH_CONFIGURATION", "simple")
        if not (isinstance(name, str) and re.fullmatch(r"[\w.]{1,127}", name)):
            raise ImproperlyConfigured("TAVUS_HOOKS['SEARCH_CONFIGURATION'] is one name.")
        return name

    @property
    def RECORDING_STORAGES(self) -> Mapping[str, str]:
        """From where recordings are played, by bucket: an alias of Django's `STORAGES`, or a URL
        with `{key}` in it. Those of other buckets are not played.
        """
        return self._texts_by_name("RECORDING_STORAGES")

    @property
    def RETAIN(self) -> Mapping[str, str | Mapping[str, str]]:
        """How long `transcripts`, `analyses`, `bodies`, `failures`, `refusals` and `accesses` are
        kept until `tavus_prune` removes them: an age such as `90d`, `12h`, `4w` or `never` for
        each, or for `bodies` and `failures` a dict with an age for each kind, and for `default`.
        What is not named is kept forever.
        """
        retain = self._get("RETAIN", {})
        if not isinstance(retain, dict):
            raise ImproperlyConfigured("TAVUS_HOOKS['RETAIN'] must be a dict.")
        for part, given in retain.items():
            refuse_unless_retained(part, given)
        return retain


conf = Settings()
