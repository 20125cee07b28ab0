"""What a plan would take away, in figures, and whether somebody agreed to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from twentysync.errors import SafetyStop, TwentysyncError
from twentysync.kinds.base.resources import Risk
from twentysync.kinds.registry import kind_of
from twentysync.planning.plan import Action, Change, Plan
from twentysync.planning.rename_detection import likely_renames, lines_of
from twentysync.runtime.text import pluralize
from twentysync.twenty.model.types import Field
from twentysync.twenty.records.api import RecordApi
from twentysync.twenty.records.deactivated import learn_deactivated
from twentysync.twenty.workspace import Workspace

#: Values of composite fields are there when this part of them is.
_MAIN_PART = {
    "ADDRESS": "addressCity",
    "CURRENCY": "amountMicros",
    "EMAILS": "primaryEmail",
    "FULL_NAME": "lastName",
    "LINKS": "primaryLinkUrl",
    "PHONES": "primaryPhoneNumber",
    "RICH_TEXT": "markdown",
}


def add_facts(plan: Plan, workspace: Workspace) -> None:
    """Say of each change that loses data how much: one request for each such loss."""
    api = RecordApi(workspace)
    if any(change.risk is Risk.DATA_LOSS for change in plan.changes):
        learn_deactivated(workspace)  # what people do not see any more can be lost, too
    for change in plan.changes:
        if change.risk is not Risk.DATA_LOSS:
            continue
        try:
            change.facts += list(_facts(change, api, workspace))
        except TwentysyncError as fault:
            change.facts.append(f"how much is lost could not be counted ({fault.message})")


def _facts(change: Change, api: RecordApi, workspace: Workspace) -> Iterator[str]:
    whole = kind_of(change.kind).holds_records
    owner = change.name if whole else str(change.parent).partition(".")[2]
    thing = workspace.model.objects.get(owner)
    if thing is None or not thing.has_records:
        return
    if whole:
        count = api.count(owner, with_deleted=True)
        yield f"drops the object with its {pluralize(count, 'record')}"
        return
    field = thing.fields.get(change.name)
    if field is None or not field.has_values:
        return
    if change.action in (Action.DELETE, Action.REPLACE):
        where = _not_empty(field)
        if where is None:
            yield "drops all its values"
        else:
            yield f"drops {api.count(owner, where=where):,} non-empty values"
    for item in change.differences:
        if item.risk is Risk.DATA_LOSS and item.path.startswith("options."):
            value = item.path.split(".")[1]
            count = api.count(owner, where=_has_option(field, value))
            yield f"empties {field.name} of {pluralize(count, 'record')} holding {value}"


def _not_empty(field: Field) -> dict[str, Any] | None:
    there = {"is": "NOT_NULL"}
    if field.relation == "MANY_TO_ONE":
        columns = [{column: there} for column, _ in field.joins()]
        return columns[0] if len(columns) == 1 else {"or": columns}
    if field.relation:
        return None
    if field.type in _MAIN_PART:
        return {field.server_name: {_MAIN_PART[field.type]: there}}
    return {field.server_name: there}


def _has_option(field: Field, value: str) -> dict[str, Any]:
    operator = "containsAny" if field.type == "MULTI_SELECT" else "eq"
    return {field.server_name: {operator: [value] if operator == "containsAny" else value}}


def require_consent(plan: Plan, allowed: Collection[str], *, confirmed: bool = False) -> None:
    """Raise SafetyStop unless each loss was agreed to by its address, or all by typed word.

    `--yes` never counts as consent to a loss.
    """
    open_questions = [
        change for change in plan.changes if change.needs_consent and change.address not in allowed
    ]
    if not open_questions or confirmed:
        return
    lines = []
    for change in open_questions:
        said = [*change.facts, *change.warnings]
        facts = f": {'; '.join(said)}" if said else ""
        where = f" ({change.file}:{change.line})" if change.file else ""
        lines.append(f"  {change.action.value} {change.address}{where}{facts}")
    perhaps = [pair for pair in likely_renames(plan) if pair.change not in allowed]
    rename = f"if something was renamed, add to twentysync.yaml:\n{lines_of(perhaps)}\n"
    flags = " ".join(f"--allow-delete '{change.address}'" for change in open_questions[:3])
    more = " ..." if len(open_questions) > 3 else ""
    raise SafetyStop(
        "this plan would delete data or access, and you have not approved it:\n" + "\n".join(lines),
        hint=f"{rename if perhaps else ''}to approve it: twentysync apply {flags}{more}",
    )
