"""Why a pull does not write what it found."""

from __future__ import annotations

#: Why a thing that was found is not written.
SHIPPED = "shipped by Twenty"
APPLICATION = "belongs to an installed application"
WITH_OBJECT = "made by the server with its object"
WITH_RELATION = "made by the server with a relation"
WITH_WORKFLOW = "made by the server with a workflow"
OTHER_SIDE = "declared by the other side of its relation"
IN_LAYOUT = "part of a page layout"
IN_STEP = "belongs to a step of a workflow"
AS_NEW = "unchanged from a new workspace"
OBJECT_GONE = "its object is gone"
NOT_CREATABLE = "the API cannot create the type"
DELETED = "deleted"
TAKEN_AWAY = "taken away from what Twenty ships"
PAGES_ONLY = "a group of fields, which only pages show"
FIELD_GONE = "names a field that is gone"
WITH_MEMBER = "told with its member"
KEYS_STAY = "an API key, which is made anew by hand"
LEADS_NOWHERE = "references something that no longer exists"
UNSAYABLE = "no manifest can say it"
#: Reasons for which nobody misses it on the target: it is there, or comes with something else.
NOTHING_LOST = frozenset(
    (SHIPPED, WITH_OBJECT, WITH_RELATION, WITH_WORKFLOW, OTHER_SIDE, IN_LAYOUT, IN_STEP, AS_NEW)
)
