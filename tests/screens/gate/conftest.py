"""A study with a scored moon and a refuted wind, copied for each test."""

from tests.core.conftest import evaluated, evaluated_once, judged_once

__all__ = ["evaluated", "evaluated_once", "judged_once"]
