"""What no manifest can say is left out of a pull, and named: what it writes, `validate` accepts.

An older server, or a hand in its database, holds what no server takes today: an agent without a
prompt, two options of one value. Written down it would stop every later command, so each thing is
held against the very checks of `validate`, and against what its own manifest would be read as.
"""

from __future__ import annotations

from collections.abc import Iterator

from twentysync.documents.diagnostics import explain
from twentysync.documents.yaml import Document, dump, load
from twentysync.errors import Diagnostic
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Attributes, Origin, Resource, State
from twentysync.kinds.base.skip_reasons import UNSAYABLE
from twentysync.kinds.registry import KINDS, kind_of
from twentysync.manifests.load import check_thing, clashes, known_names
from twentysync.manifests.option_values import is_old_value, old_values
from twentysync.manifests.schemas import checker_for_part


def leave_out_unsayable(state: State) -> None:
    """Leave out of `state` what no manifest can say, and what needs it; a note says why each."""
    for thing in list(state.resources.values()):
        kind = kind_of(thing.kind)
        if not thing.carried or not (kind.file or kind.folder or kind.within):
            continue
        _drop_attributes(kind, thing, state)
        reason = _reason(kind, thing, state)
        if reason is not None:
            _leave_out(state, thing, reason)
    while True:
        read = _as_read(state)
        refused = dict(_orphans(state, read)) | dict(_refused(read))
        if not refused:
            break
        for address, reason in refused.items():
            _leave_out(state, state.resources[address], reason)
    state.notes += [
        f"{thing.address}: {lines}" for thing in state.of("field") for lines in old_values(thing)
    ]


def _drop_attributes(kind: Kind, thing: Resource, state: State) -> None:
    """Leave out just an attribute, where that is all that no server takes.

    0.55 has defaults of unique fields and of lists inside composites: without this the field would
    stay behind, and with it the values of all records.
    """
    for name in kind.droppable:
        if thing.overlay or name not in thing.attributes:
            continue
        faults = [found for found in kind.check(thing) if found.at.partition(".")[0] == name]
        if faults:
            rest = {key: value for key, value in thing.attributes.items() if key != name}
            thing.attributes = rest
            state.notes.append(f"{thing.address}: its {name} is left out: {faults[0].message}")


def _leave_out(state: State, thing: Resource, reason: str) -> None:
    thing.skip_reason = UNSAYABLE
    found = state.coverage.get(thing.kind)
    if found is not None:
        found.written -= 1
        found.skipped[UNSAYABLE] += 1
    state.notes.append(f"{thing.address} is left out: {reason}")


def _reason(kind: Kind, thing: Resource, state: State) -> str | None:
    """Why the manifest of a thing would not say it: its schema, or what it is read as."""
    said = kind.to_manifest(thing, _parent(thing, state))
    if said is None:
        return None
    try:
        placed, _ = kind.extract_files(dict(said), "file")
        if not _survives(placed):
            return "it holds characters that no file keeps"
    except (UnicodeError, ValueError):
        return "it holds characters that no file keeps"
    document = Document("")
    document.data = placed
    for error in checker_for_part(kind.name).complaints(placed):
        if not is_old_value(error):  # it has a way out, which is named instead
            explain(document, error)
    if document.problems:
        return document.problems[0].message
    made = kind.from_manifest(dict(said), name=thing.name, parent=_parent(thing, state))
    if made.address != thing.address:
        return f"its manifest would be read as {made.address}"
    return None


def _survives(body: Attributes) -> bool:
    """Whether YAML gives it back as it is: looked at where there are odd characters only."""
    text = dump(body)
    text.encode("utf-8")
    plain = text.replace("\n", "").isprintable() and "\\" not in text
    return plain or load(text, "").data == body


def _parent(thing: Resource, state: State) -> Resource | None:
    return state.get(thing.parent) if thing.parent and kind_of(thing.kind).within else None


def _as_read(state: State) -> State:
    """The things as `validate` would read them from their manifests."""
    read = State()
    for kind in KINDS:
        for thing in state.of(kind.name):
            if not (kind.file or kind.folder or kind.within):
                continue
            said = kind.to_manifest(thing, _parent(thing, state)) if thing.carried else None
            if said is not None:
                parent = _parent(thing, state)
                read.add(kind.from_manifest(dict(said), name=thing.name, parent=parent))
            elif kind.name == "object":  # what its fields stand in says it is there
                read.add(kind.from_manifest({"nameSingular": thing.name}))
        _add_implied(kind, read)
    return read


def _add_implied(kind: Kind, read: State) -> None:
    """Things of a kind that come with others without a word, as an object's name."""
    for parent in list(read.of(kind.within or "")):
        names = [thing.name for thing in read.of(kind.name) if thing.parent == parent.address]
        for thing in kind.implied(parent, names):
            read.add(thing)


def _refused(read: State) -> Iterator[tuple[str, str]]:
    """What `validate` says against each thing."""
    names = known_names(read)
    for thing in read.resources.values():
        thing.origin = Origin(thing.address)  # where a fault of it is said to be
        for problem in check_thing(thing, names):
            yield thing.address, _words(thing, problem)
    for problem in clashes(read):
        yield problem.file, problem.message


def _words(thing: Resource, problem: Diagnostic) -> str:
    return problem.message.removeprefix(f"{thing.address}: ")


def _orphans(state: State, read: State) -> Iterator[tuple[str, str]]:
    """What needs a thing that is left out for this reason, or is written inside of one."""
    for thing in state.resources.values():
        parent = state.get(thing.parent) if thing.parent and thing.carried else None
        if parent is not None and parent.skip_reason == UNSAYABLE:
            yield thing.address, f"it needs {parent.address}, which is left out"
    for thing in read.resources.values():
        for reference in kind_of(thing.kind).references(thing):
            needed = state.get(reference.address)
            if needed is not None and needed.skip_reason == UNSAYABLE and reference.needed:
                yield thing.address, f"it needs {reference.address}, which is left out"
