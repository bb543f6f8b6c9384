"""Each system check finds what it is for, and nothing where all is well."""

import inspect
import logging.config
import re
import secrets
import sys
from copy import deepcopy
from functools import wraps
from itertools import chain
from pathlib import Path

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core import checks
from django.core.checks.registry import registry
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test.utils import override_script_prefix
from django.urls import include, path, re_path

from tavus_hooks.conf import conf
from tavus_hooks.log import RedactCallbackTokens
from tavus_hooks.signals import video_ready
from tests.databases import connection
from tests.running import ROOT, exchange, free_port, manage, post, run, started, wait_for
from tests.webhook.conftest import token_of
from tests.webhook.spelling import gives_away

OURS = "tavus_hooks.verifiers."
LONG = "a-text-of-more-than-thirty-two-characters"
OTHER = "another-text-of-more-than-thirty-two-characters"


RETAIN = dict.fromkeys(("transcripts", "analyses", "bodies", "failures", "refusals"), "never")

PRINTING = ("django.request", "django.server")
"""The loggers that print paths."""


def takes_none(): ...


def takes_one(pk): ...


def takes_two(user, queryset): ...


def takes_three(user, queryset, request): ...


def takes_any(*args): ...


def takes_by_name(*, pk): ...


def giving_more(function):
    @wraps(function)
    def given(*args):
        return function(*args, "more")

    return given


@giving_more
def is_given_more(user, queryset, more, most): ...


@pytest.fixture(autouse=True)
def filtered_logs():
    """pytest has handlers of its own, which print tokens."""
    blanking = RedactCallbackTokens()
    for name in PRINTING:
        logging.getLogger(name).addFilter(blanking)
    yield
    for name in PRINTING:
        logging.getLogger(name).removeFilter(blanking)


def messages(*, deploy=False, databases=None):
    """What our checks find."""
    everything = checks.run_checks(include_deployment_checks=deploy, databases=databases)
    ours = [it for it in everything if it.id.startswith("tavus_hooks.")]
    assert all(it.hint and it.msg for it in ours)
    return ours


def found(**options):
    """The ids of it."""
    return {it.id.partition(".")[2] for it in messages(**options)}


def test_each_id_belongs_to_one_check_whose_docstring_names_it():
    registered = registry.registered_checks | registry.deployment_checks
    ours = [check for check in registered if check.__module__.startswith("tavus_hooks.checks.")]
    named = [re.findall(r"^([EW]\d{3}): ", inspect.getdoc(it), re.MULTILINE) for it in ours]
    source = [inspect.getsource(inspect.unwrap(check)) for check in ours]
    assert named == [
        list(dict.fromkeys(re.findall(r"tavus_hooks\.([EW]\d+)", it))) for it in source
    ]
    every = list(chain.from_iterable(named))
    assert len(every) == len(set(every)) > 20


def test_the_demo_is_well():
    assert found(deploy=True) == set()


