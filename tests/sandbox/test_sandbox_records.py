"""Records: what a write keeps and changes, what it refuses, and what a read shows."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twentysync.sandbox.records import links
from twentysync.sandbox.state.text import collapse, name_from_label

CREATE = (
    "mutation($d:[CompanyCreateInput!]!,$u:Boolean){createCompanies(data:$d,upsert:$u){id name}}"
)
ID = "11111111-1111-4111-8111-11111111111{}"


def create(talk: Any, *rows: Any, upsert: bool = False) -> list[Any]:
    return talk.records(CREATE, d=list(rows), u=upsert)["createCompanies"]


def one(talk: Any, ident: str, names: str, plural: str = "companies") -> Any:
    query = f"query($i:UUID){{{plural}(filter:{{id:{{eq:$i}}}}){{edges{{node{{{names}}}}}}}}}"
    return talk.records(query, i=ident)[plural]["edges"][0]["node"]


def stored(talk: Any, name: str, kind: str, value: Any, **attributes: Any) -> Any:
    """Write a value into a new field of companies; what the store holds then."""
    if name not in talk.fields("company"):
        talk.make_field("company", kind, name, **attributes)
    ident = create(talk, {"name": "x", name: value})[0]["id"]
    rows = {row["id"]: row for row in talk.sandbox.records("company")}
    return rows[ident].get(name)


def refused(talk: Any, **row: Any) -> Any:
    return talk.refusal(CREATE, "/graphql", d=[row])


def test_a_new_record_was_made_and_changed_at_one_instant(
    talk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are `now()` of one statement; samples are known by it (record-api 6.7)."""
    clock, original = talk.sandbox.clock, talk.sandbox.clock.now

    def moving() -> float:
        clock.sleep(0.001)
        return float(original())

    monkeypatch.setattr(clock, "now", moving)
    ident = create(talk, {"name": "Acme"})[0]["id"]
    row = one(talk, ident, "createdAt updatedAt")
    assert row["createdAt"] == row["updatedAt"]


def test_ids_times_positions_and_authors_are_kept(talk: Any) -> None:
    row = {
        "id": ID.format(1),
        "createdAt": "2020-01-01T00:00:00.000Z",
        "updatedAt": "2021-01-01T00:00:00+01:00",
        "position": 12.5,
        "createdBy": {"source": "IMPORT", "name": "Jane"},
        "updatedBy": {"source": "IMPORT", "name": "Jane"},
    }
    create(talk, row)
    found = one(
        talk,
        ID.format(1),
        "createdAt updatedAt position createdBy{name source} updatedBy{name source}",
    )
    assert found == {
        "createdAt": "2020-01-01T00:00:00.000Z",
        "updatedAt": "2020-12-31T23:00:00.000Z",
        "position": 12.5,
        "createdBy": {"name": "Jane", "source": "IMPORT"},
        "updatedBy": {"name": "sandbox", "source": "API"},
    }


def test_an_author_without_a_name_keeps_its_source_only(talk: Any) -> None:
    create(talk, {"id": ID.format(1), "createdBy": {"source": "IMPORT"}})
    assert one(talk, ID.format(1), "createdBy{name source}") == {
        "createdBy": {"name": "sandbox", "source": "IMPORT"}
    }


def test_records_without_a_position_go_before_the_first(talk: Any) -> None:
    made = talk.records(
        'mutation{createCompanies(data:[{name:"a"},{name:"b",position:-7},{name:"c"}]){name '
        "position}}"
    )
    assert made["createCompanies"] == [
        {"name": "a", "position": -8},
        {"name": "c", "position": -9},
        {"name": "b", "position": -7},
    ]


def test_a_record_can_be_born_in_the_trash(talk: Any) -> None:
    create(talk, {"id": ID.format(1), "deletedAt": "2020-01-01T00:00:00.000Z"})
    assert talk.records("{companies{totalCount}}") == {"companies": {"totalCount": 5}}
    trash = talk.records("{companies(filter:{deletedAt:{is:NOT_NULL}}){totalCount}}")
    assert trash == {"companies": {"totalCount": 1}}


