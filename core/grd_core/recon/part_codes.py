"""The parts of a partition as the numbers that stand for them, one a row."""

from __future__ import annotations

from types import MappingProxyType

TRAIN, VALIDATION, TEST, EMBARGOED, UNLABELLED = 0, 1, 2, -1, -2
NAMES = MappingProxyType({TRAIN: "train", VALIDATION: "validation", TEST: "test"})
"""The parts that are frozen; the other codes say why a row stands in none."""
