"""Webhooks: where the workspace tells whom of what. Their secrets are never read into anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from twentysync.errors import Blocked
from twentysync.kinds.base.home_url import HOME, Homes
from twentysync.kinds.base.identity import Identity
from twentysync.kinds.base.placeholders import replaced
from twentysync.kinds.base.reader import Reading
from twentysync.kinds.base.resources import (
    Attribute,
    Attributes,
    Finding,
    Found,
    Resource,
    Risk,
    State,
)
from twentysync.kinds.base.schemas import STRING, TEXT
from twentysync.kinds.base.secret_rules import suspects
from twentysync.kinds.base.secrets import Hider, secret_of, unset, variable_of
from twentysync.kinds.row_kind import RowKind
from twentysync.twenty.metadata.operations import WEBHOOK, Operations
from twentysync.twenty.metadata.schema import selection

if TYPE_CHECKING:
    from twentysync.kinds.base.writer import Writer
    from twentysync.twenty.workspace import Workspace


class WebhookKind(RowKind):
    """A webhook."""

    name: ClassVar[str] = "webhook"
    plural: ClassVar[str] = "webhooks"
    operations: ClassVar[Operations] = WEBHOOK
    renamable: ClassVar[bool] = True
    file: ClassVar[str | None] = "webhooks.yaml"
    listed: ClassVar[bool] = True
    holds_secrets: ClassVar[bool] = True
    identity: ClassVar[Identity] = Identity(
        key=(("targetUrl",),), called=lambda url: _nameable(normal_url(url))
    )
    required: ClassVar[tuple[str, ...]] = ("targetUrl", "operations")
    extra: ClassVar[tuple[str, ...]] = ("applicationId", "deletedAt", "createdAt")
    doc: ClassVar[str] = (
        "A webhook. Its secret is never carried: the target makes a new one, which `apply` shows "
        "once, or takes it from the environment variable that `secret` names."
    )
    attributes: ClassVar[tuple[Attribute, ...]] = (
        Attribute("targetUrl", "URL that receives events.", STRING),
        Attribute(
            "occurrence",
            "Number that tells apart webhooks with the same URL.",
            {"type": "integer", "minimum": 2},
            immutable=True,
        ),
        Attribute(
            "operations",
            "Events to send: `company.created`, `person.*`, `*.*`; none if the list is empty.",
            {"type": "array", "items": STRING},
            risk=Risk.BEHAVIOUR,
        ),
        Attribute("description", "Description.", TEXT, text=True),
        Attribute(
            "secret",
            "`${secret:NAME}`, read from `TWENTYSYNC_SECRET_NAME` of the environment: a "
            "secret does not belong into a file",
            {
                "type": "string",
                "pattern": r"^\$\{(secret:)?[A-Za-z_][A-Za-z0-9_-]*\}$",
                "writeOnly": True,
            },
            unmanaged=True,
            manual=True,
        ),
    )

    def order(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """Those of one address by what they tell."""
        return (
            normal_url(str(row["targetUrl"])),
            " ".join(sorted(row["operations"] or ())),
            str(row.get("description") or ""),
        )

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """The address as the server writes it, the operations in order."""
        found = super().normal(attributes, partial=partial)
        if "targetUrl" in found:
            found["targetUrl"] = normal_url(found["targetUrl"])
        if "operations" in attributes:
            found["operations"] = sorted(set(attributes["operations"] or ()))
        return found

    def discover(self, workspace: Workspace, state: State) -> Iterator[Found]:
        """All webhooks, a secret in an address by a variable's name."""
        hider = state.once(Hider, Hider)
        for found in super().discover(workspace, state):
            if isinstance(found, Resource):
                url = found.attributes["targetUrl"]
                found.attributes["targetUrl"] = hider.text(url, _prefix(url), "url")
            yield found

    def decode(self, reading: Reading, row: Mapping[str, Any]) -> Attributes:
        """The workspace's own address is told as such."""
        found = super().decode(reading, row)
        return {
            **found,
            "targetUrl": Homes(reading.workspace, secrets=True).inward(
                normal_url(found["targetUrl"])
            ),
        }

    def notices(self, thing: Resource, actual: Resource | None) -> list[str]:
        """Where the secret of a new one will come from."""
        if actual is not None:
            return []
        missing = unset(thing.attributes["targetUrl"])
        found = [f"a secret in its address is not set: export {v}=..." for v in missing]
        variable = _variable(thing.attributes)
        if variable is None:
            return [*found, "its secret will be a new one, which apply shows once"]
        there = "" if secret_of(variable) else f", which is not set: export {variable}=..."
        return [*found, f"its secret comes from {variable}{there}"]

    def check(self, thing: Resource) -> Iterator[Finding]:
        """An address of the web."""
        if thing.attributes["targetUrl"].startswith(HOME):
            return
        parts = urlsplit(thing.attributes["targetUrl"])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            yield Finding("targetUrl", "the server takes addresses of http and https only")

    def encode(self, writer: Writer, thing: Resource, given: Attributes) -> dict[str, Any]:
        """With the secret of the environment variable, if one is named."""
        row = dict(given)
        if "targetUrl" in row:
            row["targetUrl"] = _address(writer.workspace, row["targetUrl"])
        variable = _variable(row)
        if variable is not None:
            row["secret"] = secret_of(variable)
            if not row["secret"]:
                raise Blocked(f"its secret is not set: export {variable}=...")
        return row


