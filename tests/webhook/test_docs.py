"""What the pages about the webhook say is so: each promise has a test, each recipe runs."""

import logging
import logging.config
import re
import tomllib
from functools import cache, partial
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core import checks, mail
from django.test import Client, RequestFactory

from tavus_hooks.checks.logs import REDACTED_LOGGING
from tavus_hooks.log import RedactCallbackTokens
from tavus_hooks.models import Callback, Video
from tavus_hooks.signals import video_ready
from tests.running import ROOT
from tests.webhook.conftest import VIDEO

SECURITY = (ROOT / "docs" / "security.md").read_text()
REFERENCES = (ROOT / "docs" / "references.md").read_text()
CHECKS = (ROOT / "docs" / "checks.md").read_text()


def tables(page):
    """Heading cells and rows of each table of a page."""
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        heading, _, *rows = (
            [cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()
        )
        yield heading, rows


def snippets(page):
    """The Python of a page, by the name of the file in its first line."""
    found = re.findall(r"^( *)```python\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    for indent, code in found:
        text = "".join(line.removeprefix(indent) for line in code.splitlines(keepends=True))
        named = re.match(r"# (\w+\.py)\n", text)
        yield named[1] if named else "", text


def run(page, name, holding="", **given):
    """What the snippet defines that is called so, or that has the name in it; of several that one
    with this text in it. `given` is what the file has before it.
    """
    [code] = [
        code
        for found, code in snippets(page)
        if (name == found or (not found and name in code)) and holding in code
    ]
    namespace = {"__name__": name, **given}
    exec(compile(code, name, "exec"), namespace)  # noqa: S102 - our own documentation
    return namespace


@cache
def names_of_tests():
    code = "".join(path.read_text() for path in Path(ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"^ *(?:async )?def (test_\w+)\(", code, re.MULTILINE))


CLAIMS = [row for heading, rows in tables(SECURITY) if heading[-1] == "Test" for row in rows]


def test_there_are_claims():
    assert len(CLAIMS) > 25


@pytest.mark.parametrize(("claim", "named"), CLAIMS, ids=[claim[:50] for claim, _ in CLAIMS])
def test_each_claim_about_security_names_tests_that_exist(claim, named):
    names = re.findall(r"`(\w+)`", named)
    assert names, f"docs/security.md names no test for: {claim}"
    missing = set(names) - names_of_tests()
    assert not missing, f"docs/security.md names tests that do not exist: {missing}"


@pytest.mark.django_db
def test_the_documented_verifier_refuses_and_is_blanked(hooks, monkeypatch, refused):
    key = "k" * 40
    verifier = run(SECURITY, "verifiers.py", GATEWAY_KEY=key)["gateway_key"]
    monkeypatch.setattr("tests.webhook.test_verifiers.hosts_own", verifier)
    hooks(VERIFIERS=["tests.webhook.test_verifiers.hosts_own"])
    post = partial(Client().post, "/tavus/callbacks/", {"key": key}, "application/json")
    assert post().json() == {"detail": "The key in the header does not match."}
    assert refused() == {"bad gateway key": 1}
    assert post(headers={"x-gateway-key": key}).status_code == 200
    assert bytes(Callback.objects.get().body) == b'{"key": "[redacted]"}'


def test_every_check_stands_in_the_documentation_once():
    [(_, rows)] = tables(CHECKS)
    documented = [row[0].strip("`") for row in rows]
    modules = (ROOT / "tavus_hooks" / "checks").glob("*.py")
    source = "".join(path.read_text() for path in modules)
    assert documented == sorted(set(re.findall(r"tavus_hooks\.[EW]\d{3}", source)))
    assert all(found and hint for _, found, hint in rows)


def test_every_check_has_a_test():
    tested = (ROOT / "tests" / "checks" / "test_checks.py").read_text()
    documented = re.findall(r"^\| `tavus_hooks\.(\w+)`", CHECKS, re.MULTILINE)
    assert [number for number in documented if f'"{number}"' not in tested] == []


def test_all_python_on_the_pages_can_be_compiled():
    for page in (SECURITY, REFERENCES, CHECKS):
        for name, code in snippets(page):
            compile(code, name, "exec")


def test_the_documented_logging_keeps_tokens_out(restored_logging):
    logging.config.dictConfig(run(SECURITY, "settings.py")["LOGGING"])
    root = logging.getLogger()
    root.handlers = [it for it in root.handlers if "pytest" not in type(it).__module__]
    found = {message.id for message in checks.run_checks(include_deployment_checks=True)}
    assert "tavus_hooks.W004" not in found


def test_the_documented_logging_is_what_the_check_proposes():
    [code] = [code for name, code in snippets(SECURITY) if name == "settings.py"]
    assert code == REDACTED_LOGGING


def test_the_line_for_uvicorn_fits_to_it(restored_logging):
    [line] = [code for _, code in snippets(SECURITY) if "uvicorn.access" in code]
    names = run(SECURITY, "settings.py")
    exec(line, names)  # noqa: S102 - our own documentation
    logging.config.dictConfig(names["LOGGING"])
    [handler] = logging.getLogger("uvicorn.access").handlers
    assert any(isinstance(it, RedactCallbackTokens) for it in handler.filters)


@pytest.fixture
def restored_logging():
    names = (None, "django", "django.request", "django.server", "uvicorn.access")
    loggers = [logging.getLogger(name) for name in names]
    before = [(it.handlers[:], it.level, it.propagate) for it in loggers]
    yield
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.level, logger.propagate = handlers, level, propagate
        logger.manager._clear_cache()


@pytest.mark.django_db
def test_the_documented_query_tells_when_each_secret_was_last_used(hooks, receive):
    hooks(SECRETS=["o" * 40])
    receive(VIDEO)
    old = receive(VIDEO)
    hooks(SECRETS=["n" * 40, "o" * 40, "never used" * 4])
    new = receive(VIDEO)
    last_seen = run(SECURITY, "last_seen")["last_seen"]
    assert last_seen == {0: new.received_at, 1: old.received_at, 2: None}


@pytest.fixture
def post():
    def post(url):
        answer = Client().post(url, VIDEO | {"hosted_url": "https://x"}, "application/json")
        assert answer.status_code == 200
        return Callback.objects.get(pk=answer.json()["callback"])

    return post


@pytest.mark.django_db
class TestReferences:
    """The recipes of docs/references.md."""

    @pytest.fixture
    def ada(self):
        return User.objects.create_user("ada", email="ada@example.com")

    @pytest.fixture
    def ordered(self, post, ada):
        """What came of a video that Ada ordered."""
        request = RequestFactory().get("/")
        request.user = ada
        url = run(REFERENCES, "ordering.py")["order_video"](request)["callback_url"]
        return lambda: post(url)

    @pytest.fixture
    def expected(self, ada):
        """What the site said of it, once Tavus had answered."""
        request = RequestFactory().get("/")
        request.user = ada
        answer = {"video_id": VIDEO["video_id"], "status": "queued"}
        return run(REFERENCES, "expecting.py")["order_placed"](request, answer)

    def test_what_is_ordered_is_expected(self, expected, ada):
        assert (expected.status, expected.reference) == ("queued", f"auth.user:{ada.pk}")

    def test_an_instance_becomes_the_reference_that_the_page_says(self, ordered, ada):
        assert ordered().reference == f"auth.user:{ada.pk}"

    def test_a_receiver_tells_whom_it_belongs_to(self, ordered, ada, mailer):
        receiver = run(REFERENCES, "receivers.py")["tell_the_user"]
        try:
            ordered()
        finally:
            assert video_ready.disconnect(receiver)
        [letter] = mail.outbox
        assert (letter.to, letter.body) == (["ada@example.com"], "https://x")

    def test_what_nobody_expected_is_matched_with_nobody(self, ordered, ada):
        ordered()
        queries = run(REFERENCES, "queries.py")
        assert Video.objects.get().reference == f"auth.user:{ada.pk}"
        assert not queries["videos_of"](ada)
        assert not queries["users_with_a_ready_video"]()

    def test_rows_are_matched_with_ones_own(self, ordered, expected, ada):
        User.objects.create_user("bob")
        ordered()
        queries = run(REFERENCES, "queries.py")
        assert list(queries["videos_of"](ada)) == [Video.objects.get()]
        assert list(queries["users_with_a_ready_video"]()) == [ada]
        Video.objects.update(status="error")
        assert not queries["users_with_a_ready_video"]()

    def test_tenants_are_told_apart_by_the_beginning(self, post, hooks):
        hooks(PUBLIC_BASE_URL="https://example.com")
        first = Group.objects.create(pk=1, name="acme")
        tenth = Group.objects.create(pk=10, name="Another")
        tenants = run(REFERENCES, "tenants.py")
        of_first = {post(tenants["url_for"](first, number)) for number in ("a", "b")}
        of_tenth = {post(tenants["url_for"](tenth, number)) for number in ("a", "b")}
        assert set(tenants["callbacks_of"](first)) == of_first
        assert set(tenants["callbacks_of"](tenth)) == of_tenth


def test_rules_about_security_are_ignored_in_single_lines_only():
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in ruff["select"]
    per_file = ruff["per-file-ignores"].items()
    ours = [names for pattern, names in per_file if pattern.startswith(("tavus_hooks", "project"))]
    for names in (ruff["ignore"], *ours):
        assert not [name for name in names if re.fullmatch(r"S\d*|ALL", name)]
    for path in Path(ROOT / "tavus_hooks").rglob("*.py"):
        assert "ruff: noqa" not in path.read_text(), path
