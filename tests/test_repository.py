"""The repository itself: what is generated is fresh, what is promised in words holds."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from tools.coverage_page import coverage_page
from tools.reference_pages import commands_page, exit_codes_page
from twentysync import errors
from twentysync.cli import VERBS, cli
from twentysync.cli.schema import every_schema
from twentysync.demo import sample
from twentysync.errors import TwentysyncError

ROOT = Path(__file__).resolve().parents[1]
#: Outcomes of a run that no exception stands for.
_OUTCOMES = {0, 2}


def tracked() -> list[Path]:
    """Every file that is in git; the tests run in an unpacked archive, too."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    found = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in found if path.is_file()]


#: The most lines of a module; those that have more yet, and how many they may have at most. No
#: more come to the list: who makes one of them short takes it off.
_MOST_LINES, _MOST_YET = 400, 430
_LONGER = {
    "kinds/access/roles.py",
    "kinds/base/secret_rules.py",
    "kinds/data_model/fields.py",
    "kinds/layouts/widgets.py",
    "kinds/views/kind.py",
    "verification/naming.py",
    "verification/row_types.py",
}


def commands() -> list[tuple[str, click.Command]]:
    """Every command that has work to do, with the words that call it."""
    found = []
    for verb in VERBS:
        command = cli.get_command(click.Context(cli), verb)
        assert command is not None
        inner = command.commands if isinstance(command, click.Group) else {}
        found += [(verb, command), *((f"{verb} {name}", each) for name, each in inner.items())]
    return found


def test_the_page_of_what_is_carried_is_fresh() -> None:
    page = (ROOT / "docs" / "coverage.md").read_text("utf-8")
    assert page == coverage_page(), "run `make docs`"


def test_the_pages_of_commands_and_exit_codes_are_fresh() -> None:
    folder = ROOT / "docs" / "reference"
    assert (folder / "commands.md").read_text("utf-8") == commands_page(), "run `make docs`"
    assert (folder / "exit-codes.md").read_text("utf-8") == exit_codes_page(), "run `make docs`"


def test_modules_are_short() -> None:
    package = ROOT / "twentysync"
    lines = {
        path.relative_to(package).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in package.rglob("*.py")
    }
    longer = {name: count for name, count in lines.items() if count > _MOST_LINES}
    assert longer.keys() <= _LONGER, f"split them: a module has at most {_MOST_LINES} lines"
    assert longer.keys() >= _LONGER, "short by now: take them off the list"
    assert max(longer.values(), default=0) <= _MOST_YET


def test_schemas_are_fresh() -> None:
    published = {path.name: path.read_text("utf-8") for path in (ROOT / "schemas").iterdir()}
    assert published == dict(every_schema()), "run `make schemas`"


@pytest.mark.parametrize(("words", "command"), commands(), ids=lambda item: str(item))
def test_each_help_ends_with_two_examples(words: str, command: click.Command) -> None:
    with click.Context(command, info_name=f"twentysync {words}") as context:
        lines = command.get_help(context).splitlines()
    *_, heading, first, second = lines
    assert heading.strip() == "Examples:"
    for example in (first, second):
        assert example.startswith(f"    twentysync {words.split()[0]}")


def test_each_verb_has_the_help_that_the_list_of_verbs_says() -> None:
    for verb, (module, summary) in VERBS.items():
        assert (ROOT / "twentysync" / "cli" / f"{module}.py").is_file()
        assert summary.endswith("."), verb


def faults() -> list[type[TwentysyncError]]:
    """Every class of the tree of errors."""
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    return [fault for fault in classes if issubclass(fault, TwentysyncError)]


def test_exit_codes_of_the_page_are_those_of_the_code() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert table == {fault.exit_code for fault in faults()} | _OUTCOMES


def test_each_error_has_its_place_in_troubleshooting() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    headings = re.findall(r"^## (.+) \((\d+)\)$", page, re.MULTILINE)
    explained = {name: int(code) for names, code in headings for name in names.split(" and ")}
    assert explained == {fault.__name__: fault.exit_code for fault in faults()}


def test_the_readme_is_short_and_has_its_pictures() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(readme.splitlines()) <= 150
    for name in ("plan.svg", "report.png"):
        picture = ROOT / "docs" / "images" / name
        assert f"(docs/images/{name})" in readme
        assert picture.stat().st_size <= 150_000
    plan = (ROOT / "docs" / "images" / "plan.svg").read_text("utf-8")
    assert "url(" not in plan.replace("url(#", "")


