"""Screen 2: the objective, and how far it has moved since it was locked."""

from grd_screens.pages.objective.page import ObjectivePage

__all__ = ["ObjectivePage"]
