"""What the wheel and the source archive hold: all that they need, and nothing of a person's.

`python -m tools.packages dist` builds both and looks into them (`make package`). Whoever builds
them does so in a folder in which twentysync may have run: records, journals and keys lie about.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What is nowhere in either: state of runs, what was pulled, keys, what tools leave behind.
_NEVER = re.compile(
    r"(?:^|/)(?:\.twentysync|records/(?:index\.json|.*\.jsonl|files/.*)|captures?|__pycache__|\.git|"
    r"\.github|\.venv|\.env[^/]*|\.coverage.*|\.hypothesis|crash-[^/]*\.log)(?:/|$)|"
    r"\.(?:py[co]|jsonl|pem|key|sqlite3?|db|orig|rej|swp|new|lock|whl)$"
)
_WHEEL_ONLY = re.compile(r"(?:twentysync|twentysync-[^/]+\.dist-info)/")
_OF_WHEEL = (
    "twentysync/cli/__init__.py",
    "twentysync/py.typed",
    "twentysync/demo/manifests/objects/supplier.yaml",
)
_OF_SOURCES = (
    *("pyproject.toml", "README.md", "LICENSE", "SECURITY.md", "CHANGELOG.md", "Makefile"),
    *("twentysync/cli/__init__.py", "twentysync/py.typed", "manifests/objects/supplier.yaml"),
    *("schemas/object.schema.json", "tests/support.py", "tools/packages.py", "docs/index.md"),
)


def build(root: Path, out: Path) -> list[Path]:
    """Build the wheel and the source archive of a checkout; their paths."""
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    made: list[Path] = []
    for builder in (WheelBuilder(str(root)), SdistBuilder(str(root))):
        made += [Path(path) for path in builder.build(directory=str(out), versions=["standard"])]
    return made


def names(package: Path) -> list[str]:
    """The files in a package, without the folder that a source archive puts around all."""
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            return [name for name in wheel.namelist() if not name.endswith("/")]
    with tarfile.open(package) as archive:
        return [one.name.partition("/")[2] for one in archive.getmembers() if not one.isdir()]


def faults(package: Path, root: Path = ROOT) -> Iterator[str]:
    """What is in a package and should not be, and what is not and should."""
    there = names(package)
    wheel = package.suffix == ".whl"
    for name in there:
        if _NEVER.search(name) or (wheel and not _WHEEL_ONLY.match(name)):
            yield f"{package.name} holds {name}"
    for name in _OF_WHEEL if wheel else _OF_SOURCES:
        if name not in there:
            yield f"{package.name} lacks {name}"
    for name in sorted(_sources(root, wheel=wheel) - set(there)):
        yield f"{package.name} lacks {name}"


def _sources(root: Path, *, wheel: bool) -> set[str]:
    """The modules, templates, facts and samples that a run may ask for."""
    found = set()
    for folder in ("twentysync", "manifests"):
        below = (path for path in (root / folder).rglob("*") if path.is_file())
        found |= {path.relative_to(root).as_posix() for path in below}
    there = {name for name in found if not _NEVER.search(name)}
    return {_in_wheel(name) for name in there} if wheel else there


def _in_wheel(name: str) -> str:
    return f"twentysync/demo/{name}" if name.startswith("manifests/") else name


def main(out: Path) -> int:
    """Build, list and judge. Exit code 1 when something is wrong."""
    wrong: list[str] = []
    for package in build(ROOT, out):
        there = names(package)
        print(f"{package.name}: {len(there)} files, {package.stat().st_size:,} bytes")  # noqa: T201
        wrong += faults(package)
    for line in wrong:
        print(line, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