@pytest.mark.parametrize(
    ("numbers", "setting"),
    [
        # E001: unknown keys.
        ({"E001"}, {"SECRET": ["x"]}),
        ({"E001"}, {"secrets": [LONG]}),
        # E002: values that cannot be read.
        ({"E002"}, {"SECRETS": LONG}),
        ({"E002"}, {"STATIC_TOKENS": {LONG}}),
        ({"E002"}, {"VERIFIERS": OURS + "path_token"}),
        ({"E002"}, {"MAX_BODY_BYTES": "10 MB"}),
        ({"E002"}, {"NUM_PROXIES": None}),
        ({"E002"}, {"COMPLETION_EXPECTS": "shutdown"}),
        ({"E002"}, {"CONTESTED": "ignore"}),
        ({"E002"}, {"CONTESTED": None}),
        ({"E002"}, {"ACCESS_LOG": "yes"}),
        ({"E002"}, {"SEARCH_CONFIGURATION": "it's"}),
        ({"E002"}, {"VISIBLE_ROWS": ["shop.tenants.visible_rows"]}),
        # E014: a rule for rows that is nowhere.
        ({"E014"}, {"VISIBLE_ROWS": "shop.nowhere.visible_rows"}),
        ({"E014"}, {"VISIBLE_ROWS": "nonsense"}),
        # And one that cannot be called as rules are.
        ({"E014"}, {"VISIBLE_ROWS": "tests.checks.test_checks.OURS"}),
        ({"E014"}, {"VISIBLE_ROWS": "tests.checks.test_checks.takes_one"}),
        ({"E014"}, {"VISIBLE_ROWS": "tests.checks.test_checks.takes_three"}),
        (set(), {"VISIBLE_ROWS": "tests.checks.test_checks.takes_two"}),
        (set(), {"VISIBLE_ROWS": "tests.checks.test_checks.takes_any"}),
        (set(), {"VISIBLE_ROWS": "tests.checks.test_checks.is_given_more"}),
        (set(), {"CONTESTED": "apply"}),
        (set(), {"CONTESTED": "keep"}),
        ({"E002"}, {"HEALTH_LIMITS": 3}),
        ({"E002"}, {"HEALTH_LIMITS": {"abandonned": 0}}),
        ({"E002"}, {"HEALTH_LIMITS": {"abandoned": "0"}}),
        (set(), {"HEALTH_LIMITS": {"seconds_since_last": 900, "abandoned": None}}),
        ({"E002"}, {"ALLOWED_ADDRESSES": ["192.0.2.1/24"]}),
        ({"E002"}, {"ALLOWED_ADDRESSES": ["example.com"]}),
        (set(), {"ALLOWED_ADDRESSES": ["192.0.2.0/24", "2001:db8::/32", "203.0.113.7"]}),
        # E003: no verifier that could accept a callback.
        ({"E003"}, {"SECRETS": []}),
        ({"E003"}, {"SECRETS": [""], "STATIC_TOKENS": [""]}),
        ({"E003"}, {"VERIFIERS": []}),
        ({"E003"}, {"VERIFIERS": [OURS + "path_token", OURS + "basic_auth"]}),
        ({"E003"}, {"VERIFIERS": [OURS + "header_token"]}),
        ({"E003"}, {"VERIFIERS": [OURS + "hmac_signature"]}),
        ({"E003"}, {"VERIFIERS": [OURS + "allowed_address"]}),
        (set(), {"SECRETS": [], "STATIC_TOKENS": [LONG]}),
        (set(), {"SECRETS": [], "VERIFIERS": [OURS + "header_token"], "HEADER_TOKENS": [LONG]}),
        (set(), {"SECRETS": [], "VERIFIERS": ["tests.webhook.test_verifiers.hosts_own"]}),
        # E004: a base that is no scheme and host.
        ({"E004"}, {"PUBLIC_BASE_URL": "example.com"}),
        ({"E004"}, {"PUBLIC_BASE_URL": "https://example.com "}),
        ({"E004"}, {"PUBLIC_BASE_URL": "\nhttps://example.com"}),
        ({"E004"}, {"PUBLIC_BASE_URL": "https://exa mple.com"}),
        ({"E004"}, {"PUBLIC_BASE_URL": "https://exa\tmple.com"}),
        ({"E004"}, {"PUBLIC_BASE_URL": "https://"}),
        ({"E004"}, {"PUBLIC_BASE_URL": "https://[::1"}),
        ({"E004"}, {"PUBLIC_BASE_URL": "ftp://example.com"}),
        ({"E004"}, {"PUBLIC_BASE_URL": "https://example.com/tavus"}),
        ({"E004"}, {"PUBLIC_BASE_URL": "https://example.com/?a=b"}),
        (set(), {"PUBLIC_BASE_URL": "https://shop.test"}),
        (set(), {"PUBLIC_BASE_URL": "https://shop.test:8443/"}),
        # E005, E006: what cannot be imported.
        ({"E005"}, {"DISPATCHER": "inlined"}),
        ({"E005"}, {"DISPATCHER": ""}),
        ({"E005"}, {"DISPATCHER": "no.such.dispatcher"}),
        ({"E005"}, {"DISPATCHER": "logging"}),
        ({"E005"}, {"DISPATCHER": "worker"}),
        ({"E005"}, {"DISPATCHER": "get_dispatcher"}),
        ({"E005"}, {"DISPATCHER": "tavus_hooks.dispatchers.NAMES"}),
        ({"E005"}, {"DISPATCHER": "tavus_hooks.dispatchers.inline"}),
        ({"E005"}, {"DISPATCHER": "tavus_hooks.models.Callback"}),
        ({"E005"}, {"DISPATCHER": "tests.dispatchers.test_engines.NeedsMore"}),
        ({"E005"}, {"DISPATCHER": "tests.dispatchers.test_engines.NoMethod"}),
        ({"E005"}, {"DISPATCHER": "tavus_hooks.dispatchers.Dispatcher"}),
        (set(), {"DISPATCHER": "tavus_hooks.dispatchers.deferred.Deferred"}),
        (set(), {"DISPATCHER": "tests.dispatchers.test_engines.HostDispatcher"}),
        (set(), {"DISPATCHER": "deferred"}),
        (set(), {"DISPATCHER": "builtins.id"}),
        (set(), {"DISPATCHER": "builtins.iter"}),  # has no signature
        (set(), {"DISPATCHER": "tests.checks.test_checks.takes_one"}),
        (set(), {"DISPATCHER": "tests.checks.test_checks.takes_any"}),
        ({"E005"}, {"DISPATCHER": "tests.checks.test_checks.takes_none"}),
        ({"E005"}, {"DISPATCHER": "tests.checks.test_checks.takes_two"}),
        ({"E005"}, {"DISPATCHER": "tests.checks.test_checks.takes_by_name"}),
        ({"E005"}, {"DISPATCHER": "tests.dispatchers.test_engines.NoArgument"}),
        ({"E006"}, {"VERIFIERS": [OURS + "path_tokens"]}),
        ({"E006"}, {"VERIFIERS": [OURS + "path_token", "no.such.verifier"]}),
        ({"E006"}, {"VERIFIERS": ["tavus_hooks.dispatchers.NAMES"]}),
        ({"E006"}, {"VERIFIERS": ["tests.checks.test_checks.takes_two"]}),
        ({"E006"}, {"VERIFIERS": ["tests.checks.test_checks.takes_none"]}),
        (set(), {"VERIFIERS": ["tests.checks.test_checks.takes_one"]}),
        (set(), {"VERIFIERS": ["tests.checks.test_checks.is_given_more"]}),
        # E007: what no conversation can have.
        ({"E007"}, {"COMPLETION_EXPECTS": ["shutdown", "applause"]}),
        (set(), {"COMPLETION_EXPECTS": []}),
        # E009: tokens that a URL spells otherwise.
        ({"E009"}, {"STATIC_TOKENS": [LONG + "/"]}),
        ({"E009"}, {"STATIC_TOKENS": [LONG, LONG + "ü"]}),
        ({"E009"}, {"STATIC_TOKENS": [LONG + " "]}),
        (set(), {"STATIC_TOKENS": [LONG + ".~_-09"]}),
        # E012: numbers that are too small to mean anything.
        ({"E012"}, {"MAX_ATTEMPTS": 0}),
        ({"E012"}, {"MAX_ATTEMPTS": -1}),
        ({"E012"}, {"LEASE_SECONDS": 0}),
        ({"E012"}, {"MAX_BODY_BYTES": 0}),
        ({"E012"}, {"RETRY_BASE_SECONDS": -0.5}),
        ({"E012"}, {"NUM_PROXIES": -1}),
        (set(), {"MAX_ATTEMPTS": 1, "RETRY_BASE_SECONDS": 0, "COMPLETION_WAIT_SECONDS": 0}),
        # E013: secrets that are short.
        ({"E013"}, {"SECRETS": ["x" * 31]}),
        ({"E013"}, {"SECRETS": [LONG, "x"]}),
        ({"E013"}, {"STATIC_TOKENS": ["short"]}),
        ({"E013"}, {"HEADER_TOKENS": ["short"]}),
        ({"E013"}, {"HMAC_SECRETS": ["short"]}),
        ({"E013"}, {"HEALTH_TOKENS": ["short"]}),
        ({"E013"}, {"BASIC_AUTH_SECRETS": ["tavus:short"]}),
        ({"E013"}, {"BASIC_AUTH_SECRETS": [f"{'user' * 8}:{'x' * 31}"]}),
        (set(), {"BASIC_AUTH_SECRETS": [f"tavus:{'x' * 32}"]}),
        (set(), {"SECRETS": ["x" * 32]}),
        # What is blank opens nothing.
        (set(), {"SECRETS": ["", " ", None, LONG], "STATIC_TOKENS": ["", " "]}),
        ({"E003"}, {"SECRETS": [" ", None]}),
        ({"E003", "E013"}, {"SECRETS": ["x" * 7]}),
        (
            {"E003", "E013"},
            {"VERIFIERS": [OURS + "basic_auth"], "BASIC_AUTH_SECRETS": [":", "tavus: "]},
        ),
        # W008: a limit that is counted apart by each process.
        ({"W008"}, {"MAX_PER_MINUTE": 60}),
        ({"W008"}, {"MAX_PER_MINUTE": 60, "LIMIT_CACHE": "default"}),
        ({"W008"}, {"MAX_PER_MINUTE": 60, "LIMIT_CACHE": "no such cache"}),
        (set(), {"MAX_PER_MINUTE": 60, "LIMIT_CACHE": "shared"}),
        # W002: one that serves twice.
        ({"W002"}, {"SECRETS": [LONG, LONG]}),
        ({"W002"}, {"STATIC_TOKENS": [LONG], "HEADER_TOKENS": [LONG]}),
        (set(), {"STATIC_TOKENS": [LONG], "HEADER_TOKENS": [OTHER]}),
        # W003: a base without https.
        ({"W003"}, {"PUBLIC_BASE_URL": "http://example.com"}),
        ({"W010"}, {"PUBLIC_BASE_URL": "https://example.com"}),
        ({"W010"}, {"PUBLIC_BASE_URL": "https://hooks.example.org:8443/"}),
        ({"W010"}, {"PUBLIC_BASE_URL": "https://shop.example"}),
        (set(), {"PUBLIC_BASE_URL": "https://myexample.com"}),
        ({"W003"}, {"PUBLIC_BASE_URL": "http://10.0.0.1:8000"}),
        ({"W003"}, {"PUBLIC_BASE_URL": "http://localhost.example.com"}),
        ({"W003"}, {"PUBLIC_BASE_URL": "http://[2001:db8::1]"}),
        # What never leaves the machine.
        (set(), {"PUBLIC_BASE_URL": "http://localhost"}),
        (set(), {"PUBLIC_BASE_URL": "http://localhost:8000"}),
        (set(), {"PUBLIC_BASE_URL": "http://shop.localhost:8000"}),
        (set(), {"PUBLIC_BASE_URL": "http://127.0.0.1:8000/"}),
        (set(), {"PUBLIC_BASE_URL": "http://127.1.2.3"}),
        (set(), {"PUBLIC_BASE_URL": "http://[::1]:8001"}),
    ],
    ids=lambda it: "+".join(sorted(it)) if isinstance(it, set) else str(it),  # the same each time
)
def test_a_setting_is_found_to_be_wrong_or_well(hooks, settings, numbers, setting):
    shared = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x"}
    settings.CACHES = {**settings.CACHES, "shared": shared}
    hooks(**setting)
    assert found() == numbers


