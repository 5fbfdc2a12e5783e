"""Held-out rows that a training call watches, and that then judge what it has trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.dataflow.machine import Watch
from grd_core.checks.dataflow.reuse import other_sets
from grd_core.checks.dataflow.rows import Site
from grd_core.checks.dataflow.trials import Trial, Trials
from grd_core.checks.dataflow.watching import (
    CHOOSERS,
    CHOOSING_KEYWORDS,
    CHOOSING_MODELS,
)


@dataclass(frozen=True, slots=True)
class WatchedTest:
    """A watched set that is the test set, too: `seen` is where the trained model meets it again.

    `judged` tells a score there from predictions that nothing in the program compares.
    `chooser` is what keeps a state of the model by it, empty where nothing visible does.
    """

    watch: Watch
    row: int
    seen: Site
    judged: bool
    chooser: str


def watched_tests(trials: Trials) -> Iterator[WatchedTest]:
    """Sets that steer a training, meet its model again and have no other set beside them.

    What is only watched is a validation part: the program reports no test of its own.
    """
    rows = trials.rows
    watched_places = {rows.place(row) for watch in trials.facts.watches for row in watch.rows}
    for watch in trials.facts.watches:
        for row in sorted(watch.rows):
            if not trials.held_out(watch.fit, row) or rows.folded(row) is not None:
                continue
            if trials.is_for_choosing(row):
                continue
            own = Trial((watch.fit,), row, watch.fit.site, watch.fit.moment, None, False, None, 0)
            if other_sets(trials, [own]).keys() - watched_places:
                continue
            judged = _judged(trials, watch, row)
            chooser = watch.chooser or _by_callback(trials, watch) or _by_model(trials, watch)
            seen = judged or (_predicted(trials, watch, row) if chooser else None)
            if seen is not None:
                yield WatchedTest(watch, row, seen, judged is not None, chooser)


def _judged(trials: Trials, watch: Watch, row: int) -> Site | None:
    place = trials.rows.place(row)
    own = trials.configuration(watch.fit)
    for trial in trials.trials:
        same = trials.rows.place(trial.row) == place
        if same and own in {trials.configuration(fit) for fit in trial.fits}:
            return trial.site
    return None


def _predicted(trials: Trials, watch: Watch, row: int) -> Site | None:
    place = trials.rows.place(row)
    own = trials.configuration(watch.fit)
    for fit, use, predicted in trials.uses():
        if trials.rows.place(predicted) == place and trials.configuration(fit) == own:
            return use.site
    return None


def _by_callback(trials: Trials, watch: Watch) -> str:
    """A callback that chooses, made earlier and passed on under a name of its own."""
    call = watch.fit.moment.call
    if call is None or not any(keyword.arg == "callbacks" for keyword in call.keywords):
        return ""
    made = {known.symbol.rpartition(".")[2] for known in trials.facts.calls}
    return min(made & CHOOSERS, default="")


def _by_model(trials: Trials, watch: Watch) -> str:
    """What in the model itself chooses by the watched rows."""
    name = trials.name(watch.fit)
    if name in CHOOSING_MODELS:
        return name
    for call in trials.facts.calls:
        if name and call.symbol.rpartition(".")[2] == name:
            for keyword in sorted(CHOOSING_KEYWORDS & call.call.keywords.keys()):
                if call.call.keywords[keyword].constant not in (None, False):
                    return keyword
    return ""
