"""Memory and time by the number of records, of all that a migration does with them.

Generated records are pushed into a sandbox, pulled from a copy of it, and both are compared:
`python benchmarks/million.py 20000 ...`. The sandboxes run in processes of their own, with their
databases on disk, and each verb in one of its own, so that the memory that is printed is the
mover's alone. Without numbers: 10,000 and 40,000 records; the run for a release is
`python benchmarks/million.py 10000 100000 1000000`.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from generated import fill

from twentysync.records.options import OnConflict, Policy
from twentysync.records.read.pull import pull_records
from twentysync.records.storage.record_store import Store
from twentysync.records.verify.verify import verify_records
from twentysync.records.write.push import push_records
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.workspace import Workspace

_HERE = [sys.executable, __file__]
_DATABASE = "target.sqlite"
_COPY = "source.sqlite"


@dataclass(frozen=True)
class Figures:
    """What a verb took: `busy` are seconds of processor, `memory` the most MB at any time."""

    seconds: float
    busy: float
    memory: float
    requests: int


def serve(database: str) -> None:
    """Be a workspace, until the other side closes our input."""
    from twentysync.sandbox import Limits, Sandbox

    with (
        Sandbox.fresh(database=database, samples=False, limits=Limits.off()) as sandbox,
        sandbox.serve() as served,
    ):
        print(json.dumps([served.url, served.api_key]), flush=True)
        sys.stdin.read()


@contextmanager
def served(database: Path) -> Iterator[list[str]]:
    """Address and key of a sandbox in a process of its own."""
    with subprocess.Popen(
        [*_HERE, "serve", str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        yield json.loads(server.stdout.readline())
        server.communicate()


def push(folder: Path, count: int, workspaces: list[Workspace]) -> Callable[[], None]:
    """Two fifths companies and three fifths people."""
    (target,) = workspaces
    store = Store(folder / "records")
    companies = max(1, count * 2 // 5)
    fill(store, target, {"company": companies, "person": count - companies})

    def run() -> None:
        policy = Policy(on_conflict=OnConflict.STOP)
        summary = push_records(store, target, policy=policy, state_dir=folder / "state")
        assert summary.writes == count, summary.to_dict()
        assert summary.requests == summary.least, summary.to_dict()

    return run


def pull(folder: Path, count: int, workspaces: list[Workspace]) -> Callable[[], None]:
    """All of them into a store."""

    def run() -> None:
        summary = pull_records(workspaces[0], Store(folder / "pulled"))
        assert sum(summary.objects.values()) == count, summary.objects

    return run


def verify(folder: Path, count: int, workspaces: list[Workspace]) -> Callable[[], None]:
    """Every field of both sides."""

    def run() -> None:
        report = verify_records(*workspaces, policy=Policy(), state_dir=folder / "state")
        assert report.equal, report.to_dict()
        assert sum(item.source for item in report.objects.values()) == count

    return run


def measured(verb: str, folder: Path, count: int, places: list[str]) -> None:
    """Run a verb in this process; print what it took as JSON."""
    workspaces = [
        Workspace.connect(name, url, key, rate=Rate(1_000_000, 1.0))
        for name, url, key in zip(("source", "target"), places[::2], places[1::2], strict=False)
    ]
    run = {"push": push, "pull": pull, "verify": verify}[verb](folder, count, workspaces)
    before, cpu = time.perf_counter(), time.process_time()
    run()
    figures = Figures(
        seconds=time.perf_counter() - before,
        busy=time.process_time() - cpu,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        requests=sum(item.transport.traffic.total for item in workspaces),
    )
    print(json.dumps(asdict(figures)))


def told(verb: str, folder: Path, count: int, *places: str) -> None:
    """Run a verb in a process of its own, and print its line."""
    done = subprocess.run(
        [*_HERE, verb, str(folder), str(count), *places],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = Figures(**json.loads(done.stdout))
    print(
        f"{count:>10,} {verb:8} {count / found.seconds:>9,.0f} {found.memory:>6.0f} "
        f"{found.requests:>9,} {found.busy:>8.1f} s   ({found.busy * 1e6 / count:.0f})",
        flush=True,
    )


def measure(count: int) -> None:
    """Push so many records, copy the workspace, pull the copy and compare both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder / _DATABASE) as target:
            told("push", folder, count, *target)
        shutil.copy(folder / _DATABASE, folder / _COPY)
        with served(folder / _COPY) as source, served(folder / _DATABASE) as target:
            told("pull", folder, count, *source)
            told("verify", folder, count, *source, *target)


def main(counts: list[int]) -> None:
    print("Generated records into a sandbox, out of a copy of it, and both compared")
    head = f"{'records':>10} {'verb':8} {'a second':>9} {'MB':>6} {'requests':>9}"
    print(f"{head} {'processor':>10}   (ms of processor for 1,000 records)", flush=True)
    for count in counts:
        measure(count)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", database]:
            serve(database)
        case ["push" | "pull" | "verify" as verb, name, count, *places]:
            measured(verb, Path(name), int(count), places)
        case numbers:
            main([int(number) for number in numbers] or [10_000, 40_000])