LEAST = {
    **dict.fromkeys(("MAX_ATTEMPTS", "LEASE_SECONDS", "MAX_BODY_BYTES", "MAX_TURNS"), 1),
    **dict.fromkeys(
        (
            "ENGINE_GRACE_SECONDS",
            "DUPLICATE_WINDOW_SECONDS",
            "COMPLETION_WAIT_SECONDS",
            "RETRY_BASE_SECONDS",
        ),
        0,
    ),
    **dict.fromkeys(
        ("SLOW_RECEIVER_SECONDS", "HMAC_TOLERANCE_SECONDS", "NUM_PROXIES", "MAX_PER_MINUTE"), 0
    ),
}


@pytest.mark.parametrize(("name", "least"), LEAST.items())
def test_the_least_of_each_number_is_well_and_one_less_is_not(hooks, name, least):
    hooks(**{name: least})
    assert found() == set()
    hooks(**{name: least - 1})
    assert "E012" in found()


def test_a_dispatcher_that_is_not_known_is_told_which_there_are(hooks):
    hooks(DISPATCHER="inlined")
    [message] = messages()
    assert "'inlined'" in message.msg
    assert "inline, deferred, django_tasks, celery" in message.hint


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DISPATCHER", "takes_none", "one argument, the primary key of a callback"),
        ("VERIFIERS", "takes_none", "one argument, the delivery"),
        ("VISIBLE_ROWS", "takes_one", "two arguments, a user and a queryset"),
    ],
)
def test_what_cannot_be_called_is_told_with_what(hooks, name, value, told):
    path = f"{__name__}.{value}"
    hooks(**{name: [path] if name == "VERIFIERS" else path})
    [message] = messages()
    assert f"cannot be called with {told}" in message.msg


