"""Parents before children: how far each record stands from one that has no parent."""

from __future__ import annotations

from twentysync.records.storage.working_set import WorkingSet

#: Levels of parents and children that are told apart.
DEEPEST = 100


def set_levels(scratch: WorkingSet, thing: str) -> None:
    """Put parents before children, by the `parent` table.

    A circle is broken at one of its records, which goes to `broken`: its parents are filled
    in afterwards. So are those of records deeper than `DEEPEST`.
    """
    # A table of its own: each change of `row` writes a whole record anew, which can be large.
    scratch.run("DELETE FROM climb")
    scratch.run(
        "INSERT INTO climb (id) SELECT DISTINCT p.id FROM parent p "
        "JOIN row r ON r.object = p.object AND r.id = p.id "
        "WHERE p.object = ? AND p.parent <> p.id",
        thing,
    )
    for level in range(1, DEEPEST):
        # `IN (-1, level)`: a parent that got its level in this very round does not count yet.
        moved = scratch.run(
            "UPDATE climb SET level = ? WHERE level = -1 AND NOT EXISTS ("
            "SELECT 1 FROM parent p JOIN climb c ON c.id = p.parent "
            "WHERE p.object = ? AND p.id = climb.id AND p.parent <> p.id "
            "AND c.level IN (-1, ?))",
            level,
            thing,
            level,
        )
        if moved:
            continue
        found = _on_a_circle(scratch, thing)
        if found is None:
            break
        scratch.run("INSERT OR IGNORE INTO broken VALUES (?, ?)", thing, found)
        scratch.run("UPDATE climb SET level = ? WHERE id = ?", level, found)
    scratch.run("INSERT OR IGNORE INTO broken SELECT ?, id FROM climb WHERE level = -1", thing)
    scratch.run(
        "UPDATE row SET level = (SELECT iif(c.level = -1, ?, c.level) FROM climb c "
        "WHERE c.id = row.id) WHERE object = ? AND id IN (SELECT id FROM climb)",
        DEEPEST,
        thing,
    )


def _on_a_circle(scratch: WorkingSet, thing: str) -> str | None:
    """A record that is its own ancestor, among those without a level; None when none is left.

    Each of those has a parent without a level, so going up ends in a circle.
    """
    first = "SELECT id FROM climb WHERE level = -1 ORDER BY id LIMIT 1"
    found = next(scratch.ask(first), None)
    seen: set[str] = set()
    while found is not None and found[0] not in seen:
        seen.add(found[0])
        above = (
            "SELECT p.parent FROM parent p JOIN climb c ON c.id = p.parent "
            "WHERE p.object = ? AND p.id = ? AND c.level = -1 "
            "AND p.parent <> p.id ORDER BY p.parent LIMIT 1"
        )
        found = next(scratch.ask(above, thing, found[0]), None)
    return str(found[0]) if found is not None else None
