"""Manifests that several tests start from; none of them may change these."""

from __future__ import annotations

from typing import Any


def named(singular: str, plural: str) -> dict[str, Any]:
    """What an object is called, with labels that follow its names."""
    names = {"nameSingular": singular, "namePlural": plural}
    return names | {"labelSingular": singular.capitalize(), "labelPlural": plural.capitalize()}


#: A small workspace that uses each part of objects, fields and views once.
SHOP: dict[str, dict[str, Any]] = {
    "objects/shelf.yaml": {
        "nameSingular": "shelf",
        "namePlural": "shelves",
        "labelSingular": "Shelf",
        "labelPlural": "Shelves",
        "icon": "IconBox",
        "labelIdentifier": "code",
        "fields": {
            "code": {"type": "TEXT", "label": "Code", "isUnique": True},
            "grade": {
                "type": "SELECT",
                "label": "Grade",
                "options": [
                    {"value": "GOLD", "label": "Gold", "color": "yellow"},
                    {"value": "TIN", "label": "Tin", "color": "gray"},
                ],
                "defaultValue": "TIN",
            },
            "owner": {
                "type": "RELATION",
                "label": "Owner",
                "relation": {
                    "object": "company",
                    "inverse": {"name": "shelves", "label": "Our shelves", "icon": "IconBox"},
                },
            },
            "holder": {
                "type": "MORPH_RELATION",
                "label": "Holder",
                "relation": {
                    "targets": [
                        {"object": "person", "inverse": {"name": "heldShelves", "label": "Held"}},
                        {"object": "crate", "inverse": {"name": "onShelves", "label": "On"}},
                    ]
                },
            },
        },
    },
    "objects/crate.yaml": {
        "nameSingular": "crate",
        "namePlural": "crates",
        "labelSingular": "Crate",
        "labelPlural": "Crates",
        "skipNameField": True,
        "fields": {"weight": {"type": "NUMBER", "label": "Weight", "isActive": False}},
    },
    "objects/company.yaml": {
        "nameSingular": "company",
        "fields": {"tier": {"type": "TEXT", "label": "Tier", "description": "How dear they are"}},
    },
    "views/shelf/by-grade.yaml": {
        "object": "shelf",
        "name": "By grade",
        "type": "KANBAN",
        "icon": "IconLayoutKanban",
        "mainGroupByField": "grade",
        "viewFields": [{"field": "code"}, {"field": "owner", "size": 200}],
        "viewFilters": [{"field": "grade", "operand": "IS", "value": ["GOLD"]}],
        "viewGroups": [{"fieldValue": "TIN"}, {"fieldValue": "GOLD", "isVisible": False}],
    },
    "views/shelf/index.yaml": {
        "object": "shelf",
        "key": "INDEX",
        "icon": "IconList",
        "viewFields": [{"field": "code", "size": 180}, {"field": "grade", "size": 99}],
        "viewSorts": [{"field": "code", "direction": "DESC"}],
    },
}
#: One of each that works by itself.
AUTOMATION: dict[str, Any] = {
    "roles/sales.yaml": {"label": "Sales"},
    "agents/helper.yaml": {
        "name": "helper",
        "label": "Helper",
        "prompt": "Help",
        "modelId": "default-smart-model",
        "role": "Sales",
    },
    "skills/pricing.yaml": {"name": "pricing", "label": "Pricing", "content": "Be cheap"},
    "functions/score.yaml": {"name": "Score", "source": "score.ts"},
    "functions/score.ts": "export const main = () => 1;\n",
    "webhooks.yaml": {
        "webhooks": [{"targetUrl": "https://a.example/x", "operations": ["company.created"]}]
    },
    "workflows/greet.yaml": {
        "name": "Greet",
        "trigger": {
            "type": "MANUAL",
            "name": "By hand",
            "settings": {"availability": {"type": "GLOBAL"}},
            "nextStepIds": ["wait"],
        },
        "steps": [
            {
                "step": "wait",
                "name": "Wait",
                "type": "DELAY",
                "input": {"delayType": "DURATION", "duration": {"hours": 1}},
            }
        ],
    },
}
