"""What a notebook's order hides: names from below or from nowhere, and outputs gone stale."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from grd_core.checks.code.cell_names import Names, binds_unseen, names_of
from grd_core.checks.contract import SourceFile
from grd_core.checks.dataflow.cells import Cell
from grd_core.checks.dataflow.parse import trees_of

Kind = Literal["below", "nowhere", "never_run", "stale", "order"]


@dataclass(frozen=True, slots=True)
class Disorder:
    """One cell that does not stand where its result came from.

    `names` are the variables it needs; `other` is the cell they come from: below it, never run,
    or run again since; None where no cell defines them. `line` is in the cell's unit.
    """

    kind: Kind
    cell: Cell
    line: int
    names: tuple[str, ...]
    other: Cell | None
    more: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    cell: Cell
    names: Names


def disorders(file: SourceFile, cells: Sequence[Cell]) -> tuple[Disorder, ...]:
    """Every cell out of place, in the order of the cells; one where several reasons hold.

    Cells that lack the same as one above them are counted there.
    """
    read: list[_Read] = []
    unread: list[str] = []
    opaque = False
    for cell, tree in zip(cells, trees_of(file, cells), strict=True):
        names = None if tree is None else _names(tree)
        if names is None:
            unread.append(cell.text)
            continue
        opaque = opaque or names.opaque or binds_unseen(cell.text)
        read.append(_Read(cell, names))
    found: list[Disorder] = []
    for position, one in enumerate(read):
        first = next(_of_cell(read, position, one, unread, opaque), None)
        if first is not None:
            found.append(first)
    return _folded(found) if found else tuple(_out_of_order(read))


def _names(tree: ast.Module) -> Names | None:
    """The names of a cell; None where it is nested too deeply to follow."""
    try:
        return names_of(tree)
    except RecursionError:
        return None


def _folded(found: Iterable[Disorder]) -> tuple[Disorder, ...]:
    first: dict[tuple[Kind, Cell | str | None], Disorder] = {}
    for one in found:
        new: list[str] = []
        lacks: list[Cell | str | None] = [one.other]
        if one.kind == "nowhere":
            new = [name for name in one.names if (one.kind, name) not in first]
            lacks = [*new] or [*one.names[:1]]
        known = first.get((one.kind, lacks[0]))
        if known is None:
            told = one if one.kind != "nowhere" else replace(one, names=tuple(new))
            first.update({(one.kind, lack): told for lack in lacks})
            continue
        again = replace(known, more=known.more + 1)
        first.update({key: again for key, earlier in first.items() if earlier is known})
    return tuple(dict.fromkeys(first.values()))


def _of_cell(
    read: Sequence[_Read], position: int, one: _Read, unread: Sequence[str], opaque: bool
) -> Iterator[Disorder]:
    above, below = read[:position], read[position + 1 :]
    for_others = "\n".join(unread)
    from_below: dict[int, list[str]] = {}
    nowhere: list[str] = []
    for name in one.names.needs:
        if any(name in other.names.gives for other in above) or _mentions(for_others, name):
            continue
        later = next((n for n, other in enumerate(below) if name in other.names.gives), None)
        if later is not None:
            from_below.setdefault(later, []).append(name)
        elif not opaque and _has_run(one.cell):
            nowhere.append(name)
    if opaque:  # what is defined below may have been defined above, unseen
        from_below = {}
    for later, names in from_below.items():
        yield _disorder("below", one, names, below[later].cell)
    if nowhere:
        yield _disorder("nowhere", one, nowhere, None)
    yield from _by_counts(above, one)


def _by_counts(above: Sequence[_Read], one: _Read) -> Iterator[Disorder]:
    """What the execution counts tell: values of a cell that never ran, or ran again since."""
    if one.cell.count is None:
        return
    stale: dict[int, list[str]] = {}
    missing: dict[int, list[str]] = {}
    for name in one.names.needs:
        sources = [
            n
            for n, other in enumerate(above)
            if name in other.names.gives and name not in other.names.imports
        ]
        if not sources or any(name in other.names.imports for other in above):
            continue
        counts = [above[n].cell.count for n in sources]
        if all(count is None for count in counts):
            missing.setdefault(sources[-1], []).append(name)
        elif (counts[-1] or 0) > one.cell.count and one.cell.output != "error":
            stale.setdefault(sources[-1], []).append(name)
    for n, names in missing.items():
        yield _disorder("never_run", one, names, above[n].cell)
    for n, names in stale.items():
        yield _disorder("stale", one, names, above[n].cell)


def _out_of_order(read: Sequence[_Read]) -> Iterator[Disorder]:
    """The first cell that ran before one above it, where no value shows a harm."""
    highest: Cell | None = None
    for one in read:
        count = one.cell.count
        if count is None:
            continue
        if highest is not None and count < (highest.count or 0):
            yield Disorder("order", one.cell, one.cell.offset + 1, (), highest)
            return
        highest = one.cell


def _disorder(kind: Kind, one: _Read, names: Iterable[str], other: Cell | None) -> Disorder:
    listed = tuple(names)
    return Disorder(kind, one.cell, min(one.names.needs[name] for name in listed), listed, other)


def _has_run(cell: Cell) -> bool:
    return cell.count is not None and cell.output != "error"


def _mentions(text: str, name: str) -> bool:
    return name in text and re.search(rf"\b{re.escape(name)}\b", text) is not None