def test_an_omitted_value_takes_the_default_and_a_null_does_not(talk: Any) -> None:
    talk.make_field("company", "TEXT", "mood", defaultValue="'fine'")
    price = {"amountMicros": 1000000, "currencyCode": "'USD'"}
    talk.make_field("company", "CURRENCY", "price", defaultValue=price)
    nothing = {"amountMicros": None, "currencyCode": None}
    create(talk, {"id": ID.format(1)}, {"id": ID.format(2), "mood": None, "price": nothing})
    names = "mood price{amountMicros currencyCode}"
    assert one(talk, ID.format(1), names) == {
        "mood": "fine",
        "price": {"amountMicros": 1000000, "currencyCode": "USD"},
    }
    assert one(talk, ID.format(2), names) == {"mood": "", "price": nothing}


def test_existing_records_take_the_default_of_a_new_field(talk: Any) -> None:
    talk.make_field("company", "BOOLEAN", "big", defaultValue=False)
    found = talk.records("{companies{edges{node{big}}}}")["companies"]["edges"]
    assert [edge["node"]["big"] for edge in found] == [False] * 5


def test_an_upsert_swaps_the_id_of_a_taken_unique_value_and_empties_the_trash(talk: Any) -> None:
    link = {"primaryLinkUrl": "https://one.test"}
    create(talk, {"id": ID.format(1), "name": "one", "domainName": link})
    talk.records("mutation($i:UUID!){deleteCompany(id:$i){id}}", i=ID.format(1))
    made = create(talk, {"id": ID.format(2), "name": "two", "domainName": link}, upsert=True)
    assert made == [{"id": ID.format(1), "name": "two"}]
    assert one(talk, ID.format(1), "deletedAt") == {"deletedAt": None}


def test_an_upsert_that_matches_two_records_is_refused(talk: Any) -> None:
    create(
        talk,
        {"id": ID.format(1), "domainName": {"primaryLinkUrl": "one.test"}},
        {"id": ID.format(2)},
    )
    row = {"id": ID.format(2), "domainName": {"primaryLinkUrl": "one.test"}}
    error = talk.refusal(CREATE, "/graphql", d=[row], u=True)
    assert error["extensions"]["subCode"] == "UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT"


def test_an_upsert_changes_only_what_it_is_given(talk: Any) -> None:
    create(
        talk,
        {
            "id": ID.format(1),
            "name": "one",
            "address": {"addressCity": "Ulm", "addressState": "BW"},
        },
    )
    create(talk, {"id": ID.format(1), "address": {"addressCity": "Bonn"}}, upsert=True)
    found = one(talk, ID.format(1), "name address{addressCity addressState}")
    assert found == {"name": "one", "address": {"addressCity": "Bonn", "addressState": "BW"}}


def test_trash_counts_for_uniqueness_but_is_not_named(talk: Any) -> None:
    row = {"id": ID.format(1), "emails": {"primaryEmail": "A@B.test"}}
    query = "mutation($d:[PersonCreateInput!]!){createPeople(data:$d){id emails{primaryEmail}}}"
    made = talk.records(query, d=[row])["createPeople"][0]
    assert made["emails"]["primaryEmail"] == "a@b.test"
    clash = [{"emails": {"primaryEmail": "a@b.TEST"}}]
    assert talk.refusal(query, "/graphql", d=clash)["extensions"][
        "conflictingRecordId"
    ] == ID.format(1)
    talk.records("mutation($i:UUID!){deletePerson(id:$i){id}}", i=ID.format(1))
    assert "conflictingRecordId" not in talk.refusal(query, "/graphql", d=clash)["extensions"]


def test_a_batch_is_all_or_nothing(talk: Any) -> None:
    before = talk.sandbox.digest()
    error = talk.refusal(CREATE, "/graphql", d=[{"name": "ok"}, {"accountOwnerId": ID.format(9)}])
    assert "violates foreign key constraint" in error["message"]
    assert talk.sandbox.digest() == before


def test_rows_of_one_batch_may_refer_to_each_other(talk: Any) -> None:
    payload = {
        "type": "MANY_TO_ONE",
        "targetObjectMetadataId": talk.object_id("company"),
        "targetFieldLabel": "Daughters",
        "targetFieldIcon": "IconX",
    }
    talk.make_field("company", "RELATION", "mother", relationCreationPayload=payload)
    create(talk, {"id": ID.format(1), "motherId": ID.format(2)}, {"id": ID.format(2), "name": "m"})
    assert one(talk, ID.format(1), "mother{name}") == {"mother": {"name": "m"}}
    found = one(talk, ID.format(2), "daughters{totalCount edges{node{id}}}")
    assert found["daughters"]["edges"] == [{"node": {"id": ID.format(1)}}]


