"""Webhooks: where the workspace tells whom of what. Their secrets are never read into anything."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from twentysync.errors import Blocked
from twentysync.kinds.base import STRING, TEXT, Attribute, Attributes, Fault, Risk, Thing
from twentysync.kinds.simple import SimpleKind
from twentysync.twenty.families import WEBHOOK, Family

if TYPE_CHECKING:
    from twentysync.applying.writer import Writer


class WebhookKind(SimpleKind):
    """A webhook."""

    name: ClassVar[str] = "webhook"
    plural: ClassVar[str] = "webhooks"
    family: ClassVar[Family] = WEBHOOK
    file: ClassVar[str | None] = "webhooks.yaml"
    listed: ClassVar[bool] = True
    key: ClassVar[str] = "targetUrl"
    required: ClassVar[tuple[str, ...]] = ("targetUrl", "operations")
    extra: ClassVar[tuple[str, ...]] = ("applicationId", "deletedAt", "createdAt")
    doc: ClassVar[str] = (
        "A webhook. Its secret is never carried: the target makes a new one, or takes it from an "
        "environment variable."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute(name="targetUrl", doc="Who is told.", schema=STRING, fixed=True),
        Attribute(
            name="occurrence",
            doc="Which one, where several go to this address.",
            schema={"type": "integer", "minimum": 2},
            fixed=True,
        ),
        Attribute(
            name="operations",
            doc="Of what: `company.created`, `person.*`, `*.*`.",
            schema={"type": "array", "items": STRING, "minItems": 1},
            risk=Risk.BEHAVIOUR,
        ),
        Attribute(name="description", doc="What it is for.", schema=TEXT, text=True),
        Attribute(
            name="secretVariable",
            doc="The environment variable that has the secret for a webhook that is made.",
            schema={"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            told=True,
        ),
    )

    def order(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Those of one address by what they tell."""
        return (
            normal_url(str(row["targetUrl"])),
            " ".join(sorted(row["operations"])),
            str(row.get("description") or ""),
        )

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """The address as the server writes it, the operations in order."""
        found = super().normal(attributes, partial=partial)
        if "targetUrl" in found:
            found["targetUrl"] = normal_url(found["targetUrl"])
        if "operations" in found:
            found["operations"] = sorted(set(found["operations"]))
        return found

    def identify(self, given: Attributes, *, name: str = "", parent: Thing | None = None) -> Thing:
        """The webhook that goes to this address."""
        url = normal_url(str(given.get("targetUrl") or name))
        return super().identify({**given, "targetUrl": url}, parent=parent)

    def check(self, thing: Thing) -> Iterator[Fault]:
        """An address of the web."""
        parts = urlsplit(thing.attributes["targetUrl"])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            yield Fault("targetUrl", "the server takes addresses of http and https only")

    def outgoing(self, writer: Writer, thing: Thing, given: Attributes) -> dict[str, Any]:
        """With the secret of the environment variable, if one is named."""
        row = dict(given)
        del writer, thing
        variable = row.pop("secretVariable", None)
        if variable:
            row["secret"] = os.environ.get(variable)
            if not row["secret"]:
                raise Blocked(f"its secret is not set: export {variable}=...")
        return row


def normal_url(url: str) -> str:
    """An address as the server stores it (`new URL().toString()`): `https://a.example/`."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    if not parts.scheme or not parts.hostname:
        return url
    usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
    user = parts.netloc.rpartition("@")[0]
    host = parts.hostname.lower() + (f":{port}" if port and port != usual else "")
    netloc = f"{user}@{host}" if user else host
    return urlunsplit(
        (parts.scheme.lower(), netloc, parts.path or "/", parts.query, parts.fragment)
    )
