"""Names of experiments set in type: a long one breaks after a hyphen, never inside a word."""

from __future__ import annotations

import re

from textual.content import Content

from grd_screens.printable import printable
from grd_screens.typesetting import Parts, hanging, sides, text


def name_parts(name: str, style: str = "bold") -> Parts:
    """A name that goes on below after one of its hyphens."""
    pieces = re.findall(r"[^-]*-|[^-]+", printable(name))
    return Parts(tuple(text(piece, style) for piece in pieces), "")


def named(
    name: str,
    right: Content,
    indent: int,
    width: int,
    *,
    style: str = "bold",
    before: Content | None = None,
) -> list[Content]:
    """A name with its standing flush right; below it at `indent` where there is no room.

    `before` stands in front of the name, such as the branch of a tree.
    """
    front = Content("") if before is None else before
    line = front + text(printable(name), style)
    if line.cell_length + 1 + right.cell_length <= width:
        return sides(line, (right,), width)
    under = hanging(Content(""), right, indent, width)
    if line.cell_length <= width:
        return [line, *under]
    first, *rest = name_parts(name, style).wrap(max(width - front.cell_length, 1))
    margin = Content(" " * front.cell_length)
    return [front + first, *(margin + one for one in rest), *under]