def test_destroying_follows_the_rule_of_each_relation(talk: Any) -> None:
    talk.make_object("rocket", "rockets")
    talk.records("mutation($i:UUID!){createRocket(data:{id:$i}){id}}", i=ID.format(1))
    note = talk.records("mutation{createNote(data:{}){id}}")["createNote"]["id"]
    company = create(talk, {"name": "c"})[0]["id"]
    query = "mutation($d:[NoteTargetCreateInput!]!){createNoteTargets(data:$d){id}}"
    rows = [
        {"id": ID.format(5), "noteId": note, "targetRocketId": ID.format(1)},
        {"id": ID.format(6), "noteId": note, "targetCompanyId": company},
    ]
    talk.records(query, d=rows)
    talk.records("mutation($i:UUID!){destroyRocket(id:$i){id}}", i=ID.format(1))
    talk.records("mutation($i:UUID!){destroyCompany(id:$i){id}}", i=company)
    left = talk.records("{noteTargets{edges{node{id targetRocketId}}}}")["noteTargets"]["edges"]
    assert [edge["node"] for edge in left] == [{"id": ID.format(5), "targetRocketId": None}]


def test_notes_take_their_targets_into_the_trash_and_back(talk: Any) -> None:
    note = talk.records("mutation{createNote(data:{}){id}}")["createNote"]["id"]
    talk.records("mutation($n:UUID!){createNoteTarget(data:{noteId:$n}){id}}", n=note)
    talk.records("mutation($n:UUID!){deleteNote(id:$n){id}}", n=note)
    assert talk.records("{noteTargets{totalCount}}")["noteTargets"]["totalCount"] == 0
    talk.records("mutation($n:UUID!){restoreNote(id:$n){id}}", n=note)
    assert talk.records("{noteTargets{totalCount}}")["noteTargets"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("singular", "code"),
    [
        ("WorkspaceMember", "FORBIDDEN"),
        ("Blocklist", "UNAUTHENTICATED"),
        ("WorkflowVersion", "FORBIDDEN"),
        ("WorkflowRun", "FORBIDDEN"),
    ],
)
def test_what_a_key_may_not_create(talk: Any, singular: str, code: str) -> None:
    error = talk.refusal(f"mutation{{create{singular}(data:{{}}){{id}}}}", "/graphql")
    assert error["extensions"]["code"] == code


def test_a_workflow_gets_a_draft_and_keeps_its_statuses_to_itself(talk: Any) -> None:
    query = (
        'mutation{createWorkflow(data:{name:"w",statuses:["ACTIVE"]}){id statuses '
        "versions{edges{node{name status}}}}}"
    )
    made = talk.records(query)["createWorkflow"]
    assert made["statuses"] == []
    assert made["versions"]["edges"] == [{"node": {"name": "v1", "status": "DRAFT"}}]


def test_pages_by_forged_cursors(talk: Any) -> None:
    rows = [{"id": f"{n:08x}-1111-4111-8111-111111111111", "name": f"c{n}"} for n in range(450)]
    talk.sandbox.load_records("company", rows)
    seen: list[str] = []
    cursor = None
    while True:
        query = (
            "query($c:String){companies(first:200,after:$c){edges{node{id}} "
            "pageInfo{hasNextPage endCursor}}}"
        )
        page = talk.records(query, c=cursor)["companies"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = base64.b64encode(json.dumps({"id": seen[-1]}).encode()).decode()
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 455


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ('{name:{like:"A%"}}', ["Airbnb", "Anthropic"]),
        ('{name:{ilike:"%NOT%"}}', ["Notion"]),
        ('{not:{name:{in:["Airbnb","Notion","Stripe","Figma"]}}}', ["Anthropic"]),
        (
            '{or:[{name:{eq:"Figma"}},{domainName:{primaryLinkUrl:{ilike:"%stripe%"}}}]}',
            ["Figma", "Stripe"],
        ),
        ("{and:[{position:{gte:2}},{position:{lt:4}}]}", ["Anthropic", "Stripe"]),
        ("{address:{addressCity:{is:NULL}}}", []),
        ('{createdAt:{gt:"2000-01-01"},name:{startsWith:"F"}}', ["Figma"]),
        ('{accountOwnerId:{is:NULL},name:{neq:"Airbnb"},position:{in:[1,2]}}', ["Anthropic"]),
    ],
)
def test_filters(talk: Any, condition: str, names: list[str]) -> None:
    order = "orderBy:[{name:AscNullsFirst}]"
    chosen = "{totalCount edges{node{name}}}"
    query = f"{{companies(filter:{condition},{order}){chosen}}}"
    found = talk.records(query)["companies"]
    assert [edge["node"]["name"] for edge in found["edges"]] == names
    assert found["totalCount"] == len(names)


