"""A quick look as text: what was seen, worst first, and the command that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_tui.cli.output import say

if TYPE_CHECKING:
    from grd_core.recon.quick_look import QuickLook

_GLYPHS = {"blocking": "✖", "warning": "!", "info": "·"}


def print_quick(look: QuickLook) -> None:
    """Print a quick look; every text passes what makes it harmless."""
    say(f"{look.path}  {look.rows:,} rows × {look.columns} columns; looked at {look.read}")
    say(f"target   {_target(look)}")
    say(
        f"seems    time {look.time or '–'} · groups {', '.join(look.groups) or '–'}"
        f" · id {look.id or '–'}"
    )
    for line in look.lines:
        say(f"  {_GLYPHS[line.severity]} {line.text}")
        say(f"      do: {line.do}")
    if not look.lines:
        say("  nothing that could mislead a result was seen")
    if look.hidden:
        say(f"  {look.hidden} lesser ones are left out")
    say(f"next: {look.next}")


def _target(look: QuickLook) -> str:
    return f"{look.target} ({look.task}): {look.target_said}" if look.target else look.target_said
