"""The keys of the Loop's list and of the watch over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.keys import Key

if TYPE_CHECKING:
    from grd_core.runs.snapshot import ExperimentLine

STOP = Key("loop.stop", "x", "stop", "stop a run of it", "stop")
NEW = Key("loop.new", "n", "new", "a new experiment from it", "new")
CRITIC = Key("loop.critic", "c", "critic", "have the Critic review it", "Critic")
WATCH = Key("loop.watch", "w", "watch", "watch its newest run", "watch")
RUN = Key("loop.run", "r,u", "run", "run it, with one seed or several", "run")
AGAIN = Key("loop.again", "a", "again", "repeat its newest run, or the watched one", "again")
DIFF = Key("loop.diff", "d", "diff", "what differs from the marked one, or its parent", "diff")
MARK = Key("loop.mark", "m", "mark", "mark it, to compare another with it")
TREE = Key("loop.tree", "t", "tree", "each below its parent, or the newest first", "tree")
HYPOTHESIS = Key("loop.hypothesis", "e", "hypothesis", "write its HYPOTHESIS.md", "hypothesis")
CODE = Key("loop.code", "E,v", "code", "open its code in your editor", "code")
EVALUATION = Key("loop.evaluation", "o", "evaluation", "its scorecard", "scorecard")

KEYS = (WATCH, CRITIC, RUN, AGAIN, NEW, DIFF, STOP, MARK, TREE, HYPOTHESIS, CODE, EVALUATION)

COMPARE = Key(
    "watch.diff", "D", "compare", "what differs from the marked run, or the one before", "diff"
)

WATCH_KEYS = (
    Key("watch.metric", "tab,right_square_bracket", "metric(1)", "the next metric", "metric"),
    Key("watch.metric.back", "shift+tab,left_square_bracket", "metric(-1)", "the metric before"),
    Key("watch.zoom", "plus,equals_sign", "zoom(1)", "fewer steps", "zoom"),
    Key("watch.zoom.out", "minus", "zoom(-1)", "more steps"),
    Key("watch.freeze", "space", "freeze", "freeze the view or follow; runs go on", "freeze"),
    Key("watch.inspect", "i", "inspect", "a cursor with the value under it", "inspect"),
    Key("watch.overlay", "o", "overlay", "draw with it: seeds as a band, runs, marked", "overlay"),
    COMPARE,
    Key("watch.panel", "v", "panel", "below: output, metrics, machine, alarms, notes", "below"),
    Key("watch.find", "f", "find", "search the output", "find"),
    Key("watch.level", "w", "level", "output: all, info, warnings, errors", "level"),
    Key("watch.fold", "d", "fold", "output: an epoch's steps as one line, or each"),
    Key("watch.note", "n", "note", "note what you see; v reads the notes", "note"),
    Key("watch.log", "L", "scale", "logarithmic or plain scale", "log"),
    Key("watch.smooth", "s", "smooth", "smoothed: ema .6, .9, off", "smooth"),
    Key("watch.axis", "t", "axis", "against steps or against time", "time"),
    Key("watch.pin", "p", "pin", "pin the metric: it comes first", "pin"),
    Key("watch.mark", "m", "mark_run", "mark the run, to draw or compare it with others", "mark"),
    Key("watch.pan.back", "comma", "pan(-1)", "towards the first step; moves the cursor"),
    Key("watch.pan", "full_stop", "pan(1)", "towards the last step; moves the cursor"),
    Key("watch.run.older", "J", "run(-1)", "an older run of this experiment"),
    Key("watch.run.newer", "K", "run(1)", "a newer run"),
    Key("watch.output.up", "k,up", "output(1)", "back in the output"),
    Key("watch.output.down", "j,down", "output(-1)", "on in the output"),
    Key("watch.output.top", "g,home", "output(100000)", "the oldest output kept"),
    Key("watch.output.end", "G,end", "output(-100000)", "the newest output"),
)


def offered(line: ExperimentLine, marked: int) -> tuple[Key, ...]:
    """What the key line offers on an experiment: the keys that do something there, the likely
    next first. `marked` is the number of the marked experiment, 0 for none."""
    has_other = bool(line.parent) or marked not in (0, line.number)
    leads = (WATCH, STOP) if line.going_on else (WATCH, CRITIC) if line.last_run else ()
    writes = () if line.runs or line.files_gone else (HYPOTHESIS, RUN, CODE)
    return (
        *leads,
        *(writes or (RUN,)),
        NEW,
        *((DIFF,) if has_other else ()),
        TREE,
        *((EVALUATION,) if line.outcome else ()),
    )


def watching(is_live: bool, has_other: bool) -> tuple[Key, ...]:
    """What the key line offers while a run is watched; what is through cannot be stopped, and
    what has no other run cannot be compared."""
    keys = tuple(key for key in WATCH_KEYS if has_other or key is not COMPARE)
    return (*keys, *((STOP,) if is_live else ()), CRITIC)
