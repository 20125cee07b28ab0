"""Laws that hold for all values: order, repairs, equality, the store, the journal."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from twentysync.records.schema.columns import Column
from twentysync.records.schema.value_types import KINDS, empty, equal, kind
from twentysync.records.schema.write_order import plan_order
from twentysync.records.storage.hierarchy import set_levels
from twentysync.records.storage.journal import Journal, UncertainWrite, outcome
from twentysync.records.storage.record_store import Store, decode, encode
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.repair_rules import RULES
from twentysync.records.translate.repairs import clean, valid_id
from twentysync.records.write.batch_sender import MOST_BYTES, Item, batches
from twentysync.twenty.records.api import COMPOSITES, MOST_RECORDS

words = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
phone_numbers = st.from_regex(r"\+?[0-9 ()-]{0,14}", fullmatch=True)
hosts = st.from_regex(
    r"(https?://)?[a-zA-Z0-9._-]{1,12}(\.[a-z]{2,4})?(:[0-9]{2,4})?/?", fullmatch=True
)


def composite_values(name: str) -> st.SearchStrategy[Any]:
    parts: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(COMPOSITES[name], json_values)
    if name == "PHONES":
        item = st.fixed_dictionaries(
            {"number": phone_numbers, "countryCode": words, "callingCode": words}
        )
        parts = {
            "primaryPhoneNumber": st.none() | phone_numbers,
            "primaryPhoneCountryCode": st.sampled_from([None, "", "US", "GB", "FR", "XX", "CA"]),
            "primaryPhoneCallingCode": st.sampled_from([None, "", "+1", "44", "+33", "+999"]),
            "additionalPhones": st.none() | st.lists(item, max_size=2),
        }
    if name == "LINKS":
        item = st.fixed_dictionaries({"url": st.none() | hosts | words, "label": words})
        parts = {
            "primaryLinkUrl": st.none() | hosts | words,
            "primaryLinkLabel": st.none() | words,
            "secondaryLinks": st.none() | st.lists(item, max_size=3),
        }
    if name == "EMAILS":
        address = st.none() | st.emails() | words
        parts = {"primaryEmail": address, "additionalEmails": st.none() | st.lists(address)}
    return st.fixed_dictionaries(parts)


@st.composite
def values(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(st.sampled_from(sorted(KINDS)))
    if name in COMPOSITES and draw(st.booleans()):
        return name, draw(composite_values(name))
    return name, draw(json_values)


@settings(max_examples=600)
@given(values())
@example(("NUMBER", 9007199254740993))
@example(("NUMBER", 2**70))
@example(("CURRENCY", {"amountMicros": "9007199254740993", "currencyCode": "EUR"}))
def test_a_repair_is_idempotent_and_names_its_rule(found: tuple[str, Any]) -> None:
    name, value = found
    column = Column("x", name, options=frozenset({"A", "B"}))
    rules: list[str] = []
    once = clean(column, value, rules.append)
    assert set(rules) <= set(RULES)
    again: list[str] = []
    twice = clean(column, once, again.append)
    assert equal(name, once, twice)
    assert not [rule for rule in again if rule != "author-blank"], (once, again)
    json.dumps(once).encode()


@settings(max_examples=400)
@given(values())
def test_equality_is_reflexive_and_normal_forms_are_stable(found: tuple[str, Any]) -> None:
    name, value = found
    assert equal(name, value, value)
    assert equal(name, value, json.loads(json.dumps(value)))


@given(st.sampled_from(sorted(KINDS)))
def test_empty_values_are_one(name: str) -> None:
    for value in (None, "", [], {}):
        if value in ([], {}) and name not in ("ARRAY", "MULTI_SELECT", "RAW_JSON", "FILES"):
            continue
        assert empty(name, value)
        assert equal(name, value, None)
    if name in COMPOSITES:
        assert empty(name, dict.fromkeys(COMPOSITES[name]))


def test_what_the_server_holds_equal() -> None:
    assert equal("EMAILS", {"primaryEmail": "A@x.de"}, {"primaryEmail": "a@x.de"})
    assert equal("NUMBER", "12", 12.0)
    assert equal("DATE_TIME", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00.000+01:00")
    assert not equal("DATE_TIME", "2024-01-01T00:00:00.001Z", "2024-01-01T00:00:00.002Z")
    assert equal("DATE", "2024-01-01T00:00:00.000Z", "2024-01-01")
    link = {"primaryLinkUrl": "https://ACME.com/", "secondaryLinks": None}
    assert equal("LINKS", link, {"primaryLinkUrl": "https://acme.com", "secondaryLinks": []})
    french = {"primaryPhoneNumber": "0612345678", "primaryPhoneCallingCode": "+33"}
    stored = {
        "primaryPhoneNumber": "612345678",
        "primaryPhoneCallingCode": "+33",
        "primaryPhoneCountryCode": "FR",
    }
    assert equal("PHONES", french, stored)
    assert not equal("PHONES", french, {**stored, "primaryPhoneNumber": "612345679"})
    signed = '[{"type":"image","props":{"url":"https://a/file/files-field/1?token=x"}}]'
    other = '[{"type": "image", "props": {"url": "https://b/file/files-field/1?token=y"}}]'
    assert equal("RICH_TEXT", {"blocknote": signed}, {"blocknote": other})


def test_an_unknown_type_is_compared_as_it_stands() -> None:
    assert kind("FUTURE").normal({"a": 1}) == {"a": 1}


@given(st.uuids())
def test_ids_of_every_version_become_ids_that_are_taken(found: uuid.UUID) -> None:
    once = valid_id(str(found))
    assert uuid.UUID(once).version in (1, 2, 3, 4, 5)
    assert valid_id(once) == once


names = st.sampled_from("abcdefgh")
graphs = st.dictionaries(
    names, st.dictionaries(words, st.tuples(names, st.integers(0, 9)), max_size=4), max_size=8
)


@given(graphs)
def test_the_order_respects_every_relation_that_does_not_wait(
    edges: dict[str, dict[str, tuple[str, int]]],
) -> None:
    order = plan_order(edges)
    assert sorted(order.objects) == sorted(edges)
    place = {name: number for number, name in enumerate(order.objects)}
    for name, columns in edges.items():
        for column, (target, _) in columns.items():
            if target in place and target != name and (name, column) not in order.later:
                assert place[target] < place[name]


@given(graphs)
def test_nothing_waits_without_a_circle(edges: dict[str, dict[str, tuple[str, int]]]) -> None:
    acyclic = {
        name: {column: edge for column, edge in columns.items() if edge[0] < name}
        for name, columns in edges.items()
    }
    assert not plan_order(acyclic).later


parents = st.dictionaries(st.integers(0, 30), st.integers(0, 30), max_size=30)


@settings(max_examples=60, deadline=None)
@given(parents)
def test_parents_come_first_or_the_child_is_marked(parent_of: dict[int, int]) -> None:
    with WorkingSet(Path("/tmp") / f"levels-{uuid.uuid4()}.sqlite") as scratch:
        scratch.add_rows("x", ((str(n), "{}", "") for n in range(31)))
        rows = [("x", str(child), str(parent)) for child, parent in parent_of.items()]
        scratch.fill("parent", rows, "object, id, parent")
        set_levels(scratch, "x")
        level = dict(scratch.ask("SELECT id, level FROM row"))
        broken = scratch.broken("x", [str(n) for n in range(31)])
    for child, parent in parent_of.items():
        if child != parent and str(child) not in broken:
            assert level[str(parent)] < level[str(child)]
    circles = sum(1 for start in parent_of if _is_least_of_a_circle(start, parent_of))
    assert len(broken) == circles


def _is_least_of_a_circle(start: int, parent_of: dict[int, int]) -> bool:
    seen, at = [start], parent_of.get(start)
    while at is not None and at not in seen:
        seen.append(at)
        at = parent_of.get(at)
    return at == start and len(seen) > 1 and start == min(seen)


@given(st.lists(st.integers(1, MOST_BYTES * 2), max_size=900))
def test_batches_keep_all_items_in_order_within_the_bounds(weights: list[int]) -> None:
    items = [Item({}, (str(n), "", ""), weight=weight) for n, weight in enumerate(weights)]
    made = list(batches(items))
    assert [item for batch in made for item in batch] == items
    for batch in made:
        assert len(batch) <= MOST_RECORDS
        assert len(batch) == 1 or sum(item.weight for item in batch) <= MOST_BYTES


@given(st.dictionaries(words, json_values, max_size=5))
def test_a_record_survives_its_line(record: dict[str, Any]) -> None:
    record["id"] = str(uuid.UUID(int=1))
    record["half"] = "\ud800"
    line = encode(record)
    assert b"\n" not in line
    assert decode(line, Path("x"), 1) == record


def test_the_store_is_the_same_twice(tmp_path: Path) -> None:
    store = Store(tmp_path)
    columns = {"id": Column("id", "UUID"), "name": Column("name", "TEXT")}
    ids = [str(uuid.UUID(int=number)) for number in (1, 2)]
    pages = [[{"id": ids[0], "name": "ä"}], [{"id": ids[1], "name": ""}]]
    first = store.write("thing", columns, pages, "now")
    assert first == store.write("thing", columns, iter(pages), "now")
    assert first.filled == {"id": 2, "name": 1}
    assert [row["id"] for row in store.read("thing")] == ids


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_journal_cut_anywhere_forgets_nothing_that_was_done(data: st.DataObject) -> None:
    path = Path("/tmp") / f"journal-{uuid.uuid4()}.jsonl"
    journal = Journal(path)
    list(journal.entries())
    journal.open("s", "t")
    done: list[int] = []
    for number in range(4):
        sent = journal.sending("create", "x", [(str(number), "d", "u")])
        if data.draw(st.booleans()):
            journal.answered(sent, done=True)
            done.append(number)
    journal.close()
    whole = path.read_bytes()
    cut = data.draw(st.integers(whole.index(b"\n") + 1, len(whole)))
    path.write_bytes(whole[:cut])
    again = Journal(path)
    states: dict[str, list[str]] = defaultdict(list)
    for entry in outcome(again.entries()):
        if isinstance(entry, UncertainWrite):
            states["doubt"] += [row[0] for row in entry.rows]
        elif entry["t"] == "send":
            states["done"] += [row[0] for row in entry["rows"]]
    assert set(states["done"]) <= {str(number) for number in done}
    sent_whole = {
        n for n in range(4) if f'"rows":[["{n}"'.encode() in whole[:cut].rpartition(b"\n")[0]
    }
    assert {int(n) for n in states["done"] + states["doubt"]} >= sent_whole
    again.open("s", "t")
    again.sending("create", "x", [("9", "d", "u")])
    again.close()
    last = [e for e in outcome(Journal(path).entries()) if isinstance(e, UncertainWrite)]
    assert last[-1].rows[0][0] == "9"
    path.unlink()


def test_a_text_in_one_form_is_equal_to_what_the_server_makes_of_it() -> None:
    from twentysync.records.verify.comparison import _derived

    body = Column("bodyV2", "RICH_TEXT")
    blocks = '[{"type":"paragraph"}]'
    assert _derived(body, {"blocknote": blocks}, {"blocknote": blocks, "markdown": "text"})
    assert not _derived(body, {"blocknote": blocks}, {"blocknote": "[1]", "markdown": "text"})
    assert not _derived(body, {"blocknote": blocks}, {"blocknote": blocks, "markdown": None})
