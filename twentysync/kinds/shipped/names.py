"""What can be known of a data model without a server: what Twenty ships, and reserved names."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from twentysync.documents.suggestions import did_you_mean
from twentysync.standard import load_standard
from twentysync.standard.lines import LINES

#: Names that objects and fields may not have (metadata-api reference 2.4, 3.5).
RESERVED = frozenset(
    word
    for pair in (
        "approvedAccessDomain(s) appToken(s) billingCustomer(s) billingEntitlement(s) "
        "billingMeter(s) billingProduct(s) billingSubscription(s) billingSubscriptionItem(s) "
        "featureFlag(s) job(s) keyValuePair(s) pageLayout(s) pageLayoutTab(s) pageLayoutWidget(s) "
        "twoFactorMethod(s) user(s) userWorkspace(s) workspace(s) role(s) userWorkspaceRole(s) "
        "plan(s) event(s) field(s) link(s) currency currencies fullName(s) address(es) type(s) "
        "object(s) index relation(s) aggregate search(es)"
    ).split()
    for word in (pair.partition("(")[0], pair.replace("(", "").replace(")", ""))
)
#: Fields that the server makes with every object of the workspace's own.
SYSTEM_FIELDS = (
    "id createdAt updatedAt deletedAt createdBy updatedBy position searchVector "
    "noteTargets taskTargets attachments timelineActivities"
).split()


@lru_cache(maxsize=1)
def standard_fields() -> dict[str, frozenset[str]]:
    """Every object that Twenty ships in a version known here, with the names of its fields."""
    found: dict[str, frozenset[str]] = {}
    for version in LINES:
        for name, row in load_standard(version)["objects"].items():
            found[name] = found.get(name, frozenset()) | frozenset(row["fields"])
    return found


@dataclass(slots=True)
class Names:
    """The objects that exist, each with its fields; `open` ones may have more than are known."""

    fields: dict[str, set[str]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    @classmethod
    def shipped(cls) -> Names:
        """What Twenty ships. A version that is newer than this tool may ship more."""
        names = cls({name: set(fields) for name, fields in standard_fields().items()})
        names.open = set(names.fields)
        return names

    def has(self, address: str) -> bool:
        """Whether `object.x` or `field.x.y` exists as far as can be known."""
        kind, _, rest = address.partition(".")
        owner, _, name = rest.partition(".")
        if kind not in ("object", "field"):
            return True
        if owner not in self.fields:
            return False
        return kind == "object" or name in self.fields[owner]

    def certain(self, address: str) -> bool:
        """Whether the absence of this address is certain."""
        kind, _, rest = address.partition(".")
        owner = rest.partition(".")[0]
        return not (kind == "field" and owner in self.open)

    def guess(self, address: str) -> str | None:
        """`did you mean ...`, or None."""
        kind, _, rest = address.partition(".")
        owner, _, name = rest.partition(".")
        if kind == "field" and owner in self.fields:
            return did_you_mean(name, self.fields[owner])
        return did_you_mean(owner, self.fields)
