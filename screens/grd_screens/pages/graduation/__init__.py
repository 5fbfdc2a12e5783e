"""Screen 6: Graduation."""

from grd_screens.pages.graduation.page import GraduationPage

__all__ = ["GraduationPage"]
