"""The line on the Critic's border."""

from __future__ import annotations

from textual.content import Content

from grd_screens.critic.session import ReviewSession
from grd_screens.glyphs import Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, text


def header(session: ReviewSession, reading: str, glyphs: Glyphs, width: int) -> Content:
    """Whose review and which loop; at the right how many checks ended, in how many seconds.

    `reading` is what stands over the list. The loop gives way to the counts where there is no
    room for both, and nothing of the name is cut off.
    """
    state = session.state
    between = f" {glyphs.separator} "
    name = between.join(("Critic", printable(state.name)))
    lefts = [name]
    if reading:
        lefts.insert(0, name + between + printable(reading))
    elif state.loop:
        lefts[:0] = [
            f"{name}{between}loop {state.loop} of {state.loops}",
            f"{name}{between}loop {state.loop}/{state.loops}",
        ]
    right = f"{state.count}  {_seconds(session.seconds)}" if state.count else ""
    for left in lefts:
        gap = width - len(left) - len(right)
        if right and gap >= 3:
            rule = text(f" {glyphs.rule * (gap - 2)} ", "$accent")
            return text(left, "bold") + rule + text(right, MUTED)
    return text(lefts[0] if len(lefts[0]) <= width else name, "bold")


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"
