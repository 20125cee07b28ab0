"""Roles: who may do what. Losing a permission is a loss that needs consent.

Sources: metadata-api reference 5.1 to 5.9; roles, flags, object and field permissions are separate
operations, of which two replace everything and one does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from twentysync.kinds.access import row_level_rules as role_rules
from twentysync.kinds.access.narrowing import (
    FIELD_RIGHTS,
    OBJECT_RIGHTS,
    WRITES,
    held_back,
    narrowed,
)
from twentysync.kinds.base.difference import Difference, changes
from twentysync.kinds.base.identity import Identity, object_address
from twentysync.kinds.base.reader import Reading
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Reference,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import ANY_NAME, FLAG, STRING, TEXT, schema_of
from twentysync.kinds.base.skip_reasons import (
    FIELD_GONE,
    KEYS_STAY,
    OBJECT_GONE,
    SHIPPED,
    WITH_MEMBER,
)
from twentysync.kinds.row_kind import RowKind, row_of
from twentysync.runtime.text import pluralize
from twentysync.twenty.metadata.operations import (
    ROLE,
    ROLE_FIELDS,
    ROLE_FLAGS,
    ROLE_OBJECTS,
    ROLE_ROWS,
    Operations,
)
from twentysync.twenty.metadata.schema import Selection, selection

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace

#: The role that every workspace is made with (metadata-api 5.2). It can be changed.
MEMBER_AS_MADE: Attributes = {
    "label": "Member",
    "description": "Member role",
    "icon": "IconUser",
    "canAccessAllTools": True,
    "canReadAllObjectRecords": True,
    "canUpdateAllObjectRecords": True,
    "canSoftDeleteAllObjectRecords": True,
    "canDestroyAllObjectRecords": True,
    "canBeAssignedToAgents": False,
    "canBeAssignedToApiKeys": False,
}
_RIGHTS = {
    "canUpdateAllSettings": "May change all settings.",
    "canAccessAllTools": "May use all tools: import, export, views, AI.",
    "canReadAllObjectRecords": "May see all records, unless objectPermissions differ.",
    "canUpdateAllObjectRecords": "May edit the records of all objects.",
    "canSoftDeleteAllObjectRecords": "May move the records of all objects to the trash.",
    "canDestroyAllObjectRecords": "May delete the records of all objects permanently.",
}
_TARGETS = {
    "canBeAssignedToUsers": "Can be assigned to members.",
    "canBeAssignedToAgents": "Can be assigned to agents.",
    "canBeAssignedToApiKeys": "Can be assigned to API keys.",
}
_SCALARS = ("label", "description", "icon", *_RIGHTS, *_TARGETS)


def _of_objects(item: Mapping[str, Any], doc: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": item, "description": doc}


def _locked(row: Mapping[str, Any]) -> bool:
    """Whether Twenty ships a role: nobody may edit it.

    A 1.11 has a Guest that cannot be edited either, and that people have. Its `standardId` would
    tell, but the server cannot answer it ("Invalid UUID"); those that it ships beside Admin are
    for agents only. Servers that know `universalIdentifier` have no such Guest.
    """
    if row.get("isEditable") is not False:
        return False
    older = "universalIdentifier" not in row
    return not (older and row.get("canBeAssignedToUsers") and row.get("label") != "Admin")


class RoleKind(RowKind):
    """A role with its permissions."""

    name: ClassVar[str] = "role"
    plural: ClassVar[str] = "roles"
    operations: ClassVar[Operations] = ROLE
    renamable: ClassVar[bool] = True
    folder: ClassVar[str | None] = "roles"
    controls_access: ClassVar[bool] = True
    identity: ClassVar[Identity] = Identity(key=(("label",),))
    required: ClassVar[tuple[str, ...]] = ("label",)
    removal: ClassVar[Risk] = Risk.ACCESS
    doc: ClassVar[str] = "A role: the permissions of its members, agents and API keys."
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("label", "Unique name.", ANY_NAME, text=True),
        Attribute("description", "Description.", TEXT, text=True),
        Attribute("icon", "Icon name.", TEXT, text=True),
        *(
            Attribute(name, doc, FLAG, default=False, risk=Risk.BEHAVIOUR)
            for name, doc in _RIGHTS.items()
        ),
        *(
            Attribute(name, doc, FLAG, default=True, risk=Risk.BEHAVIOUR)
            for name, doc in _TARGETS.items()
        ),
        Attribute(
            "permissionFlags",
            "Individual settings and tools that the role may use.",
            {"type": "array", "items": STRING},
            default=[],
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(
            "objectPermissions",
            "Permissions per object, overriding those for all objects.",
            _of_objects(schema_of(dict.fromkeys(OBJECT_RIGHTS, FLAG)), "Per object."),
            default={},
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(
            "fieldPermissions",
            "Fields that are hidden or read-only; both sides of a relation must agree.",
            _of_objects(
                _of_objects(
                    schema_of({right: {"enum": [False]} for right in FIELD_RIGHTS}), "Per field."
                ),
                "Per object.",
            ),
            default={},
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(
            "rowLevelPermissions",
            "Which records of an object the role can see (needs a licence on the target).",
            _of_objects(role_rules.SCHEMA, "Per object."),
            default={},
            risk=Risk.ACCESS,
        ),
    )

    # -- reading ----------------------------------------------------------------------------

    def selection(self) -> Selection:
        """The role, its permissions, and who has it."""
        return selection(
            *("id", "universalIdentifier", "isEditable", *_SCALARS),
            permissionFlags=selection("flag"),
            objectPermissions=selection("objectMetadataId", *OBJECT_RIGHTS),
            fieldPermissions=selection("objectMetadataId", "fieldMetadataId", *FIELD_RIGHTS),
            rowLevelPermissionPredicates=role_rules.PREDICATE,
            rowLevelPermissionPredicateGroups=role_rules.GROUP,
            workspaceMembers=selection("id", "userEmail"),
            apiKeys=selection("id", "name", "expiresAt", "revokedAt"),
        )

    def reason(self, reading: Reading, row: Mapping[str, Any], thing: Resource) -> str | None:
        """Admin, and Member while it is as the server makes it."""
        return SHIPPED if _locked(row) or thing.attributes == MEMBER_AS_MADE else None

    def decode(self, reading: Reading, row: Mapping[str, Any]) -> Attributes:
        """Permissions by the names of objects and fields."""
        found: Attributes = {name: row[name] for name in _SCALARS if name in row}
        state, model = reading.state, reading.workspace.model

        def settled(part: str, reason: Callable[[Mapping[str, Any]], str | None]) -> list[Any]:
            rows = list(enumerate(row.get(part) or []))
            for place, item in rows:
                state.ledger.settle_part(row["id"], part, place, item, reason(item))
            return [item for _, item in rows]

        def gone(item: Mapping[str, Any]) -> str | None:
            return None if model.object_of(item["objectMetadataId"]) else OBJECT_GONE

        flags = settled("permissionFlags", lambda item: None)  # noqa: ARG005
        found["permissionFlags"] = [item["flag"] for item in flags]
        settled("workspaceMembers", lambda item: WITH_MEMBER)  # noqa: ARG005
        settled("apiKeys", lambda item: KEYS_STAY)  # noqa: ARG005
        objects: dict[str, Attributes] = {}
        for item in settled("objectPermissions", gone):
            owner = model.object_of(item["objectMetadataId"])
            if owner:
                objects[owner] = {right: item.get(right) for right in OBJECT_RIGHTS}
        fields: dict[str, dict[str, Attributes]] = {}
        for item in settled(
            "fieldPermissions",
            lambda item: None if model.field_of(item["fieldMetadataId"]) else FIELD_GONE,
        ):
            named = model.field_of(item["fieldMetadataId"])
            if named:
                rights = {right: item.get(right) for right in FIELD_RIGHTS}
                fields.setdefault(named[0], {})[named[1]] = rights
        found["objectPermissions"], found["fieldPermissions"] = objects, fields
        settled(
            "rowLevelPermissionPredicates",
            lambda item: (
                gone(item) or (None if model.field_of(item["fieldMetadataId"]) else FIELD_GONE)
            ),
        )
        settled("rowLevelPermissionPredicateGroups", gone)
        found["rowLevelPermissions"] = role_rules.incoming(
            reading.workspace,
            row,
            lambda words: state.notes.append(f"role[{row['label']}]: {words}"),
        )
        return found

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """In one order, without permissions that say nothing."""
        row = dict(attributes)
        row["permissionFlags"] = sorted(set(row.get("permissionFlags") or []))
        row["objectPermissions"] = _tidy(row.get("objectPermissions"))
        fields = row.get("fieldPermissions") or {}
        row["fieldPermissions"] = _sorted({o: _tidy(inside) for o, inside in fields.items()})
        row["rowLevelPermissions"] = _sorted(row.get("rowLevelPermissions") or {})
        return super().normal(row, partial=partial)

    def check(self, thing: Resource) -> Iterator[Finding]:
        """Who may write has to be allowed to read."""
        given = thing.attributes
        reads = given.get("canReadAllObjectRecords", False)
        for name in list(_RIGHTS)[3:]:
            if given.get(name) and not reads:
                yield Finding(name, f"`{name}` needs `canReadAllObjectRecords`")
        for owner, rights in given.get("objectPermissions", {}).items():
            hidden = rights.get("canReadObjectRecords") is False
            for right, allowed in rights.items():
                if allowed and hidden:
                    yield Finding(
                        f"objectPermissions.{owner}.{right}",
                        f"`{right}` of {owner} needs `canReadObjectRecords`",
                    )

    def references(self, thing: Resource) -> Iterator[Reference]:
        """Every object and field that a permission is about."""
        given = thing.attributes
        for owner in given.get("objectPermissions", {}):
            yield Reference(object_address(owner), f"objectPermissions.{owner}")
        for owner, fields in given.get("fieldPermissions", {}).items():
            for field in fields:
                yield Reference(f"field.{owner}.{field}", f"fieldPermissions.{owner}.{field}")
        yield from role_rules.references(given.get("rowLevelPermissions", {}))

    # -- what a change means ----------------------------------------------------------------

    def adapt(self, workspace: Workspace, thing: Resource) -> tuple[Resource, list[str]]:
        """Without the licence, the rules about rows cannot be had: everybody sees everything."""
        rules = thing.attributes.get("rowLevelPermissions")
        if not rules or workspace.has_row_level_permissions:
            return thing, []
        kept = {k: v for k, v in thing.attributes.items() if k != "rowLevelPermissions"}
        warnings = [
            f"SECURITY: {thing.address}: {workspace.name} has no licence for row-level permissions:"
            f" its rules on the records of {owner} will not hold, so the role sees all of them"
            for owner in rules
        ]
        return replace(thing, attributes=kept), warnings

    def classify_risk(
        self, desired: Resource, actual: Resource, found: list[Difference]
    ) -> list[Difference]:
        """A right that somebody has and would not have any more is a loss of access."""
        lost = narrowed(desired.attributes, actual.attributes)
        return [replace(item, risk=Risk.ACCESS) if lost(item.path) else item for item in found]

    def impact(self, thing: Resource) -> list[str]:
        """Whom a loss would strike."""
        row = row_of(thing)
        members, keys = len(row.get("workspaceMembers") or []), len(row.get("apiKeys") or [])
        parts = [pluralize(members, "member")] if members else []
        parts += [pluralize(keys, "API key")] if keys else []
        return [f"{' and '.join(parts)} have this role"] if parts else ["nobody has this role"]

    # -- writing ----------------------------------------------------------------------------

    def create(self, writer: Writer, things: Sequence[Resource]) -> None:
        """Create roles, then give each its permissions."""
        for thing in things:
            with writer.isolate_failures(thing.address), writer.batched():
                role_id = writer.new_id(thing.address)
                row = {k: v for k, v in thing.attributes.items() if k in _SCALARS}
                late = held_back(thing.attributes)
                # Nobody has it yet: until the end it reads everything and writes nothing.
                row |= {name: name not in WRITES for name in late}
                writer.create_one(ROLE, thing.address, {"id": role_id, **row})
                self._permissions(writer, thing, role_id, {})
                if late:
                    writer.update_one(ROLE, thing.address, role_id, late)

    def update(self, writer: Writer, pairs: Sequence[tuple[Resource, Resource]]) -> None:
        """Change what differs."""
        for desired, actual in pairs:
            with writer.isolate_failures(desired.address), writer.batched():
                role_id = actual.id
                changed = changes(self, desired, actual)
                scalars = {k: v for k, v in changed.items() if k in _SCALARS}
                late = held_back(desired.attributes) if "objectPermissions" in changed else {}
                # People have it: in between it writes nothing, and reads no more than it did.
                scalars |= {name: False for name in late if name in WRITES}
                if scalars:
                    writer.update_one(ROLE, desired.address, role_id, scalars)
                self._permissions(writer, desired, role_id, actual.attributes)
                if any(late[name] for name in late if name in WRITES):
                    writer.update_one(ROLE, desired.address, role_id, late)

    def _permissions(
        self, writer: Writer, desired: Resource, role_id: str, now: Mapping[str, Any]
    ) -> None:
        want, address = desired.attributes, desired.address

        def differs(name: str) -> bool:
            empty: Any = [] if name == "permissionFlags" else {}
            return bool(want.get(name, empty) != now.get(name, empty))

        def send(family: Operations, row: Attributes) -> None:
            writer.update_one(family, address, role_id, {"roleId": role_id, **row})

        if differs("permissionFlags"):
            send(ROLE_FLAGS, {"permissionFlagKeys": want.get("permissionFlags", [])})
        if differs("objectPermissions"):
            send(ROLE_OBJECTS, {"objectPermissions": _object_rows(writer, want, now)})
        if differs("fieldPermissions"):
            send(ROLE_FIELDS, {"fieldPermissions": _field_rows(writer, want, now)})
        if differs("rowLevelPermissions"):
            rules, before = want.get("rowLevelPermissions", {}), now.get("rowLevelPermissions", {})
            for owner in sorted({*rules, *before}):
                if rules.get(owner) != before.get(owner):
                    send(ROLE_ROWS, role_rules.outgoing(writer, address, owner, rules.get(owner)))


def _object_rows(writer: Writer, want: Attributes, now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All of them: 2.x takes away what is not sent, 1.x what is sent as null."""
    desired = want.get("objectPermissions", {})
    old = now.get("objectPermissions", {}) if writer.workspace.identity.is_v1 else {}
    return [
        {
            "objectMetadataId": writer.id_of(object_address(owner)),
            **{right: desired.get(owner, {}).get(right) for right in OBJECT_RIGHTS},
        }
        for owner in {**desired, **old}
    ]


