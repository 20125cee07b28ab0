"""A plan that has nothing to do: 500 objects, 10,000 fields, 2,000 views, both sides in memory.

The workspace is a sandbox in a process of its own, made by an apply of the manifests (whose figures
are printed, too). The plan's process loads the manifests, reads the workspace over HTTP and plans;
then the command does the same. Beside them stands `terraform plan` of as many `terraform_data`
resources, where terraform is installed. What only the sandbox needs is imported where it is used,
so that the memory of the plan's process is the tool's own. `python benchmarks/planning.py 50` takes
a tenth.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twentysync.documents.yaml import dump
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.planning.make import make_plan
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.workspace import Workspace

_FIELDS, _VIEWS, _COLUMNS = 20, 4, 8
_TYPES = (
    "TEXT NUMBER BOOLEAN DATE DATE_TIME CURRENCY EMAILS PHONES LINKS SELECT MULTI_SELECT RATING "
    "RAW_JSON ARRAY ADDRESS"
).split()
_OPTIONS = [{"value": f"V{n}", "label": f"Value {n}", "color": "red"} for n in range(5)]
#: Terraform's time grows faster than the number of resources: it is not waited for longer.
_PATIENCE = 600


def documents(objects: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Manifests by file."""
    for number in range(objects):
        name = f"thing{number}"
        fields = {f"field{n}": _field(number, n) for n in range(_FIELDS - 1)}
        inverse = {"name": f"children{number}", "label": "Children"}
        target = f"thing{max(0, number - 1)}"
        relation = {"object": target, "inverse": inverse}
        fields["parent"] = {"type": "RELATION", "label": "Parent", "relation": relation}
        yield (
            f"objects/{name}.yaml",
            {
                "nameSingular": name,
                "namePlural": f"{name}s",
                "labelSingular": f"Resource {number}",
                "labelPlural": f"Things {number}",
                "icon": "IconBox",
                "fields": fields,
            },
        )
        for view in range(_VIEWS):
            yield f"views/{name}/{view}.yaml", _view(name, view)


def _field(owner: int, number: int) -> dict[str, Any]:
    kind = _TYPES[number % len(_TYPES)]
    field: dict[str, Any] = {
        "type": kind,
        "label": f"Field {number}",
        "description": f"What field {number} of thing {owner} holds.",
        "icon": "IconBox",
    }
    return {**field, "options": _OPTIONS} if kind.endswith("SELECT") else field