def test_filters_through_a_relation_go_one_step(talk: Any) -> None:
    query = '{people(filter:{company:{name:{eq:"Figma"}}}){edges{node{name{lastName}}}}}'
    assert talk.records(query)["people"]["edges"] == [{"node": {"name": {"lastName": "Field"}}}]


def test_order_and_cursors_of_an_order(talk: Any) -> None:
    query = """query($c:String){companies(first:2,after:$c,orderBy:[{name:DescNullsLast}])
     {edges{node{name}} pageInfo{endCursor}}}"""
    first = talk.records(query, c=None)["companies"]
    second = talk.records(query, c=first["pageInfo"]["endCursor"])["companies"]
    names = [edge["node"]["name"] for edge in (*first["edges"], *second["edges"])]
    assert names == ["Stripe", "Notion", "Figma", "Anthropic"]


def test_totals(talk: Any) -> None:
    query = """{companies(first:0){totalCount countNotEmptyName maxPosition edges{node{id}}
     countEmptyAnnualRevenueAmountMicros countUniqueValuesDomainNamePrimaryLinkUrl}}"""
    assert talk.records(query)["companies"] == {
        "totalCount": 5,
        "countNotEmptyName": 5,
        "countEmptyAnnualRevenueAmountMicros": 5,
        "countUniqueValuesDomainNamePrimaryLinkUrl": 5,
        "maxPosition": 5,
        "edges": [],
    }


def test_groups(talk: Any) -> None:
    query = "{opportunitiesGroupBy(groupBy:[{stage:true}]){groupByDimensionValues totalCount}}"
    groups = talk.records(query)["opportunitiesGroupBy"]
    assert sum(group["totalCount"] for group in groups) == 6


def test_direct_execution_has_its_own_ideas(talk: Any) -> None:
    query = "{x:companies(first:1){edges{node{i:id nope name{sub} domainName}}}}"
    node = talk.records(query)["x"]["edges"][0]["node"]
    assert set(node) == {"id", "nope", "name", "domainName"}
    assert (node["nope"], node["domainName"]) == (None, None)
    broken = talk.raw("{companies(first:1){edges{node{domainName{nope}}}}}", "/graphql")
    assert broken["data"] == {"companies": None}
    assert broken["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}


def test_a_page_shows_where_it_is(talk: Any) -> None:
    info = talk.records("{companies(first:2){pageInfo{hasNextPage hasPreviousPage}}}")["companies"][
        "pageInfo"
    ]
    assert info == {"hasNextPage": True, "hasPreviousPage": False}
    error = talk.refusal("{companies(first:1,last:1){totalCount}}", "/graphql")
    assert error["extensions"]["subCode"] == "ARGS_CONFLICT"
    error = talk.refusal('{companies(after:"x"){totalCount}}', "/graphql")
    assert error["message"] == "Invalid cursor: x"


@pytest.mark.parametrize(
    ("number", "calling", "country", "expected"),
    [
        ("0612345678", "+33", "FR", "612345678"),
        ("+33612345678", None, None, "612345678"),
        ("4165551234", "+1", None, "4165551234"),
        ("4165551234", "+1", "US", "CONFLICTING_PHONE_COUNTRY_CODE"),
        ("+33612345678", "+1", "US", "CONFLICTING_PHONE_COUNTRY_CODE"),
        ("612345678", None, None, "INVALID_PHONE_NUMBER"),
        ("1", None, "XX", "INVALID_PHONE_COUNTRY_CODE"),
    ],
)
def test_phones(
    talk: Any, number: str, calling: str | None, country: str | None, expected: str
) -> None:
    phone = {
        "primaryPhoneNumber": number,
        "primaryPhoneCallingCode": calling,
        "primaryPhoneCountryCode": country,
    }
    query = "mutation($d:[PersonCreateInput!]!){createPeople(data:$d){phones{primaryPhoneNumber}}}"
    answer = talk.raw(query, "/graphql", d=[{"phones": phone}])
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["subCode"] == expected
    else:
        assert answer["data"]["createPeople"][0]["phones"]["primaryPhoneNumber"] == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("acme.com/", "acme.com/"),
        ("https://Acme.com/", "https://acme.com"),
        ("http://ACME.com/Path/", "http://acme.com/Path"),
        ("https://acme.com/a b", "https://acme.com/a%20b"),
        ("https://exämple.com", "https://xn--exmple-cua.com"),
        ("https://user:pw@x.com/a", "https://x.com/a"),
        ("acme.com:8080/path", "null8080/path"),
        ("localhost:3000", "null3000"),
    ],
)
def test_links_as_they_are_stored(talk: Any, given: str, expected: str) -> None:
    assert (
        stored(talk, "linkedinLink", "LINKS", {"primaryLinkUrl": given})["primaryLinkUrl"]
        == expected
    )


