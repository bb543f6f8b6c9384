"""Fetches the vendored files anew from the npm registry; with --check, only compares those here.

python .ci/vendor.py [--check]

A file is as it is in its package, but for a last line that names a source map: the map is not
vendored, and Django's ManifestStaticFilesStorage would look for it.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

VENDOR = Path(__file__).resolve().parent.parent / "tavus_hooks/static/tavus_hooks/vendor"
SOURCE_MAP = re.compile(rb"\n//# sourceMappingURL=\S*\s*\Z")


class Package(NamedTuple):
    """A package of the npm registry, and what is taken from it."""

    name: str
    version: str
    licence: str
    licence_file: str
    files: tuple[str, ...]


PACKAGES = {
    "hls": Package(
        "hls.js",
        "1.7.4",
        "Apache-2.0",
        "LICENSE",
        ("dist/hls.min.js", "dist/hls.worker.js"),
    ),
    "pico": Package(
        "@picocss/pico", "2.1.1", "MIT", "LICENSE.md", ("css/pico.conditional.min.css",)
    ),
}
"""By the folder below `vendor/`."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fetch nothing")
    options = parser.parse_args()
    wrong = [] if options.check else list(fetched())
    wrong += found_wrong()
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


def fetched() -> Iterator[str]:
    """Fetch all. What another file has come to be under the same version is told, not taken."""
    for folder, package in PACKAGES.items():
        before = read(folder)
        files = contents(package)
        sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        readme = written(package, sums)
        if before and version_line(package) in before and before != readme:
            yield f"{package.name} {package.version} is not what it was: nothing was changed."
            continue
        (VENDOR / folder).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (VENDOR / folder / name).write_bytes(content)
        (VENDOR / folder / "README.md").write_text(readme)


def contents(package: Package) -> dict[str, bytes]:
    """The files of a package, by the names that they have here. npm checks what it downloads."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{package.name}@{package.version}"
        command = ["npm", "pack", wanted, "--silent", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        [packed] = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            return {
                Path(name).name: SOURCE_MAP.sub(
                    b"\n", archive.extractfile(f"package/{name}").read()
                )
                for name in (*package.files, package.licence_file)
            }


def found_wrong() -> Iterator[str]:
    """What is not as its README says, and what no package has."""
    for folder, package in PACKAGES.items():
        here = {path.name: path for path in (VENDOR / folder).glob("*") if path.name != "README.md"}
        sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in here.items()}
        if read(folder) != written(package, sums):
            yield f"vendor/{folder} is not what its README.md says: `make vendor` fetches it anew."
    for path in VENDOR.iterdir():
        if path.name not in PACKAGES:
            yield f"vendor/{path.name} is from no package: see .ci/vendor.py."


def read(folder: str) -> str:
    path = VENDOR / folder / "README.md"
    return path.read_text() if path.exists() else ""


def written(package: Package, sums: dict[str, str]) -> str:
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    return (
        f"{version_line(package)}\nIts licence is {package.licence}, "
        f"see {package.licence_file}. `make vendor` fetches these files anew. SHA-256:\n\n"
        f"```\n{lines}```\n"
    )


def version_line(package: Package) -> str:
    link = f"https://www.npmjs.com/package/{package.name}/v/{package.version}"
    return f"[{package.name} {package.version}]({link}), from the npm registry."


if __name__ == "__main__":
    sys.exit(main())
