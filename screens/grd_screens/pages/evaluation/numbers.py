"""Numbers of a scorecard in words: an estimate with its interval, how a judgement stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import text

if TYPE_CHECKING:
    from grd_core.evaluation.lines import Number

RESULTS: dict[str, tuple[str, str]] = {
    "pass": ("done", "passes"),
    "fail": ("attention", "fails"),
    "crosses": ("attention", "crosses the threshold"),
    "unjudged": ("not yet", "no threshold"),
    "better": ("done", "better"),
    "worse": ("attention", "worse"),
    "undecided": ("stale", "undecided"),
    "met": ("attention", "met: disproved"),
    "not_met": ("done", "not met"),
    "not_computable": ("stale", "cannot be computed"),
    "not_estimable": ("stale", "cannot be estimated"),
}
"""How a result stands, and its words. None of them blocks anything, so none is red."""

OUTCOMES = {
    "confirmed": "done",
    "refuted": "attention",
    "inconclusive": "stale",
    "inadmissible": "attention",
    "deviated": "attention",
}
"""How an outcome stands."""


def figure(value: float | None) -> str:
    """Four significant figures, or a dash where there is none."""
    return "–" if value is None else f"{value:.4g}"


def interval(number: Number | dict[str, Any]) -> str:
    """`21.29 [19.8, 22.95]`, or why there is none."""
    fields = number if isinstance(number, dict) else _fields(number)
    estimate, low, high = fields["estimate"], fields["low"], fields["high"]
    if low is None or high is None:
        why = printable(fields.get("reason", "")) or "no interval"
        return f"{figure(estimate)} ({why})"
    return f"{figure(estimate)} [{figure(low)}, {figure(high)}]"


def judged(result: str, glyphs: Glyphs) -> Content:
    """A result with its sign."""
    standing, words = RESULTS.get(result, ("stale", result.replace("_", " ")))
    return text(f"{glyphs.standing[standing]} {printable(words)}", STYLES[standing])


def outcome_mark(outcome: str, glyphs: Glyphs) -> Content:
    """An outcome with its sign."""
    standing = OUTCOMES.get(outcome, "not yet")
    return text(f"{glyphs.standing[standing]} {printable(outcome)}", STYLES[standing])


def _fields(number: Number) -> dict[str, Any]:
    return {name: getattr(number, name) for name in number.__slots__}