@pytest.mark.parametrize(
    "url",
    ["my_company.x", "intranet", "12345", "not a url", "ftp://a.com/x", "@handle", "null8443/x"],
)
def test_links_that_are_refused(url: str) -> None:
    assert not links.is_valid(url)


def test_a_secondary_link_is_promoted(talk: Any) -> None:
    value = {"secondaryLinks": [{"url": "a.test", "label": "A"}, {"url": "", "label": "B"}]}
    assert stored(talk, "linkedinLink", "LINKS", value) == {
        "primaryLinkUrl": "a.test",
        "primaryLinkLabel": "A",
        "secondaryLinks": None,
    }


@pytest.mark.parametrize(
    ("kind", "value", "kept", "attributes"),
    [
        ("TEXT", "", None, {}),
        ("ARRAY", "one", ["one"], {}),
        ("ARRAY", [], None, {}),
        ("RAW_JSON", '{"a": [1]}', {"a": [1]}, {}),
        ("RAW_JSON", {}, None, {}),
        ("DATE", "2020-02-03T04:05:06Z", "2020-02-03", {}),
        ("DATE_TIME", "2020-02-03", "2020-02-03T00:00:00.000Z", {}),
        ("NUMBER", 1.0, 1, {}),
        (
            "EMAILS",
            {"primaryEmail": "A@B.C", "additionalEmails": ["D@E.F"]},
            {"primaryEmail": "a@b.c", "additionalEmails": ["d@e.f"]},
            {},
        ),
        (
            "CURRENCY",
            {"amountMicros": "5", "currencyCode": ""},
            {"amountMicros": 5, "currencyCode": None},
            {},
        ),
        ("RATING", "RATING_3", "RATING_3", {}),
    ],
)
def test_values_as_they_are_stored(
    talk: Any, kind: str, value: Any, kept: Any, attributes: Any
) -> None:
    assert stored(talk, "odd", kind, value, **attributes) == kept


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("TEXT", 1, 'Invalid string value 1 for text field "odd"'),
        ("BOOLEAN", "true", "Invalid boolean value 'true' for field \"odd\""),
        ("NUMBER", "1", "Invalid number value '1' for field \"odd\""),
        ("UUID", "", "Invalid UUID value '' for field \"odd\""),
        ("DATE_TIME", "soon", "Invalid value 'soon' for date-time field"),
        ("RAW_JSON", 5, 'Invalid object value 5 for field "odd"'),
        ("ARRAY", [1], "Array values need to be string"),
        ("ADDRESS", {"__typename": "Address"}, "Invalid subfield __typename for address field"),
        ("ADDRESS", "text", "Invalid object value"),
        ("RICH_TEXT", {"blocknote": "{}"}, "must be a JSON array of blocks"),
        ("RICH_TEXT", {"blocknote": '[{"url":"www.acme.com"}]'}, "Dangerous URL protocol"),
        ("RATING", "RATING_9", "Valid values are: RATING_1"),
    ],
)
def test_values_that_are_refused(talk: Any, kind: str, value: Any, message: str) -> None:
    talk.make_field("company", kind, "odd")
    assert message in refused(talk, odd=value)["message"]


def test_null_rich_text_is_an_internal_error(talk: Any) -> None:
    error = talk.refusal("mutation{createNote(data:{bodyV2:null}){id}}", "/graphql")
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


