"""Memory and time of a push by the number of records: `python benchmarks/million.py 20000 ...`.

The sandbox runs in a process of its own, with its database on disk, so that the memory that is
printed is the mover's alone. Without numbers: 10,000 and 40,000 records; the run for a release is
`python benchmarks/million.py 10000 100000 1000000`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from generated import fill

from twentysync.records.policy import OnConflict, Policy
from twentysync.records.push import push_records
from twentysync.records.store import Store
from twentysync.sandbox import Limits, Sandbox
from twentysync.twenty.pace import Rate
from twentysync.twenty.workspace import Workspace


@dataclass(frozen=True)
class Figures:
    """What a push took: `busy` are seconds of processor, `memory` the most MB at any time."""

    records: int
    seconds: float
    busy: float
    memory: float
    requests: int
    least: int


def serve(database: str) -> None:
    """Be the target, until the other side closes our input."""
    with (
        Sandbox.fresh(database=database, samples=False, limits=Limits.off()) as sandbox,
        sandbox.serve() as served,
    ):
        print(json.dumps([served.url, served.api_key]), flush=True)
        sys.stdin.read()


def push(url: str, key: str, folder: Path, count: int) -> None:
    """Push two fifths companies and three fifths people; print what it took as JSON."""
    target = Workspace.connect("target", url, key, rate=Rate(1_000_000, 1.0))
    store = Store(folder / "records")
    companies = max(1, count * 2 // 5)
    fill(store, target, {"company": companies, "person": count - companies})
    before, cpu = time.perf_counter(), time.process_time()
    summary = push_records(
        store, target, policy=Policy(on_conflict=OnConflict.STOP), state_dir=folder / "state"
    )
    assert summary.writes == count, summary.to_dict()
    figures = Figures(
        records=count,
        seconds=time.perf_counter() - before,
        busy=time.process_time() - cpu,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        requests=summary.requests,
        least=summary.least,
    )
    print(json.dumps(asdict(figures)))


def measure(count: int) -> Figures:
    """One push in processes of its own."""
    with tempfile.TemporaryDirectory() as name:
        here = [sys.executable, __file__]
        with subprocess.Popen(
            [*here, "serve", str(Path(name) / "target.sqlite")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stdout
            url, key = json.loads(server.stdout.readline())
            pushed = subprocess.run(
                [*here, "push", url, key, name, str(count)],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            server.communicate()
    return Figures(**json.loads(pushed.stdout))


def main(counts: list[int]) -> None:
    print("Push of generated records into a sandbox in a process of its own")
    head = f"{'records':>10} {'a second':>9} {'MB':>6} {'requests':>9} {'least':>7}"
    print(f"{head} {'processor':>10}   (ms of processor for 1,000 records)", flush=True)
    for count in counts:
        found = measure(count)
        print(
            f"{found.records:>10,} {found.records / found.seconds:>9,.0f} {found.memory:>6.0f} "
            f"{found.requests:>9,} {found.least:>7,} {found.busy:>8.1f} s   "
            f"({found.busy * 1e6 / found.records:.0f})",
            flush=True,
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", database]:
            serve(database)
        case ["push", url, key, name, count]:
            push(url, key, Path(name), int(count))
        case numbers:
            main([int(number) for number in numbers] or [10_000, 40_000])
