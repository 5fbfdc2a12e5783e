"""The keys of the Loop's list and of the watch over it."""

from __future__ import annotations

from grd_screens.keys import Key

STOP = Key("loop.stop", "x", "stop", "stop a run of it", "stop")
NEW = Key("loop.new", "n", "new", "a new experiment from it", "new")
CRITIC = Key("loop.critic", "c", "critic", "have the Critic review it", "Critic")

KEYS = (
    Key("loop.watch", "w", "watch", "watch its newest run", "watch"),
    CRITIC,
    Key("loop.run", "r,u", "run", "run it, with one seed or several", "run"),
    NEW,
    Key("loop.diff", "d", "diff", "what differs from the marked one, or its parent", "diff"),
    STOP,
    Key("loop.mark", "m", "mark", "mark it, to compare another with it"),
    Key("loop.tree", "t", "tree", "each below its parent, or the newest first", "tree"),
    Key("loop.hypothesis", "e", "hypothesis", "write its HYPOTHESIS.md"),
    Key("loop.code", "E,v", "code", "open its code in your editor"),
    Key("loop.evaluation", "o", "evaluation", "its scorecard"),
)

WATCH_KEYS = (
    Key("watch.metric", "tab,right_square_bracket", "metric(1)", "the next metric", "metric"),
    Key("watch.metric.back", "shift+tab,left_square_bracket", "metric(-1)", "the metric before"),
    Key("watch.zoom", "plus,equals_sign", "zoom(1)", "fewer steps", "zoom"),
    Key("watch.zoom.out", "minus", "zoom(-1)", "more steps"),
    Key("watch.freeze", "space", "freeze", "freeze the view or follow; runs go on", "freeze"),
    Key("watch.inspect", "i", "inspect", "a cursor with the value under it", "inspect"),
    Key("watch.log", "L", "scale", "logarithmic or plain scale", "log"),
    Key("watch.smooth", "s", "smooth", "smoothed: ema .6, .9, off", "smooth"),
    Key("watch.pan.back", "comma", "pan(-1)", "towards the first step; moves the cursor"),
    Key("watch.pan", "full_stop", "pan(1)", "towards the last step; moves the cursor"),
    Key("watch.run.older", "J", "run(-1)", "an older run of this experiment"),
    Key("watch.run.newer", "K", "run(1)", "a newer run"),
    Key("watch.output.up", "k,up", "output(1)", "back in the output"),
    Key("watch.output.down", "j,down", "output(-1)", "on in the output"),
    Key("watch.output.top", "g,home", "output(100000)", "the oldest output kept"),
    Key("watch.output.end", "G,end", "output(-100000)", "the newest output"),
)

WATCHING = (*WATCH_KEYS, STOP, CRITIC)
"""What the key line offers while a run is watched."""
