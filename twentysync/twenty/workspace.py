"""One workspace: who it is, what its server has, and the operations of its families."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import httpx

from twentysync.errors import NotPermitted, ServerRefused, Unreachable
from twentysync.twenty.addresses import WorkspaceUrls
from twentysync.twenty.http.rate_limit import Rate
from twentysync.twenty.http.shapes import FLAG, TEXT, Fields, nullable
from twentysync.twenty.http.transport import Endpoint, Transport
from twentysync.twenty.identity import IDENTITY, Identity, identity_of
from twentysync.twenty.members import Members, read_members
from twentysync.twenty.metadata.api import MetadataApi
from twentysync.twenty.metadata.schema import ServerSchema, selection
from twentysync.twenty.model.reading import read_model
from twentysync.twenty.model.record_shapes import answer_shape
from twentysync.twenty.model.renames import Renames, as_renamed
from twentysync.twenty.model.types import Model

#: What is looked at of `/client-config`.
_BILLING = Fields(
    {"isBillingEnabled": nullable(FLAG)}, nullable=True, optional=frozenset({"isBillingEnabled"})
)
_CONFIG = Fields(
    {"appVersion": nullable(TEXT), "billing": _BILLING},
    optional=frozenset({"appVersion", "billing"}),
)


class Workspace:
    """A connection to one workspace.

    Nothing is asked of the server before it is needed; each of `identity`, `schema` and `model`
    costs its requests once.
    """

    def __init__(
        self, name: str, transport: Transport, *, schema: ServerSchema | None = None
    ) -> None:
        self.name = name
        self.transport = transport
        transport.name = name
        transport.describe(Endpoint.RECORDS, answer_shape)
        #: Finds the connection of a person who signed in; there is none unless somebody says so.
        self.find_person: Callable[[], Workspace | None] = lambda: None
        self.metadata = MetadataApi(name, transport, schema)
        #: What is called otherwise now than the server may still call it.
        self.renames = Renames()

    @classmethod
    def connect(
        cls,
        name: str,
        url: str,
        api_key: str,
        *,
        rate: Rate | None = None,
        http: httpx.BaseTransport | None = None,
        on_wait: Callable[[float, str], None] | None = None,
        patience: float | None = None,
    ) -> Workspace:
        """Make a connection; `http` replaces the network (the sandbox in process)."""
        extra: dict[str, Any] = {} if patience is None else {"patience": patience}
        transport = Transport(url, api_key, rate=rate, http=http, on_wait=on_wait, **extra)
        return cls(name, transport)

    @property
    def url(self) -> str:
        """The address of the server."""
        return self.transport.url

    @property
    def schema(self) -> ServerSchema:
        """The server's `/metadata` schema. Raises NotPermitted when the key is refused."""
        return self.metadata.schema

    @cached_property
    def person(self) -> Workspace | None:
        """This workspace through a person who signed in, for what no key may do."""
        return self.find_person()

    @cached_property
    def version(self) -> str | None:
        """The server's version, e.g. `2.21.0`; None where the server does not tell.

        Some are set up to tell `v2.21.0`.
        """
        try:
            config = self._config
        except (Unreachable, ServerRefused):
            return None
        version = config.get("appVersion")
        return str(version).removeprefix("v") or None if version else None

    @cached_property
    def identity(self) -> Identity:
        """Who the workspace is."""
        document = self.schema.read("currentWorkspace", IDENTITY)
        data = self.transport.graphql(
            Endpoint.METADATA, document, operation="currentWorkspace", partial_ok=True
        )
        row = data.get("currentWorkspace")
        if row is None:
            raise NotPermitted(f"{self.url} does not say which workspace this key belongs to")
        return identity_of(row, self.version)

    @cached_property
    def home(self) -> WorkspaceUrls:
        """The addresses of the workspace, as texts may hold them."""
        return WorkspaceUrls(self.identity.id, (self.url, *self.identity.urls))

    @property
    def front(self) -> str:
        """Where people open the workspace, without a slash at the end."""
        return (self.identity.front or self.url).rstrip("/")

    @cached_property
    def model(self) -> Model:
        """The data model as it is now, under its new names; `refresh` forgets it."""
        return as_renamed(read_model(self.metadata, self.identity), self.renames)

    @cached_property
    def members(self) -> Members:
        """Who belongs to the workspace; asked when something names a member."""
        return read_members(self.transport)

    def member_email(self, member_id: str) -> str:
        """The e-mail of a member, by which manifests name them; the id of one who is gone."""
        found = self.members.by_id(member_id)
        return found.email if found else member_id

    @cached_property
    def has_row_level_permissions(self) -> bool:
        """Whether rules about single records hold here: the plan has to include them.

        Asked of the server as it asks itself: the enterprise plan, and on the cloud (where plans
        are billed) the entitlement too.
        """
        wanted = selection(
            "hasValidEnterpriseValidityToken", billingEntitlements=selection("key", "value")
        )
        document = self.schema.read("currentWorkspace", wanted)
        data = self.transport.graphql(
            Endpoint.METADATA, document, operation="currentWorkspace", partial_ok=True
        )
        row = data.get("currentWorkspace") or {}
        entitled = any(
            item["key"] == "RLS" and item["value"] for item in row.get("billingEntitlements") or []
        )
        return bool(row.get("hasValidEnterpriseValidityToken")) and (entitled or not self._billed)

    @property
    def _billed(self) -> bool:
        return bool((self._config.get("billing") or {}).get("isBillingEnabled"))

    @cached_property
    def _config(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.transport.get(
            Endpoint.CONFIG, operation="client-config", shape=_CONFIG
        )
        return found

    def refresh(self, *, model: bool = True) -> None:
        """Forget what kinds share, and the data model, so that the next use reads it afresh."""
        self.metadata.forget()
        if model:
            self.__dict__.pop("model", None)