def _field_rows(writer: Writer, want: Attributes, now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs: a row of nulls takes a restriction away (metadata-api 5.6)."""
    desired, old = _flat(want), _flat(now)
    return [
        {
            "objectMetadataId": writer.id_of(object_address(owner)),
            "fieldMetadataId": writer.id_of(f"field.{owner}.{field}"),
            **{right: desired.get((owner, field), {}).get(right) for right in FIELD_RIGHTS},
        }
        for owner, field in {**desired, **old}
        if desired.get((owner, field)) != old.get((owner, field))
    ]


def _flat(given: Mapping[str, Any]) -> dict[tuple[str, str], Attributes]:
    return {
        (owner, field): rights
        for owner, fields in (given.get("fieldPermissions") or {}).items()
        for field, rights in fields.items()
    }


def _tidy(rights: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    kept = {
        name: {right: value for right, value in sorted(row.items()) if value is not None}
        for name, row in (rights or {}).items()
    }
    return _sorted(kept)


def _sorted(rows: Mapping[str, Any]) -> dict[str, Any]:
    return {name: rows[name] for name in sorted(rows) if rows[name]}


def keys_left_behind(state: State) -> list[str]:
    """The API keys of a workspace, which are never carried: they are made anew, by hand."""
    return [
        f"the API key {key['name']} (role {role.name}) is not carried: make one on the target, in "
        "Settings, API & Webhooks"
        for role in state.of("role")
        for key in keys_in_use(role)
    ]


def keys_in_use(role: Resource) -> list[Mapping[str, Any]]:
    """The API keys with a role that nobody revoked, as far as the role was read."""
    return [key for key in row_of(role).get("apiKeys") or [] if not key.get("revokedAt")]
