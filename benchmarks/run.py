"""Figures to compare before and after a change: `make bench`.

Everything runs in process against an embedded workspace, so the figures are of this code and not
of a network. They are printed and written to benchmarks/last.json.
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twentysync.applying.apply import apply_plan
from twentysync.demo.sample import JOINED, manifests_folder, sample_workspace
from twentysync.kinds.registry import read_workspace
from twentysync.manifests.load import load_manifests
from twentysync.manifests.save import save_manifests
from twentysync.planning.make import make_plan
from twentysync.records.options import OnConflict, Policy
from twentysync.records.read.pull import pull_records
from twentysync.records.storage.record_store import Store
from twentysync.records.verify.verify import verify_records
from twentysync.records.write.push import push_records
from twentysync.sandbox import Limits, Sandbox
from twentysync.twenty.workspace import Workspace

HERE = Path(__file__).resolve().parent


class Bench:
    """Takes times and counts requests."""

    def __init__(self) -> None:
        self.figures: list[dict[str, Any]] = []

    @contextmanager
    def measure(self, what: str, requests: Callable[[], int], things: int = 0) -> Iterator[None]:
        before, started = requests(), time.perf_counter()
        yield
        seconds = time.perf_counter() - started
        figure = {"what": what, "seconds": round(seconds, 3), "requests": requests() - before}
        speed = ""
        if things:
            figure["things"] = things
            speed = f"{things / seconds:10,.0f} a second"
        self.figures.append(figure)
        print(f"{what:34} {seconds:8.2f} s {figure['requests']:6} requests {speed}")


def connect(sandbox: Sandbox, name: str) -> Workspace:
    return Workspace.connect(name, sandbox.url, sandbox.api_key, http=sandbox.transport())


def run(bench: Bench, folder: Path) -> None:
    limits = Limits.off()
    with (
        sample_workspace(limits=limits) as old,
        Sandbox.fresh(members=JOINED, seed="fresh", limits=limits) as new,
    ):
        source, target = connect(old, "old"), connect(new, "new")
        source_cost = lambda: len(old.requests)  # noqa: E731
        target_cost = lambda: len(new.requests)  # noqa: E731
        with bench.measure("read a workspace", source_cost):
            state = read_workspace(source)
        with bench.measure("write its manifests", source_cost, len(state)):
            save_manifests(state, folder / "manifests", folder / "schemas")
        with bench.measure("load and validate manifests", source_cost):
            desired = load_manifests(manifests_folder())
        with bench.measure("plan", target_cost, len(desired)):
            plan = make_plan(desired, read_workspace(target), target)
        with bench.measure("apply", target_cost, len(plan.changes)):
            assert apply_plan(plan, target, folder / "state").complete
        target.refresh()
        store = Store(folder / "records")
        with bench.measure("records pull", source_cost):
            pull_records(source, store)
        policy = Policy(on_conflict=OnConflict.STOP)
        count = sum(kept.count for kept in store.index().objects.values())
        for what in ("records push", "records push, again"):
            with bench.measure(what, target_cost, count):
                push_records(store, target, policy=policy, state_dir=folder / "state")
        both = lambda: len(old.requests) + len(new.requests)  # noqa: E731
        with bench.measure("records verify", both, count):
            report = verify_records(source, target, policy=policy, state_dir=folder / "state")
        assert report.equal


def main() -> None:
    bench = Bench()
    with tempfile.TemporaryDirectory() as folder:
        run(bench, Path(folder))
    about = {"python": platform.python_version(), "figures": bench.figures}
    (HERE / "last.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
