"""Which modules `make mutants` chooses, and where it says that a mutant stands."""

import importlib.util
from shutil import which

import pytest

from tests.running import ROOT, run

SCRIPT = ROOT / ".ci" / "mutate.py"
FAILURES = "tavus_hooks/inbox/failures.py"
NEW = "tavus_hooks/new.py"
ADMIN = "tavus_hooks/admin/lists.py"

needs_git = pytest.mark.skipif(which("git") is None, reason="git is not installed here")


@pytest.fixture
def mutate():
    """The script, to be looked at in this process."""
    spec = importlib.util.spec_from_file_location("mutate", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(mutate, tmp_path, monkeypatch):
    """A repository in place of ours, whose one commit stands on main."""
    monkeypatch.setattr(mutate, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git(tmp_path, "init", "--initial-branch=main")
    for path in (FAILURES, ADMIN, "tavus_hooks/gone.py"):
        write(tmp_path, path)
    commit(tmp_path)
    return tmp_path


def git(clone, *arguments):
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    ended = run("git", *identity, *arguments, cwd=clone, GIT_CONFIG_GLOBAL="/dev/null")
    assert ended.returncode == 0, ended.stderr


def commit(clone):
    git(clone, "add", ".")
    git(clone, "commit", "--message", "x")


def write(clone, path, text=""):
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_text(text)


@needs_git
class TestWhatChanged:
    def test_on_a_branch_it_is_all_that_the_branch_changed_committed_or_not(self, mutate, clone):
        git(clone, "checkout", "-b", "branch")
        write(clone, ADMIN, "changed = 1")
        commit(clone)
        write(clone, "tests/test_failures.py", "changed = 1")
        commit(clone)
        assert mutate.changed_modules() == [ADMIN]
        write(clone, FAILURES, "changed = 1")
        write(clone, NEW)
        assert mutate.changed_modules() == [ADMIN, FAILURES, NEW]

    def test_what_main_changed_since_does_not_count(self, mutate, clone):
        git(clone, "checkout", "-b", "branch")
        write(clone, NEW)
        commit(clone)
        git(clone, "checkout", "main")
        write(clone, FAILURES, "changed = 1")
        commit(clone)
        git(clone, "checkout", "branch")
        assert mutate.changed_modules() == [NEW]

    def test_a_clone_may_know_main_only_where_it_came_from(self, mutate, clone):
        git(clone, "update-ref", "refs/remotes/origin/main", "main")
        git(clone, "checkout", "-b", "branch")
        git(clone, "branch", "--delete", "main")
        for path in (FAILURES, NEW):
            write(clone, path, "changed = 1")
            commit(clone)
        assert mutate.changed_modules() == [FAILURES, NEW]

    def test_on_main_it_is_what_is_not_committed_or_the_last_commit(self, mutate, clone):
        write(clone, ADMIN, "changed = 1")
        commit(clone)
        assert mutate.changed_modules() == [ADMIN]
        write(clone, FAILURES, "changed = 1")
        assert mutate.changed_modules() == [FAILURES]

    def test_only_modules_of_the_package_that_are_there_count(self, mutate, clone):
        for path in ("migrations/0001_initial.py", "templates/list.html", "samples/video.json"):
            write(clone, f"tavus_hooks/{path}")
        write(clone, "project/settings.py")
        (clone / "tavus_hooks" / "gone.py").unlink()
        commit(clone)
        assert mutate.changed_modules() == []

    def test_where_nothing_changed_it_says_how_to_choose(self, mutate, clone, capsys):
        write(clone, "README.md")
        commit(clone)
        assert mutate.main([]) == 0
        said = capsys.readouterr().out
        assert said.startswith("No module of tavus_hooks/ has changed")
        assert 'make mutants MODULES="' in said


@pytest.mark.parametrize("path", ["tavus_hooks/none.py", "manage.py", "tavus_hooks", "../x.py"])
def test_what_is_no_module_is_refused_by_name(mutate, capsys, monkeypatch, path):
    monkeypatch.chdir(ROOT)
    assert mutate.main([FAILURES, path]) == 2
    assert capsys.readouterr().out.startswith(f"No module of tavus_hooks/: {path}.")


SOURCE = """\
import logging

# Above it.
def first(given):
    if given:
        return 1
    return 0


class Second:
    def first(self, given):
        if given:
            return 2
        return 0

    async def last(self, given):
        if given:
            return 1
        return 0
"""


@pytest.mark.parametrize(
    ("function", "diff", "line"),
    [
        ("first", " # Above it.\n def first(given):\n-    if given:\n+    if None:", 5),
        ("first", "     if given:\n-        return 1\n+        return 2\n     return 0", 6),
        ("first", "     if given:\n-        return 2\n+        return 3\n     return 0", 13),
        ("last", "     if given:\n-        return 1\n+        return 2\n     return 0", 18),
    ],
)
def test_a_mutant_stands_in_the_line_that_it_changes(mutate, function, diff, line):
    head = "--- tavus_hooks/x.py\n+++ tavus_hooks/x.py\n@@ -1,4 +1,4 @@\n"
    assert mutate.line_of_change(SOURCE, head + diff, function) == line


def test_a_mutant_is_unnoticed_only_where_all_tests_passed_or_none_ran(mutate):
    assert {code: mutate.verdict(code) for code in (0, 1, 33, 255, -24, None)} == {
        0: "survived",
        1: "noticed",
        33: "not called",
        255: "noticed",
        -24: "noticed",
        None: "not tried",
    }
