"""What is published: all of the program, nothing of whoever built it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.audit import audit
from tools.packages import build, faults, names

ROOT = Path(__file__).resolve().parents[1]
#: What lies about where somebody worked, by the packages that it would get into.
PLANTED = (
    ".twentysync/apply/1.jsonl",
    ".env",
    "key.pem",
    "manifests/.twentysync/lock",
    "manifests/records/company.jsonl",
    "manifests/records/index.json",
    "manifests/records/files/20202020-1c25-4d02-bf25-6aeccf7ea419",
    "twentysync/.twentysync/login.json",
    "twentysync/crash-1.log",
    "twentysync/cli/old.pyc",
    "tests/captures/2.21/x.json",
    "docs/.env.local",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="needs hatchling, which builds the packages")
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    root = tmp_path_factory.mktemp("checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    return root


@pytest.fixture(scope="module")
def packages(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build(checkout, tmp_path_factory.mktemp("dist"))


def test_both_packages_hold_what_they_should(checkout: Path, packages: list[Path]) -> None:
    assert sorted(path.suffix for path in packages) == [".gz", ".whl"]
    for package in packages:
        assert list(faults(package, checkout)) == []


def test_the_wheel_holds_the_program_alone(packages: list[Path]) -> None:
    (wheel,) = [path for path in packages if path.suffix == ".whl"]
    tops = {name.partition("/")[0] for name in names(wheel)}
    assert len(tops) == 2, tops
    assert not any("test" in name.split("/")[1] for name in names(wheel))
    with zipfile.ZipFile(wheel) as found:
        entry = next(name for name in found.namelist() if name.endswith("entry_points.txt"))
        assert "twentysync = twentysync.cli:main" in found.read(entry).decode()


def test_what_lies_about_is_in_neither(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    planted = tmp_path_factory.mktemp("planted") / "checkout"
    shutil.copytree(checkout, planted)
    for name in PLANTED:
        (planted / name).parent.mkdir(parents=True, exist_ok=True)
        (planted / name).write_text("somebody's own", encoding="utf-8")
    for package in build(planted, tmp_path_factory.mktemp("dist")):
        assert [fault for fault in faults(package, checkout) if "holds" in fault] == []


def test_what_is_in_a_package_by_mistake_is_named(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        for name in ("tests/test_x.py", "twentysync/.twentysync/lock", "twentysync/py.typed"):
            made.writestr(name, "")
    found = list(faults(wheel, tmp_path))
    assert f"{wheel.name} holds tests/test_x.py" in found
    assert f"{wheel.name} holds twentysync/.twentysync/lock" in found
    assert f"{wheel.name} lacks twentysync/cli/__init__.py" in found


@pytest.mark.parametrize(
    ("words", "code", "expected", "said"),
    [
        ("No known vulnerabilities found", 0, 0, "No known"),
        ("x  Dependency not found and could not be audited", 0, 0, "1 packages NOT CHECKED"),
        ("Found 1 known vulnerability in 1 package", 1, 1, "Found 1"),
        ("requests.exceptions.ConnectionError: Max retries exceeded", 1, 0, "NOTHING WAS CHECKED"),
        ("No module named pip_audit", 1, 1, "pip install"),
    ],
)
def test_an_audit_says_whether_it_could_look(
    words: str, code: int, expected: int, said: str
) -> None:
    found, told = audit([sys.executable, "-c", f"print({words!r}); raise SystemExit({code})"])
    assert found == expected
    assert said in told
