"""What the server does on its own when the data model changes, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

VIEWS = """query($o:String){getViews(objectMetadataId:$o){id name type key position isCustom
 viewFields{id fieldMetadataId isVisible size position} viewGroups{fieldValue isVisible position}
 viewFilters{id operand value} viewSorts{id}}}"""
UPDATE_FIELD = """mutation($i:UpdateOneFieldMetadataInput!){updateOneField(input:$i)
 {id name label isActive isUnique options settings}}"""
OPTIONS = [
    {"label": "Gold", "value": "GOLD", "color": "yellow", "position": 0},
    {"label": "Silver", "value": "SILVER", "color": "gray", "position": 1},
]


def views_of(talk: Any, name: str) -> list[Any]:
    return talk.metadata(VIEWS, o=talk.object_id(name))["getViews"]


def index_view(talk: Any, name: str) -> Any:
    return next(view for view in views_of(talk, name) if view["key"] == "INDEX")


def columns(talk: Any, view: Any) -> list[tuple[str, bool, int]]:
    names = {row["id"]: row["name"] for row in talk.sandbox.workspace.store.rows("field")}
    rows = sorted(view["viewFields"], key=lambda row: row["position"])
    return [(names[row["fieldMetadataId"]], row["isVisible"], row["size"]) for row in rows]


def update_field(talk: Any, ident: str, **update: Any) -> Any:
    return talk.metadata(UPDATE_FIELD, i={"id": ident, "update": update})["updateOneField"]


def test_a_new_object_gets_its_fields_relations_and_views(talk: Any) -> None:
    talk.make_object("rocket", "rockets", labelSingular="rocket", labelPlural="Rockets")
    names = list(talk.fields("rocket"))
    assert (
        names[:9]
        == "name id createdAt createdBy deletedAt position updatedAt updatedBy searchVector".split()
    )
    assert set(names[9:]) == {"timelineActivities", "attachments", "noteTargets", "taskTargets"}
    target = talk.fields("noteTarget")["targetRocket"]
    assert target["label"] == "Rocket"
    assert target["description"] == "NoteTargets Rocket"
    assert target["morphId"] == talk.fields("noteTarget")["targetCompany"]["morphId"]
    assert target["settings"] == {
        "relationType": "MANY_TO_ONE",
        "onDelete": "SET_NULL",
        "joinColumnName": "targetRocketId",
    }
    index = index_view(talk, "rocket")
    assert index["name"] == "All Rockets"
    assert columns(talk, index) == [
        (name, True, 180) for name in ("name", "createdAt", "createdBy", "updatedAt", "updatedBy")
    ]
    widget = next(view for view in views_of(talk, "rocket") if view["type"] == "FIELDS_WIDGET")
    assert widget["name"] == "Rocket Record Page Fields"
    assert columns(talk, widget)[0] == ("createdAt", True, 180)
    items = talk.metadata("{navigationMenuItems{targetObjectMetadataId type position}}")
    assert items["navigationMenuItems"][-1]["targetObjectMetadataId"] == talk.object_id("rocket")


def test_an_object_without_a_name_is_identified_by_its_id(talk: Any) -> None:
    ident = talk.make_object("stop", "stops", skipNameField=True)
    query = (
        "query($i:UUID!){object(id:$i){labelIdentifierFieldMetadataId searchFieldMetadataList{id}}}"
    )
    found = talk.metadata(query, i=ident)["object"]
    assert found["labelIdentifierFieldMetadataId"] == talk.fields("stop")["id"]["id"]
    assert found["searchFieldMetadataList"] == []
    assert columns(talk, index_view(talk, "stop"))[0][0] == "id"


def test_relabelling_an_object_renames_its_index_view(talk: Any) -> None:
    update = "mutation($i:UpdateOneObjectInput!){updateOneObject(input:$i){labelPlural}}"
    talk.metadata(update, i={"id": talk.object_id("company"), "update": {"labelPlural": "Firms"}})
    assert index_view(talk, "company")["name"] == "All Firms"


def test_renaming_an_object_renames_what_points_at_it(talk: Any) -> None:
    ident = talk.make_object("rocket", "rockets")
    talk.records('mutation{createRocket(data:{name:"V2"}){id}}')
    update = "mutation($i:UpdateOneObjectInput!){updateOneObject(input:$i){nameSingular}}"
    names = {"nameSingular": "missile", "namePlural": "missiles"}
    talk.metadata(update, i={"id": ident, "update": names})
    assert "targetMissile" in talk.fields("noteTarget")
    assert talk.records("{missiles{totalCount}}") == {"missiles": {"totalCount": 1}}


def test_the_names_of_a_standard_object_cannot_be_changed(talk: Any) -> None:
    update = "mutation($i:UpdateOneObjectInput!){updateOneObject(input:$i){id}}"
    given = {"id": talk.object_id("company"), "update": {"nameSingular": "firm"}}
    message = talk.refusal(update, i=given)["message"]
    assert message == "Cannot edit standard object metadata properties: nameSingular"


def test_deleting_an_object_leaves_nothing_behind(talk: Any) -> None:
    before = talk.sandbox.state()["configuration"]
    ident = talk.make_object("rocket", "rockets")
    talk.make_field("rocket", "SELECT", "tier", options=OPTIONS)
    talk.metadata(
        "mutation($i:DeleteOneObjectInput!){deleteOneObject(input:$i){id}}", i={"id": ident}
    )
    assert talk.sandbox.state()["configuration"] == before


def test_standard_objects_cannot_be_deleted(talk: Any) -> None:
    query = "mutation($i:DeleteOneObjectInput!){deleteOneObject(input:$i){id}}"
    error = talk.refusal(query, i={"id": talk.object_id("company")})
    report = error["extensions"]["errors"]["objectMetadata"][0]["errors"]
    assert [fault["message"] for fault in report] == ["Standard objects cannot be deleted"]


def test_white_space_collapses_in_labels_but_a_next_line_survives(talk: Any) -> None:
    talk.make_field("company", "TEXT", "odd", label="A\n\t B\u2028C\u00a0D\u0085E")
    assert talk.fields("company")["odd"]["label"] == "A B C D\u0085E"


def test_a_new_field_becomes_a_hidden_column_of_the_index_view(talk: Any) -> None:
    talk.make_field("company", "TEXT", "tagline")
    assert columns(talk, index_view(talk, "company"))[-1] == ("tagline", False, 180)
    field = talk.fields("company")["tagline"]["id"]
    view = index_view(talk, "company")["id"]
    again = {"viewId": view, "fieldMetadataId": field, "position": 99}
    error = talk.refusal(
        "mutation($i:CreateViewFieldInput!){createViewField(input:$i){id}}", i=again
    )
    assert "already exists" in json.dumps(error["extensions"]["errors"])


def test_a_relation_makes_both_sides_an_index_and_two_columns(talk: Any) -> None:
    talk.make_object("rocket", "rockets")
    payload = {
        "type": "MANY_TO_ONE",
        "targetObjectMetadataId": talk.object_id("company"),
        "targetFieldLabel": "Key rockets",
        "targetFieldIcon": "IconRocket",
    }
    talk.make_field("rocket", "RELATION", "maker", relationCreationPayload=payload)
    near, far = talk.fields("rocket")["maker"], talk.fields("company")["keyRockets"]
    assert near["relationTargetFieldMetadataId"] == far["id"]
    assert near["settings"]["joinColumnName"] == "makerId"
    assert far["settings"] == {"relationType": "ONE_TO_MANY"}
    assert near["description"] == "Rockets tied to the Company"
    assert far["description"] == "Companies rocket".replace("rocket", "Rocket")
    indexed = [
        part["fieldMetadataId"]
        for index in talk.sandbox.workspace.children(
            "index", "objectMetadataId", talk.object_id("rocket")
        )
        for part in index["fields"]
    ]
    assert near["id"] in indexed
    assert columns(talk, index_view(talk, "company"))[-1] == ("keyRockets", False, 180)


def test_deactivating_one_side_of_a_relation_deactivates_the_other(talk: Any) -> None:
    update_field(talk, talk.fields("person")["company"]["id"], isActive=False)
    assert not talk.fields("company")["people"]["isActive"]
    assert "company" not in [name for name, *_ in columns(talk, index_view(talk, "person"))]


def test_a_morph_relation_is_a_row_a_target_and_one_field_in_the_list(talk: Any) -> None:
    talk.make_object("rocket", "rockets")
    payload = [
        {
            "type": "MANY_TO_ONE",
            "targetObjectMetadataId": talk.object_id(name),
            "targetFieldLabel": f"Rockets of {name}",
            "targetFieldIcon": "IconX",
        }
        for name in ("company", "person")
    ]
    talk.make_field("rocket", "MORPH_RELATION", "owner", morphRelationsCreationPayload=payload)
    assert {"ownerCompany", "ownerPerson"} <= set(talk.fields("rocket"))
    query = (
        "query($i:UUID!){object(id:$i){fieldsList{name "
        "morphRelations{targetObjectMetadata{nameSingular}}}}}"
    )
    listed = talk.metadata(query, i=talk.object_id("rocket"))["object"]["fieldsList"]
    owners = [field for field in listed if field["name"].startswith("owner")]
    assert [field["name"] for field in owners] == ["owner"]
    assert len(owners[0]["morphRelations"]) == 2
    more = [{"targetObjectMetadataId": talk.object_id("opportunity")}]
    update_field(
        talk, talk.fields("rocket")["ownerCompany"]["id"], morphRelationsUpdatePayload=more
    )
    assert "ownerOpportunity" in talk.fields("rocket")


def test_a_view_by_a_select_gets_its_groups(talk: Any) -> None:
    talk.make_field("company", "SELECT", "tier", options=OPTIONS)
    given = {
        "name": "By tier",
        "objectMetadataId": talk.object_id("company"),
        "icon": "IconX",
        "type": "KANBAN",
        "mainGroupByFieldMetadataId": talk.fields("company")["tier"]["id"],
    }
    query = "mutation($i:CreateViewInput!){createView(input:$i){viewGroups{fieldValue}}}"
    groups = talk.metadata(query, i=given)["createView"]["viewGroups"]
    assert [group["fieldValue"] for group in groups] == ["GOLD", "SILVER", ""]


def test_options_are_matched_by_id(talk: Any) -> None:
    ident = talk.make_field("company", "SELECT", "tier", options=OPTIONS)
    talk.records(
        'mutation{createCompanies(data:[{name:"a",tier:"GOLD"},{name:"b",tier:"SILVER"}]){id}}'
    )
    gold = talk.fields("company")["tier"]["options"][0]
    update_field(talk, ident, options=[{**gold, "value": "BEST"}])
    found = talk.records(
        '{companies(filter:{name:{in:["a","b"]}},orderBy:[{name:AscNullsLast}]){edges{node{tier}}}}'
    )
    assert [edge["node"]["tier"] for edge in found["companies"]["edges"]] == ["BEST", None]


def test_a_unique_field_needs_values_that_are_unique(talk: Any) -> None:
    ident = talk.make_field("company", "TEXT", "code")
    talk.records('mutation{createCompanies(data:[{name:"a",code:"1"},{name:"b",code:"1"}]){id}}')
    assert (
        "unique index"
        in talk.refusal(UPDATE_FIELD, i={"id": ident, "update": {"isUnique": True}})["message"]
    )
    talk.records('mutation{updateCompanies(filter:{name:{eq:"b"}},data:{code:"2"}){id}}')
    assert update_field(talk, ident, isUnique=True)["isUnique"]
    again = talk.refusal('mutation{createCompany(data:{code:"1"}){id}}', "/graphql")
    assert again["extensions"]["userFriendlyMessage"].startswith("This code value")


@pytest.mark.parametrize(
    ("kind", "attributes", "message"),
    [
        ("NUMERIC", {}, "Use NUMBER instead"),
        ("TS_VECTOR", {}, "TS Vector is not supported"),
        ("POSITION", {}, 'must be named "position"'),
        ("FILES", {}, "maxNumberOfValues must be defined"),
        ("ADDRESS", {"isUnique": True}, "Unique index cannot be created"),
        ("TEXT", {"isUnique": True, "defaultValue": "'x'"}, "Unique index cannot be created"),
        ("MULTI_SELECT", {"options": OPTIONS, "defaultValue": "'GOLD'"}, "must be an array"),
    ],
)
def test_fields_the_server_refuses(talk: Any, kind: str, attributes: Any, message: str) -> None:
    error = talk.field_refusal("company", kind, "odd", **attributes)
    assert message in json.dumps(error, ensure_ascii=False).replace('\\"', '"')


def test_system_and_standard_fields_stay(talk: Any) -> None:
    query = "mutation($i:DeleteOneFieldInput!){deleteOneField(input:$i){id}}"
    for name, words in (
        ("id", "System fields"),
        ("address", "Standard fields"),
        ("name", "label identifier"),
    ):
        error = talk.refusal(query, i={"id": talk.fields("company")[name]["id"]})
        assert words in json.dumps(error)


def test_filters_are_checked_against_the_type_of_their_field(talk: Any) -> None:
    view = index_view(talk, "company")["id"]
    query = "mutation($i:CreateViewFilterInput!){createViewFilter(input:$i){id}}"
    given = {"viewId": view, "fieldMetadataId": talk.fields("company")["name"]["id"], "value": "x"}
    assert 'Operand \\"IS\\"' in json.dumps(talk.refusal(query, i={**given, "operand": "IS"}))
    assert talk.metadata(query, i={**given, "operand": "CONTAINS"})["createViewFilter"]["id"]


def test_filter_groups_nest_two_deep(talk: Any) -> None:
    view = index_view(talk, "company")["id"]
    query = "mutation($i:CreateViewFilterGroupInput!){createViewFilterGroup(input:$i){id}}"
    root = talk.metadata(query, i={"viewId": view})["createViewFilterGroup"]["id"]
    child = talk.metadata(query, i={"viewId": view, "parentViewFilterGroupId": root})
    below = {"viewId": view, "parentViewFilterGroupId": child["createViewFilterGroup"]["id"]}
    assert "exceeds maximum depth" in json.dumps(talk.refusal(query, i=below))


def test_views_of_twenty_are_only_deactivated(talk: Any) -> None:
    view = index_view(talk, "company")["id"]
    talk.metadata("mutation($i:String!){destroyView(id:$i)}", i=view)
    found = talk.metadata("query($i:String!){getView(id:$i){isActive}}", i=view)
    assert found == {"getView": {"isActive": False}}


def test_ids_of_views_and_their_parts_can_be_chosen(talk: Any) -> None:
    ident = "11111111-1111-4111-8111-111111111111"
    given = {
        "id": ident,
        "name": "Mine",
        "objectMetadataId": talk.object_id("company"),
        "icon": "I",
    }
    talk.metadata("mutation($i:CreateViewInput!){createView(input:$i){id}}", i=given)
    rows = [
        {"viewId": ident, "fieldMetadataId": talk.fields("company")[name]["id"], "position": place}
        for place, name in enumerate(("name", "address"))
    ]
    query = "mutation($i:[CreateViewFieldInput!]!){createManyViewFields(inputs:$i){position size}}"
    made = talk.metadata(query, i=rows)["createManyViewFields"]
    assert made == [{"position": 0, "size": 0}, {"position": 1, "size": 0}]


def test_custom_indexes(talk: Any) -> None:
    query = "mutation($i:CreateOneIndexInput!){createOneIndex(input:$i){id name isUnique isCustom}}"
    fields = [
        {"fieldMetadataId": talk.fields("company")["address"]["id"], "subFieldName": "addressCity"}
    ]
    given = {"objectMetadataId": talk.object_id("company"), "fields": fields}
    made = talk.metadata(query, i={"index": given})["createOneIndex"]
    assert (made["isUnique"], made["isCustom"]) == (False, True)
    assert "Index with same name" in json.dumps(talk.refusal(query, i={"index": given}))
    bare = {**given, "fields": [{"fieldMetadataId": fields[0]["fieldMetadataId"]}]}
    assert "requires a sub-field" in talk.refusal(query, i={"index": bare})["message"]


def test_bulk_tools_write_many_fields_in_one_call_or_none(talk: Any) -> None:
    def fields(*names: str) -> list[Any]:
        owner = talk.object_id("company")
        return [
            {"objectMetadataId": owner, "type": "TEXT", "name": name, "label": name}
            for name in names
        ]

    assert talk.tool("create_many_field_metadata", fields=fields("one", "two")) is True
    failed = talk.tool("create_many_field_metadata", fields=fields("three", "one"))
    assert failed["success"] is False
    assert "three" not in talk.fields("company")
    many = fields(*(f"f{n}" for n in range(21)))
    assert talk.tool("create_many_field_metadata", fields=many)["success"] is False


def test_a_complete_view_replaces_the_lists_it_is_given(talk: Any) -> None:
    made = talk.tool(
        "upsert_complete_view",
        objectNameSingular="company",
        name="Big",
        fields=[{"fieldName": "name"}, {"fieldName": "address"}],
        sorts=[{"fieldName": "name", "direction": "DESC"}],
    )
    view = next(view for view in views_of(talk, "company") if view["name"] == "Big")
    assert made["viewId"] == view["id"]
    talk.tool("upsert_complete_view", id=view["id"], fields=[{"fieldName": "name"}])
    view = next(view for view in views_of(talk, "company") if view["name"] == "Big")
    assert (len(view["viewFields"]), len(view["viewSorts"])) == (1, 1)


def test_tools_answer_as_events_too(talk: Any) -> None:
    message = {"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {}}
    answer = talk.client.post("/mcp", json=message, headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"] == "text/event-stream"
    assert json.loads(answer.text.split("data: ")[1])["result"]["tools"]


def test_minimal_metadata_tells_what_changed(talk: Any) -> None:
    query = "{minimalMetadata{collectionHashes{collectionName hash}}}"

    def hashes() -> dict[str, str]:
        rows = talk.metadata(query)["minimalMetadata"]["collectionHashes"]
        return {row["collectionName"]: row["hash"] for row in rows}

    before = hashes()
    talk.make_field("company", "TEXT", "tagline")
    after = hashes()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"fieldMetadata", "viewField"}


def test_two_identical_root_fields_are_refused(talk: Any) -> None:
    query = "{objects{edges{node{id}}} again:objects{edges{node{id}}}}"
    assert talk.refusal(query)["message"] == 'Duplicate root resolver: "objects"'


def test_unknown_fields_are_refused_by_the_schema(talk: Any) -> None:
    answer = talk.raw("{objects{edges{node{nope}}}}")
    assert answer["errors"][0]["message"] == 'Cannot query field "nope" on type "Object".'


def test_roots_that_are_not_served_say_so(talk: Any, sdl: Any) -> None:
    from twentysync.sandbox import Sandbox

    with Sandbox.fresh(sdl=sdl("2.43")) as sandbox, sandbox.client() as client:
        answer = client.post("/metadata", json={"query": "{getToolIndex{name}}"}).json()
        later = "{objects(paging:{},filter:{}){edges{node{openRecordIn readability writability}}}}"
        assert "errors" not in client.post("/metadata", json={"query": later}).json()
    assert answer["errors"][0]["extensions"]["code"] == "NOT_IMPLEMENTED"


def test_an_empty_composite_default_is_null(talk: Any) -> None:
    empty = {"primaryLinkLabel": "''", "primaryLinkUrl": "''", "secondaryLinks": None}
    talk.make_field("company", "LINKS", "site", defaultValue=empty)
    assert talk.fields("company")["site"]["defaultValue"] is None
