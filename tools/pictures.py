"""The pictures of the README: a plan as SVG, a report as PNG, made from the sample workspace.

`python -m tools.pictures docs/images` writes them (`make pictures`). Two sandboxes run in this
process, so no server is needed; the report needs Chromium.
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

import twentysync
from twentysync.demo.sample import JOINED, manifests_folder, sample_workspace
from twentysync.rendering.plan_text import plan_text
from twentysync.rendering.report import report_html
from twentysync.report.build import make_report
from twentysync.sandbox import Limits, Sandbox
from twentysync.twenty.http.transport import Transport
from twentysync.twenty.workspace import Workspace

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PROJECT = """\
source: selfhosted
target: cloud
workspaces:
  selfhosted: {url: "https://crm.harbour-vine.example", api_key: "${OLD_KEY}"}
  cloud: {url: "https://api.twenty.com", api_key: "${NEW_KEY}"}
"""
#: What somebody edited in the manifests: file, text, new text.
_EDITS = (
    ("objects/company.yaml", "label: Head buyer", "label: Chief buyer"),
    ("objects/company.yaml", "    - {value: CATERER, label: Caterer, color: tomato}\n", ""),
    (
        "views/company/on-hold.yaml",
        "viewFilters:\n",
        "viewFilters:\n- {field: customerSince, operand: IS_NOT_EMPTY}\n",
    ),
    ("views/company/on-hold.yaml", "isCompact: true\n", ""),
    ("roles/cellar.yaml", "[IMPORT_CSV]", "[IMPORT_CSV, EXPORT_CSV]"),
    (
        "workflows/count-the-empty-shelves/count.ts",
        "level.cases === 0",
        "level.cases < 2",
    ),
)


def main(folder: Path) -> None:
    """Write both pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        plan_picture(Path(made), folder / "plan.svg")
        report_picture(Path(made), folder / "report.png")


def plan_picture(work: Path, out: Path) -> None:
    """The plan of a few edits, as a terminal shows it."""
    root = _project(work / "edited")
    manifests = root / "manifests"
    with sample_workspace(scale=0.05, limits=Limits.off()) as sandbox:
        for name, before, after in _EDITS:
            file = manifests / name
            text = file.read_text(encoding="utf-8")
            if before not in text:
                raise SystemExit(f"{name} does not hold {before!r}")
            file.write_text(text.replace(before, after, 1), encoding="utf-8")
        with contextlib.chdir(root):
            plan = twentysync.plan(twentysync.open_project(), _connect(sandbox, "cloud"))
        text = plan_text(plan)
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ twentysync plan\n", "bold cyan"), Text.from_ansi(text)))
    svg = console.export_svg(title="twentysync plan", unique_id="plan")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # nothing from the network
    out.write_text(re.sub(r" +$", "", svg, flags=re.MULTILINE) + "\n", encoding="utf-8")


def report_picture(work: Path, out: Path) -> None:
    """The report of a migration on which one person has not joined yet."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        print("no Chromium: the picture of the report was not made", file=sys.stderr)  # noqa: T201
        return
    page = work / "report.html"
    page.write_text(_report(_project(work / "moved")), encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,880"
    subprocess.run(
        [browser, *flags.split(), f"--screenshot={out.resolve()}", page.as_uri()],
        check=True,
        capture_output=True,
        timeout=300,
    )


def _report(root: Path) -> str:
    with (
        sample_workspace(scale=0.05, limits=Limits.off()) as old,
        Sandbox.fresh(
            name="Harbour & Vine", members=JOINED, samples=False, limits=Limits.off()
        ) as new,
    ):
        project = twentysync.open_project(root)
        source, target = _connect(old, "selfhosted"), _connect(new, "cloud")
        twentysync.pull(project, source)
        twentysync.apply(project, twentysync.plan(project, target), target)
        twentysync.read_records(project, source)
        twentysync.push(project, target)
        twentysync.verify(project, source, target)
        sides = {"source": source, "target": target}
        return report_html(make_report(project, sides.__getitem__))


def _project(root: Path) -> Path:
    root.mkdir()
    (root / "twentysync.yaml").write_text(_PROJECT, encoding="utf-8")
    shutil.copytree(manifests_folder(), root / "manifests")
    return root


def _connect(sandbox: Sandbox, name: str) -> Workspace:
    """A connection in process; waits move the sandbox's clock."""
    transport = Transport(
        "http://sandbox",
        sandbox.api_key,
        http=sandbox.transport(),
        clock=sandbox.clock.now,
        sleep=sandbox.clock.sleep,
    )
    return Workspace(name, transport)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
