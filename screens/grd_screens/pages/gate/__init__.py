"""Screen 5: Gate."""

from grd_screens.pages.gate.page import GatePage

__all__ = ["GatePage"]
