"""Workspaces of hypothesis's invention: manifests that are valid, as documents by file."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Documents = dict[str, dict[str, Any]]

_STANDARD = ("company", "person", "opportunity")
_PLAIN = (
    "TEXT NUMBER BOOLEAN DATE DATE_TIME CURRENCY EMAILS PHONES LINKS ADDRESS FULL_NAME RATING "
    "ARRAY RAW_JSON RICH_TEXT UUID FILES"
).split()
_letters = st.sampled_from("abcdefghijklmnopqrstuvwxyzABCÄÖéñ売上Ω 0123456789&'\"#:-–()")
labels = (
    st.text(_letters, min_size=1, max_size=30)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: bool(text) and text[:1].isalpha())
    .map(lambda text: text[:1].upper() + text[1:])
)
texts = st.none() | st.text(_letters, max_size=60).map(lambda text: " ".join(text.split()) or None)
icons = st.none() | st.sampled_from(["IconCat", "IconBox", "IconStar"])


def _drop_none(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None}


@st.composite
def options(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Choices of a select field."""
    values = draw(
        st.lists(st.sampled_from(["NEW", "OLD", "A1", "GOLD_PLUS", "WON"]), min_size=1, unique=True)
    )
    return [
        {
            "value": value,
            "label": draw(labels).replace(",", ""),
            "color": draw(st.sampled_from(["red", "sky", "gray"])),
        }
        for value in values
    ]


@st.composite
def plain_field(draw: st.DrawFn) -> dict[str, Any]:
    """A field without a relation."""
    kind = draw(st.sampled_from([*_PLAIN, "SELECT", "MULTI_SELECT"]))
    field: dict[str, Any] = {
        "type": kind,
        "label": draw(labels),
        "description": draw(texts),
        "icon": draw(icons),
    }
    if kind in ("SELECT", "MULTI_SELECT"):
        field["options"] = draw(options())
        if draw(st.booleans()):
            first = field["options"][0]["value"]
            field["defaultValue"] = first if kind == "SELECT" else [first]
    elif kind == "TEXT":
        field["defaultValue"] = draw(st.none() | st.sampled_from(["hello", "x y", "it's"]))
        field["settings"] = draw(st.none() | st.just({"displayedMaxRows": 3}))
        if field["defaultValue"] is None:
            field["isUnique"] = draw(st.none() | st.just(True))
    elif kind == "NUMBER":
        field["defaultValue"] = draw(st.none() | st.sampled_from([1, 2.5]))
        field["settings"] = draw(
            st.none() | st.just({"dataType": "float", "decimals": 2, "type": "percentage"})
        )
    elif kind == "BOOLEAN":
        field["defaultValue"] = draw(st.booleans())
    elif kind == "DATE_TIME":
        field["defaultValue"] = draw(st.none() | st.just("now()"))
        field["settings"] = draw(st.none() | st.just({"displayFormat": "RELATIVE"}))
    elif kind == "CURRENCY":
        field["defaultValue"] = draw(
            st.none()
            | st.fixed_dictionaries(
                {
                    "amountMicros": st.sampled_from([1500000, "1500000"]),
                    "currencyCode": st.just("EUR"),
                }
            )
        )
    elif kind == "FILES":
        field["settings"] = {"maxNumberOfValues": 4}
    return _drop_none(field)


@st.composite
def _inverse(draw: st.DrawFn, name: str) -> dict[str, Any]:
    return _drop_none(
        {
            "name": name,
            "label": draw(labels),
            "description": draw(texts),
            "icon": draw(icons),
        }
    )


@st.composite
def relation_field(draw: st.DrawFn, owner: str, targets: list[str], tag: str) -> dict[str, Any]:
    """A field that points to one object, or to several."""
    field = {"label": draw(labels), "description": draw(texts), "icon": draw(icons)}
    others = [target for target in targets if target != owner]
    if len(others) > 1 and draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(others), min_size=2, max_size=3, unique=True))
        direction = draw(st.sampled_from(["MANY_TO_ONE", "ONE_TO_MANY"]))
        field["type"] = "MORPH_RELATION"
        field["relation"] = {
            "type": direction,
            "targets": [
                {"object": target, "inverse": draw(_inverse(f"{tag}Of{target.capitalize()}"))}
                for target in chosen
            ],
        }
    else:
        field["type"] = "RELATION"
        field["relation"] = {
            "object": draw(st.sampled_from(targets)),
            "inverse": draw(_inverse(f"{tag}Back")),
            "onDelete": draw(st.sampled_from(["SET_NULL", "CASCADE"])),
        }
    return _drop_none(field)


