"""What of an object is compared, and how its source's values read on the target."""

from __future__ import annotations

from collections.abc import Mapping

from twentysync.records.read.file_references import lifted_columns
from twentysync.records.schema.columns import columns_of, pair
from twentysync.records.schema.object_policy import match_objects
from twentysync.records.translate.member_mapping import Members
from twentysync.records.translate.translator import Translator
from twentysync.records.verify.comparison import Subject
from twentysync.records.verify.report import Checked
from twentysync.twenty.model.renames import Renames
from twentysync.twenty.model.types import Model, Object
from twentysync.twenty.records.api import Record


def subject_of(
    thing: Object,
    there: Object,
    models: tuple[Model, Model],
    members: Members,
    renames: Renames,
    mended: Mapping[str, tuple[str, Record]],
    checked: Checked,
) -> Subject:
    """The comparison of `thing` with `there`, the same on the target; `models` are of both."""
    source, target = models
    raw = columns_of(thing)
    columns = lifted_columns(thing.name, raw)
    pairing = pair(thing.name, columns, columns_of(there), renames)
    object_ids = {found.id: name for name, found in source.objects.items()}
    translator = Translator(pairing, members, match_objects(object_ids, target))
    made = tuple((s, t) for s, t in pairing.pairs if t.server_made)
    wanted = {t.name: t.type for _, t in (*translator.pairs, *made)} | {"id": "UUID"}
    lost = tuple(name for name in pairing.lost if not columns[name].server_made)
    return Subject(thing.name, columns, raw, wanted, translator, made, lost, mended, checked)