def secrets_of(workspace: Workspace, things: Iterable[Resource]) -> dict[str, str]:
    """The secrets of webhooks, by address, as the server tells them. One request."""
    ids = {thing.id: thing.address for thing in things}
    rows = workspace.metadata.rows(WEBHOOK, selection("id", "secret"))
    return {ids[row["id"]]: row["secret"] for row in rows if row["id"] in ids and row["secret"]}


#: Stands for a secret that is not set while the parts of an address are told apart.
_UNKNOWN = "x0Xy1Yz2Z" * 4


def _nameable(url: str) -> str:
    """The address with secrets by names that follow from where it goes.

    So a webhook is known again whatever a manifest calls its secrets, and on the target too.
    """
    url = replaced(url, _for_now)
    spans = [item for item in suspects(url, "url") if item.certain]
    parts, last = [], 0
    for item in spans:
        name = variable_of(f"{_prefix(url)} {item.label}")
        parts += [url[last : item.start], f"${{secret:{name}}}"]
        last = item.end
    return "".join([*parts, url[last:]]).replace(_UNKNOWN, "${secret}")


def _for_now(word: str) -> str:
    if not word.startswith("secret:"):
        return f"${{{word}}}"
    return secret_of(word.removeprefix("secret:")) or _UNKNOWN


def _prefix(url: str) -> str:
    """What the variables of an address are named after: its host, and its path before a secret."""
    parts = urlsplit(url)
    hidden = next((item.start for item in suspects(url, "url") if item.label == "hook"), None)
    path = parts.path if hidden is None else urlsplit(url[:hidden]).path
    return f"webhook {parts.hostname or ''} {path}"


def _address(workspace: Workspace, told: str) -> str:
    """The address as it is on the wire. Raises Blocked when a secret in it is not set."""
    missing = unset(told)
    if missing:
        raise Blocked(f"a secret in its address is not set: export {'=... '.join(missing)}=...")
    return Homes(workspace, secrets=True).outward(told)


def _variable(given: Mapping[str, Any]) -> str | None:
    """The environment variable that `secret: ${secret:NAME}` names, always one of our own."""
    secret = given.get("secret")
    return variable_of(str(secret)[2:-1].removeprefix("secret:")) if secret else None


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
    path, query = (part.replace(" ", "%20") for part in (parts.path or "/", parts.query))
    return urlunsplit((parts.scheme.lower(), netloc, path, query, parts.fragment))