@pytest.mark.parametrize(
    ("number", "name", "value"),
    [
        ("E005", "DISPATCHER", "module_that_fails.found"),
        ("E006", "VERIFIERS", ["module_that_fails.found"]),
        ("E014", "VISIBLE_ROWS", "module_that_fails.found"),
    ],
)
@pytest.mark.parametrize("error", [NameError, RuntimeError, TypeError, ValueError])
def test_whatever_a_module_of_the_host_raises_is_told(
    hooks, monkeypatch, tmp_path, number, name, value, error
):
    (tmp_path / "module_that_fails.py").write_text(f"raise {error.__name__}('no queue')")
    monkeypatch.syspath_prepend(tmp_path)
    hooks(**{name: value})
    [message] = messages()
    assert message.id == f"tavus_hooks.{number}"
    assert f"{error.__name__}: no queue" in message.msg


def test_a_key_that_is_no_text_is_found(settings):
    settings.TAVUS_HOOKS = settings.TAVUS_HOOKS | {7: "x"}
    assert found() == {"E001"}


@pytest.mark.parametrize("wrong", [[], None, "x", ["SECRETS"]], ids=str)
def test_settings_that_are_no_dictionary_are_found_and_stop_no_other_check(settings, wrong):
    settings.TAVUS_HOOKS = wrong
    assert found() == {"E001"}


