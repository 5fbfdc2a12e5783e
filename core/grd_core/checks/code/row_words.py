"""Words for findings about rows that are on both sides of an evaluation."""

from __future__ import annotations

import ast

from grd_core.checks.contract import Place
from grd_core.checks.dataflow.access import written
from grd_core.checks.dataflow.machine import Facts, ModelPair
from grd_core.checks.dataflow.rows import Site

_SHOWN = 60


def quoted(text: str) -> str:
    """Code between backticks, shortened; nothing for nothing."""
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return f"`{short}`" if short else ""


def argument(expression: ast.expr | None, otherwise: str) -> str:
    """An argument as it is written."""
    return quoted(written(expression)) or otherwise


def sides(facts: Facts, pair: ModelPair) -> tuple[str, str]:
    """What the training call and the evaluating call are given, told apart by their names."""
    train = argument(pair.train.subject, "the training rows")
    judged = argument(pair.evaluate.subject, "the held-out rows")
    if train != judged:
        return train, judged
    names = [
        quoted(next((facts.rows[one].name for one in sorted(rows)), ""))
        for rows in (pair.train.rows, pair.evaluate.rows)
    ]
    return (names[0], names[1]) if all(names) and names[0] != names[1] else (train, judged)


def places(cause: Site, pair: ModelPair) -> tuple[Place, Place, Place]:
    """The cause, the training call and the evaluating call."""
    train, evaluate = pair.train.site, pair.evaluate.site
    return (
        Place("cause", cause.path, cause.line),
        Place("train", train.path, train.line),
        Place("evaluate", evaluate.path, evaluate.line),
    )