def test_every_verb_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [verb for verb in VERBS if f"`{verb}" not in readme] == []


def test_what_is_installed_has_the_sample() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    brought = built["targets"]["wheel"]["force-include"]
    place = Path(sample.__file__).parent / "manifests"
    there = {path for path in (ROOT / "manifests").iterdir() if path.name != "records"}
    assert {ROOT / name: ROOT / to for name, to in brought.items()} == {
        path: place / path.name for path in there
    }
    assert "supplier.yaml" in {path.name for path in sample.manifests_folder().rglob("*.yaml")}


def test_every_link_of_a_page_leads_somewhere() -> None:
    pages = [path for path in tracked() if path.suffix == ".md"]
    assert pages
    for page in pages:
        text = page.read_text("utf-8")
        anchors = {_anchor(line) for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if link.startswith("#"):
                assert link[1:] in anchors, f"{page.name}: {link}"
            elif "://" not in link:
                assert (page.parent / link.partition("#")[0]).exists(), f"{page.name}: {link}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_picture_of_the_folders_is_what_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    drawn, room = set(), ""
    for line in text.partition("```\ncli ")[2].partition("```")[0].splitlines()[1:]:
        name = line.split()[0]
        if line.startswith("  "):
            drawn.add(f"{room}/{name}")
        else:
            room = name
            drawn.add(name)
    package = ROOT / "twentysync"
    there = {path.parent.relative_to(package).as_posix() for path in package.rglob("__init__.py")}
    modules = {
        "api",
        "project",
        "errors",
        "redaction",
        "version",
        "kinds/registry",
        "kinds/row_kind",
    }
    assert drawn | {"cli", "."} == there | modules
    assert {name for name in modules if not (package / f"{name}.py").exists()} == set()


def test_every_page_is_linked_from_the_readme_or_the_index() -> None:
    pages = {p for p in tracked() if p.suffix == ".md" and ".github" not in p.parts}
    linked = {ROOT / "README.md", *_linked(ROOT / "README.md"), *_linked(ROOT / "docs/index.md")}
    assert sorted(path.relative_to(ROOT).as_posix() for path in pages - linked) == []


def _linked(page: Path) -> set[Path]:
    links = re.findall(r"\]\(([^)\s#]+)", page.read_text("utf-8"))
    return {(page.parent / link).resolve() for link in links if "://" not in link}


def test_the_site_has_every_page_of_its_folder() -> None:
    site = (ROOT / "mkdocs.yml").read_text("utf-8")
    folder = ROOT / "docs"
    pages = [path.relative_to(folder).as_posix() for path in folder.rglob("*.md")]
    assert [page for page in pages if page not in site] == []


def test_no_file_holds_a_path_of_a_machine() -> None:
    homes = "|".join(("home", "Users", "root", "work"))
    path = re.compile(rf"(?<![\w.:/}}])/({homes})/[\w.-]+")
    found = []
    for file in tracked():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if path.search(line) or str(ROOT) in line:
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert found == []


def test_texts_end_with_a_newline_and_have_no_carriage_returns() -> None:
    for file in tracked():
        data = file.read_bytes()
        if b"\0" in data or file.suffix in (".json", ".graphql", ".svg"):
            continue
        assert b"\r" not in data, file
        assert not data or data.endswith(b"\n"), file


def test_each_threat_has_its_tests() -> None:
    page = (ROOT / "docs" / "threats.md").read_text("utf-8")
    lines = re.findall(r"^\| ([A-Z][^|]*?) \|.*\| (.*) \|$", page, re.MULTILINE)
    named = {one for ids, _ in lines for one in ids.split(", ")}
    assert {f"C{number}" for number in range(1, 32)} | {"D"} <= named
    for ids, cell in lines:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", cell)
        assert tests, ids
        for file, name in tests:
            text = (ROOT / file).read_text("utf-8")
            assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"{ids}: {file}::{name}"
    for module in re.findall(r"`((?:\w+/)*\w+\.py)`", page):
        assert (ROOT / module).exists() or (ROOT / "twentysync" / module).exists(), module
