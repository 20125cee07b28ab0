"""The one comparison of attributes: which are compared, which differ, which can be written."""

from itertools import product
from typing import ClassVar

import pytest

from twentysync.kinds.base.difference import changed_attributes, changes, is_compared
from twentysync.kinds.base.resources import Attribute, Attributes, Resource

#: Values of the default, and what stands for nothing said.
DEFAULT, OTHER, THIRD, UNSAID = 0, 1, 2, None


def described(attributes: tuple[Attribute, ...]) -> type:
    """A kind that has just these attributes."""

    class Thing:
        """Declares attributes, as kinds do."""

    Thing.attributes = attributes  # type: ignore[attr-defined]
    return Thing


def resource(*, overlay: bool = False, **attributes: int | None) -> Resource:
    """A resource that says what is not None."""
    said: Attributes = {name: value for name, value in attributes.items() if value is not UNSAID}
    return Resource("thing", "thing[x]", said, overlay=overlay)


def size(**options: bool) -> Attribute:
    """An attribute with a default, declared with these options."""
    return Attribute(name="size", doc="", schema={}, default=DEFAULT, **options)  # type: ignore[arg-type]


#: overlay, unmanaged, server_defaulted, said: compared. The rule, spelled out for each of the 16.
COMPARED = {
    (False, False, False, False): True,
    (False, False, False, True): True,
    (False, False, True, False): False,
    (False, False, True, True): True,
    (False, True, False, False): False,
    (False, True, False, True): False,
    (False, True, True, False): False,
    (False, True, True, True): False,
    (True, False, False, False): False,
    (True, False, False, True): True,
    (True, False, True, False): False,
    (True, False, True, True): True,
    (True, True, False, False): False,
    (True, True, False, True): False,
    (True, True, True, False): False,
    (True, True, True, True): False,
}


@pytest.mark.parametrize(("case", "compared"), COMPARED.items())
def test_what_is_compared(case: tuple[bool, bool, bool, bool], compared: bool) -> None:
    overlay, unmanaged, server_defaulted, said = case
    declared = size(unmanaged=unmanaged, server_defaulted=server_defaulted)
    desired = resource(overlay=overlay, size=OTHER if said else UNSAID)
    assert is_compared(declared, desired) is compared


@pytest.mark.parametrize(
    ("case", "want", "now", "immutable", "replaced"),
    [
        (case, want, now, immutable, replaced)
        for case in COMPARED
        for want, now in product((UNSAID, DEFAULT, OTHER), (UNSAID, DEFAULT, OTHER, THIRD))
        for immutable, replaced in ((False, False), (True, False), (True, True))
        if case[3] is (want is not UNSAID)
    ],
)
def test_what_differs_and_what_of_it_is_written(
    case: tuple[bool, bool, bool, bool],
    want: int | None,
    now: int | None,
    immutable: bool,
    replaced: bool,
) -> None:
    overlay, unmanaged, server_defaulted, _ = case
    declared = size(
        unmanaged=unmanaged,
        server_defaulted=server_defaulted,
        immutable=immutable,
        forces_replacement=replaced,
    )
    kind = described((declared,))
    desired, actual = resource(overlay=overlay, size=want), resource(size=now)
    before, after = now or DEFAULT, want or DEFAULT  # nothing said is the default
    differs = COMPARED[case] and before != after
    expected = [(declared, before, after)] if differs else []
    assert list(changed_attributes(kind, desired, actual)) == expected
    assert changes(kind, desired, actual) == ({"size": after} if differs and not immutable else {})


def test_they_come_in_declared_order_whatever_the_manifest_says() -> None:
    class Thing:
        attributes: ClassVar[tuple[Attribute, ...]] = tuple(
            Attribute(name=name, doc="", schema={}) for name in ("b", "a", "c")
        )

    desired, actual = resource(a=1, b=1), resource(c=1)
    assert list(changes(Thing, desired, actual)) == ["b", "a", "c"]
    assert changes(Thing, desired, actual) == {"b": 1, "a": 1, "c": None}


def test_what_is_wanted_always_comes_unless_it_is_not_compared() -> None:
    kind = described((size(), Attribute(name="other", doc="", schema={})))
    same = resource(size=OTHER)
    assert changes(kind, same, same, always=("size",)) == {"size": OTHER}
    overlay = resource(overlay=True, other=1)
    assert changes(kind, overlay, overlay, always=("size",)) == {}
