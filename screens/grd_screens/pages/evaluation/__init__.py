"""Screen 4: Evaluation."""

from grd_screens.pages.evaluation.page import EvaluationPage

__all__ = ["EvaluationPage"]
