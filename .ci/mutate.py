"""Make small faults in the modules that this branch changed, and show those that no test notices.

.venv/bin/python .ci/mutate.py [tavus_hooks/inbox/failures.py ...]

The work is mutmut's, whose configuration stands in pyproject.toml. This chooses the modules, and
says where in a file each survivor stands.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "tavus_hooks"
BASES = ("main", "origin/main")
"""Where a branch begins; a fresh clone may know it by its second name alone."""

HOW_TO_CHOOSE = f'Choose some: make mutants MODULES="{PACKAGE}/inbox/failures.py {PACKAGE}/log.py"'
NOTICED, SURVIVED, UNTESTED, UNFINISHED = "noticed", "survived", "not called", "not tried"


class Unnoticed(NamedTuple):
    """A mutant that no test failed on."""

    path: str
    line: int
    verdict: str
    name: str
    diff: str


def git(*arguments: str) -> list[str]:
    """The lines of its answer; none when it refuses."""
    ended = subprocess.run(  # noqa: S603 - the arguments are ours
        ["git", *arguments],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout.splitlines() if ended.returncode == 0 else []


def changed_modules() -> list[str]:
    """Those that the branch changed, whether committed or not.

    On the branch that all others begin at: those that are not committed or, failing that, those of
    the last commit.
    """
    head = git("rev-parse", "HEAD")
    begins = next((found for base in BASES if (found := git("merge-base", "HEAD", base))), head)
    if begins != head:
        return _changed_since(*begins)
    return _changed_since("HEAD") or _changed_since("HEAD~1")


def _changed_since(commit: str) -> list[str]:
    changed = git("diff", "--name-only", "--diff-filter=d", commit, "--", PACKAGE)
    new = git("ls-files", "--others", "--exclude-standard", "--", PACKAGE)
    return sorted(path for path in {*changed, *new} if is_module(path))


def is_module(path: str) -> bool:
    """Whether it is one of the package's; migrations are Django's."""
    parts = Path(path).parts
    return (
        parts[0] == PACKAGE
        and path.endswith(".py")
        and "migrations" not in parts
        and (ROOT / path).is_file()
    )


def line_of_change(source: str, diff: str, function: str) -> int:
    """In which line of the file the diff of a function begins to change something."""
    before = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@", "+"))]
    changes = next(number for number, line in enumerate(before) if line.startswith("-"))
    # A method comes without the indentation of its class.
    block = [line[1:].strip() for line in before]
    lines = [line.strip() for line in source.splitlines()]
    begins = [
        number
        for number, line in enumerate(lines)
        if re.match(rf"(async )?def {re.escape(function)}\b", line)
    ]
    places = [
        number for number in range(len(lines)) if lines[number : number + len(block)] == block
    ]
    # Its context may begin with the comment above the function, or be that of another one, too.
    after = [at for at in places if any(at + changes >= begin for begin in begins)]
    return (after or places or [0])[0] + changes + 1


def verdict(exit_code: int | None) -> str:
    """What a run of the tests says of its mutant, by how it ended."""
    named = {None: UNFINISHED, 2: UNFINISHED, 0: SURVIVED, 5: UNTESTED, 33: UNTESTED}
    return named.get(exit_code, NOTICED)


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def announce(modules: Sequence[str]) -> list[str]:
    """Say what is about to be done; return the modules that have mutants."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    made = {
        path: len(mutate_file_contents(path, (ROOT / path).read_text()).mutant_names)
        for path in modules
    }
    for path, number in made.items():
        say(f"{number:6} mutants of {path}")
    return [path for path, number in made.items() if number]


def try_mutants(modules: Sequence[str]) -> bool:
    """Run the tests on each mutant, in mutants/. False when it was broken off."""
    import click
    from mutmut.__main__ import cli
    from mutmut.configuration import config

    # What an earlier run learned about the tests may be true no longer.
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    # Several runs at once would share any other database than SQLite's in memory.
    os.environ.pop("DATABASE_URL", None)
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    config().only_mutate = list(modules)
    config().pytest_add_cli_args += ["-p", Path(__file__).stem]
    dotted = [re.sub(r"(/__init__)?\.py$", "", path).replace("/", ".") for path in modules]
    try:
        cli.main(["run", *(f"{name}.x*" for name in dotted)], standalone_mode=False)
    except click.Abort:
        return False
    except SystemExit:
        failed = ROOT / "mutants" / ".pytest_cache" / "v" / "cache" / "lastfailed"
        names = json.loads(failed.read_text()) if failed.exists() else []
        say("\n".join(["Without a mutant all tests have to pass. This one does not:", *names]))
        raise
    return True


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """As a plugin of pytest: always in one order, and first what is named after the module."""
    module = os.environ.get("MUTANT_UNDER_TEST", "").rpartition(".")[0].rpartition(".")[2]
    items.sort(key=lambda item: (module not in item.nodeid, item.nodeid))


def results(modules: Sequence[str]) -> Iterator[tuple[str, Unnoticed | None]]:
    """The verdict on each mutant; and where it stands when it was not noticed."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    for path in modules:
        data = SourceFileMutationData(path=path)
        data.load()
        source = (ROOT / path).read_text()
        for name, exit_code in data.exit_code_by_key.items():
            found = verdict(exit_code)
            if found not in (SURVIVED, UNTESTED):
                yield found, None
                continue
            diff = get_diff_for_mutant(name, path=path)
            function, _ = orig_function_and_class_names_from_key(name)
            line = line_of_change(source, diff, function)
            yield found, Unnoticed(path, line, found, name, diff)


def report(modules: Sequence[str]) -> Counter[str]:
    counted, unnoticed = Counter[str](), []
    for found, where in results(modules):
        counted[found] += 1
        if where is not None:
            unnoticed.append(where)
    for it in sorted(unnoticed):
        say(f"\n{it.path}:{it.line}: {it.verdict} ({it.name})")
        # Without its lines of a file's name and of numbers, which count from the function on.
        say("\n".join(line for line in it.diff.splitlines() if line[:2] not in ("--", "++", "@@")))
    numbers = ", ".join(
        f"{counted[name]} {name}"
        for name in (NOTICED, SURVIVED, UNTESTED, UNFINISHED)
        if counted[name] or name in (NOTICED, SURVIVED)
    )
    say(f"\n{counted.total()} mutants: {numbers}.")
    return counted


def main(chosen: Sequence[str]) -> int:
    os.chdir(ROOT)
    if unknown := [path for path in chosen if not is_module(path)]:
        say(f"No module of {PACKAGE}/: {', '.join(unknown)}. {HOW_TO_CHOOSE}")
        return 2
    modules = list(chosen) or changed_modules()
    if not modules:
        say(f"No module of {PACKAGE}/ has changed. {HOW_TO_CHOOSE}")
        return 0
    modules = announce(modules)
    if not modules:
        say("Nothing here that mutmut changes.")
        return 0
    finished = try_mutants(modules)
    if not finished:
        say("\nBroken off.")
        return 130
    counted = report(modules)
    if counted[UNFINISHED]:
        say("Broken off: what was not tried may survive, too.")
        return 130
    return 1 if counted[SURVIVED] or counted[UNTESTED] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