def test_not_null_columns(talk: Any) -> None:
    error = talk.refusal('mutation{createOpportunity(data:{name:"x",stage:null}){id}}', "/graphql")
    assert "violates not-null constraint" in error["message"]
    assert "Invalid position value null" in refused(talk, position=None)["message"]


def test_one_to_many_and_search_vectors_are_never_written(talk: Any) -> None:
    assert "does not support write operations" in refused(talk, people=[])["message"]
    assert "does not support write operations" in refused(talk, searchVector="x")["message"]


def test_relations_connect_by_a_unique_value(talk: Any) -> None:
    query = 'mutation{createPerson(data:{company:{connect:{where:{domainName:{primaryLinkUrl:"https://figma.com"}}}}}){company{name}}}'
    assert talk.records(query)["createPerson"] == {"company": {"name": "Figma"}}


def test_updates_take_two_hundred_at_most(talk: Any) -> None:
    talk.sandbox.load_records("company", [{"name": f"n{n}"} for n in range(201)])
    query = 'mutation{updateCompanies(filter:{name:{like:"n%"}},data:{name:"m"}){id}}'
    assert talk.refusal(query, "/graphql")["extensions"]["subCode"] == "TOO_MANY_RECORDS_TO_UPDATE"


def test_unknown_arguments_and_records(talk: Any) -> None:
    error = talk.refusal("{companies(nope:1){totalCount}}", "/graphql")
    assert error["message"] == "Argument not allowed: nope"
    error = talk.refusal(
        f'mutation{{updateCompany(id:"{ID.format(8)}",data:{{}}){{id}}}}', "/graphql"
    )
    assert error["extensions"]["subCode"] == "RECORD_NOT_FOUND"


def deactivate(talk: Any) -> None:
    update = "mutation($i:UpdateOneObjectInput!){updateOneObject(input:$i){isActive}}"
    talk.metadata(update, i={"id": talk.object_id("opportunity"), "update": {"isActive": False}})
    change = "mutation($i:UpdateOneFieldMetadataInput!){updateOneField(input:$i){isActive}}"
    talk.make_field("company", "NUMBER", "staff")
    field = talk.fields("company")["staff"]["id"]
    talk.metadata(change, i={"id": field, "update": {"isActive": False}})


def test_what_is_deactivated_is_read_and_written_all_the_same(talk: Any) -> None:
    """Seen on 1.17 and 2.21.0: fields and objects, of Twenty and of one's own."""
    deactivate(talk)
    ident = create(talk, {"name": "x", "staff": 7})[0]["id"]
    assert one(talk, ident, "staff") == {"staff": 7}
    assert talk.records("{opportunities{totalCount}}")["opportunities"]["totalCount"] > 0
    query = '{a:__type(name:"Company"){fields{name}} b:__type(name:"Opportunity"){name}}'
    found = talk.records(query)
    assert {"name": "staff"} in found["a"]["fields"]
    assert found["b"] == {"name": "Opportunity"}


def test_a_switch_hides_what_is_deactivated(talk: Any) -> None:
    deactivate(talk)
    talk.sandbox.workspace.hides_inactive = True
    error = talk.refusal("{opportunities{totalCount}}", "/graphql")
    assert error["message"] == 'Cannot query field "opportunities" on type "Query".'
    found = talk.records('{a:__type(name:"Company"){fields{name}} b:__type(name:"Nope"){name}}')
    assert {"name": "staff"} not in found["a"]["fields"]
    assert found["b"] is None


def test_timeline_rows_are_a_switch(talk: Any) -> None:
    create(talk, {"name": "quiet"})
    talk.sandbox.workspace.timeline = True
    create(talk, {"name": "loud"})
    found = talk.records("{timelineActivities{edges{node{name}}}}")["timelineActivities"]["edges"]
    assert [edge["node"]["name"] for edge in found] == ["company.created"]


