"""A kind: all that twentysync knows of one sort of resource.

A kind is described once, as data (`Declaration`) and as the few functions that data cannot say, by
whoever asks for them: the reading of a workspace (`Reader`), manifests in and out (`Codec`), plans
(`Comparer`) and the writing (`Applier`). JSON Schema, validation, order, apply, resume and coverage
follow from that description.
"""

from __future__ import annotations

import re
from abc import ABC
from dataclasses import replace

from twentysync.kinds.base.applier import Applier
from twentysync.kinds.base.codec import Codec
from twentysync.kinds.base.comparer import Comparer
from twentysync.kinds.base.reader import Reader
from twentysync.kinds.base.resources import Resource

#: `role[Sales]`, `view.company[Hot accounts][2]`: the name and the number of an address.
_NAMED = re.compile(r"[^\[]*\[(.*?)\](?:\[(\d+)\])?", re.DOTALL)


class Kind(Reader, Codec, Comparer, Applier, ABC):
    """What twentysync knows of one kind. Subclasses are the whole of that knowledge."""

    def renamed(self, thing: Resource, address: str) -> Resource:
        """A workspace's thing under the address that it shall have.

        Its attributes stay, so that the name is a difference like others.
        """
        found = _NAMED.fullmatch(address)
        name, number = (found[1], found[2]) if found else (thing.name, None)
        attributes = {k: v for k, v in thing.attributes.items() if k != "occurrence"}
        if number:
            attributes["occurrence"] = int(number)
        return replace(
            thing, address=address, name=name, attributes=attributes, moved_from=thing.address
        )
