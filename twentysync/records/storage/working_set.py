"""The working set of one run, on disk: what is to be sent, and what is known to be where.

A SQLite file that is thrown away at the end. The journal and the store are the truth; this is
their index, so that memory does not grow with the number of records.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from twentysync.documents.atomic import create, private_folder
from twentysync.errors import Incomplete
from twentysync.records.storage.record_state import (
    ON_TARGET,
    DeletedAtSource,
    Pending,
    PendingDeletion,
    State,
)
from twentysync.twenty.records.api import Record

_TABLES = """
CREATE TABLE row (
  object TEXT, id TEXT, level INTEGER DEFAULT 0, updated TEXT,
  state INTEGER DEFAULT 0, target TEXT, payload TEXT, UNIQUE (object, id));
CREATE INDEX row_order ON row (object, state, level, id);
CREATE TABLE written (
  object TEXT, id TEXT, digest TEXT, updated TEXT, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE present (
  object TEXT, id TEXT, updated TEXT, deleted INTEGER, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE parent (
  object TEXT, id TEXT, parent TEXT, PRIMARY KEY (object, id, parent)) WITHOUT ROWID;
CREATE TABLE climb (id TEXT PRIMARY KEY, level INTEGER DEFAULT -1) WITHOUT ROWID;
CREATE TABLE value (object TEXT, key INTEGER, value TEXT, id TEXT);
CREATE INDEX value_order ON value (object, key, value);
CREATE TABLE broken (object TEXT, id TEXT, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE file (id TEXT PRIMARY KEY, target TEXT) WITHOUT ROWID;
CREATE TABLE named (
  name TEXT, id TEXT, object TEXT, column TEXT, file TEXT, PRIMARY KEY (name, id)) WITHOUT ROWID;
CREATE TABLE link (object TEXT, id TEXT, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE made (object TEXT, id TEXT, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE created (
  object TEXT, id TEXT, number INTEGER, goes INTEGER DEFAULT 1, files TEXT,
  PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE INDEX created_order ON created (number);
CREATE TABLE author (object TEXT, id TEXT, author TEXT, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE extra (
  object TEXT, id TEXT, deleted INTEGER, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE stirred (
  object TEXT, id TEXT, verb TEXT, PRIMARY KEY (object, id, verb)) WITHOUT ROWID;
CREATE TABLE echo (object TEXT, id TEXT, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE trashed (
  object TEXT, id TEXT, deleted TEXT, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE doomed (
  object TEXT, id TEXT, deleted TEXT, updated TEXT, digest TEXT,
  PRIMARY KEY (object, id)) WITHOUT ROWID;
"""


class WorkingSet:
    """The working set. Use as a context manager: the file is removed at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            private_folder(path.parent)
            create(path, private=True).close()
            # Used by one thread at a time; files are told of by those that carry them.
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)
        except (OSError, sqlite3.Error) as fault:
            raise Incomplete(
                f"{path} cannot be written ({fault}); nothing was sent",
                hint="make room or mend the permissions, then run the same command again",
            ) from fault

    def __enter__(self) -> WorkingSet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    # -- filling ----------------------------------------------------------------------------

    def fill(self, table: str, rows: Iterable[Sequence[Any]], columns: str) -> None:
        """Insert many rows into `table`, replacing those of the same key, in one transaction."""
        marks = ", ".join("?" * (columns.count(",") + 1))
        statement = f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
        self._many(statement, rows)

    def _many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for many rows: one transaction, or each of them would write its pages."""
        self._db.execute("BEGIN")
        try:
            self._db.executemany(statement, rows)
        finally:
            if self._db.in_transaction:  # a full disk has ended it
                self._db.execute("COMMIT")

    def add_rows(self, thing: str, rows: Iterable[tuple[str, str, str]]) -> None:
        """Records of the source as they are to be sent: (id, payload as JSON, updatedAt)."""
        self.fill("row", ((thing, *row) for row in rows), "object, id, payload, updated")

    def forget(self, table: str, thing: str, ids: Iterable[str]) -> None:
        """Remove rows of `table`."""
        statement = f"DELETE FROM {table} WHERE object = ? AND id = ?"  # noqa: S608
        self._many(statement, ((thing, found) for found in ids))

    # -- asking -----------------------------------------------------------------------------

    def ask(self, statement: str, *values: Any) -> Iterator[Any]:
        """The rows of a query, as they come."""
        return self._db.cursor().execute(statement, values)

    def number(self, statement: str, *values: Any) -> int:
        """The one number that a query answers."""
        found = self._db.execute(statement, values).fetchone()
        return int(found[0] or 0) if found else 0

    def run(self, statement: str, *values: Any) -> int:
        """Change the working set; how many rows were."""
        return self._db.execute(statement, values).rowcount

    def count(self, thing: str, state: State | None = None) -> int:
        """How many records of an object there are, in a state or in all."""
        if state is None:
            return self.number("SELECT count(*) FROM row WHERE object = ?", thing)
        return self.number(
            "SELECT count(*) FROM row WHERE object = ? AND state = ?", thing, int(state)
        )

    def mark(self, thing: str, ids: Iterable[str], state: State) -> None:
        """Put records into a state."""
        statement = "UPDATE row SET state = ? WHERE object = ? AND id = ?"
        self._many(statement, ((int(state), thing, found) for found in ids))

    def skip_parts(self, thing: str, column: str, whole: str) -> None:
        """Leave out the records whose `column` names no record of the object `whole`."""
        self._db.execute(
            "UPDATE row SET state = ? WHERE object = ? AND NOT EXISTS (SELECT 1 FROM row w "
            "WHERE w.object = ? AND w.id = json_extract(row.payload, '$.' || ?))",
            (int(State.SKIPPED), thing, whole, column),
        )

    def adopt(self, thing: str, record_id: str, target_id: str) -> None:
        """Let a record of the target stand for one of the source."""
        statement = "UPDATE row SET state = ?, target = ? WHERE object = ? AND id = ?"
        self._db.execute(statement, (int(State.ADOPTED), target_id, thing, record_id))

    def payload(self, thing: str, record_id: str) -> Record | None:
        """What is to be sent of one record."""
        statement = "SELECT payload FROM row WHERE object = ? AND id = ?"
        found = self._db.execute(statement, (thing, record_id)).fetchone()
        return json.loads(found[0]) if found else None

    def repay(self, thing: str, record_id: str, payload: Record) -> None:
        """Replace what is to be sent of one record."""
        text = json.dumps(payload, ensure_ascii=False)
        self._db.execute(
            "UPDATE row SET payload = ? WHERE object = ? AND id = ?", (text, thing, record_id)
        )

    def pending(self, thing: str, state: State, many: int) -> Iterator[list[Pending]]:
        """Records in a state, by level and id, so many at a time; the caller may change states."""
        level, last = -1, ""
        while True:
            found = self._db.execute(
                "SELECT id, level, payload, updated FROM row WHERE object = ? AND state = ? "
                "AND (level, id) > (?, ?) ORDER BY level, id LIMIT ?",
                (thing, int(state), level, last, many),
            ).fetchall()
            if not found:
                return
            level, last = found[-1][1], found[-1][0]
            yield [Pending(row[0], row[1], json.loads(row[2]), row[3]) for row in found]

    def linked(self, thing: str, many: int) -> Iterator[list[Pending]]:
        """Written records whose relations had to wait, so many at a time."""
        last = ""
        while True:
            found = self._db.execute(
                "SELECT r.id, r.level, r.payload, r.updated FROM link l JOIN row r "
                "ON r.object = l.object AND r.id = l.id "
                "WHERE l.object = ? AND l.id > ? AND r.state = ? ORDER BY l.id LIMIT ?",
                (thing, last, int(State.WRITTEN), many),
            ).fetchall()
            if not found:
                return
            last = found[-1][0]
            yield [Pending(row[0], row[1], json.loads(row[2]), row[3]) for row in found]

    def leavers(self, thing: str) -> Iterator[DeletedAtSource]:
        """What the journal wrote, lives on the target, and is not among the source's records."""
        rows = self._db.execute(
            "SELECT w.id, m.id IS NOT NULL, w.updated NOT IN ('', p.updated), t.deleted "
            "FROM written w "
            "JOIN present p ON p.object = w.object AND p.id = w.id "
            "LEFT JOIN row r ON r.object = w.object AND r.id = w.id "
            "LEFT JOIN trashed t ON t.object = w.object AND t.id = w.id "
            "LEFT JOIN made m ON m.object = w.object AND m.id = w.id "
            "WHERE w.object = ? AND r.id IS NULL AND p.deleted = 0 ORDER BY w.id",
            (thing,),
        )
        for row in rows:
            yield DeletedAtSource(row[0], bool(row[1]), bool(row[2]), row[3])

    def extras(self, thing: str) -> Iterator[tuple[str, bool, bool]]:
        """What only the target has: (id, whether in its trash, whether it was moved there)."""
        rows = self._db.execute(
            "SELECT e.id, e.deleted, w.id IS NOT NULL FROM extra e "
            "LEFT JOIN present p ON p.object = e.object AND p.id = e.id "
            "LEFT JOIN written w ON w.object = e.object AND w.id = e.id "
            "WHERE e.object = ? AND p.id IS NULL ORDER BY e.id",
            (thing,),
        )
        for row in rows:
            yield row[0], bool(row[1]), bool(row[2])

    def created(self, number: int) -> list[tuple[str, str | None]]:
        """Of one request, what it created and is to go: (id, its files as JSON)."""
        query = "SELECT id, files FROM created WHERE number = ? AND goes ORDER BY id"
        return self._db.execute(query, (number,)).fetchall()

    def authors(self, thing: str) -> Iterator[tuple[str, str]]:
        """Records that are to name their author: (id, author as JSON), by author."""
        query = "SELECT id, author FROM author WHERE object = ? ORDER BY author, id"
        yield from self._db.execute(query, (thing,))

    def newest_deletion(self, thing: str) -> str | None:
        """When the source last put a record of an object into its trash, if it ever did."""
        query = "SELECT max(deleted) FROM trashed WHERE object = ?"
        found = self._db.execute(query, (thing,)).fetchone()
        return str(found[0]) if found and found[0] else None

    def doomed(self, thing: str) -> Iterator[PendingDeletion]:
        """What goes into the trash, by the time of its deletion."""
        rows = self._db.execute(
            "SELECT id, deleted, updated, digest FROM doomed WHERE object = ? ORDER BY deleted, id",
            (thing,),
        )
        for row in rows:
            yield PendingDeletion(*row)

    def settle_times(self, thing: str, most: int) -> None:
        """Give what goes into the trash of an object one time when it has more than `most`."""
        times = "SELECT count(DISTINCT deleted) FROM doomed WHERE object = ?"
        if self.number(times, thing) > most:
            newest = "(SELECT max(deleted) FROM doomed WHERE object = ?)"
            self.run(f"UPDATE doomed SET deleted = {newest} WHERE object = ?", thing, thing)  # noqa: S608
        self.run("UPDATE doomed SET updated = deleted WHERE object = ?", thing)

    def written(self, thing: str, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """What the journal says of records: (digest, updatedAt)."""
        rows = self._some("SELECT id, digest, updated FROM written", thing, ids)
        return {row[0]: (row[1], row[2]) for row in rows}

    def present(self, thing: str, ids: Sequence[str]) -> dict[str, tuple[str, bool]]:
        """What the look at the target says of records: (updatedAt, whether in the trash)."""
        rows = self._some("SELECT id, updated, deleted FROM present", thing, ids)
        return {row[0]: (row[1], bool(row[2])) for row in rows}

    def stirred(self, ids: Sequence[str], thing: str = "timelineActivity") -> set[str]:
        """Those of some records that were written since the timeline is owed its order."""
        return {row[0] for row in self._some("SELECT id FROM stirred", thing, ids)}

    def unseen(self, thing: str) -> Iterator[tuple[str, str, str]]:
        """What the journal wrote and the look did not see: (id, digest, updatedAt)."""
        query = (
            "SELECT w.id, w.digest, w.updated FROM written w LEFT JOIN present p "
            "ON p.object = w.object AND p.id = w.id "
            "WHERE w.object = ? AND p.id IS NULL ORDER BY w.id"
        )
        yield from self._db.execute(query, (thing,))

    def unwritten(self, thing: str) -> list[str]:
        """Records of the source that are on the target though the journal wrote none of them."""
        rows = self._db.execute(
            "SELECT r.id FROM row r JOIN present p ON p.object = r.object AND p.id = r.id "
            "LEFT JOIN written w ON w.object = r.object AND w.id = r.id "
            "WHERE r.object = ? AND w.id IS NULL ORDER BY r.id",
            (thing,),
        )
        return [row[0] for row in rows]

    def keep_files(self, rows: Iterable[tuple[str, str]]) -> None:
        """Remember files that are on the target: (id here, id there)."""
        self._db.executemany("INSERT OR REPLACE INTO file VALUES (?, ?)", rows)

    def forget_files(self, targets: Iterable[str]) -> None:
        """Forget files that are on the target no more."""
        self._db.executemany("DELETE FROM file WHERE target = ?", ((one,) for one in targets))

    def files(self, ids: Sequence[str]) -> dict[str, str]:
        """The target's ids of files that are there; a name stands for the file that has it."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            marks = ", ".join("?" * len(some))
            known = f"SELECT id, target FROM file WHERE id IN ({marks})"  # noqa: S608
            found.update(self._db.execute(known, some).fetchall())
            by_name = (
                "SELECT n.name, f.target FROM named n JOIN file f USING (id) "  # noqa: S608
                f"WHERE n.name IN ({marks}) ORDER BY n.id DESC"  # the first of several wins
            )
            found.update(self._db.execute(by_name, some).fetchall())
        return found

    def mentioned(self, names: Iterable[str]) -> Iterator[tuple[str, str, str, str, str]]:
        """The files of records by what texts call them: (that, id, object, column, file name)."""
        query = (
            "SELECT name, id, object, column, file FROM named "
            "WHERE name = ? AND object IS NOT NULL ORDER BY id LIMIT 1"
        )
        for name in names:
            yield from self._db.execute(query, (name,))

    def _some(self, select: str, thing: str, ids: Sequence[str]) -> Iterator[Any]:
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            marks = ", ".join("?" * len(some))
            query = f"{select} WHERE object = ? AND id IN ({marks})"
            yield from self._db.execute(query, (thing, *some))

    def where(self, thing: str, ids: Sequence[str]) -> dict[str, str | None]:
        """The target's id for each of these source records: None when it is not there.

        Records that nobody knows are left out.
        """
        known: dict[str, str | None] = {}
        for table in ("present", "written"):
            rows = self._some(f"SELECT id FROM {table}", thing, ids)  # noqa: S608
            known.update((row[0], row[0]) for row in rows)
        for found, state, target in self._some("SELECT id, state, target FROM row", thing, ids):
            there = state in ON_TARGET or found in known
            known[found] = target or (found if there else None)
        return known

    def broken(self, thing: str, ids: Sequence[str]) -> set[str]:
        """Those of some records whose parents are filled in afterwards."""
        return {row[0] for row in self._some("SELECT id FROM broken", thing, ids)}

    def clashes_inside(self, thing: str) -> Iterator[list[tuple[int, str, str]]]:
        """Groups of records of the source that share a unique value: (key, value, id) each.

        First in a group is the one that keeps it: not deleted, then changed last (record-api 6.6).
        """
        groups = self._db.execute(
            "SELECT key, value FROM value WHERE object = ? GROUP BY key, value "
            "HAVING count(*) > 1 ORDER BY key, value",
            (thing,),
        ).fetchall()
        for key, value in groups:
            ids = self._db.execute(
                "SELECT v.id FROM value v JOIN row r USING (object, id) "
                "WHERE v.object = ? AND v.key = ? AND v.value = ? ORDER BY "
                "json_extract(r.payload, '$.deletedAt') IS NOT NULL, r.updated DESC, v.id",
                (thing, key, value),
            ).fetchall()
            yield [(key, value, found[0]) for found in ids]

    def holders(self, thing: str, key: int, value: str) -> list[str]:
        """The records of the source that hold a unique value."""
        statement = "SELECT id FROM value WHERE object = ? AND key = ? AND value = ?"
        return [row[0] for row in self._db.execute(statement, (thing, key, value))]