@st.composite
def view(
    draw: st.DrawFn, owner: str, name: str, fields: dict[str, Any], first: str | None
) -> dict[str, Any]:
    """A view of an object with these fields of our own; the one that names records comes first."""
    columns = draw(st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=5))
    columns.sort(key=lambda column: column != first)
    selects = [key for key, field in fields.items() if field["type"] == "SELECT"]
    row: dict[str, Any] = {
        "object": owner,
        "name": name,
        "icon": "IconList",
        "position": draw(st.integers(0, 5)),
        "isCompact": draw(st.booleans()),
        "viewFields": [
            {"field": column, "size": draw(st.sampled_from([100, 150, 180]))} for column in columns
        ],
    }
    if selects and draw(st.booleans()):
        row["type"] = "KANBAN"
        row["mainGroupByField"] = selects[0]
        values = [item["value"] for item in fields[selects[0]]["options"]]
        row["viewGroups"] = [
            {"fieldValue": value, "isVisible": draw(st.booleans())}
            for value in draw(st.permutations([*values, ""]))
        ]
    filters = [
        {"field": key, "operand": "IS", "value": [fields[key]["options"][0]["value"]]}
        for key in selects
    ]
    filters += [
        {"field": key, "operand": "CONTAINS", "value": draw(labels)}
        for key, field in fields.items()
        if field["type"] == "TEXT"
    ]
    if filters and draw(st.booleans()):
        row["viewFilters"] = filters[:1]
        row["viewFilterGroups"] = [
            {
                "logicalOperator": draw(st.sampled_from(["AND", "OR"])),
                "rules": [*filters[1:], {"logicalOperator": "OR", "rules": filters[:1]}],
            }
        ]
    if columns and draw(st.booleans()):
        row["viewSorts"] = [
            {"field": column, "direction": draw(st.sampled_from(["ASC", "DESC"]))}
            for column in columns
            if fields[column]["type"] in ("TEXT", "NUMBER", "DATE")
        ]
    return row


@st.composite
def workspaces(draw: st.DrawFn) -> Documents:
    """Manifests of a whole workspace, by file."""
    own = draw(st.lists(st.sampled_from(["alpha", "beta", "gamma"]), min_size=1, unique=True))
    documents: Documents = {}
    for number, owner in enumerate(
        [*own, *draw(st.lists(st.sampled_from(_STANDARD), unique=True))]
    ):
        fields = {f"field{index}": draw(plain_field()) for index in range(draw(st.integers(0, 4)))}
        if draw(st.booleans()):
            targets = sorted({*own, "company", "person"})
            fields["pointer"] = draw(relation_field(owner, targets, f"{owner}{number}"))
        body: dict[str, Any] = {"nameSingular": owner}
        if owner in own:
            body.update(
                namePlural=f"{owner}s",
                labelSingular=draw(labels),
                labelPlural=draw(labels),
                **_drop_none({"description": draw(texts), "icon": draw(icons)}),
            )
            titles = [key for key, field in fields.items() if field["type"] == "TEXT"]
            if titles and draw(st.booleans()):
                body["skipNameField"] = draw(st.booleans())
                body["labelIdentifier"] = titles[0]
        if fields:
            body["fields"] = fields
        documents[f"objects/{owner}.yaml"] = body
        shown = {k: f for k, f in fields.items() if f["type"] not in ("RELATION", "MORPH_RELATION")}
        for index in range(draw(st.integers(0, 2)) if shown else 0):
            name = draw(labels)
            documents[f"views/{owner}/{index}.yaml"] = draw(
                view(owner, f"{name} {index}", shown, body.get("labelIdentifier"))
            )
    return documents
