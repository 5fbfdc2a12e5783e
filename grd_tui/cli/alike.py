"""Earlier hypotheses that a new one may repeat, as the command line tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_tui.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grd_core.history.similar import Alike


def say_alike(found: Sequence[Alike]) -> None:
    """A line for each: how alike, what became of it; below it what it is called and taught."""
    for one in found:
        say(f"{'✖' if one.fate.is_failure else '·'} {one.score:.0%} alike  {one.told}")
        say(f"    {one.title}  (both say: {', '.join(one.words)})")
        if one.fate.lesson:
            say(f"    learned: {one.fate.lesson}")
