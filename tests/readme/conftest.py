"""What the walks and the tests of the wheel share."""

import sys
from pathlib import Path

import pytest

from tests.readme.walking import run_through


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without network, by what the test environment holds."""
    out = tmp_path_factory.mktemp("wheel")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", str(out))
    run_through(sys.executable, *build)
    [built] = out.glob("*.whl")
    return built