def test_a_worker_writes_the_timeline_a_little_later(talk: Any) -> None:
    """As seen on 2.21.0: by nobody, with a difference, and of a link on what is linked."""
    talk.sandbox.workspace.timeline, talk.sandbox.workspace.worker_lag = True, 2.0
    company = create(talk, {"name": "loud"})[0]["id"]
    names = "{timelineActivities{edges{node{name happensAt createdAt properties linkedRecordId "
    query = names + "targetCompanyId workspaceMemberId createdBy{source name}}}}}"
    assert talk.records(query)["timelineActivities"]["edges"] == []
    talk.sandbox.clock.sleep(3)
    create(talk, {"id": company, "name": "louder"}, upsert=True)
    note = talk.records('mutation{createNote(data:{title:"n"}){id}}')["createNote"]["id"]
    link = "mutation($d:NoteTargetCreateInput!){createNoteTarget(data:$d){id}}"
    talk.records(link, d={"noteId": note, "targetCompanyId": company})
    talk.sandbox.clock.sleep(3)
    edges = talk.records(query)["timelineActivities"]["edges"]
    found = {edge["node"]["name"]: edge["node"] for edge in edges}
    assert set(found) == {
        "company.created",
        "company.updated",
        "note.created",
        "linked-note.created",
    }
    changed = found["company.updated"]
    assert changed["properties"]["diff"]["name"] == {"before": "loud", "after": "louder"}
    assert changed["createdAt"] == changed["happensAt"]
    assert changed["workspaceMemberId"] is None
    assert changed["createdBy"] == {"source": "MANUAL", "name": "System"}
    assert found["linked-note.created"]["linkedRecordId"] == note
    assert found["linked-note.created"]["targetCompanyId"] == company


def test_an_older_server_validates_selections() -> None:
    from twentysync.sandbox import Sandbox

    with Sandbox.fresh(version="1.17.0") as sandbox, sandbox.client() as client:
        answer = client.post("/graphql", json={"query": "{companies{edges{node{nope}}}}"}).json()
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_a_time_without_end_fails_whoever_selects_it(talk: Any) -> None:
    """Seen on 2.21.0: the whole page is refused; without the column it is not."""
    talk.make_field("company", "DATE_TIME", "until")
    talk.sandbox.load_records("company", [{"name": "Odd", "until": "infinity"}])
    error = talk.refusal("{companies{edges{node{id until}}}}", "/graphql")
    assert error["message"].startswith('Invalid DATE_TIME field "until", value: "Infinity"')
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    edges = talk.records("{companies{edges{node{id until}}}}".replace(" until", ""))
    ids = [edge["node"]["id"] for edge in edges["companies"]["edges"]]
    assert len(ids) == 6
    odd = next(r["id"] for r in talk.sandbox.records("company") if r["name"] == "Odd")
    before = ids.index(odd)
    # The page that ends at it is refused, too: one record more is read than answered.
    query = "query($n:Int){companies(first:$n){edges{node{id until}}}}"
    if before:
        assert "Infinity" in talk.refusal(query, "/graphql", n=before)["message"]
    if before > 1:
        assert len(talk.records(query, n=before - 1)["companies"]["edges"]) == before - 1


def test_rest_lists_and_writes(talk: Any) -> None:
    listed = talk.client.get("/rest/companies", params={"limit": 2}).json()
    assert [len(listed["data"]["companies"]), listed["totalCount"]] == [2, 5]
    made = talk.client.post("/rest/companies", json={"name": "r"})
    assert made.status_code == 201
    ident = made.json()["data"]["createCompany"]["id"]
    assert talk.client.patch(f"/rest/companies/{ident}", json={"name": "s"}).status_code == 200
    assert talk.client.delete(f"/rest/companies/{ident}").status_code == 200
    assert talk.client.get(f"/rest/companies/{ident}").status_code == 404


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=60)
def test_collapsing_white_space_is_idempotent(text: str) -> None:
    once = collapse(text)
    assert collapse(once) == once
    assert "  " not in once


@given(
    st.from_regex(
        r"https?://[a-z]{1,9}\.[a-z]{2,5}(/[a-z0-9]{0,5}){0,3}(\?[a-z]{1,3}=[0-9])?", fullmatch=True
    )
)
@settings(deadline=None, max_examples=60)
def test_normalising_a_link_twice_changes_nothing_but_slashes(url: str) -> None:
    once = links.normalize(url)
    assert links.is_valid(url)
    assert links.normalize(once).rstrip("/") == once.rstrip("/")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Key accounts", "keyAccounts"),
        ("Q3 revenue", "q3Revenue"),
        ("2nd", "n2Nd"),
        ("Größe", "grosse"),
        ("Type", "typeCustom"),
        ("ABC-def", "abcDef"),
    ],
)
def test_names_computed_from_labels(label: str, name: str) -> None:
    assert name_from_label(label) == name
