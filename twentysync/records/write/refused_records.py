"""The records that a target did not take, as the source has them, for a person to set right."""

from __future__ import annotations

from collections.abc import Mapping

from twentysync.records.storage.record_store import Index, Store
from twentysync.records.storage.rejects import Reject, Rejects, source_digest
from twentysync.records.translate.repair_rules import RULES
from twentysync.records.translate.repairs import valid_id

#: An object and the id of one of its records.
Key = tuple[str, str]


def keep_refused(
    store: Store,
    index: Index,
    rejects: Rejects,
    refused: Mapping[Key, str],
    repeated: Mapping[Key, tuple[str, ...]],
) -> None:
    """Write the `refused` records (with the reason), and those whose unique value was left out
    because another has it (`repeated`, with the columns), to the rejects files."""
    for thing in {name for name, _ in (*refused, *repeated)}:
        mended = rejects.mended(thing)
        for record in store.read(index.objects[thing].object):
            key = (thing, valid_id(record["id"]))
            why, columns = refused.get(key), repeated.get(key, ())
            if why is None and not columns:
                continue
            digest = source_digest(record)
            kept = mended.get(record["id"])
            sent = kept[1] if kept and kept[0] == digest else record
            if why is not None:
                rejects.add(Reject(thing, record["id"], why, sent), digest)
            elif columns:
                why = f"{', '.join(columns)}: {RULES['unique-repeated']}"
                rejects.add(Reject(thing, record["id"], why, sent, columns), digest)
