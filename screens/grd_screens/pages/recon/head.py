"""What stands above the list: the source, the roles of its columns, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.recon.standing import next_key
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.critic.live_source import SourceLook
    from grd_core.recon.roles import Roles
    from grd_core.recon.snapshot import FreezeView, ReconSnapshot, SourceView

INDENT = 9
"""The column where what a label names begins."""


def head_lines(
    snapshot: ReconSnapshot, glyphs: Glyphs, width: int, look: SourceLook | None = None
) -> list[Content]:
    """The state of the data, what is wrong with it, what to do next; `look` is how the source
    stands by its bytes, where these were compared."""
    if snapshot.source is None:
        return []
    return [
        *_fault(snapshot.freeze, glyphs, width),
        *_labelled("source", _source(snapshot, glyphs, look), width),
        *_labelled("roles", _roles(snapshot.source.roles, glyphs), width),
        *_next(snapshot, glyphs, width),
    ]


def _fault(freeze: FreezeView | None, glyphs: Glyphs, width: int) -> list[Content]:
    """Frozen data that is not what was frozen stands first: nothing counts until it is back."""
    if freeze is None or freeze.integrity == "intact":
        return []
    label = text(f"{glyphs.standing['blocked']} frozen", STYLES["blocked"])
    said = "; ".join(printable(fault) for fault in freeze.faults)
    body = text(f"{said}: put back what was frozen, then V verifies", "bold")
    return hanging(label, body, INDENT, width)


def _source(snapshot: ReconSnapshot, glyphs: Glyphs, look: SourceLook | None) -> Parts:
    source = snapshot.source
    if source is None:
        return Parts(())
    rows = f"{source.rows:,} x {source.columns}"
    parts = [
        text(printable(source.path), "bold"),
        text(rows),
        text(f"sha256 {source.sha256[:8]}", MUTED),
    ]
    freeze = snapshot.freeze
    frozen = freeze is not None and freeze.integrity == "intact"
    said = "" if look is None else look.said
    if source.state != "present" or said or not frozen:
        parts.append(_declared(source, glyphs, said))
    if frozen:
        parts.append(text(f"frozen {glyphs.standing['done']}", STYLES["done"]))
    return Parts(tuple(parts))


def _declared(source: SourceView, glyphs: Glyphs, now: str) -> Content:
    if source.state == "present" and now:
        return text(f"{glyphs.standing['attention']} {printable(now)}", STYLES["attention"])
    if source.state == "present":
        return text(f"declared {glyphs.standing['done']}", STYLES["done"])
    said = {"gone": "gone from its place", "changed": "not the file that was declared"}
    word = said.get(source.state, source.state)
    return text(f"{glyphs.standing['attention']} {word}", STYLES["attention"])


def _roles(roles: Roles, glyphs: Glyphs) -> Parts:
    named = (
        ("target", roles.target),
        ("time", roles.time),
        ("groups", ", ".join(roles.groups)),
        ("id", roles.id),
        ("excluded", str(len(roles.excluded)) if roles.excluded else ""),
    )
    parts = tuple(
        Content.assemble((f"{label} ", MUTED), printable(value)) for label, value in named if value
    )
    return Parts(parts, f" {glyphs.separator} ")


def _next(snapshot: ReconSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    key, sentence = next_key(snapshot)
    if not sentence or (snapshot.freeze is not None and snapshot.freeze.integrity == "faulty"):
        return []
    body = Content.assemble(f"{printable(sentence)}", (f"  {key}" if key else "", ACCENT))
    return hanging(text("NEXT", ACCENT), body, INDENT, width)


def _labelled(label: str, body: Parts, width: int) -> list[Content]:
    return hanging(text(label, MUTED), body, INDENT, width)
