"""What the wheel holds: the package, all of it, and nothing else."""

import re
import zipfile
from pathlib import Path

import pytest

from tests.running import ROOT

pytestmark = pytest.mark.slow

PACKAGE = ROOT / "tavus_hooks"
NOT_SHIPPED = {"__pycache__", ".DS_Store"}


def test_everything_of_the_package_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith("tavus_hooks/")}
    files = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and not NOT_SHIPPED & set(path.parts)
    }
    assert shipped == files
    for kind in (
        "py.typed",
        "templates/*/*.html",
        "static/*/*.css",
        "samples/*.json",
        "samples/*/*.txt",
    ):
        assert any(Path(name).match(f"tavus_hooks/{kind}") for name in shipped), kind
    assert "tavus_hooks/migrations/0001_initial.py" in shipped


def test_nothing_but_the_package_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        folders = {name.partition("/")[0] for name in archive.namelist()}
        [metadata] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        required = re.findall(
            r"^Requires-Dist: ([\w-]+)[^;\n]*$", archive.read(metadata).decode(), re.MULTILINE
        )
    assert folders == {"tavus_hooks", metadata.partition("/")[0]}
    assert sorted(required) == ["django", "django-filter", "djangorestframework"]
