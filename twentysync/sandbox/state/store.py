"""What a workspace holds, in SQLite.

Configuration rows are few and read all the time, so they are mirrored in memory and written
through. Records stay in SQLite. Unique values and references have tables of their own, because
SQLite then keeps their rules and finds them fast.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS metadata (
  seq INTEGER PRIMARY KEY, family TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE
  (family, id));
CREATE TABLE IF NOT EXISTS record (
  object TEXT NOT NULL, id TEXT NOT NULL, trashed INTEGER NOT NULL, position REAL, body TEXT NOT
  NULL, PRIMARY KEY (object, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unique_value (
  constraint_id TEXT NOT NULL, value TEXT NOT NULL, object TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (constraint_id, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unique_value_record ON unique_value (record);
CREATE TABLE IF NOT EXISTS link (
  field TEXT NOT NULL, target TEXT NOT NULL, object TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (field, target, record)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_record ON link (record);
CREATE TABLE IF NOT EXISTS blob (id TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (value INTEGER NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
"""


class Store:
    """Rows of configuration by family, and records by object."""

    def __init__(self, database: str | Path = ":memory:") -> None:
        self._db = sqlite3.connect(str(database), check_same_thread=False, isolation_level=None)
        self._db.executescript(_TABLES)
        self._families: dict[str, dict[str, Row]] = {}
        #: By (family, key): the rows of each value of that key, kept up as rows come and go.
        self._groups: dict[tuple[str, str], dict[str, dict[str, Row]]] = {}
        self._depth = 0
        self._transactions = 0
        self.revision = 0
        self.counter = 0
        #: What every family is an edition of, and those that were written since.
        self._origin: object = object()
        self._written: dict[str, object] = {}
        self._load()

    def close(self) -> None:
        """Release the database."""
        self._db.close()

    def _load(self, origin: object | None = None) -> None:
        self._origin = origin or object()
        self._written = {}
        self._families = {}
        self._groups = {}
        self.counter = int(self._db.execute("SELECT value FROM counter").fetchone()[0])
        for family, ident, body in self._db.execute(
            "SELECT family, id, body FROM metadata ORDER BY seq"
        ):
            self._families.setdefault(family, {})[ident] = json.loads(body)
        self.revision += 1

    @property
    def transaction_number(self) -> int | None:
        """Which transaction is under way; None outside of any."""
        return self._transactions if self._depth else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inner transactions join the outer one."""
        if self._depth:
            yield
            return
        self._depth = 1
        self._transactions += 1
        revision = self.revision
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            if self.revision != revision:
                self._load()
            raise
        else:
            self._db.execute("UPDATE counter SET value = ?", (self.counter,))
            self._db.execute("COMMIT")
        finally:
            self._depth = 0

    def count_up(self) -> int:
        """The next of numbers that never repeat, not even after reopening or restoring."""
        self.counter += 1
        return self.counter

    def snapshot(self) -> bytes:
        """The whole database as bytes, for ``restore``."""
        return self._db.serialize()

    def restore(self, image: bytes) -> None:
        """Become what ``snapshot`` saw."""
        source = sqlite3.connect(":memory:")
        source.deserialize(image)
        source.backup(self._db)
        source.close()
        self._load(hashlib.blake2b(image).digest())

    # --- configuration

    def rows(self, family: str) -> list[Row]:
        """All rows of ``family``, oldest first. Do not change them in place."""
        return list(self._families.get(family, {}).values())

    def edition(self, family: str) -> object:
        """Equal as long as no row of ``family`` is written, and for all stores of one image."""
        return self._written.get(family, self._origin)

    def families(self) -> list[str]:
        """Names of the families that hold something."""
        return sorted(name for name, rows in self._families.items() if rows)

    def find(self, family: str, ident: str) -> Row | None:
        """One row, or None."""
        return self._families.get(family, {}).get(ident)

    def grouped(self, family: str, key: str, value: str) -> list[Row]:
        """The rows of ``family`` whose ``key`` is ``value``."""
        groups = self._groups.get((family, key))
        if groups is None:
            groups = self._groups[family, key] = {}
            for row in self.rows(family):
                groups.setdefault(row.get(key) or "", {})[row["id"]] = row
        return list(groups.get(value, {}).values())

    def _regroup(self, family: str, old: Row | None, new: Row | None) -> None:
        """Keep the groups of ``family`` as its rows are."""
        for (name, key), groups in self._groups.items():
            if name != family:
                continue
            if old and (new is None or old.get(key) != new.get(key)):
                groups[old.get(key) or ""].pop(old["id"])
            if new:
                groups.setdefault(new.get(key) or "", {})[new["id"]] = new

    def put(self, family: str, row: Row) -> Row:
        """Insert or replace ``row`` by its id."""
        ident = row["id"]
        self._regroup(family, self.find(family, ident), row)
        body = json.dumps(row)
        updated = self._db.execute(
            "UPDATE metadata SET body = ? WHERE family = ? AND id = ?", (body, family, ident)
        )
        if not updated.rowcount:
            self._db.execute(
                "INSERT INTO metadata (family, id, body) VALUES (?, ?, ?)", (family, ident, body)
            )
        self._families.setdefault(family, {})[ident] = row
        self._note_written(family)
        return row

    def change(self, family: str, ident: str, **changes: Any) -> Row:
        """Put ``changes`` into an existing row and return the new row."""
        return self.put(family, {**self._families[family][ident], **changes})

    def drop(self, family: str, ident: str) -> None:
        """Remove a row for good."""
        self._db.execute("DELETE FROM metadata WHERE family = ? AND id = ?", (family, ident))
        self._regroup(family, self._families.get(family, {}).pop(ident, None), None)
        self._note_written(family)

    def _note_written(self, family: str) -> None:
        self._written[family] = object()
        self.revision += 1

    # --- files

    def put_blob(self, ident: str, data: bytes) -> None:
        """Keep the bytes of a file."""
        self._db.execute("INSERT OR REPLACE INTO blob VALUES (?, ?)", (ident, data))

    def blob(self, ident: str) -> bytes | None:
        """The bytes of a file."""
        found = self._db.execute("SELECT data FROM blob WHERE id = ?", (ident,)).fetchone()
        return found[0] if found else None

    # --- records

    def record(self, object_id: str, ident: str) -> Row | None:
        """One record, trashed or not."""
        found = self._db.execute(
            "SELECT body FROM record WHERE object = ? AND id = ?", (object_id, ident)
        ).fetchone()
        return json.loads(found[0]) if found else None

    def records(
        self,
        object_id: str,
        *,
        trashed: bool = False,
        after: str = "",
        limit: int = -1,
    ) -> list[Row]:
        """Records in order of id, from the one after ``after`` on; ``trashed`` includes deleted
        ones."""
        found = self._db.execute(
            (
                "SELECT body FROM record WHERE object = ? AND id > ? AND trashed <= ? ORDER BY id "
                "LIMIT ?"
            ),
            (object_id, after, int(trashed), limit),
        )
        return [json.loads(body) for (body,) in found]

    def count(self, object_id: str, *, trashed: bool = False) -> int:
        """How many records an object has."""
        found = self._db.execute(
            "SELECT count(*) FROM record WHERE object = ? AND trashed <= ?",
            (object_id, int(trashed)),
        )
        return int(found.fetchone()[0])

    def position_bounds(self, object_id: str) -> tuple[float | None, float | None]:
        """Lowest and highest position among the records that are not trashed."""
        found = self._db.execute(
            "SELECT min(position), max(position) FROM record WHERE object = ? AND trashed = 0",
            (object_id,),
        ).fetchone()
        return found[0], found[1]

    def insert_record(self, object_id: str, row: Row) -> bool:
        """Add a record; False when its id is taken."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?)", _record_values(object_id, row)
        )
        return bool(done.rowcount)

    def replace_record(self, object_id: str, row: Row) -> None:
        """Overwrite a record."""
        self._db.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)", _record_values(object_id, row)
        )

    def drop_record(self, object_id: str, ident: str) -> None:
        """Remove a record for good, with its unique values and references."""
        self._db.execute("DELETE FROM record WHERE object = ? AND id = ?", (object_id, ident))
        self.forget_values(object_id, ident)

    def drop_object(self, object_id: str) -> None:
        """Remove all records of an object."""
        self._db.execute("DELETE FROM unique_value WHERE object = ?", (object_id,))
        self._db.execute("DELETE FROM link WHERE object = ?", (object_id,))
        self._db.execute("DELETE FROM record WHERE object = ?", (object_id,))

    def forget_values(self, object_id: str, record: str) -> None:
        """Release the unique values a record holds and the references it makes."""
        self._db.execute(
            "DELETE FROM unique_value WHERE record = ? AND object = ?", (record, object_id)
        )
        self._db.execute("DELETE FROM link WHERE record = ? AND object = ?", (record, object_id))

    def claim(self, constraint: str, value: str, object_id: str, record: str) -> bool:
        """Take a unique value for a record; False when another record has it."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO unique_value VALUES (?, ?, ?, ?)",
            (constraint, value, object_id, record),
        )
        return bool(done.rowcount)

    def owner(self, constraint: str, value: str) -> str | None:
        """Id of the record that has a unique value."""
        found = self._db.execute(
            "SELECT record FROM unique_value WHERE constraint_id = ? AND value = ?",
            (constraint, value),
        ).fetchone()
        return found[0] if found else None

    def rename_key(self, object_id: str, old: str, new: str) -> None:
        """Rename a column of an object's records."""
        for row in self.records(object_id, trashed=True):
            if old in row:
                row[new] = row.pop(old)
                self.replace_record(object_id, row)

    def drop_constraint(self, constraint: str) -> None:
        """Forget a unique constraint."""
        self._db.execute("DELETE FROM unique_value WHERE constraint_id = ?", (constraint,))

    def add_links(self, links: Iterable[tuple[str, str, str, str]]) -> None:
        """Remember references: field id, target record, object id, referring record."""
        self._db.executemany("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?)", links)

    def referring(self, field: str, target: str) -> list[str]:
        """Ids of the records whose ``field`` refers to ``target``."""
        found = self._db.execute(
            "SELECT record FROM link WHERE field = ? AND target = ? ORDER BY record",
            (field, target),
        )
        return [record for (record,) in found]

    def has_record(self, object_id: str, ident: str) -> bool:
        """Whether a record exists, trashed or not."""
        found = self._db.execute(
            "SELECT 1 FROM record WHERE object = ? AND id = ?", (object_id, ident)
        )
        return found.fetchone() is not None


def _record_values(object_id: str, row: Row) -> tuple[str, str, int, float | None, str]:
    trashed = int(row.get("deletedAt") is not None)
    return (
        object_id,
        row["id"],
        trashed,
        row.get("position"),
        json.dumps(row, separators=(",", ":")),
    )
