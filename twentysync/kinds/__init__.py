"""What twentysync knows of each kind: one module a kind, in the order in which they depend."""

from __future__ import annotations

from twentysync.kinds.agents import AgentKind
from twentysync.kinds.applications import ApplicationKind
from twentysync.kinds.base import Kind
from twentysync.kinds.command_menu import CommandMenuKind
from twentysync.kinds.dashboards import DashboardKind
from twentysync.kinds.fields import FieldKind
from twentysync.kinds.functions import FunctionKind
from twentysync.kinds.indexes import IndexKind
from twentysync.kinds.members import MemberKind
from twentysync.kinds.navigation import NavigationKind
from twentysync.kinds.objects import ObjectKind
from twentysync.kinds.page_layouts import PageLayoutKind
from twentysync.kinds.roles import RoleKind
from twentysync.kinds.settings import SettingsKind
from twentysync.kinds.skills import SkillKind
from twentysync.kinds.things import State
from twentysync.kinds.views import ViewKind
from twentysync.kinds.webhooks import WebhookKind
from twentysync.kinds.workflows import WorkflowKind
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
        state = State(thing for thing in known.things.values() if thing.kind not in only)
        state.coverage = {n: found for n, found in known.coverage.items() if n not in only}
    kinds = [kind for kind in KINDS if only is None or kind.name in only]
    workspace.ask_ahead([wanted for kind in kinds for wanted in kind.reads()])
    for kind in kinds:
        kind.read(workspace, state)
        if workspace.renames:
            state.rename(kind, workspace.renames)
    return state
