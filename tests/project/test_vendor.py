"""What was vendored is what its package has: nobody changed it here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = "tavus_hooks/static/tavus_hooks/vendor"


@pytest.fixture
def vendor(tmp_path):
    """A copy of the vendored files, and of the script that compares them."""
    shutil.copytree(ROOT / STATIC, tmp_path / STATIC)
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/vendor.py", tmp_path / ".ci")
    return tmp_path / STATIC


def check(vendor):
    command = [sys.executable, str(vendor.parents[3] / ".ci/vendor.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout


def test_all_is_as_its_readme_says(vendor):
    assert check(vendor) == (0, "")


@pytest.mark.parametrize(
    ("name", "version", "licence"),
    [
        ("pico/pico.conditional.min.css", r"Pico CSS ✨ v([\d.]+)", "LICENSE.md"),
        ("hls/hls.min.js", r"in hls\.js version ([\d.]+)", "LICENSE"),
    ],
)
def test_its_readme_says_the_version_that_the_file_itself_says(name, version, licence):
    file = ROOT / STATIC / name
    [said] = re.findall(version, file.read_text())
    readme = (file.parent / "README.md").read_text()
    assert f" {said}]" in readme
    [kind] = re.findall(r"Its licence is (\w+)", readme)
    assert kind in (file.parent / licence).read_text()


@pytest.mark.parametrize("name", ["hls/hls.min.js", "pico/LICENSE.md", "hls/README.md"])
def test_a_file_that_was_changed_or_is_missing_is_told(vendor, name):
    path = vendor / name
    path.write_bytes(path.read_bytes() + b" ")
    status, told = check(vendor)
    assert status == 1
    assert told.startswith(f"vendor/{path.parent.name} is not what its README.md says")
    path.unlink()
    assert check(vendor) == (1, told)


def test_what_is_from_no_package_is_told(vendor):
    (vendor / "hls" / "more.js").touch()
    (vendor / "jquery").mkdir()
    status, told = check(vendor)
    assert status == 1
    assert "vendor/hls is not what" in told
    assert "vendor/jquery is from no package" in told
