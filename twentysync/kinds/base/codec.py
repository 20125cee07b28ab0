"""How manifests say the things of a kind: in, out, and what is wrong with one in itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from twentysync.kinds.base.declaration import Declaration
from twentysync.kinds.base.references import references_of
from twentysync.kinds.base.resources import Attributes, Beside, Finding, Reference, Resource
from twentysync.kinds.base.schemas import collapse


class Codec(Declaration):
    """Turns what a manifest says into things of one kind, and back."""

    # -- from a manifest ---------------------------------------------------------------------------

    def from_manifest(
        self, given: Attributes, *, name: str = "", parent: Resource | None = None
    ) -> Resource:
        """The thing that a manifest describes with `given`, in normal form.

        `name` and `parent` are given for a kind that is written inside another's manifest.
        """
        said = self.prepared(given)
        known = self.known_by(given)
        return self.resource(said, known=known, name=name, overlay=self.is_overlay(given))

    def prepared(self, given: Attributes) -> Attributes:
        """The attributes that a manifest gives, with what goes without saying."""
        return given

    def known_by(self, given: Attributes) -> Attributes:
        """The attributes that say which thing a manifest is about."""
        return given

    def is_overlay(self, given: Attributes) -> bool:
        """Whether a manifest is about what is there already, and says only what to change of it."""
        return False

    def address(self, given: Mapping[str, Any]) -> str:
        """The address of what has these attributes."""
        return self.identity.address(self.name, given)

    def called(self, given: Mapping[str, Any]) -> str:
        """What a thing with these attributes is called."""
        return self.identity.name(given)

    def resource(
        self,
        given: Mapping[str, Any],
        *,
        known: Mapping[str, Any] | None = None,
        name: str = "",
        overlay: bool = False,
    ) -> Resource:
        """The thing with these attributes, put into normal form.

        Its address follows from them, or from those that it is `known` by instead; `name` is what
        it is called where they do not say.
        """
        known = given if known is None else known
        return Resource(
            kind=self.name,
            address=self.address(known),
            name=self.called(known) or name,
            attributes=self.normal(given, partial=overlay),
            overlay=overlay,
        )

    def normal(self, attributes: Mapping[str, Any], *, partial: bool = False) -> Attributes:
        """Attributes in normal form: in declared order, texts collapsed, defaults left out.

        A partial thing keeps what equals a default: there, present means desired.
        """
        kept: Attributes = {}
        for declared in self.attributes:
            if declared.name not in attributes:
                continue
            value = attributes[declared.name]
            if declared.text:
                value = collapse(value)
            if partial or value != declared.default:
                kept[declared.name] = value
        return kept

    # -- into a manifest ---------------------------------------------------------------------------

    def to_manifest(self, thing: Resource, parent: Resource | None) -> Attributes | None:
        """What a manifest says of the thing, `parent` being what it is written inside of.

        None for one that needs no word.
        """
        return self.said(thing)

    def said(self, thing: Resource) -> Attributes:
        """What a manifest of its own says of the thing."""
        return thing.attributes

    def file_of(self, thing: Resource) -> str:
        """Where its manifest belongs, below the folder of manifests."""
        return self.file or f"{self.folder}/{self.identity.file(thing.name, thing.attributes)}"

    def sort_key(self, thing: Resource) -> tuple[Any, ...]:
        """Where it stands among the things of its kind when they are written."""
        return (thing.address,)

    def extract_files(self, document: Attributes, stem: str) -> tuple[Attributes, dict[str, str]]:
        """The document with file names for its code, and that code by file name.

        The names are below the folder of the manifest, whose own name is `stem`.yaml. `join` is
        the reverse.
        """
        return document, {}

    def inline_files(self, given: Attributes, read: Beside) -> Attributes:
        """What a document says, with the code that `read` finds beside it."""
        return given

    # -- what it says ------------------------------------------------------------------------------

    def implied(self, parent: Resource, names: Iterable[str]) -> Iterator[Resource]:
        """Things that `parent` has without a word in its manifest, which names `names`."""
        return iter(())

    def check(self, thing: Resource) -> Iterator[Finding]:
        """What is wrong with a thing in itself, beyond what its schema says."""
        return iter(())

    def references(self, thing: Resource) -> Iterator[Reference]:
        """The addresses that the thing needs, with the attribute that names each."""
        return references_of(self.attributes, thing.attributes)

    def brings(self, thing: Resource) -> Iterator[str]:
        """The addresses of what is described together with the thing, as a relation's other end."""
        return iter(())

    def comes_with(self, thing: Resource) -> Iterator[str]:
        """The addresses of what the server makes by itself with the thing."""
        return iter(())