def test_a_site_without_time_zones_is_told(settings):
    settings.USE_TZ = False
    assert found() == {"E010"}


def test_a_database_without_autocommit_is_found(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "AUTOCOMMIT", False)
    assert found() == {"E011"}


def test_a_site_without_any_settings_is_told_of_the_secret(settings):
    del settings.TAVUS_HOOKS
    assert found() == {"E003"}


def test_djangos_own_key_is_not_to_be_used_again(hooks, settings):
    settings.SECRET_KEY = LONG
    hooks(SECRETS=[LONG])
    assert found() == {"W002"}


ours = include("tavus_hooks.urls")
nested = include([path("b/", include([path("c/", ours)]))])


class TestReceiver:
    @pytest.mark.parametrize(
        "pattern",
        [
            path("", ours),
            path("tavus/", ours),
            path("a/", nested),
            re_path("^x/", ours),
            path("tavus", ours),
        ],
        ids=str,
    )
    def test_it_is_reached_however_deep_it_is_included(self, urlconf, pattern):
        urlconf(path("first/", lambda request: HttpResponse()), pattern)
        assert found() == set()

    def test_it_is_reached_below_a_language(self, urlconf, settings):
        settings.LANGUAGES = [("en", "English"), ("de", "German")]
        urlconf(*i18n_patterns(path("tavus/", ours)))
        assert found() == set()

    def test_it_is_reached_where_the_site_lies_below_a_prefix(self):
        with override_script_prefix("/below/"):
            assert found() == set()

    def test_a_site_that_does_not_include_it_is_found(self, urlconf):
        urlconf(path("first/", lambda request: HttpResponse()))
        assert found() == {"E008"}

    def test_a_pattern_before_it_that_catches_all_is_found(self, urlconf):
        urlconf(re_path("", lambda request, **kwargs: HttpResponse()), path("tavus/", ours))
        assert found() == {"E008"}

    def test_one_that_callback_urls_cannot_name_is_found(self, urlconf):
        urlconf(path("shop/", include(([path("tavus/", ours)], "shop"))))
        assert found() == {"E008"}

    def test_one_below_an_argument_is_found(self, urlconf):
        urlconf(path("<slug:tenant>/tavus/", ours))
        assert found() == {"E008"}


