"""Records of a workspace that never was, and a store that holds them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from twentysync.records.schema.columns import columns_of
from twentysync.records.storage.record_store import Index, Store
from twentysync.twenty.records.api import Record
from twentysync.twenty.workspace import Workspace

_STAMP = "2024-03-01T10:00:00.000Z"
_PAGE = 1000
_KINDS = {"company": 1, "person": 2, "note": 3}
_KEPT = {
    "company": {"id", "createdAt", "updatedAt", "position", "name", "domainName"},
    "person": {"id", "createdAt", "updatedAt", "position", "name", "emails", "companyId"},
    "note": {"id", "createdAt", "updatedAt", "position", "title"},
}


def record_id(thing: str, number: int) -> str:
    """The id of a generated record."""
    return str(uuid.UUID(f"{number:08x}-0000-4000-8000-{_KINDS[thing]:012x}"))


def fill(store: Store, target: Workspace, counts: dict[str, int]) -> None:
    """Write so many companies, people who work for them, or notes, in the columns of the target."""
    index = Index(
        workspace_id="00000000-0000-4000-8000-000000000001",
        workspace="Generated",
        url="http://generated.example",
        version="2.21.0",
        read_at=_STAMP,
    )
    for thing, count in counts.items():
        columns = columns_of(target.model.objects[thing])
        chosen = {name: column for name, column in columns.items() if name in _KEPT[thing]}
        pages = _pages(thing, count, counts.get("company", 0))
        index.objects[thing] = store.write(thing, chosen, pages, _STAMP)
    index.objects["workspaceMember"] = store.write("workspaceMember", {}, [], _STAMP)
    store.write_index(index)


def _pages(thing: str, count: int, companies: int) -> Iterator[list[Record]]:
    """Pages of records in order of id."""
    for start in range(0, count, _PAGE):
        yield [_record(thing, n, companies) for n in range(start, min(count, start + _PAGE))]


def _record(thing: str, number: int, companies: int) -> Record:
    base = {
        "id": record_id(thing, number),
        "createdAt": _STAMP,
        "updatedAt": _STAMP,
        "position": number,
    }
    if thing == "company":
        link = {"primaryLinkUrl": f"https://c{number}.example", "primaryLinkLabel": "web"}
        return {**base, "name": f"Company {number}", "domainName": link}
    if thing == "note":
        return {**base, "title": f"Note {number}"}
    email = {"primaryEmail": f"jo{number}@c.example", "additionalEmails": []}
    name = {"firstName": f"Jo{number}", "lastName": "Müller"}
    owner = record_id("company", number % companies)
    return {**base, "name": name, "emails": email, "companyId": owner}
