"""Screen 3, the Loop: experiments, and the watch over a run."""

from grd_screens.pages.loop.page import LoopPage

__all__ = ["LoopPage"]