class TestHints:
    """What a hint shows can be pasted, and then the check is silent."""

    @pytest.fixture
    def paste(self, settings):
        """Run the lines of the settings that a hint shows at the end of them."""

        def paste(message):
            lines = re.findall(r"^(?:TAVUS_HOOKS|CACHES)\b.*", message.hint, re.MULTILINE)
            assert lines, message.hint
            names = {
                name: deepcopy(getattr(settings, name))
                for name in ("TAVUS_HOOKS", "CACHES")
                if settings.is_overridden(name) and hasattr(settings, name)
            }
            exec("\n".join(lines), names)  # noqa: S102 - our own hints
            for name in names.keys() - {"__builtins__"}:
                setattr(settings, name, names[name])

        return paste

    @pytest.mark.parametrize(
        "setting",
        [
            {"MAX_BODY_BYTES": "10 MB"},
            {"ALLOWED_ADDRESSES": ["example.com"]},
            {"HEALTH_LIMITS": 3},
            {"PUBLIC_BASE_URL": "https://shop.test/tavus"},
            {"PUBLIC_BASE_URL": "http://shop.test:8000"},
            {"DISPATCHER": "inlined"},
            {"VERIFIERS": [OURS + "path_tokens"]},
            {"VERIFIERS": [OURS + "allowed_address"]},
            {"VISIBLE_ROWS": "shop.nowhere.visible_rows"},
            {"COMPLETION_EXPECTS": ["applause"]},
            {"MAX_ATTEMPTS": 0},
            {"NUM_PROXIES": -1},
            {"MAX_PER_MINUTE": 60},
            {"RETAIN": {}},
            {"RETAIN": {**RETAIN, "bodies": {"video.ready": "90d"}}},
        ],
        ids=str,
    )
    def test_lines_for_the_settings_repair_them(self, hooks, settings, paste, setting):
        hooks(**setting)
        [message] = messages(deploy=True)
        paste(message)
        assert found(deploy=True) == set()
        assert "default" in settings.CACHES  # Django wants one of that name

    @pytest.mark.parametrize("base", ["example.com ", "https:///tavus"])
    def test_a_line_with_a_placeholder_is_found_as_long_as_that_is_in_it(self, hooks, paste, base):
        hooks(PUBLIC_BASE_URL=base)
        [message] = messages()
        paste(message)
        assert found() == {"W010"}

    def test_what_is_no_dictionary_becomes_one_that_lacks_its_secret(self, settings, paste):
        settings.TAVUS_HOOKS = []
        with pytest.raises(ImproperlyConfigured, match=r"TAVUS_HOOKS must be a dict\."):
            conf.SECRETS  # noqa: B018
        paste(messages()[0])
        assert found() == {"E013"}

    def test_a_cache_is_added_to_those_that_the_host_has(self, hooks, paste, settings):
        files = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "x"}
        settings.CACHES = {"default": files}
        hooks(MAX_PER_MINUTE=60)
        paste(messages()[0])
        assert found() == set()
        assert settings.CACHES["default"] == files

    def test_a_site_without_any_settings_is_told_what_to_write(self, settings, paste):
        del settings.TAVUS_HOOKS
        [message] = messages()
        message.hint = message.hint.replace("<what this printed>", LONG)
        paste(message)
        assert found() == set()
        assert settings.TAVUS_HOOKS == {"SECRETS": [LONG]}

    def test_ages_that_were_decided_stay_as_they_are(self, hooks, paste, settings):
        hooks(RETAIN={"transcripts": "3w", "bodies": {"video.ready": "1d"}})
        paste(messages(deploy=True)[0])
        retain = settings.TAVUS_HOOKS["RETAIN"]
        assert (retain["transcripts"], retain["bodies"]["video.ready"]) == ("3w", "1d")

    @pytest.mark.parametrize(
        ("setting", "name"),
        [
            ({}, "SECRETS"),
            ({"VERIFIERS": [OURS + "header_token"]}, "HEADER_TOKENS"),
            ({"VERIFIERS": [OURS + "hmac_signature"]}, "HMAC_SECRETS"),
            ({"VERIFIERS": [OURS + "basic_auth"]}, "BASIC_AUTH_SECRETS"),
        ],
        ids=str,
    )
    def test_a_secret_is_made_and_put_where_it_is_needed(
        self, hooks, settings, paste, setting, name
    ):
        hooks(SECRETS=[], **setting)
        [message] = messages()
        assert "environment variable" in message.hint
        [command] = re.findall(r"^python -c .*", message.hint, re.MULTILINE)
        python = Path(sys.executable)
        secret = run("sh", "-c", command, PATH=f"{python.parent}:/usr/bin:/bin").stdout.strip()
        message.hint = message.hint.replace("<what this printed>", secret)
        paste(message)
        assert found() == set()
        assert settings.TAVUS_HOOKS[name][0].endswith(secret)

    def test_one_that_lacks_every_verifier_is_told_so(self, hooks):
        hooks(VERIFIERS=[])
        assert "Remove VERIFIERS" in messages()[0].hint

    def test_a_key_that_is_misspelled_is_recognized(self, hooks):
        hooks(MAX_BODYBYTES=3)
        assert messages()[0].hint.endswith("did you mean 'MAX_BODY_BYTES'?")

    def test_the_lines_for_the_urlconf_repair_it(self, urlconf, settings):
        urlconf(re_path("", lambda request, **kwargs: HttpResponse()))
        [message] = messages()
        assert settings.ROOT_URLCONF in message.hint
        _, _, lines = message.hint.partition(":\n")
        host = vars(sys.modules[settings.ROOT_URLCONF])
        exec(lines, host)  # noqa: S102 - our own hint
        urlconf(*host["urlpatterns"])
        assert found() == set()
        assert len(host["urlpatterns"]) == 2  # what was there is there


