"""Manifests into things: every file read, every fault found, with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from twentysync.documents.diagnostics import explain
from twentysync.documents.paths import Folder, read_text
from twentysync.documents.suggestions import did_you_mean
from twentysync.documents.yaml import MOST_PROBLEMS, Document, lines_below, load
from twentysync.errors import Diagnostic, ManifestError, SafetyStop
from twentysync.kinds.base.kind import Kind
from twentysync.kinds.base.resources import Beside, Origin, Resource, State
from twentysync.kinds.data_model.relations import pairs
from twentysync.kinds.registry import KINDS, kind_of
from twentysync.kinds.shipped.names import SYSTEM_FIELDS, Names
from twentysync.manifests.option_values import name_way_out
from twentysync.manifests.places import manifest_files, yaml_files
from twentysync.manifests.schemas import checker_for
from twentysync.manifests.secret_review import misnamed

#: What a document comes to whose parts are of another shape than the schema can tell: the inside
#: of a widget's or a step's configuration is the server's own.
_MISSHAPEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def load_manifests(root: Path) -> State:
    """All things that the manifests below `root` describe.

    Raises ManifestError with every problem found: syntax, schema, names, references. A file
    that cannot be read stops everything, so that nothing is taken for absent by mistake.
    """
    problems: list[Diagnostic] = []
    found: list[Resource] = []
    for kind in KINDS:
        for path in manifest_files(kind, root):
            things, faults = read_manifest(kind, path)
            found.extend(things)
            problems.extend(faults)
    problems.extend(_strays(root))
    return joined(found, problems)


def read_manifest(kind: Kind, path: Path) -> tuple[list[Resource], list[Diagnostic]]:
    """What one manifest describes, and what is wrong with it."""
    document = _read(path)
    things = list(_things(kind, document)) if not document.problems else []
    return things, document.problems


def joined(things: Iterable[Resource], faults: Iterable[Diagnostic] = ()) -> State:
    """All things of the manifests together. Raises ManifestError with `faults` and what it finds:
    things described twice, names that nothing has, and what each kind checks."""
    problems = list(faults)
    state = State()
    for thing in things:
        _add(state, thing, problems)
    if not problems:
        names = known_names(state)
        for thing in state.resources.values():
            problems.extend(check_thing(thing, names))
        problems.extend(clashes(state))
    if problems:
        raise ManifestError(problems, hint="fix these, then run `twentysync validate`")
    return state


def known_names(state: State) -> Names:
    """What Twenty ships and what the manifests describe."""
    names = Names.shipped()
    for thing in state.of("object"):
        if not thing.overlay:
            names.fields.setdefault(thing.name, set()).update(SYSTEM_FIELDS)
            names.open.discard(thing.name)
        elif thing.name not in names.fields:
            # Said to be there already, and not known here: a newer version's, or an application's.
            names.fields[thing.name] = set()
            names.open.add(thing.name)
    for thing in state.of("field"):
        owner = str(thing.parent).partition(".")[2]
        names.fields.setdefault(owner, set()).add(thing.name)
        for target, inverse, _ in pairs(thing.attributes.get("relation") or {}):
            if target not in names.fields and not names.guess(f"object.{target}"):
                # Not a slip of the pen, it seems: a newer version's object. The plan will know.
                names.fields[target] = set()
                names.open.add(target)
            names.fields.get(target, set()).add(str(inverse.get("name")))
    return names


def _strays(root: Path) -> Iterator[Diagnostic]:
    """YAML that no kind reads would be a manifest without effect."""
    folders = {place for kind in KINDS if (place := kind.file or kind.folder)}
    for path in yaml_files(root):
        parts = path.relative_to(root).parts
        if parts[0] not in folders and parts[0] != "records":
            hint = did_you_mean(parts[0], folders)
            yield Diagnostic(
                str(path), 1, 1, f"no kind has manifests here ({', '.join(sorted(folders))})", hint
            )


def _read(path: Path) -> Document:
    name = str(path)
    try:
        text = read_text(path)
    except OSError as fault:
        document = Document(name)
        words = "is a symbolic link" if path.is_symlink() else fault.strerror
        document.problems.append(Diagnostic(name, 1, 1, f"cannot be read: {words}"))
        return document
    except UnicodeDecodeError as fault:
        document = Document(name)
        line = fault.object.count(b"\n", 0, fault.start) + 1
        document.problems.append(Diagnostic(name, line, 1, f"not UTF-8 text: {fault.reason}"))
        return document
    return load(text, name)


def _things(kind: Kind, document: Document) -> Iterator[Resource]:
    if document.data is None:
        document.problem((), "the file is empty")
        return
    for error in checker_for(kind.name).complaints(document.data):
        explain(document, error)
        name_way_out(document, error)
        if len(document.problems) >= MOST_PROBLEMS:
            break
    if document.problems:
        return
    try:
        yield from _described(kind, document)
    except _MISSHAPEN as fault:
        document.problem((), f"cannot be understood as a {kind.name} ({fault})")


def _described(kind: Kind, document: Document) -> Iterator[Resource]:
    if kind.listed:
        for index, item in enumerate(document.data.get(kind.plural) or []):
            thing = kind.from_manifest(item)
            thing.origin = _origin(document, (kind.plural, index))
            yield thing
        return
    nested = [other for other in KINDS if other.within == kind.name]
    given = {k: v for k, v in document.data.items() if k not in {n.plural for n in nested}}
    thing = kind.from_manifest(kind.inline_files(given, _beside(document)))
    thing.origin = _origin(document, ())
    yield thing
    for other in nested:
        inside = document.data.get(other.plural) or {}
        for name, attributes in inside.items():
            child = other.from_manifest(attributes, name=name, parent=thing)
            child.origin = _origin(document, (other.plural, name))
            yield child
        for child in other.implied(thing, inside):
            child.origin = thing.origin
            yield child


def _beside(document: Document) -> Beside:
    """Reads the files that a manifest names; one that cannot be read is a problem of the name."""
    beside = Folder(Path(document.file).parent)

    def read(name: str, path: tuple[str | int, ...]) -> str | None:
        try:
            place = beside.path(name)
        except SafetyStop as fault:
            document.problem(path, f"{fault.message}: code is beside its manifest or below")
            return None
        try:
            return read_text(place)
        except (OSError, UnicodeDecodeError) as fault:
            words = getattr(fault, "strerror", None) or fault
            document.problem(path, f"{place}: cannot be read ({words})")
            return None

    return read


def _origin(document: Document, path: tuple[str | int, ...]) -> Origin:
    return Origin(document.file, partial(lines_below, document.text, document.file, path))


def _add(state: State, thing: Resource, problems: list[Diagnostic]) -> None:
    there = state.get(thing.address)
    if there is None:
        state.add(thing)
        return
    problems.append(
        Diagnostic(
            thing.origin.file,
            *thing.origin.at(),
            f"{thing.address} is described twice: also in {there.origin.where()}",
        )
    )


def check_thing(thing: Resource, names: Names) -> Iterator[Diagnostic]:
    """What is wrong with a thing in itself, and what it names that nothing is called."""
    origin = thing.origin

    def problem(at: str, message: str, hint: str | None) -> Diagnostic:
        line, column = origin.at(at)
        return Diagnostic(origin.file, line, column, message, hint)

    kind = kind_of(thing.kind)
    try:
        faults, references = list(kind.check(thing)), list(kind.references(thing))
    except _MISSHAPEN as shape:
        words = f"{thing.address}: cannot be understood as a {kind.name} ({shape})"
        yield problem("", words, "compare it with what a pull writes")
        return
    for fault in faults:
        yield problem(fault.at, f"{thing.address}: {fault.message}", fault.hint)
    for path, message in misnamed(thing):
        yield problem(path, f"{thing.address}: {message}", None)
    for reference in references:
        if names.has(reference.address) or not reference.needed:
            continue
        hint = names.guess(reference.address)
        if hint or names.certain(reference.address):
            yield problem(reference.at, f"{thing.address}: there is no {reference.address}", hint)


def clashes(state: State) -> Iterator[Diagnostic]:
    """Two objects of one name, and two fields: one declared, one that another's relation brings."""
    called: dict[str, Resource] = {}
    for thing in state.of("object"):
        for at in ("nameSingular", "namePlural"):
            name = thing.attributes.get(at)
            other = called.setdefault(name, thing) if name else thing
            if other is not thing:
                line, column = thing.origin.at(at)
                message = f"{thing.address}: {other.address} has the name {name} already"
                yield Diagnostic(thing.origin.file, line, column, message)
    taken: dict[tuple[str, str], Resource] = {}
    for thing in state.of("field"):
        owner = str(thing.parent).partition(".")[2]
        brought = [(owner, thing.name, "")]
        relation = thing.attributes.get("relation") or {}
        brought += [
            (target, inverse["name"], f"relation.{path}.inverse.name".replace("..", "."))
            for target, inverse, path in pairs(relation)
            if "name" in inverse
        ]
        for target, name, at in brought:
            other = taken.setdefault((target, name), thing)
            if other is not thing:
                line, column = thing.origin.at(at)
                yield Diagnostic(
                    thing.origin.file,
                    line,
                    column,
                    f"{thing.address}: {target} would have two fields {name} "
                    f"(also through {other.address}, {other.origin.where()})",
                )
