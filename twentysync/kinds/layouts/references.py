"""What the tabs and widgets of a page name: objects, fields and views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from twentysync.kinds.base.resources import Reference
from twentysync.kinds.layouts.field_lists import list_names
from twentysync.kinds.layouts.widgets import named_fields
from twentysync.kinds.views.filters import walk


def references_of(tabs: Sequence[Mapping[str, Any]], page: str | None) -> Iterator[Reference]:
    """Everything that the widgets of these tabs need."""
    for tab in tabs:
        for widget in tab.get("widgets") or []:
            yield from _of_widget(widget, page)


def _of_widget(widget: Mapping[str, Any], page: str | None) -> Iterator[Reference]:
    owner = widget.get("object") or page
    if widget.get("object"):
        yield Reference(f"object.{widget['object']}", "tabs")
    for name in named_fields(widget, page):
        yield Reference(f"field.{name}", "tabs")
    for name in list_names(widget):
        yield Reference(f"field.{owner}.{name}", "tabs")
    if widget.get("view"):
        yield Reference(f"view.{widget['view']}", "tabs")
    records = widget.get("records")
    if records:
        yield Reference(f"object.{records['object']}", "tabs")
        rules = walk([*records.get("viewFilters", []), *records.get("viewFilterGroups", [])])
        named = [*records.get("viewFields", []), *records.get("viewSorts", []), *rules]
        for item in named:
            base = item["field"].partition(".")[0]
            yield Reference(f"field.{records['object']}.{base}", "tabs")