def _view(owner: str, number: int) -> dict[str, Any]:
    columns = [f"field{n}" for n in range(number, number + _COLUMNS)]
    return {
        "object": owner,
        "name": f"View {number}",
        "icon": "IconList",
        "viewFields": [
            {"field": "name", "size": 180},
            *({"field": name, "size": 150} for name in columns),
        ],
        "viewFilters": [{"field": "field0", "operand": "CONTAINS", "value": "x"}],
        "viewSorts": [{"field": "field1", "direction": "ASC"}],
    }


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print what a step took."""
    before, busy = time.perf_counter(), time.process_time()
    yield
    seconds, busy = time.perf_counter() - before, time.process_time() - busy
    print(f"  {what:42} {seconds:8.2f} s {busy:8.2f} s of processor", flush=True)


def build(folder: Path, objects: int) -> None:
    """Make the manifests, and a sandbox that is as they say."""
    from twentysync.applying.apply import apply_plan
    from twentysync.sandbox import Limits, Sandbox

    for relative, data in documents(objects):
        path = folder / "manifests" / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(data), encoding="utf-8")
    with Sandbox.fresh(
        database=folder / "target.sqlite", samples=False, limits=Limits.off()
    ) as sandbox:
        target = _connect(sandbox.url, sandbox.api_key, http=sandbox.transport())
        desired = load_manifests(folder / "manifests")
        plan = make_plan(desired, read_workspace(target), target)
        with step(f"apply of {len(plan.changes):,} changes, sandbox included"):
            assert apply_plan(plan, target, folder / "state").complete


def _connect(url: str, key: str, **options: Any) -> Workspace:
    return Workspace.connect("target", url, key, rate=Rate(1_000_000, 1.0), **options)


def serve(folder: Path) -> None:
    """Be the target, until the other side closes our input."""
    from twentysync.sandbox import Limits, Sandbox

    with (
        Sandbox.fresh(database=folder / "target.sqlite", limits=Limits.off()) as sandbox,
        sandbox.serve() as served,
    ):
        print(json.dumps([served.url, served.api_key]), flush=True)
        sys.stdin.read()


def plan(folder: Path, url: str, key: str) -> None:
    """Load, read and plan in this process; print what each took."""
    target = _connect(url, key)
    with step("load and validate the manifests"):
        desired = load_manifests(folder / "manifests")
    with step("read the workspace (the sandbox's time too)"):
        actual = read_workspace(target)
    requests = target.transport.traffic.total
    with step(f"plan {len(desired):,} things against {len(actual):,}"):
        made = make_plan(desired, actual, target)
    assert not made.changes, made.changes[:3]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {requests} requests; {memory:.0f} MB at most, both sides in memory", flush=True)


def command(folder: Path, url: str, key: str) -> None:
    """`twentysync plan`, from the start of the process to its end."""
    project = f"target: here\nworkspaces:\n  here: {{url: '{url}', api_key: '${{KEY}}'}}\n"
    (folder / "twentysync.yaml").write_text(project, encoding="utf-8")
    arguments = [sys.executable, "-m", "twentysync", "plan", "--project", str(folder)]
    _run("twentysync plan", arguments, {"KEY": key})


def _run(what: str, arguments: list[str], env: dict[str, str]) -> None:
    """Run a program and print what it took."""
    before = time.perf_counter()
    process = subprocess.Popen(
        arguments, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said = process.communicate(timeout=_PATIENCE)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        print(f"  {what:42} more than {_PATIENCE} s", flush=True)
        return
    seconds = time.perf_counter() - before
    assert process.returncode == 0, said.decode()[-2000:]
    print(f"  {what:42} {seconds:8.2f} s", flush=True)


def terraform(folder: Path, things: int) -> None:
    """`terraform plan` of so many resources that are as the state says."""
    program = shutil.which("terraform")
    if program is None:
        print("  terraform is not installed: nothing to compare with")
        return
    folder.mkdir()
    names = [f"r{number}" for number in range(things)]
    desired = {name: {"input": f"value {name}"} for name in names}
    (folder / "main.tf.json").write_text(json.dumps({"resource": {"terraform_data": desired}}))
    (folder / "terraform.tfstate").write_text(json.dumps(_state(names)))
    env = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    where = f"-chdir={folder}"
    subprocess.run([program, where, "init", "-input=false"], check=True, capture_output=True)
    arguments = [program, where, "plan", "-input=false", "-no-color", "-detailed-exitcode"]
    _run(f"terraform plan of {things:,} terraform_data", arguments, env)


def _state(names: list[str]) -> dict[str, Any]:
    return {
        "version": 4,
        "terraform_version": "1.5.0",
        "serial": 1,
        "lineage": "00000000-0000-4000-8000-000000000001",
        "outputs": {},
        "resources": [
            {
                "mode": "managed",
                "type": "terraform_data",
                "name": name,
                "provider": 'provider["terraform.io/builtin/terraform"]',
                "instances": [{"schema_version": 0, "attributes": _attributes(name)}],
            }
            for name in names
        ],
    }


def _attributes(name: str) -> dict[str, Any]:
    value = {"value": f"value {name}", "type": "string"}
    return {"id": name, "input": value, "output": value, "triggers_replace": None}


def main(objects: int) -> None:
    fields, views = objects * _FIELDS, objects * _VIEWS
    print(f"No-op plan: {objects:,} objects, {fields:,} fields, {views:,} views")
    with tempfile.TemporaryDirectory() as name:
        folder, here = Path(name), [sys.executable, __file__]
        subprocess.run([*here, "build", name, str(objects)], check=True)
        with subprocess.Popen(
            [*here, "serve", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout
            url, key = json.loads(server.stdout.readline())
            subprocess.run([*here, "plan", name, url, key], check=True)
            command(folder, url, key)
            server.communicate()
        terraform(folder / "terraform", objects + fields + views)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["build", name, count]:
            build(Path(name), int(count))
        case ["serve", name]:
            serve(Path(name))
        case ["plan", name, url, key]:
            plan(Path(name), url, key)
        case rest:
            main(int(rest[0]) if rest else 500)
