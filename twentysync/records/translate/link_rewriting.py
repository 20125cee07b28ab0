"""What rich texts of the source point to, said as the target's: files, records, mentions.

Both forms of a text are changed alike, the blocks and the Markdown, so that neither leads back to
the old server. What cannot be led anywhere stays as it is, and is counted by who calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from twentysync.records.schema.columns import MEMBER
from twentysync.records.schema.object_policy import match_objects, why_not
from twentysync.records.translate.member_mapping import Members
from twentysync.records.translate.repairs import valid_id
from twentysync.twenty.addresses import (
    STORED,
    UUID,
    Address,
    LinkType,
    WorkspaceUrls,
    addresses,
    readdress,
    texts_of,
)
from twentysync.twenty.model.renames import Renames
from twentysync.twenty.model.types import Model
from twentysync.twenty.workspace import Workspace

RICH = "RICH_TEXT"
#: Types of values in which an address may stand.
WORDY = frozenset({"ARRAY", "LINKS", "RAW_JSON", RICH, "TEXT"})
#: A record that a text mentions: its own id, and that of its object in the data model.
_MENTION = re.compile(
    rf'("recordId"\s*:\s*")(?P<record>{UUID})("\s*,\s*"objectMetadataId"\s*:\s*")(?P<object>{UUID})'
)
#: Says what stands on the target for (object, id) of the source; None for the same id.
Where = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class LinkRewriter:
    """How texts of the source are led to the target.

    `home` has the source's addresses, `here` the target's. `objects` maps ids of the source's
    data model to the target's, `names` to names; `files` is what a file's id is put after, `front`
    where people open the target.
    """

    home: WorkspaceUrls
    here: WorkspaceUrls
    front: str
    files: str
    model: Model
    renames: Renames
    objects: Mapping[str, str]
    names: Mapping[str, str]
    members: Mapping[str, str | None]
    where: Where
    _carried: dict[str, bool] = field(default_factory=dict)

    def lead(self, words: Any, files: Mapping[str, str]) -> Any:
        """A text with what can be led to the target. `files`: the target's id of each file."""
        if not isinstance(words, str):
            return words
        led = readdress(words, self.home, lambda one: self._place(one, files))
        return _MENTION.sub(self._mention, led) if '"objectMetadataId"' in led else led

    def astray(
        self, value: Any, kind: str, files: Mapping[str, str] | None = None
    ) -> Iterator[Address]:
        """The addresses in a value of the source that stay as they are.

        Only rich texts are led. Without `files`, it is not known yet which of theirs will be there.
        """
        for words in texts_of(value):
            for one in addresses(words, self.home):
                if kind == RICH:
                    unknown = files is None and one.sort is LinkType.FILE
                    if unknown or self._place(one, files or {}) is not None:
                        continue
                if self.is_old(one):
                    yield one

    def old_in(self, value: Any) -> Iterator[Address]:
        """The addresses of the source in a value of the target."""
        for words in texts_of(value):
            yield from filter(self.is_old, addresses(words, self.home))

    def is_old(self, one: Address) -> bool:
        """Whether an address leads to the source, and not to a server that both share."""
        return one.sort is LinkType.FILE or not self.here.owns(one.text)

    def _place(self, one: Address, files: Mapping[str, str]) -> str | None:
        if one.sort is LinkType.FILE:
            return f"{self.files}{files[one.key]}" if one.key in files else None
        if one.sort is LinkType.PAGE:
            name = self.renames.object(one.object)
            if self._is_carried(name):
                return f"{self.front}/object/{name}/{self._record(name, one.key)}"
        return None

    def _record(self, name: str, record_id: str) -> str:
        return self.where(name, record_id) or valid_id(record_id)

    def _is_carried(self, name: str) -> bool:
        if name not in self._carried:
            thing = self.model.objects.get(name)
            self._carried[name] = thing is not None and why_not(thing) is None
        return self._carried[name]

    def _mention(self, match: re.Match[str]) -> str:
        name = self.names.get(match["object"], "")
        if name == MEMBER:
            record = self.members.get(match["record"]) or match["record"]
        else:
            record = self._record(name, match["record"])
        thing = self.objects.get(match["object"], match["object"])
        return f"{match[1]}{record}{match[3]}{thing}"


def guide(
    home: WorkspaceUrls,
    names: Mapping[str, str],
    target: Workspace,
    members: Members,
    renames: Renames,
    where: Where,
) -> LinkRewriter:
    """The guide to a target. `names`: the target's name of each object of the source, by id."""
    return LinkRewriter(
        home=home,
        here=target.home,
        front=target.front,
        files=f"{target.url}{STORED}",
        model=target.model,
        renames=renames,
        objects=match_objects(names, target.model),
        names=names,
        members=members.by_id,
        where=where,
    )


def files_named(words: Any, home: WorkspaceUrls) -> set[str]:
    """What a text calls the stored files that it shows: ids, or the names that 1.x gave them."""
    return {one.key for one in addresses(words, home) if one.sort is LinkType.FILE}
