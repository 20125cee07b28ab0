"""Which differences between two roles take a right away from somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: The rights on one object, and what they are called for all.
OBJECT_RIGHTS: Mapping[str, str] = {
    "canReadObjectRecords": "canReadAllObjectRecords",
    "canUpdateObjectRecords": "canUpdateAllObjectRecords",
    "canSoftDeleteObjectRecords": "canSoftDeleteAllObjectRecords",
    "canDestroyObjectRecords": "canDestroyAllObjectRecords",
}
#: What a restriction of a field takes away.
FIELD_RIGHTS = ("canReadFieldValue", "canUpdateFieldValue")
_SETTINGS = (
    "API_KEYS_AND_WEBHOOKS WORKSPACE WORKSPACE_MEMBERS ROLES DATA_MODEL SECURITY WORKFLOWS "
    "IMPERSONATE SSO_BYPASS APPLICATIONS MARKETPLACE_APPS LAYOUTS BILLING AI_SETTINGS ADMIN_PANEL"
).split()

Role = Mapping[str, Any]
#: The rights to write on every object.
WRITES = tuple(OBJECT_RIGHTS.values())[1:]


def narrowed(desired: Role, actual: Role) -> Callable[[str], bool]:
    """Tells of the path of a difference whether it takes a right away.

    What counts is what holds in effect: an object's own permission, else that for all objects; a
    flag is held through `canUpdateAllSettings` or `canAccessAllTools` too.
    """

    def lost(path: str) -> bool:
        name, _, rest = path.partition(".")
        if name in ("canUpdateAllSettings", "canAccessAllTools", *OBJECT_RIGHTS.values()):
            return bool(actual.get(name)) and not desired.get(name)
        if name == "permissionFlags":
            gone = _flags(actual) - _flags(desired)
            tools = bool(desired.get("canAccessAllTools"))
            return any(not tools or flag in _SETTINGS for flag in gone)
        if name == "objectPermissions":
            owner = rest.partition(".")[0]
            return any(
                _effective(actual, owner, right) and not _effective(desired, owner, right)
                for right in OBJECT_RIGHTS
            )
        if name == "fieldPermissions":
            return bool(_restrictions(desired) - _restrictions(actual))
        return name == "rowLevelPermissions"

    return lost


def loses(desired: Role, actual: Role) -> bool:
    """Whether who had `actual` and gets `desired` can do less than before."""
    lost = narrowed(desired, actual)
    owners = {*(desired.get("objectPermissions") or {}), *(actual.get("objectPermissions") or {})}
    paths = ["canUpdateAllSettings", "canAccessAllTools", "permissionFlags", "fieldPermissions"]
    paths += [*OBJECT_RIGHTS.values(), *(f"objectPermissions.{owner}" for owner in owners)]
    rules = desired.get("rowLevelPermissions") or {}
    narrower = bool(rules) and rules != actual.get("rowLevelPermissions")
    return narrower or any(map(lost, paths))


def held_back(desired: Role) -> dict[str, bool]:
    """The rights on all objects that have to wait until the objects' own permissions are there.

    The server refuses to hide an object from a role that writes all of them, and to let a role
    write an object that it cannot read. It looks only when permissions of objects are written, so
    a source can have such roles: the rights on all were changed afterwards.
    """
    objects = desired.get("objectPermissions") or {}
    odd = any(
        not _effective(desired, owner, "canReadObjectRecords")
        and any(_effective(desired, owner, right) for right in OBJECT_RIGHTS)
        for owner in objects
    )
    names = (OBJECT_RIGHTS["canReadObjectRecords"], *WRITES)
    return {name: bool(desired.get(name)) for name in names} if odd else {}


def _effective(role: Role, owner: str, right: str) -> bool:
    own = (role.get("objectPermissions") or {}).get(owner, {}).get(right)
    return bool(role.get(OBJECT_RIGHTS[right]) if own is None else own)


def _flags(role: Role) -> set[str]:
    """The flags that a role holds by name and does not hold anyway."""
    flags = set(role.get("permissionFlags") or [])
    if role.get("canUpdateAllSettings"):
        flags |= set(_SETTINGS)
    return flags


def _restrictions(role: Role) -> set[tuple[str, str, str]]:
    return {
        (owner, field, right)
        for owner, fields in (role.get("fieldPermissions") or {}).items()
        for field, rights in fields.items()
        for right, value in rights.items()
        if value is False
    }
