"""Why a difference may be as it is: each reason asks for evidence, and without it there is none.

A reason never looks at one side's wish: it is decided by what both servers answered, by
twentysync.yaml, or by what the pull said that it leaves behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twentysync.twenty.addresses import Address, LinkType, WorkspaceUrls, readdress, texts_of
from twentysync.twenty.model.renames import Renames
from twentysync.verification.comparison import Difference
from twentysync.verification.naming import MEMBER, Row, Side
from twentysync.verification.not_yet import OFF, WAITING, NotYet
from twentysync.verification.places import Places
from twentysync.verification.sentences import Sentences
from twentysync.verification.server_values import ServerValues
from twentysync.verification.versions import NAMES, Versions

ON = "still on as Twenty ships it: the cutover switches it off as on the source"
NOT_RUNNING = "off on both sides: one was switched off, the other never on"
NO_COLUMN = "hidden on the source; on the target it has no column, which hides it as well"
WRITTEN = "the same value: the two servers write it with other white space"
VALID = "whether a step is complete, which its server finds out by itself"
SPACE = "the target's server collapses white space"
ADDRESS = "an address of the source, which became the target's"
MEMBERSHIP = "who has which role: `twentysync members` gives roles when a person signed in"
RENAMED = "renamed in twentysync.yaml"
BY_HAND = "settings of a workspace are a person's: `plan` names those to set"
DRAFT = "somebody works on a draft beside the version that runs: the cutover brings it"
CUT = "it reached beyond the twelve columns of the grid, and was cut to them"
GRID = "a place on a grid, which a tab of this layout does not use"
UNSEEN = "a name that nobody sees: the dashboard's title is compared"
EXAMPLE = "an example that the server made of the fields that the object had then"
LINK = "the server offers to generate an example that the source does not have either"
MAILBOX = "a mailbox is of one person: somebody of the target chooses theirs"
CHART = "a chart of before 1.15, under the name that it has since"
COMPOSED = "composed by the server, in one of its two forms"
CAPTION = "a caption of a chart's filter, which says what the filter compares"
UNSEEN_WIDTH = "the width of a column, which a list of fields on a page does not have"
UNSEEN_VIEW = "of a view inside a widget: nobody sees it, the widget's title is compared"
CODE = "code of an application, which is installed and not copied"
#: What somebody decided in the manifests is accepted by that.
TAKEN_OUT = "taken out of the manifests after the pull"
STEPLESS = "made by the server for a step of a workflow, and no step uses it"
INSTALLED = "belongs to an installed application"
#: Reasons that leave nothing behind which a person made in this workspace, or not for good.
_NOT_LEFT = frozenset({WAITING, OFF, MEMBERSHIP, NO_COLUMN, INSTALLED, CODE, STEPLESS})
#: (type, direction) of charts since 1.15, by what they were called before.
_CHARTS: Mapping[str, tuple[str, str | None]] = {
    "AGGREGATE": ("AGGREGATE_CHART", None),
    "GAUGE": ("GAUGE_CHART", None),
    "HORIZONTAL_BAR": ("BAR_CHART", "HORIZONTAL"),
    "LINE": ("LINE_CHART", None),
    "PIE": ("PIE_CHART", None),
    "VERTICAL_BAR": ("BAR_CHART", "VERTICAL"),
}
#: Columns of the grid of a dashboard.
_GRID = 12
_CAPTION = re.compile(r"\.recordFilters\.\d+\.(label|displayValue)$")
_STATES_OFF = ("DRAFT", "DEACTIVATED")
_MEMBER = re.compile(rf"{MEMBER}([^⟩]*)⟩")


@dataclass(slots=True)
class Evidence:
    """What explanations lean on, beside both sides.

    `left_out` gives the reason that a pull gave for not writing a resource (by the address that
    plans use), or for leaving a part of it behind; it is asked only for what nothing else
    explains. `edited` gives the reason where the manifests say otherwise than the source, and the
    target is as they say. `accepted` are patterns of what may stay behind. `cut_over` says that
    workflows were switched on: then nothing waits for a cutover any more.
    """

    renames: Renames = field(default_factory=Renames)
    addresses: Mapping[str, str] = field(default_factory=dict)
    left_out: Callable[[Row, str], str | None] = lambda _row, _column: None
    edited: Callable[[Row, str], str | None] = lambda _row, _column: None
    accepted: Sequence[str] = ()
    cut_over: bool = False


class Explanations:
    """The reasons that hold between two sides."""

    def __init__(self, source: Side, target: Side, evidence: Evidence) -> None:
        self._source = source
        self._target = target
        self._evidence = evidence
        #: Names of the source's rows that are not on the target, with the reason.
        self.left_behind: dict[str, str] = {}
        self.places = Places(source, target)
        self.versions = Versions(source, target)
        self._sentences = Sentences(source, target)
        self._server_values = ServerValues(source, target)
        self._not_yet = NotYet(source, target, self._waiting, cut_over=evidence.cut_over)

    def of(self, one: Difference) -> str | None:
        """The reason for a difference; None when there is none."""
        reasons = self._of_column(one) if one.column else self._of_row(one)
        return next((reason for reason in reasons if reason), None)

    def leaves_behind(self, one: Difference, reason: str) -> bool:
        """Whether a reason leaves behind a whole row that a person made."""
        if one.there is not None or reason in _NOT_LEFT:
            return False
        return self.versions.is_persons(one.row)

    def _of_row(self, one: Difference) -> Iterator[str | None]:
        yield self._person(one)
        yield self._waiting(one.row.values)
        yield self._not_yet.reason(one.row)
        yield self._hidden(one.row)
        yield self._installed(one.row)
        yield CODE if one.row.type.name == "front component" else None
        yield STEPLESS if _is_of_step(one.row) else None
        yield self._led(one.row)
        yield self.versions.of_row(one.row)
        yield self._evidence.left_out(one.row, "")
        yield self._evidence.edited(one.row, "")

    def _of_column(self, one: Difference) -> Iterator[str | None]:
        yield self._waiting(one.expected)
        yield self._off(one)
        yield self._draft(one)
        yield self._spaces(one)
        yield self._address(one)
        yield self._renamed(one)
        yield MAILBOX if one.at.endswith("connectedAccountId") and not one.actual else None
        yield self._unused(one)
        yield self._made(one)
        yield None if self.versions.same else self._server_values.reason(one)
        yield self._sentences.reason(one)
        yield self._chart(one)
        yield self.versions.of_column(one)
        yield BY_HAND if one.row.type.name == "workspace setting" else None
        yield self._evidence.left_out(one.row, one.at or one.column)
        yield self._evidence.edited(one.row, one.at or one.column)

    # -- people ---------------------------------------------------------------------------------

    def _waiting(self, value: Any) -> str | None:
        """People whom the value names and who are not members of the target."""
        named = {email for text in texts_of(value) for email in _MEMBER.findall(text)}
        absent = sorted(email for email in named if email not in self._target.members)
        return WAITING if absent else None

    @staticmethod
    def _hidden(row: Row) -> str | None:
        """A column that is not shown says nothing: the server hides what has no column, too."""
        hidden = row.type.name == "view field" and row.values.get("isVisible") is False
        return NO_COLUMN if hidden and not row.values.get("aggregateOperation") else None

    def _person(self, one: Difference) -> str | None:
        if one.row.type.name != "role of a member":
            return None
        email = next(iter(_MEMBER.findall(str(one.row.key[0]))), "")
        if email not in self._target.members:
            return WAITING
        return MEMBERSHIP

    # -- what became of values on the way ---------------------------------------------------------

    def _draft(self, one: Difference) -> str | None:
        beside = one.row.type.name == "workflow" and one.column == "draft" and one.expected
        return DRAFT if beside and not one.actual and not self._evidence.cut_over else None

    def _off(self, one: Difference) -> str | None:
        if (one.row.type.name, one.column) != ("workflow", "status"):
            return None
        if one.expected in _STATES_OFF and one.actual in _STATES_OFF:
            return NOT_RUNNING
        if self._evidence.cut_over:
            return None
        if one.expected == "ACTIVE" and one.actual in _STATES_OFF:
            return OFF
        return ON if one.expected == "DEACTIVATED" and one.actual == "ACTIVE" else None

    def _spaces(self, one: Difference) -> str | None:
        if not isinstance(one.expected, str) or not isinstance(one.actual, str):
            return None
        if " ".join(one.expected.split()) == one.actual:
            return SPACE
        return WRITTEN if _same_json(one.expected, one.actual) else None

    def _address(self, one: Difference) -> str | None:
        """Whether the target's value is the source's with its addresses replaced."""
        if not isinstance(one.expected, str) or not isinstance(one.actual, str):
            return None
        text = one.expected
        for old, new in self._evidence.addresses.items():
            text = text.replace(old, new)
        source, target = (side.reading.workspace for side in (self._source, self._target))
        moved = readdress(text, source.home, _leads_to(source.home, target.front))
        return ADDRESS if one.actual in (text, moved) and one.actual != one.expected else None

    def _renamed(self, one: Difference) -> str | None:
        """Names beside the API name of what `renames:` gives another one."""
        if one.row.type.name not in ("object", "field") or not self._evidence.renames:
            return None
        if one.column not in ("namePlural", "labelSingular", "labelPlural", "label"):
            return None
        return (
            RENAMED if one.row.address in {e.new for e in self._evidence.renames.entries} else None
        )

    def _led(self, row: Row) -> str | None:
        """Whether a row leads to one that stays behind."""
        named = {name for text in texts_of(row.values) for name in NAMES.findall(text)}
        reasons = [reason for name, reason in self.left_behind.items() if name in named]
        return self.of_part(row, reasons[0]) if reasons else None

    def of_part(self, row: Row, reason: str) -> str:
        """Why what stands in, or names, something that is not there for a reason is not either."""
        return self.versions.of_part(row) if reason in self.versions.said else reason

    # -- what the server makes -------------------------------------------------------------------

    def _unused(self, one: Difference) -> str | None:
        """Values that a server keeps and that nothing shows."""
        if one.row.type.name == "page layout" and one.column == "name":
            return UNSEEN if one.row.raw.get("type") == "DASHBOARD" else None
        tabs = [row.parent for row in (one.row, one.there) if row is not None]
        modes = {tab.raw.get("layoutMode") for tab in tabs if tab is not None}
        inside = one.row.type.name == "view" and str(one.row.raw.get("type")).endswith("_WIDGET")
        if inside and one.column in ("name", "icon"):
            return UNSEEN_VIEW
        holder = one.row.parent.raw.get("type") if one.row.parent else None
        if one.column == "size" and holder == "FIELDS_WIDGET":
            return UNSEEN_WIDTH
        if one.row.type.name == "workflow step" and one.column == "valid":
            return VALID
        if _CAPTION.search(one.at) and one.expected is None:
            return CAPTION
        if one.column == "gridPosition" and modes and modes <= {"VERTICAL_LIST", "CANVAS"}:
            return GRID
        return self._cut(one)

    def _cut(self, one: Difference) -> str | None:
        """2.21.0 refuses a widget that reaches beyond the twelve columns, 1.17.0 keeps it."""
        if one.there is None or one.at != "gridPosition.columnSpan":
            return None
        before = one.row.values["gridPosition"]
        ends = before["column"] + before["columnSpan"]
        now = one.there.values["gridPosition"]
        cut = ends > _GRID == now["column"] + now["columnSpan"]
        return CUT if cut and before["column"] == now["column"] else None

    def _made(self, one: Difference) -> str | None:
        """Values that a server makes by itself, where the other side's is such a one too."""
        expected, actual = one.expected, one.actual
        if (
            one.at.endswith(("outputSchema.link", "outputSchema._outputSchemaType"))
            and not expected
        ):
            return LINK
        if ".outputSchema." in f".{one.at}.":
            example = expected if actual is None else actual if expected is None else None
            made = isinstance(example, dict) and "fieldMetadataId" in example
            return EXAMPLE if made or (expected is None and _is_example(actual)) else None
        texts = isinstance(expected, str) and isinstance(actual, str)
        if one.row.type.name == "field" and one.column == "description" and texts:
            forms = {
                " ".join(text.replace(" tied to the ", " ").split()) for text in (expected, actual)
            }
            relation = one.row.raw.get("relation") or one.row.raw.get("morphRelations")
            return COMPOSED if relation and len(forms) == 1 else None
        return self.places.reason(one)

    def _chart(self, one: Difference) -> str | None:
        """What 1.15 made one attribute of a chart's configuration into two."""
        parts = ("configuration.graphType", "configuration.configurationType")
        if one.there is None or one.at not in (*parts, "configuration.layout"):
            return None
        before = one.row.values.get("configuration") or {}
        after = one.there.values.get("configuration") or {}
        kind, layout = _CHARTS.get(str(before.get("graphType")), (None, None))
        if kind is None or after.get("configurationType") != kind:
            return None
        return CHART if layout in (None, after.get("layout")) else None

    # -- whose it is ----------------------------------------------------------------------------

    def _installed(self, row: Row) -> str | None:
        identity = self._source.reading.workspace.identity
        installed = {app.id for app in identity.installed}
        one: Row | None = row
        while one is not None:
            if one.raw.get("applicationId") in installed:
                return INSTALLED
            one = one.parent
        return None


def _is_example(value: Any) -> bool:
    """Whether a server made it of what a step answers (an agent's: 2.21.0, and 2.7.0 none)."""
    return isinstance(value, dict) and value.keys() >= {"isLeaf", "type", "label", "value"}


def _same_json(one: str, other: str) -> bool:
    """Whether two texts are the same list or mapping as JSON."""
    if not one.startswith(("[", "{")):
        return False
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def _is_of_step(row: Row) -> bool:
    """Whether a server named an agent after the first four characters of a step's id (2.21.0).

    Those that a step uses are compared with it, and are no rows.
    """
    named = re.fullmatch(r"workflowAgent[0-9a-f]{4}", str(row.raw.get("name")))
    labelled = str(row.raw.get("label")).startswith("Workflow Agent ")
    return bool(row.type.name == "agent" and named and labelled)


def _leads_to(home: WorkspaceUrls, front: str) -> Callable[[Address], str | None]:
    """What an address of the source becomes: the same place on the target."""

    def place(found: Address) -> str | None:
        if found.sort is LinkType.FILE or "://" not in found.text:
            return None
        rest = found.text.partition("://")[2].partition("/")
        return front + (f"/{rest[2]}" if rest[1] else "")

    del home
    return place
