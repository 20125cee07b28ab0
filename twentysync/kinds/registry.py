"""Every kind, what others need first, and the reading of a whole workspace."""

from __future__ import annotations

from twentysync.kinds.access.members import MemberKind
from twentysync.kinds.access.roles import RoleKind
from twentysync.kinds.automation.agents import AgentKind
from twentysync.kinds.automation.functions import FunctionKind
from twentysync.kinds.automation.skills import SkillKind
from twentysync.kinds.automation.webhooks import WebhookKind
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Resource, State
from twentysync.kinds.data_model.fields import FieldKind
from twentysync.kinds.data_model.indexes import IndexKind
from twentysync.kinds.data_model.objects import ObjectKind
from twentysync.kinds.layouts.dashboards import DashboardKind
from twentysync.kinds.layouts.page_layouts import PageLayoutKind
from twentysync.kinds.navigation.command_menu import CommandMenuKind
from twentysync.kinds.navigation.sidebar import NavigationKind
from twentysync.kinds.views.kind import ViewKind
from twentysync.kinds.workflows.kind import WorkflowKind
from twentysync.kinds.workspace.applications import ApplicationKind
from twentysync.kinds.workspace.settings import SettingsKind
from twentysync.kinds.workspace.usage_limits import UsageLimitKind
from twentysync.twenty.model.renames import Renames
from twentysync.twenty.workspace import Workspace

#: Every kind, what others need first.
KINDS: tuple[Kind, ...] = (
    ApplicationKind(),
    ObjectKind(),
    FieldKind(),
    IndexKind(),
    ViewKind(),
    PageLayoutKind(),
    DashboardKind(),
    NavigationKind(),
    CommandMenuKind(),
    RoleKind(),
    SkillKind(),
    AgentKind(),
    FunctionKind(),
    WorkflowKind(),
    WebhookKind(),
    SettingsKind(),
    UsageLimitKind(),
    MemberKind(),
)
_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(name: str) -> Kind:
    """The kind with this name. Raises KeyError for a name that is none."""
    return _BY_NAME[name]


def read_workspace(
    workspace: Workspace, *, only: frozenset[str] | None = None, known: State | None = None
) -> State:
    """Everything that a workspace holds of the kinds (or of those in `only`), in normal form.

    `known` is an earlier read, from which the other kinds are taken over.
    """
    state = State()
    if known is not None and only is not None:
        state = State(thing for thing in known.resources.values() if thing.kind not in only)
        state.coverage = {n: found for n, found in known.coverage.items() if n not in only}
    state.notes += [
        f"an object is called {name!r}, which is no name: it and its records are left alone"
        for name in (workspace.model.nameless if only is None else ())
    ]
    kinds = [kind for kind in KINDS if only is None or kind.name in only]
    workspace.metadata.ask_ahead([wanted for kind in kinds for wanted in kind.reads()])
    for kind in kinds:
        kind.read(workspace, state)
        if workspace.renames:
            _rename(state, kind, workspace.renames)
    read = {kind.name for kind in kinds if state.readable(kind.name)}
    state.ledger.check(read)
    return state


def _rename(state: State, kind: Kind, renames: Renames) -> None:
    """Call the things of a kind what they are called now, where that name is free."""
    called: dict[str, Resource] = {}
    for address, thing in state.resources.items():
        now = renames.of(address) if thing.kind == kind.name else address
        free = now not in state.resources and now not in called
        called[now if free else address] = kind.renamed(thing, now) if free else thing
    state.resources = called
