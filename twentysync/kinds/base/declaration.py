"""What a kind declares of itself, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from twentysync.kinds.base.identity import Identity
from twentysync.kinds.base.resources import Attribute, Risk
from twentysync.twenty.metadata.operations import Operations


class Declaration:
    """The facts of one kind, from which most of what is done with it follows."""

    name: ClassVar[str]
    plural: ClassVar[str]
    doc: ClassVar[str]
    attributes: ClassVar[tuple[Attribute, ...]]
    #: By which attributes one is known: address and file follow.
    identity: ClassVar[Identity] = Identity()
    #: The operations of the API that write it.
    operations: ClassVar[Operations]
    #: What some versions of the API lack: attributes with their names there.
    wire_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: The reasons why a pull leaves some of them out, or how such a reason begins.
    skip_reasons: ClassVar[tuple[str, ...]] = ()

    # -- where it stands in a project --------------------------------------------------------------

    #: The folder of its manifests; None for a kind that is written inside another's (`within`).
    folder: ClassVar[str | None] = None
    within: ClassVar[str | None] = None
    #: The one file of a kind that has one: of one thing, or (`listed`) of a list of all of them.
    file: ClassVar[str | None] = None
    listed: ClassVar[bool] = False
    #: Attributes that a manifest has to name.
    required: ClassVar[tuple[str, ...]] = ()
    #: Schemas that those of its attributes refer to by name.
    definitions: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})
    #: Whether `${secret:NAME}` can stand in what it holds.
    holds_secrets: ClassVar[bool] = False

    # -- how it goes with others -------------------------------------------------------------------

    #: Whether it is a part of the data model, which is read, made and changed before all else.
    model: ClassVar[bool] = False
    #: Whether, of the data model, it is made only when the rest is as it shall be.
    after_changes: ClassVar[bool] = False
    #: Kinds that can come between: some of its things wait for those (`held_back`).
    waits_for: ClassVar[tuple[str, ...]] = ()
    #: Kinds without which its things are known by name only.
    needs: ClassVar[tuple[str, ...]] = ()
    #: Whether writing it changes nothing of other kinds, so that reading back may leave those out.
    isolated: ClassVar[bool] = False
    #: Whether nothing can be done without it, so that a read that is refused ends the run.
    essential: ClassVar[bool] = False

    # -- what a change of it means -----------------------------------------------------------------

    #: False for what is told in manifests only, because no key may write it.
    planned: ClassVar[bool] = True
    #: What removing it costs.
    removal: ClassVar[Risk] = Risk.BEHAVIOUR
    #: Whether it decides who may do what, so that a part which a target cannot hold is a loss.
    controls_access: ClassVar[bool] = False
    #: Whether its things have names of their own, that they can lose and keep what they are.
    renamable: ClassVar[bool] = False
    #: Attributes that a pull leaves out by themselves, where no server takes them as they are.
    droppable: ClassVar[tuple[str, ...]] = ()
    #: Whether records are kept in it, which go with it.
    holds_records: ClassVar[bool] = False

    @classmethod
    def attribute(cls, name: str) -> Attribute | None:
        """The declaration of an attribute."""
        return next((found for found in cls.attributes if found.name == name), None)
