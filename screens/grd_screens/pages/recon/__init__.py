"""Screen 1: the declared data, its risks ranked, and its columns."""

from grd_screens.pages.recon.page import ReconPage

__all__ = ["ReconPage"]
