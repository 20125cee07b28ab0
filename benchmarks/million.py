"""Memory and time of a push by the number of records: `python benchmarks/million.py 20000 ...`.

The sandbox runs in a process of its own, with its database on disk, so that the memory that is
printed is the mover's alone. Without numbers: 10,000 and 40,000 records; the issue's
figure is `python benchmarks/million.py 1000000`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from twentysync.records.columns import columns_of
from twentysync.records.policy import OnConflict, Policy
from twentysync.records.push import push_records
from twentysync.records.store import Index, Store
from twentysync.sandbox import Limits, Sandbox
from twentysync.twenty.pace import Rate
from twentysync.twenty.records import Record
from twentysync.twenty.workspace import Workspace

_STAMP = "2024-03-01T10:00:00.000Z"
_PAGE = 1000


def serve(database: str) -> None:
    """Be the target, until the other side closes our input."""
    with (
        Sandbox.fresh(database=database, samples=False, limits=Limits.off()) as sandbox,
        sandbox.serve() as served,
    ):
        print(json.dumps([served.url, served.api_key]), flush=True)
        sys.stdin.read()


def records(thing: str, count: int, companies: int) -> Iterator[list[Record]]:
    """Pages of records in order of id."""
    for start in range(0, count, _PAGE):
        yield [_record(thing, n, companies) for n in range(start, min(count, start + _PAGE))]


def _id(thing: str, number: int) -> str:
    kind = 1 if thing == "company" else 2
    return str(uuid.UUID(f"{number:08x}-0000-4000-8000-{kind:012x}"))


def _record(thing: str, number: int, companies: int) -> Record:
    base = {"id": _id(thing, number), "createdAt": _STAMP, "updatedAt": _STAMP, "position": number}
    if thing == "company":
        link = {"primaryLinkUrl": f"https://c{number}.example", "primaryLinkLabel": "web"}
        return {**base, "name": f"Company {number}", "domainName": link}
    email = {"primaryEmail": f"jo{number}@c.example", "additionalEmails": []}
    name = {"firstName": f"Jo{number}", "lastName": "Müller"}
    owner = _id("company", number % companies)
    return {**base, "name": name, "emails": email, "companyId": owner}


def fill(store: Store, target: Workspace, count: int) -> None:
    """Write `count` records into a store: two fifths companies, three fifths people."""
    companies = max(1, count * 2 // 5)
    index = Index("00000000-0000-4000-8000-000000000001", "Generated", "2.21.0", _STAMP)
    for thing, number in (("company", companies), ("person", count - companies)):
        kept = {"id", "createdAt", "updatedAt", "position", "name"}
        kept |= {"domainName"} if thing == "company" else {"emails", "companyId"}
        columns = columns_of(target.model.objects[thing])
        chosen = {name: column for name, column in columns.items() if name in kept}
        pages = records(thing, number, companies)
        index.objects[thing] = store.write(thing, chosen, pages, _STAMP)
    index.objects["workspaceMember"] = store.write("workspaceMember", {}, [], _STAMP)
    store.write_index(index)


def push(url: str, key: str, folder: Path, count: int) -> None:
    """Push, and print what it took."""
    target = Workspace.connect("target", url, key, rate=Rate(1_000_000, 1.0))
    store = Store(folder / "records")
    fill(store, target, count)
    before, cpu = time.perf_counter(), time.process_time()
    summary = push_records(
        store, target, policy=Policy(on_conflict=OnConflict.STOP), state_dir=folder / "state"
    )
    seconds, busy = time.perf_counter() - before, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert summary.writes == count, summary.to_dict()
    print(
        f"{count:>9,} records {seconds:8.1f} s {count / seconds:8,.0f} a second "
        f"{summary.requests:6} requests ({summary.least} at least) {memory:6.0f} MB at most, "
        f"{busy:.0f} s of processor",
        flush=True,
    )


def main(counts: list[int]) -> None:
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            here = [sys.executable, __file__]
            with subprocess.Popen(
                [*here, "serve", str(folder / "target.sqlite")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as server:
                assert server.stdout
                url, key = json.loads(server.stdout.readline())
                subprocess.run([*here, "push", url, key, name, str(count)], check=True)
                server.communicate()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", database]:
            serve(database)
        case ["push", url, key, name, count]:
            push(url, key, Path(name), int(count))
        case numbers:
            main([int(number) for number in numbers] or [10_000, 40_000])