class TestLogging:
    @pytest.fixture(autouse=True)
    def as_it_was(self):
        loggers = [logging.getLogger(name) for name in (None, "django", *PRINTING)]
        before = [(it.handlers[:], it.filters[:], it.propagate) for it in loggers]
        for logger in loggers:
            logger.handlers, logger.filters, logger.propagate = [], [], True
        yield
        for logger, (handlers, filters, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.filters, logger.propagate = handlers, filters, propagate

    def handler(self, *, filtered=True):
        handler = logging.StreamHandler()
        if filtered:
            handler.addFilter(RedactCallbackTokens())
        return handler

    def test_a_filter_on_every_handler_will_do(self):
        logging.getLogger().handlers = [self.handler(), self.handler()]
        logging.getLogger("django.server").handlers = [self.handler()]
        assert found(deploy=True) == set()

    def test_filters_on_both_loggers_will_do(self):
        for name in PRINTING:
            logging.getLogger(name).addFilter(RedactCallbackTokens())
        logging.getLogger().handlers = [self.handler(filtered=False)]
        assert found(deploy=True) == set()

    @pytest.mark.parametrize("name", [None, "django", *PRINTING])
    def test_one_handler_without_the_filter_is_found(self, name):
        logging.getLogger().handlers = [self.handler()]
        logging.getLogger(name).handlers.append(self.handler(filtered=False))
        assert found(deploy=True) == {"W004"}

    def test_a_handler_that_no_record_reaches_does_not_matter(self):
        logging.getLogger("django").propagate = False
        logging.getLogger().handlers = [self.handler(filtered=False)]
        assert found(deploy=True) == set()

    def test_a_handler_that_prints_nothing_does_not_matter(self):
        logging.getLogger().handlers = [logging.NullHandler()]
        assert found(deploy=True) == set()

    def test_djangos_own_configuration_is_found(self):
        from django.utils.log import DEFAULT_LOGGING

        logging.config.dictConfig(DEFAULT_LOGGING)
        assert found(deploy=True) == {"W004"}
        assert found() == set()

    @pytest.mark.slow
    def test_its_hint_is_what_a_site_needs_that_has_no_logging_of_its_own(self, tmp_path):
        """Pasted as it stands, it silences the check, and the server prints no token."""
        host = tmp_path / "fresh_settings.py"
        host.write_text("from project.settings import *\ndel LOGGING\n")
        variables = {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "fresh_settings",
            "PYTHONPATH": f"{tmp_path}:{ROOT}",
        }
        said = manage("check", "--deploy", **variables).stderr
        [hint] = re.findall(r"tavus_hooks\.W004\).*?\n\s*HINT: (.*?)(?:\n\n|\Z)", said, re.DOTALL)
        host.write_text(f"{host.read_text()}{hint}\n")
        assert "tavus_hooks.W004" not in manage("check", "--deploy", **variables).stderr

        manage("migrate", **variables)
        port = free_port()
        url = manage("tavus_url", "--base", f"http://127.0.0.1:{port}", **variables).stdout.strip()
        serve = ("manage.py", "runserver", "--noreload", f"127.0.0.1:{port}")
        with started(sys.executable, *serve, **variables) as server:
            wait_for(port, server)
            assert post(url, b"{}").status == 200
            assert exchange(url, "GET", b"\r\n").status == 405
            server.read_until(r'"POST /tavus/callbacks/\[redacted\].*" 200')
            server.read_until(r"Method Not Allowed: /tavus/callbacks/\[redacted\]")
            assert not gives_away(server.output, token_of(url))


class TestDeployment:
    @pytest.mark.parametrize(
        ("retain", "undecided"),
        [
            ({}, "transcripts, analyses, bodies, failures, refusals"),
            ({**RETAIN, "bodies": {"video.ready": "90d"}}, "bodies"),
            ({name: age for name, age in RETAIN.items() if name != "refusals"}, "refusals"),
        ],
    )
    def test_what_is_kept_forever_is_found_on_deployment_only(self, hooks, retain, undecided):
        hooks(RETAIN=retain)
        assert found() == set()
        [message] = messages(deploy=True)
        assert found(deploy=True) == {"W007"}
        assert message.msg.endswith(f" kept: {undecided}.")

    @pytest.mark.parametrize("age", ["soon", 90, {"default": "soon"}])
    def test_what_is_no_age_is_said_to_whoever_asks_for_it(self, hooks, age):
        hooks(RETAIN={"bodies": age})
        with pytest.raises(ImproperlyConfigured, match=r"RETAIN\['bodies'\]: "):
            conf.RETAIN  # noqa: B018

    @pytest.mark.parametrize(
        "bodies", ["90d", "never", {"default": "4w", "video.ready": "12h", "unknown": "never"}]
    )
    def test_what_somebody_has_decided_is_well(self, hooks, bodies):
        hooks(RETAIN={**RETAIN, "bodies": bodies})
        assert found(deploy=True) == set()

    @pytest.mark.parametrize(
        ("retain", "said"),
        [
            ("90d", "must be a dict"),
            ({"transcript": "90d"}, "did you mean 'transcripts'?"),
            ({"x": "90d"}, "there are accesses, analyses, bodies, failures"),
            ({"bodies": "90"}, "'90' is no age"),
            ({"bodies": "1.5d"}, "looks like 90d, 12h, 4w or never"),
            ({"bodies": ""}, "'' is no age"),
            ({"bodies": None}, "None is no age"),
            ({"bodies": 90}, "90 is no age"),
            ({"failures": {"default": "soon"}}, "'soon' is no age"),
            ({"transcripts": {"default": "90d"}}, "must be one age"),
            ({"bodies": {"system.shutdwon": "90d"}}, "did you mean 'system.shutdown'?"),
        ],
    )
    def test_how_long_things_are_kept_that_cannot_be_read_is_found(self, hooks, retain, said):
        hooks(RETAIN=retain)
        [message] = messages()
        assert message.id == "tavus_hooks.E002"
        assert said in message.msg

    @pytest.mark.slow
    def test_the_demo_in_production_passes_every_check_there_is(self):
        done = manage(
            *("check", "--deploy", "--fail-level", "WARNING"),
            DEBUG="0",
            ALLOWED_HOSTS="example.com",
            DATABASE_URL="sqlite://:memory:",
            SECRET_KEY=secrets.token_urlsafe(64),
            TAVUS_HOOKS_SECRETS=f"{secrets.token_urlsafe(48)},{secrets.token_urlsafe(48)}",
            PUBLIC_BASE_URL="https://shop.test",
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.django_db
class TestDatabase:
    @pytest.fixture(autouse=True)
    def modest(self, hooks):
        """A limit that every server takes."""
        hooks(MAX_BODY_BYTES=100_000)

    def test_this_one_is_well(self):
        assert found(databases=[connection.alias]) == set()

    def test_it_is_left_alone_unless_it_is_asked_for(self, django_assert_num_queries):
        with django_assert_num_queries(0, connection=connection):
            found()

    @pytest.fixture
    def mysql(self):
        if connection.vendor != "mysql":
            pytest.skip("on MariaDB and MySQL only")

    def test_a_limit_that_the_server_does_not_take_is_found(self, mysql, hooks):
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@max_allowed_packet")
            packet = cursor.fetchone()[0]
        hooks(MAX_BODY_BYTES=packet // 2 + 1)
        assert found(databases=[connection.alias]) == {"W006"}
        [warning] = messages(databases=[connection.alias])
        # What stands around the body in a statement has room as well.
        assert int(warning.hint.rpartition(" = ")[2]) > packet + 1024 * 1024
        hooks(MAX_BODY_BYTES=packet // 2)
        assert found(databases=[connection.alias]) == set()

    @pytest.mark.parametrize(
        ("name", "numbers"),
        [("simple", set()), ("pg_catalog.simple", set()), ("english", {"W011"}), ("x", {"W011"})],
    )
    def test_a_search_by_another_configuration_than_its_index_is_found(self, hooks, name, numbers):
        hooks(SEARCH_CONFIGURATION=name)
        expected = numbers if connection.vendor == "postgresql" else set()
        assert found(databases=[connection.alias]) == expected


@pytest.mark.parametrize(
    "missing", [["rest_framework"], ["django_filters"], ["rest_framework", "django_filters"]]
)
def test_an_app_that_pages_and_api_need_is_missed(settings, missing):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app not in missing]
    assert found() == {"E015"}
    [message] = messages()
    pasted = {"INSTALLED_APPS": [*settings.INSTALLED_APPS]}
    exec(message.hint.partition("\n")[2], pasted)  # noqa: S102 - what somebody pastes
    settings.INSTALLED_APPS = pasted["INSTALLED_APPS"]
    assert messages() == []


def test_a_thing_is_said_once_however_often_the_apps_get_ready(settings, hooks):
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS]
    hooks(MAX_ATTEMPTS=0)
    assert len(messages()) == 1


class TestArgumentsOfReceivers:
    def test_one_that_is_nearly_called_as_what_the_signal_carries_is_found(self, connect):
        def with_a_default(vidoe=None, **kwargs):
            pass

        @wraps(with_a_default)
        def decorated(**kwargs):
            pass

        connect(video_ready, with_a_default, "tests.default")
        connect(video_ready, decorated, "tests.decorated")
        connect(video_ready, lambda video, mailer=None, **kwargs: None, "tests.right")
        assert found() == {"W009"}
        assert [message.msg for message in messages()] == [
            f"The receiver tests.{name} asks for 'vidoe', which video_ready does not carry: "
            "did you mean 'video'?"
            for name in ("default", "decorated")
        ]
        carried = "callback, reference, replayed, sender, signal, video"
        assert messages()[0].hint == f"video_ready carries {carried}."
