"""Values that the target would refuse or mangle: each as a real 2.21 server took it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from twentysync.records.schema.columns import Column
from twentysync.records.schema.value_types import equal
from twentysync.records.storage.hierarchy import set_levels
from twentysync.records.storage.working_set import WorkingSet
from twentysync.records.translate.repairs import clean
from twentysync.sandbox.records import links as server_links


def mended(kind: str, value: Any) -> tuple[Any, list[str]]:
    rules: list[str] = []
    return clean(Column("x", kind), value, rules.append), rules


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (("12345678", "", "+800"), ("+80012345678", None, None)),
        (("0301234567", "DE", "0049"), ("0301234567", "DE", "+49")),
        (("1-800-FLOWERS", "US", "+1"), ("8003569377", "US", "+1")),
        (("++49301234567", "DE", "+49"), ("301234567", "DE", "+49")),
        (("0061234567", "CG", "+242"), ("+61234567", None, None)),
        (("(030) 12 34 56", "DE", ""), ("30123456", "DE", None)),
        (("4165551234", "US", "+1"), ("4165551234", None, "+1")),
    ],
)
def test_phones_are_sent_as_the_servers_library_reads_them(
    given: tuple[str, str, str], sent: tuple[str | None, ...]
) -> None:
    names = ("primaryPhoneNumber", "primaryPhoneCountryCode", "primaryPhoneCallingCode")
    found, _ = mended("PHONES", dict(zip(names, given, strict=True)))
    assert tuple(found[name] for name in names) == sent


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://münchen.de/a b?q=ß", "https://xn--mnchen-3ya.de/a%20b?q=%C3%9F"),
        ("HTTP://Acme.example:80/a/../b/", "http://acme.example/b"),
        ("https://acme.example:8443?q=1", "https://acme.example:8443/?q=1"),
        ("https://ex%61mple.com/./%zz/#", "https://example.com/%zz"),
        ("https://acme.example/?", "https://acme.example"),
        ("acme.example/A/", "acme.example/A/"),
    ],
)
def test_two_spellings_of_an_address_are_equal(given: str, stored: str) -> None:
    sent, rules = mended("LINKS", {"primaryLinkUrl": given})
    assert equal("LINKS", sent, {"primaryLinkUrl": stored})
    assert not rules
    assert not equal("LINKS", sent, {"primaryLinkUrl": f"{stored}x"})


@pytest.mark.parametrize(
    "address", ["acme.123", "https://256.1.1.1/a", "http://www.1.2.3", "https://exa mple.com"]
)
def test_what_no_server_takes_is_left_out(address: str) -> None:
    sent, rules = mended("LINKS", {"primaryLinkUrl": address})
    assert (sent["primaryLinkUrl"], rules) == (None, ["link-invalid"])
    assert not server_links.is_valid(address)


def test_a_scheme_in_odd_letters_is_mended_and_a_password_is_told_of() -> None:
    sent, rules = mended("LINKS", {"primaryLinkUrl": " Http://Acme.example "})
    assert (sent["primaryLinkUrl"], rules) == ("http://Acme.example", ["link-scheme"])
    sent, rules = mended("LINKS", {"primaryLinkUrl": "https://jo:pw@acme.example"})
    assert rules == ["link-user"]


@pytest.mark.parametrize(
    ("kind", "value", "sent", "rules"),
    [
        ("DATE", "0044-03-15 BC", None, ["date-invalid"]),
        ("DATE", "12024-01-01", None, ["date-invalid"]),
        ("DATE", "2024-01-01T00:00:00.000Z", "2024-01-01", []),
        ("DATE", "0001-01-01", "0001-01-01", []),
        ("DATE", "9999-12-31", "9999-12-31", []),
        ("DATE_TIME", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", []),
        ("DATE_TIME", "0001-01-01T00:00:00+14:00", None, ["date-invalid"]),
        ("DATE_TIME", "9999-12-31T23:59:59-12:00", None, ["date-invalid"]),
        ("NUMBER", 2**53 + 1, 2**53, ["number-rounded"]),
        ("NUMBER", 123456789012345680000, 123456789012345680000, []),
        ("NUMBER", "1e400", None, ["number-invalid"]),
        ("NUMBER", 10**400, None, ["number-invalid"]),
        ("ARRAY", ["a", None, ["b"]], ["a", '["b"]'], ["item-empty", "item-text"]),
        ("RAW_JSON", '{"a":1}', '{"a":1}', []),
        ("RAW_JSON", 5, 5, []),
    ],
)
def test_a_value_at_the_edge(kind: str, value: Any, sent: Any, rules: list[str]) -> None:
    assert mended(kind, value) == (sent, rules)


def test_an_amount_keeps_its_micros_and_says_when_it_cannot() -> None:
    exact, rules = mended("CURRENCY", {"amountMicros": 2**53 - 1, "currencyCode": "EUR"})
    assert (exact["amountMicros"], rules) == (2**53 - 1, [])
    cut, rules = mended("CURRENCY", {"amountMicros": "1.5", "currencyCode": ["EUR"]})
    assert (cut, rules) == (
        {"amountMicros": 1, "currencyCode": None},
        ["wrong-shape", "number-text", "number-rounded"],
    )


def test_blocks_that_could_not_be_read_again_are_removed() -> None:
    found, rules = mended("RICH_TEXT", {"blocknote": '[null, {"type": "paragraph"}]'})
    assert (found["blocknote"], rules) == ('[{"type": "paragraph"}]', ["rich-text-block"])
    found, rules = mended("RICH_TEXT", {"blocknote": '[{"href": "https://exa mple"}]'})
    assert (found["blocknote"], rules) == ('[{"href": ""}]', ["rich-text-link-lost"])


def test_json_that_is_a_text_is_not_what_the_text_says() -> None:
    assert not equal("RAW_JSON", '{"a":1}', {"a": 1})
    assert not equal("RAW_JSON", "5", 5)
    assert equal("NUMBER", 2**53 + 1, 2**53)
    assert not equal("NUMBER", 2**53 - 1, 2**53)


def test_odd_items_of_lists_say_nothing() -> None:
    assert equal("LINKS", {"secondaryLinks": [None, "x", {"label": "y"}]}, None)
    assert equal("PHONES", {"additionalPhones": [None, 5]}, None)


def test_long_chains_of_heavy_records_are_ordered_quickly(tmp_path: Path) -> None:
    with WorkingSet(tmp_path / "levels.sqlite") as scratch:
        heavy = '{"x": "' + "y" * 200_000 + '"}'
        scratch.add_rows("x", ((f"{n:04d}", heavy, "") for n in range(300)))
        rows = [("x", f"{n:04d}", f"{n - 1:04d}") for n in range(1, 300)]
        scratch.fill("parent", rows, "object, id, parent")
        before = time.process_time()
        set_levels(scratch, "x")
        assert time.process_time() - before < 1.0
        assert scratch.number("SELECT max(level) FROM row") == 100
        assert scratch.number("SELECT count(*) FROM broken") == 200
