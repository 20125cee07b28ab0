"""What there is to compare, as one list: how rows are listed, named, and what is left out and why.

Nothing here knows what an attribute means. A column that is not named in `DROPPED`, `dropped` or
`key` is compared as it is, whatever a later version adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Columns of every type that say nothing about what a person made.
DROPPED: Mapping[str, str] = {
    "id": "every workspace gives its own",
    "universalIdentifier": "given by the server",
    "standardId": "given by the server",
    "applicationId": "another id in each workspace",
    "workspaceId": "the workspace itself",
    "createdAt": "a time",
    "updatedAt": "a time",
    "deletedAt": "a time",
    "createdByUserWorkspaceId": "who made it: the key, on the target",
    "isOverridden": "follows from the values",
    "isCustom": "whose it is, not what it is",
    "isRemote": "no API sets it",
    "standardOverrides": "laid over label, description and icon",
    "isUIReadOnly": "no API sets it",
    "isUIEditable": "no API sets it",
    "isUICreatable": "no API sets it",
    "duplicateCriteria": "no API sets it",
    "isEditable": "no API sets it",
}
#: What a column means where a version does not have it: what it has is in force.
ASSUMED: Mapping[str, object] = {"isActive": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowType:
    """One type of rows.

    `types` are its names in the schema and `listing` its queries, newest first; a type without a
    query stands in the `children` of another. `key` are the columns that name a row inside its
    parent, `parent` the column with the parent's id where rows are listed by themselves, and
    `folder` the one that names another row of the type which holds it. `children_after` is the type
    whose names the children need. `inside` are keys of the values in a column that are dropped as
    columns are. `unordered` columns are lists whose order says nothing, and `grouped` ones name
    any one of the rows that a morph relation has. A type that `has_parts` keeps lists in its JSON
    whose items have ids that nothing outside the row names. `address` is how plans
    call such a row; empty where the row is a part of its parent's resource.
    """

    name: str
    types: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    page: int = 0
    key: tuple[str, ...] = ()
    parent: str = ""
    parent_type: str = ""
    folder: str = ""
    children: Mapping[str, str] = field(default_factory=dict)
    children_after: str = ""
    dropped: Mapping[str, str] = field(default_factory=dict)
    inside: Mapping[str, str] = field(default_factory=dict)
    unordered: tuple[str, ...] = ()
    grouped: tuple[str, ...] = ()
    has_parts: bool = False
    address: str = ""
    plural: str = ""

    @property
    def many(self) -> str:
        """What several are called."""
        return self.plural or f"{self.name}s"


_PARENT = "the row that it belongs to"


def _view_part(part: str, name: str, *key: str, folder: str = "", **dropped: str) -> RowType:
    return RowType(
        name=name,
        types=(f"View{part}", f"CoreView{part}"),
        key=key,
        folder=folder,
        dropped={"viewId": _PARENT, "viewFields": "listed by the view", **dropped},
    )


_ROLE_PART = {"roleId": _PARENT}
#: Every type, those first whose names the others need.
ROW_TYPES: tuple[RowType, ...] = (
    RowType(
        name="object",
        types=("Object",),
        listing=("objects",),
        page=100,
        key=("nameSingular",),
        address="object.{nameSingular}",
        children={"indexMetadataList": "index", "searchFieldMetadataList": "search field"},
        children_after="field",
        dropped={
            "fieldsList": "listed by themselves",
            "shortcut": "no API sets it, and the interface does not use it",
        },
    ),
    RowType(
        name="field",
        types=("Field",),
        listing=("fields",),
        page=1000,
        key=("name",),
        parent="objectMetadataId",
        parent_type="object",
        address="field.{parent}.{name}",
        dropped={
            "objectMetadataId": _PARENT,
            "object": _PARENT,
            "morphId": "another id in each workspace",
            "isSystem": "no API sets it",
        },
        inside={
            "options.id": "given by the server",
            "morphRelations.sourceFieldMetadata": "the field itself, or one of its rows",
        },
        unordered=("morphRelations",),
        grouped=("relation", "morphRelations"),
    ),
    RowType(
        name="index",
        plural="indexes",
        types=("Index",),
        key=("indexFieldMetadataList", "isUnique"),
        children={"indexFieldMetadataList": "index field"},
        dropped={
            "name": "derived from table and columns",
            "objectMetadata": _PARENT,
        },
    ),
    RowType(name="index field", types=("IndexField",), key=("fieldMetadataId", "subFieldName")),
    RowType(name="search field", types=("SearchField",), key=("fieldMetadataId",)),
    RowType(
        name="role",
        types=("Role",),
        listing=("getRoles",),
        key=("label",),
        address="role[{label}]",
        children={
            "permissionFlags": "permission flag",
            "objectPermissions": "object permission",
            "fieldPermissions": "field permission",
            "rowLevelPermissionPredicateGroups": "row-level group",
            "rowLevelPermissionPredicates": "row-level rule",
            "workspaceMembers": "role of a member",
        },
        dropped={
            "apiKeys": "keys are of one workspace; no API copies them",
            "agents": "compared as the agents' roleId",
        },
    ),
    RowType(
        name="role of a member",
        plural="roles of members",
        types=("WorkspaceMember",),
        key=("id",),
        dropped={"*": "members themselves are compared by e-mail alone"},
    ),
    RowType(
        name="permission flag",
        types=("RolePermissionFlag", "PermissionFlag"),
        key=("flag",),
        dropped=_ROLE_PART,
    ),
    RowType(
        name="object permission",
        types=("ObjectPermission",),
        key=("objectMetadataId",),
        dropped={
            **_ROLE_PART,
            "rowLevelPermissionPredicates": "listed by the role",
            "rowLevelPermissionPredicateGroups": "listed by the role",
            "restrictedFields": "follows from the field permissions",
        },
    ),
    RowType(
        name="field permission",
        types=("FieldPermission",),
        key=("fieldMetadataId",),
        dropped={**_ROLE_PART, "objectMetadataId": "follows from the field"},
    ),
    RowType(
        name="row-level group",
        types=("RowLevelPermissionPredicateGroup",),
        key=("objectMetadataId", "positionInRowLevelPermissionPredicateGroup"),
        folder="parentRowLevelPermissionPredicateGroupId",
        dropped=_ROLE_PART,
    ),
    RowType(
        name="row-level rule",
        types=("RowLevelPermissionPredicate",),
        key=("fieldMetadataId",),
        dropped=_ROLE_PART,
    ),
    RowType(
        name="agent",
        types=("Agent",),
        listing=("findManyAgents",),
        key=("name",),
        address="agent[{name}]",
    ),
    RowType(
        name="front component",
        types=("FrontComponent",),
        listing=("frontComponents",),
        key=("name",),
        dropped={
            "builtComponentChecksum": "of one build",
            "applicationTokenPair": "a token",
            "applicationVariables": "of the installed application",
        },
    ),
    RowType(
        name="page layout",
        types=("PageLayout",),
        listing=("getPageLayouts",),
        key=("type", "objectMetadataId", "dashboard"),
        children={"tabs": "tab"},
        address="pageLayout.{objectMetadataId}",
    ),
    RowType(
        name="tab",
        types=("PageLayoutTab",),
        key=("title",),
        children={"widgets": "widget"},
        dropped={"pageLayoutId": _PARENT},
    ),
    RowType(
        name="widget",
        types=("PageLayoutWidget",),
        key=("title", "type"),
        has_parts=True,
        dropped={"pageLayoutTabId": _PARENT},
    ),
    RowType(
        name="view",
        types=("View", "CoreView"),
        listing=("getViews", "getCoreViews"),
        key=("objectMetadataId", "called"),
        children={
            "viewFieldGroups": "view field group",
            "viewFields": "view field",
            "viewFilterGroups": "view filter group",
            "viewFilters": "view filter",
            "viewSorts": "view sort",
            "viewGroups": "view group",
        },
        address="view.{objectMetadataId}[{name}]",
    ),
    _view_part("FieldGroup", "view field group", "name"),
    _view_part("Field", "view field", "fieldMetadataId"),
    _view_part(
        "FilterGroup",
        "view filter group",
        "positionInViewFilterGroup",
        folder="parentViewFilterGroupId",
    ),
    _view_part("Filter", "view filter", "fieldMetadataId"),
    _view_part("Sort", "view sort", "fieldMetadataId"),
    _view_part("Group", "view group", "fieldValue"),
    RowType(
        name="logic function",
        types=("LogicFunction", "ServerlessFunction"),
        listing=("findManyLogicFunctions", "findManyServerlessFunctions"),
        key=("name",),
        address="function[{name}]",
        dropped={
            "latestVersion": "counted by the server",
            "publishedVersions": "counted by the server",
            "builtHandlerPath": "of one build",
        },
    ),
    RowType(
        name="workflow",
        key=("name",),
        address="workflow[{name}]",
        dropped={"byServer": "whose it is, not what it is"},
        children={"steps": "workflow step"},
        has_parts=True,
    ),
    RowType(name="workflow step", key=("name", "type"), has_parts=True),
    RowType(
        name="navigation item",
        types=("NavigationMenuItem",),
        listing=("navigationMenuItems",),
        key=(
            "type",
            "targetObjectMetadataId",
            "targetRecordId",
            "viewId",
            "pageLayoutId",
            "link",
            "titled",
            "userWorkspaceId",
        ),
        folder="folderId",
        dropped={"targetRecordIdentifier": "shows the record"},
        address="navigationMenuItem",
    ),
    RowType(
        name="command menu item",
        types=("CommandMenuItem",),
        listing=("commandMenuItems",),
        key=("engineComponentKey", "label", "availabilityObjectMetadataId", "workflowVersionId"),
        dropped={"frontComponent": "named by frontComponentId"},
        address="commandMenuItem[{label}]",
    ),
    RowType(
        name="skill",
        types=("Skill",),
        listing=("skills",),
        key=("name",),
        address="skill[{name}]",
    ),
    RowType(
        name="webhook",
        types=("Webhook",),
        listing=("webhooks",),
        key=("targetUrl",),
        address="webhook[{targetUrl}]",
        dropped={
            "secret": "the server makes a new one",
            "workspace": "the one that is read, and no webhook of 1.11 answers it",
        },
        unordered=("operations",),
    ),
    RowType(
        name="workspace setting",
        key=("name",),
        address="workspace",
    ),
)
BY_NAME: Mapping[str, RowType] = {found.name: found for found in ROW_TYPES}
#: Columns of the workspace's own row that are no setting.
SETTINGS_DROPPED: Mapping[str, str] = {
    "id": "the workspace itself",
    "displayName": "each workspace has its name",
    "subdomain": "each workspace has its address",
    "customDomain": "each workspace has its address",
    "workspaceUrls": "each workspace has its address",
    "isCustomDomainEnabled": "each workspace has its address",
    "logo": "a picture: `records verify` compares it",
    "logoFileId": "a picture: `records verify` compares it",
    "inviteHash": "a secret of one workspace",
    "createdAt": "a time",
    "updatedAt": "a time",
    "deletedAt": "a time",
    "workspaceMembersCount": "a count",
    "activationStatus": "of the server",
    "metadataVersion": "a count",
    "databaseUrl": "of the server",
    "databaseSchema": "of the server",
    "version": "of the server",
    "workspaceCustomApplicationId": "another id in each workspace",
    "workspaceCustomApplication": "another id in each workspace",
    "hasValidEnterpriseKey": "a licence",
    "hasValidSignedEnterpriseKey": "a licence",
    "hasValidEnterpriseValidityToken": "a licence",
    "featureFlags": "of the server",
    "billingSubscriptions": "a contract",
    "currentBillingSubscription": "a contract",
    "billingCustomer": "a contract",
    "billingEntitlements": "a contract",
    "installedApplications": "compared by `plan`, which says what to install",
    "views": "listed by themselves",
    "viewFields": "listed by themselves",
    "viewFilters": "listed by themselves",
    "viewFilterGroups": "listed by themselves",
    "viewGroups": "listed by themselves",
    "viewSorts": "listed by themselves",
}
#: Listing queries that are no configuration of the workspace, or that no key may read.
NOT_CONFIGURATION: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "getViewFilterGroups getViewFilters getViewSorts getViewGroups getCoreViewSorts "
            "getCoreViewGroups getCoreViewFilterGroups getCoreViewFilters indexMetadatas"
        ).split(),
        "read with what they belong to",
    ),
    **dict.fromkeys(
        (
            "listPlans getMeteredProductsUsage getResourceCreditUsage usageQuotasWithConsumption"
        ).split(),
        "a contract, and its use",
    ),
    **dict.fromkeys("findWorkspaceInvitations getInviteSuggestions".split(), "people to come"),
    **dict.fromkeys(
        (
            "getApprovedAccessDomains getSSOIdentityProviders findManyPublicDomains "
            "getEmailingDomains unsubscribeTopics"
        ).split(),
        "an administrator's, proved by DNS or a contract: no key writes it",
    ),
    "usageLimits": "numbers alone, which `plan` compares",
    **dict.fromkeys("apiKeys getApiKeyRoles".split(), "secrets of one workspace"),
    **dict.fromkeys(
        "getToolIndex objectRecordCounts getPermissionFlags timelineActivityTypes".split(),
        "of the server",
    ),
    **dict.fromkeys(
        (
            "chatThreads myMessageChannels myConnectedAccounts myMessageFolders myCalendarChannels "
            "currentUserSessions currentUserApplicationAuthorizations appConnections "
            "appMessageChannels"
        ).split(),
        "of one person",
    ),
    **dict.fromkeys(
        (
            "findManyApplications findManyMarketplaceApps publicMarketplaceApps "
            "findManyApplicationRegistrations"
        ).split(),
        "applications are installed by a person: `plan` names them",
    ),
    **dict.fromkeys(
        "findManyDatabaseEventTriggers findManyCronTriggers findManyRouteTriggers".split(),
        "read with their functions",
    ),
}
