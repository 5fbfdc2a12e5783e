"""Screen 7: History."""

from grd_screens.pages.history.page import HistoryPage

__all__ = ["HistoryPage"]
