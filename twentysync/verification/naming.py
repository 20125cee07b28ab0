"""Names in the place of ids: a workspace's rows as they can be compared with another's.

Every workspace gives its own ids, so each row gets a name from what it belongs to and what it is
called, and wherever its id stands (in columns, inside JSON, in `{{...}}`, in addresses) the name
stands afterwards. An id that no row has stays: it is a record's, and records keep theirs.
"""

from __future__ import annotations

import re
from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twentysync.twenty.addresses import UUID
from twentysync.twenty.members import normal_email
from twentysync.twenty.model.renames import Renames
from twentysync.verification.preparing import holders_first, whole_addresses
from twentysync.verification.reading import Raw, Reading
from twentysync.verification.row_types import BY_NAME, DROPPED, ROW_TYPES, RowType
from twentysync.verification.workflow_rows import NAMES_HERE, workflow_rows

_ID = re.compile(rf"(?<![0-9a-fA-F-]){UUID}(?![0-9a-fA-F-])")
#: What stands around a name, so that it cannot be taken for a text.
_OPEN, _CLOSE = "⟨", "⟩"
MEMBER = f"{_OPEN}member "
#: Code says what it says: nobody rewrites ids in it.
_LITERAL = frozenset({"code", "sourceCode"})


@dataclass(slots=True)
class Row:
    """One row: `name` is what people call it inside its parent, `values` what is compared.

    `touched` says whether somebody wrote it after it was made, where the server tells.
    """

    type: RowType
    id: str
    raw: Raw
    parent: Row | None = None
    name: str = ""
    key: tuple[Any, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    number: int = 0

    @property
    def path(self) -> str:
        """What people call it: `company / All Companies / name`."""
        parts = [self.name or "-"]
        if self.number:
            parts[0] += f" ({self.number + 1})"
        return f"{self.parent.path} / {parts[0]}" if self.parent else parts[0]

    @property
    def label(self) -> str:
        """Type and path."""
        return f"{self.type.name} {self.path}"

    @property
    def root(self) -> Row:
        """The row that is listed by itself, of which this is a part."""
        one = self
        while one.parent is not None and not one.type.address:
            one = one.parent
        return one

    @property
    def address(self) -> str:
        """How plans and notes call it; empty where they have no name for it."""
        named = {name: bare(part) for name, part in zip(self.type.key, self.key, strict=True)}
        owner = self.parent.name if self.parent else ""
        if self.type.name == "page layout" and self.raw.get("type") == "DASHBOARD":
            return f"dashboard[{self.raw.get('dashboard') or ''}]"
        return self.type.address.format(**{**self.raw, **named, "parent": owner})

    @property
    def touched(self) -> bool:
        """Whether it was written after it was made; where the server does not tell, it may be."""
        made, written = self.raw.get("createdAt"), self.raw.get("updatedAt")
        return made is None or made != written


@dataclass(slots=True)
class Side:
    """One workspace, named: rows by type, and the name of each id."""

    reading: Reading
    rows: dict[str, list[Row]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    members: frozenset[str] = frozenset()

    def all(self) -> Iterator[Row]:
        """Every row."""
        for rows in self.rows.values():
            yield from rows


def named(
    reading: Reading,
    *,
    renames: Renames | None = None,
    member_map: Mapping[str, str | None] | None = None,
) -> Side:
    """Name every row of a workspace. `renames` and `member_map` are for the side that has the old
    names."""
    return _Naming(reading, renames or Renames(), member_map or {}).run()


class _Naming:
    def __init__(
        self, reading: Reading, renames: Renames, member_map: Mapping[str, str | None]
    ) -> None:
        self._reading = reading
        self._renames = renames
        self._side = Side(reading)
        self._map = member_map
        self._names = self._side.names
        self._titles: dict[str, str] = {}
        self._by_id: dict[tuple[str, str], Row] = {}
        #: All names, with that of the first row of a morph relation for each of its rows.
        self._morphs: dict[str, str] = {}
        #: Rows whose children wait until a type has names, by that type.
        self._deferred: dict[str, list[Row]] = {}
        self._prepare: dict[str, Callable[[list[Raw]], list[Raw]]] = {
            "object": self._renamed_objects,
            "field": self._renamed_fields,
            "page layout": self._titled_layouts,
            "view": self._called_views,
            "navigation item": self._titled_items,
            "webhook": whole_addresses,
        }

    def run(self) -> Side:
        self._people()
        self._dashboards()
        unforeseen = [
            RowType(name=name, key=_known_by(rows), plural=name)
            for name, rows in self._reading.rows.items()
            if name not in BY_NAME
        ]
        self._reading.rows["workflow"] = workflow_rows(self._reading, self._names)
        for one in (*ROW_TYPES, *unforeseen):
            rows = self._reading.rows.get(one.name)
            if rows is not None:
                self._take(one, self._prepare.get(one.name, list)(rows), None)
            for row in self._deferred.pop(one.name, ()):
                self._inner(row)
        self._group_morphs()
        for row in self._side.all():
            row.values = self._values(row)
        return self._side

    def _group_morphs(self) -> None:
        """One name for all rows of a morph relation: a server answers with any one of them."""
        groups: dict[str, list[Row]] = {}
        self._morphs = dict(self._names)
        for row in self._side.rows.get("field", []):
            if row.raw.get("morphId"):
                groups.setdefault(row.raw["morphId"], []).append(row)
        for rows in groups.values():
            name = min(self._names[row.id] for row in rows)
            self._morphs |= dict.fromkeys((row.id for row in rows), name)

    # -- who and what is known before any row -------------------------------------------------

    def _people(self) -> None:
        emails = set()
        for member in self._reading.members.all:
            email = normal_email(member.email)
            mapped = self._map.get(email, email)
            self._names[member.id] = f"{MEMBER}{mapped or 'nobody'}{_CLOSE}"
            emails.add(email)
        self._side.members = frozenset(emails)

    def _dashboards(self) -> None:
        for row in self._reading.dashboards:
            self._titles[row.get("pageLayoutId") or ""] = str(row.get("title") or "")
            self._names[row["id"]] = f"{_OPEN}dashboard {row.get('title') or ''}{_CLOSE}"

    # -- columns that a key needs and the server does not have ----------------------------------

    def _renamed_objects(self, rows: list[Raw]) -> list[Raw]:
        taken = {row["nameSingular"] for row in rows}
        for row in rows:
            now = self._renames.object(row["nameSingular"])
            if now not in taken:
                row["nameSingular"] = now
        return rows

    def _renamed_fields(self, rows: list[Raw]) -> list[Raw]:
        owners = {row.id: row.name for row in self._side.rows.get("object", [])}
        taken = {(_owner(row), row["name"]) for row in rows}
        for row in rows:
            owner = owners.get(_owner(row), "")
            now = self._renames.field(owner, row["name"])
            if now != row["name"] and (_owner(row), now) not in taken:
                join = (row.get("settings") or {}).get("joinColumnName")
                if join == f"{row['name']}Id":
                    row["settings"] = {**row["settings"], "joinColumnName": f"{now}Id"}
                row["name"] = now
            options = self._renames.options(owner, row["name"])
            if options:
                row["options"] = [
                    {**item, "value": options.get(item["value"], item["value"])}
                    for item in row.get("options") or []
                ]
                row["defaultValue"] = _now(row.get("defaultValue"), options)
        return rows

    def _titled_layouts(self, rows: list[Raw]) -> list[Raw]:
        for row in rows:
            own = row.get("type") not in ("RECORD_PAGE", "DASHBOARD")
            row["dashboard"] = self._titles.get(row["id"]) or (row.get("name") if own else None)
        return [row for row in rows if row["type"] != "DASHBOARD" or row["id"] in self._titles]

    def _called_views(self, rows: list[Raw]) -> list[Raw]:
        """Views of a record page are known by their widget, those of an object by its table."""
        widgets = {
            str(row.raw["configuration"].get("viewId")): row
            for row in self._side.rows.get("widget", [])
            if isinstance(row.raw.get("configuration"), Mapping)
            and row.raw["configuration"].get("viewId")
        }
        for row in rows:
            holder = widgets.get(row["id"])
            called = row.get("name")
            if row.get("key"):
                called = row["key"]
            elif holder is not None:
                called = f"in {holder.path}"
            row["called"] = called
        return rows

    def _titled_items(self, rows: list[Raw]) -> list[Raw]:
        for row in rows:
            row["titled"] = row.get("name") if row.get("type") in ("FOLDER", None) else None
        return rows

    # -- names --------------------------------------------------------------------------------

    def _take(self, one: RowType, rows: Sequence[Raw], parent: Row | None) -> None:
        """Name rows of a type, those first that hold others, and what is inside them."""
        counts: Counter[tuple[str, ...]] = Counter()
        for raw in holders_first(one, rows):
            row = Row(one, str(raw.get("id") or ""), raw, self._parent(one, raw) or parent)
            row.key = tuple(self._key(raw.get(name)) for name in one.key)
            row.name = _shown(row.key)
            same = (row.parent.label if row.parent else "", row.name)
            row.number = counts[same]
            counts[same] += 1
            if row.id and row.id not in self._names and one.name != "workflow step":
                self._names[row.id] = f"{_OPEN}{row.label}{_CLOSE}"
            self._by_id[one.name, row.id] = row
            self._side.rows.setdefault(one.name, []).append(row)
            if one.children_after:
                self._deferred.setdefault(one.children_after, []).append(row)
            else:
                self._inner(row)

    def _inner(self, row: Row) -> None:
        for column, inner in row.type.children.items():
            self._take(BY_NAME[inner], row.raw.get(column) or [], row)

    def _parent(self, one: RowType, raw: Raw) -> Row | None:
        """The row that a row belongs to, or the folder that it is in."""
        holder = raw.get(one.folder) if one.folder else None
        kind, wanted = (one.name, holder) if holder else (one.parent_type, _owner(raw))
        if not wanted or not kind:
            return None
        return self._by_id.get((kind, str(wanted)))

    def _key(self, value: Any) -> Any:
        if isinstance(value, list):
            return tuple(
                self._key(item.get("fieldMetadataId") if isinstance(item, Mapping) else item)
                for item in value
            )
        return _translated(value, self._names)

    # -- values -------------------------------------------------------------------------------

    def _values(self, row: Row) -> dict[str, Any]:
        if "*" in row.type.dropped:
            return {}
        left = {*DROPPED, *row.type.dropped, *row.type.children, "called", "titled", "dashboard"}
        left.add(NAMES_HERE)
        options = self._options(row)
        values = {}
        parts = dict(self._parts(row)) if row.type.has_parts else {}
        for name, value in row.raw.items():
            if name in left:
                continue
            names: Mapping[str, str] = self._morphs if name in row.type.grouped else self._names
            here = row.raw.get(NAMES_HERE) or {}
            names = ChainMap(parts, here, dict(names)) if parts or here else names
            if name in _LITERAL:
                values[name] = value
                continue
            said = _translated(_without(value, name, row.type.inside), names)
            said = _now(said, options)
            unordered = name in row.type.unordered and isinstance(said, list)
            values[name] = sorted(said, key=repr) if unordered else said
        return values

    def _parts(self, row: Row) -> Iterator[tuple[str, str]]:
        """Names for the ids that items of the row's own JSON have, by their order."""
        found = (_items(row.raw[name]) for name in sorted(row.raw) if name not in row.type.children)
        known = {**(row.raw.get(NAMES_HERE) or {}), **self._names}
        ids = dict.fromkeys(one for ids in found for one in ids if one not in known)
        return ((one, f"{_OPEN}part {number}{_CLOSE}") for number, one in enumerate(ids, 1))

    def _options(self, row: Row) -> Mapping[str, str]:
        """Renamed options that the values of this row may name."""
        if not self._renames or row.type.name not in ("view filter", "view group"):
            return {}
        found: dict[str, str] = {}
        for entry in self._renames.entries:
            if entry.old.startswith("option."):
                old = entry.old.rpartition(".")
                found[old[2]] = self._renames.of(entry.old).rpartition(".")[2]
        return found


def _translated(value: Any, names: Mapping[str, str]) -> Any:
    """A value with the name of every id that has one, keys of JSON too."""
    if isinstance(value, str):
        return names.get(value) or _ID.sub(lambda m: names.get(m[0].lower(), m[0]), value)
    if isinstance(value, list):
        return [_translated(item, names) for item in value]
    if isinstance(value, Mapping):
        if set(value) == {"id"}:
            return _translated(value["id"], names)
        return {_translated(k, names): _translated(v, names) for k, v in value.items()}
    return value


def _items(value: Any) -> Iterator[str]:
    """Ids of the items inside a value: of what has an id and says more than that."""
    if isinstance(value, Mapping):
        own = value.get("id")
        if isinstance(own, str) and len(value) > 1 and _ID.fullmatch(own):
            yield own
        for _, item in sorted(value.items()):
            yield from _items(item)
    elif isinstance(value, list):
        for item in value:
            yield from _items(item)


def _without(value: Any, at: str, inside: Mapping[str, str]) -> Any:
    """A value without the keys inside that are declared to be the server's own."""
    if not inside:
        return value
    if isinstance(value, list):
        return [_without(item, at, inside) for item in value]
    if isinstance(value, Mapping):
        return {
            key: _without(item, f"{at}.{key}", inside)
            for key, item in value.items()
            if f"{at}.{key}" not in inside
        }
    return value


def _owner(raw: Raw) -> str:
    """The id of the object that a field belongs to: 1.x tells it through the object itself."""
    found = raw.get("objectMetadataId") or (raw.get("object") or {}).get("id")
    return str(found or "")


def _known_by(rows: Sequence[Raw]) -> tuple[str, ...]:
    first = rows[0] if rows else {}
    return tuple(name for name in ("name", "label", "title", "key") if name in first)[:1]


def _shown(key: Iterable[Any]) -> str:
    """The parts of a key as a person reads them."""
    parts = []
    for part in key:
        if isinstance(part, tuple):
            parts.append("+".join(bare(item) for item in part))
        elif part not in (None, "", False):
            parts.append(bare(part))
    return ", ".join(parts)


def bare(name: Any) -> str:
    """`company / name` of `⟨field company / name⟩`: without what it is."""
    text = str(name)
    if text.startswith(_OPEN):
        kind = next((one.name for one in ROW_TYPES if text.startswith(f"{_OPEN}{one.name} ")), "")
        text = text[1:-1].removeprefix(kind).strip()
    return text.rpartition(" / ")[2] if isinstance(name, str) and name.startswith(_OPEN) else text


def _now(value: Any, options: Mapping[str, str]) -> Any:
    """A value with the new names of renamed options, quoted ones too."""
    if not options:
        return value
    if isinstance(value, str):
        bare = value.strip("'")
        return value.replace(bare, options[bare]) if bare in options else value
    if isinstance(value, list):
        return [_now(item, options) for item in value]
    if isinstance(value, Mapping):
        return {key: _now(item, options) for key, item in value.items()}
    return value
