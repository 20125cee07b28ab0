"""What an administrator sets up beside the configuration, and no key may write: named, not carried.

Domains and sign-in are proved by DNS or a contract, and topics of newsletters belong to those
(2.15 to 2.22, where a key reads them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twentysync.errors import NotPermitted, ServerRefused
from twentysync.runtime.text import pluralize
from twentysync.twenty.http.transport import Endpoint
from twentysync.twenty.metadata.schema import selection

if TYPE_CHECKING:
    from twentysync.twenty.workspace import Workspace

#: By the listing: what one is called, and the column with its name.
_LISTINGS: Mapping[str, tuple[str, str]] = {
    "getApprovedAccessDomains": ("approved access domain", "domain"),
    "getSSOIdentityProviders": ("SSO identity provider", "name"),
    "findManyPublicDomains": ("public domain", "domain"),
    "getEmailingDomains": ("emailing domain", "domain"),
    "unsubscribeTopics": ("unsubscribe topic", "name"),
}


def administered_left_behind(workspace: Workspace) -> list[str]:
    """A note for each of these that a workspace has; one request, or one each if that is refused.

    A listing that the server refuses is behind a contract or a role, and says nothing.
    """
    there = [name for name in _LISTINGS if workspace.schema.query(name) is not None]
    found = _rows(workspace, there)
    if found is None:
        found = {}
        for name in there:
            found |= _rows(workspace, [name]) or {}
    return list(_notes(found))


def _rows(workspace: Workspace, listings: Sequence[str]) -> dict[str, Any] | None:
    """The rows of these listings; None where the server refuses one of them."""
    if not listings:
        return {}
    wanted = [(name, selection(_LISTINGS[name][1])) for name in listings]
    document = workspace.schema.read_together(wanted)
    try:
        return workspace.transport.graphql(Endpoint.METADATA, document, operation=listings[0])
    except (NotPermitted, ServerRefused):
        return None


def _notes(found: Mapping[str, Any]) -> Iterator[str]:
    for listing, (what, column) in _LISTINGS.items():
        rows = found.get(listing) or []
        if rows:
            names = ", ".join(sorted(str(row.get(column)) for row in rows))
            yield (
                f"{pluralize(len(rows), what)} ({names}), which no key may write: not carried, set "
                "up again on the target in Settings"
            )
