"""Twenty's own sample records, which every new workspace holds (record-api 6.7).

Their ids are constants of the server; the sample companies own real domains and the sample people
real addresses, so they collide with a customer's own records.
"""

from __future__ import annotations

from collections.abc import Mapping

from twentysync.twenty.records.api import Record

#: Sample ids by object, those that point to others first: the order of their removal.
SAMPLES: Mapping[str, frozenset[str]] = {
    "opportunity": frozenset(
        {
            "822639e5-9bf7-40f1-8882-a11140362339",
            "fc747edc-cb00-4078-8d6b-1fab2611dae4",
            "75de302f-1044-4957-8da4-1f67ebefd52b",
            "2beb07b0-340c-41d7-be33-5aa91757f329",
            "9543adcf-ec03-44e2-9233-3c2d3ebae98a",
            "9457f8e9-16ae-43b9-92ee-cbd21f3dded5",
        }
    ),
    "person": frozenset(
        {
            "a2e78a5e-338b-46df-8811-fa08c7d19d35",
            "93c72d2e-e65c-44c4-99ad-f87f50349dcf",
            "edf6d445-13a7-4373-9a47-8f89e8c0a877",
            "b1e26fa6-c757-4c88-abfa-4b11f5cf3acf",
            "7a93d1e5-3f74-4945-8a65-d7f996083f72",
        }
    ),
    "company": frozenset(
        {
            "c776ee49-f608-4a77-8cc8-6fe96ae1e43f",
            "f45ee421-8a3e-4aa5-a1cf-7207cc6754e1",
            "1f70157c-4ea5-4d81-bc49-e1401abfbb94",
            "9d5bcf43-7d38-4e88-82cb-d6d4ce638bf0",
            "06290608-8bf0-4806-99ae-a715a6a93fad",
        }
    ),
}


def is_sample(thing: str, record_id: str) -> bool:
    """Whether an id is one of Twenty's samples."""
    return record_id in SAMPLES.get(thing, ())


def untouched(record: Record) -> bool:
    """Whether nobody changed a record since it was made, given its createdAt and updatedAt."""
    made = record.get("createdAt")
    return bool(made) and record.get("updatedAt") == made and not record.get("deletedAt")
