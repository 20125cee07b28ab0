"""The families of the `/metadata` API: which operation lists, creates, changes and removes what.

A family names each operation once per version, newest first; the server's schema decides. How an
operation wants its arguments is read from the schema too (`updateView(id, input)`,
`updateViewField(input: {id, update})`, `createOneObject(input: {object})`).
"""

from __future__ import annotations

from dataclasses import dataclass

#: What a server says of a feature that a workspace does not have (1.17).
SWITCHED_OFF = "is not enabled for this workspace"


@dataclass(frozen=True, slots=True)
class Batch:
    """One request for many: a mutation that takes a list, or a tool of `/mcp`.

    `key` is the name of the list among the arguments; `most` how many it takes, which the tools
    publish in their input schemas. The tools pass attributes on that their schemas do not name
    (`skipNameField`, `color`, `morphRelationsCreationPayload`: seen on 2.21.0). A tool that works
    `side_by_side` takes each row for itself: where one is refused, the others are done all the
    same, and may still be under way when the refusal is told.
    """

    names: tuple[str, ...]
    key: str
    most: int
    tool: bool = False
    side_by_side: bool = False


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of one family.

    One that is listed in pages has `page` rows in each.
    """

    name: str
    types: tuple[str, ...]
    listing: tuple[str, ...]
    create: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    create_batch: Batch | None = None
    update_batch: Batch | None = None
    page: int = 0


def _view_part(
    part: str, *, create_batch: Batch | None = None, update_batch: Batch | None = None
) -> Operations:
    # A soft-deleted part still holds its place (unique per field and view): parts are destroyed.
    return Operations(
        name=f"view{part}",
        types=(f"View{part}", f"CoreView{part}"),
        listing=(f"getView{part}s", f"getCoreView{part}s"),
        create=(f"createView{part}", f"createCoreView{part}"),
        update=(f"updateView{part}", f"updateCoreView{part}"),
        remove=(f"destroyView{part}", f"destroyCoreView{part}"),
        create_batch=create_batch,
        update_batch=update_batch,
    )


OBJECT = Operations(
    name="object",
    types=("Object",),
    listing=("objects",),
    create=("createOneObject",),
    update=("updateOneObject",),
    remove=("deleteOneObject",),
    # It takes 20, but each waits for the same locks, for 8 s at most: with eight at once, a slow
    # 2.21.0 refused some of them and made the others.
    create_batch=Batch(
        ("create_many_object_metadata",), "objects", 4, tool=True, side_by_side=True
    ),
    update_batch=Batch(
        ("update_many_object_metadata",), "objects", 20, tool=True, side_by_side=True
    ),
    page=100,
)
FIELD = Operations(
    name="field",
    types=("Field",),
    listing=("fields",),
    create=("createOneField",),
    update=("updateOneField",),
    remove=("deleteOneField",),
    create_batch=Batch(("create_many_field_metadata",), "fields", 20, tool=True),
    update_batch=Batch(("update_many_field_metadata",), "fields", 20, tool=True, side_by_side=True),
    page=1000,
)
INDEX = Operations(
    name="index",
    types=("Index",),
    listing=("indexMetadatas",),
    create=("createOneIndex",),
    remove=("deleteOneIndex",),
)
VIEW = Operations(
    name="view",
    types=("View", "CoreView"),
    listing=("getViews", "getCoreViews"),
    create=("createView", "createCoreView"),
    update=("updateView", "updateCoreView"),
    remove=("destroyView", "destroyCoreView"),
)
VIEW_FIELD = _view_part(
    "Field",
    create_batch=Batch(("createManyViewFields", "createManyCoreViewFields"), "inputs", 200),
    update_batch=Batch(
        ("update_many_view_fields",), "viewFields", 50, tool=True, side_by_side=True
    ),
)
VIEW_FILTER = _view_part("Filter")
VIEW_FILTER_GROUP = _view_part("FilterGroup")
VIEW_SORT = _view_part("Sort")
VIEW_GROUP = _view_part(
    "Group",
    create_batch=Batch(("createManyViewGroups", "createManyCoreViewGroups"), "inputs", 200),
    update_batch=Batch(("updateManyViewGroups",), "inputs", 200),
)
#: What 1.x has in their place; it is named, not carried.
SERVERLESS_FUNCTION = Operations(
    name="serverless function",
    types=("ServerlessFunction",),
    listing=("findManyServerlessFunctions",),
)
FUNCTION = Operations(
    name="logic function",
    types=("LogicFunction",),
    listing=("findManyLogicFunctions",),
    create=("createOneLogicFunction",),
    update=("updateOneLogicFunction",),
    remove=("deleteOneLogicFunction",),
)
#: Applications are told by the workspace itself; the name is all there is.
APPLICATION = Operations(name="application", types=("Application",), listing=())
#: The workspace's own row; the name is all there is.
SETTINGS = Operations(name="workspace settings", types=("Workspace",), listing=())
#: Workflows are records, written by tools; the name is all there is.
WORKFLOW = Operations(name="workflow", types=("Workflow",), listing=())
#: Members are read as records and made by nobody's mutation; the name is all there is.
MEMBER = Operations(name="member", types=("WorkspaceMember",), listing=())
USAGE_LIMIT = Operations(
    name="usage limit",
    types=("UsageLimit",),
    listing=("usageLimits",),
    create=("createUsageLimit",),
    update=("updateUsageLimit",),
    remove=("deleteUsageLimit",),
)
SKILL = Operations(
    name="skill",
    types=("Skill",),
    listing=("skills",),
    create=("createSkill",),
    update=("updateSkill",),
    remove=("deleteSkill",),
)
SKILL_ON = Operations("skill", SKILL.types, SKILL.listing, update=("activateSkill",))
SKILL_OFF = Operations("skill", SKILL.types, SKILL.listing, update=("deactivateSkill",))
AGENT = Operations(
    name="agent",
    types=("Agent",),
    listing=("findManyAgents",),
    create=("createOneAgent",),
    update=("updateOneAgent",),
    remove=("deleteOneAgent",),
)
ROLE = Operations(
    name="role",
    types=("Role",),
    listing=("getRoles",),
    create=("createOneRole",),
    update=("updateOneRole",),
    remove=("deleteOneRole",),
)


def _role_part(name: str, mutation: str) -> Operations:
    return Operations(f"{name} of a role", (), (), update=(mutation,))


ROLE_FLAGS = _role_part("permission flags", "upsertPermissionFlags")
ROLE_OBJECTS = _role_part("object permissions", "upsertObjectPermissions")
ROLE_FIELDS = _role_part("field permissions", "upsertFieldPermissions")
ROLE_ROWS = _role_part("row-level permissions", "upsertRowLevelPermissionPredicates")
WEBHOOK = Operations(
    name="webhook",
    types=("Webhook",),
    listing=("webhooks",),
    create=("createWebhook",),
    update=("updateWebhook",),
    remove=("deleteWebhook",),
)
PAGE_LAYOUT = Operations(
    name="page layout",
    types=("PageLayout",),
    listing=("getPageLayouts",),
    create=("createPageLayout",),
    update=("updatePageLayout",),
    remove=("destroyPageLayout",),
)
#: A page layout with its tabs and widgets, all at once: what is left out is taken away.
PAGE_LAYOUT_TREE = Operations(
    name="page layout",
    types=("PageLayout",),
    listing=("getPageLayouts",),
    update=("updatePageLayoutWithTabsAndWidgets",),
)
#: The fields of a record page, with their groups, at once.
FIELDS_WIDGET = Operations(
    name="field list",
    types=("View",),
    listing=("getViews",),
    create=("upsertFieldsWidget",),
)
NAVIGATION = Operations(
    name="navigation item",
    types=("NavigationMenuItem",),
    listing=("navigationMenuItems",),
    create=("createNavigationMenuItem",),
    update=("updateNavigationMenuItem",),
    remove=("deleteNavigationMenuItem",),
    create_batch=Batch(("createManyNavigationMenuItems",), "inputs", 100),
    update_batch=Batch(("updateManyNavigationMenuItems",), "inputs", 100),
)
COMMAND_MENU = Operations(
    name="command menu item",
    types=("CommandMenuItem",),
    listing=("commandMenuItems",),
    create=("createCommandMenuItem",),
    update=("updateCommandMenuItem",),
    remove=("deleteCommandMenuItem",),
)
#: Brings an item of Twenty's back to what Twenty ships.
COMMAND_MENU_RESET = Operations(
    name="command menu item",
    types=("CommandMenuItem",),
    listing=("commandMenuItems",),
    update=("resetCommandMenuItem",),
)
