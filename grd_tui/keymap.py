"""The keys that hold on every page, the help, and the end of the key line."""

from __future__ import annotations

from textual.binding import ActiveBinding, BindingType

from grd_screens.frame import KeyHint
from grd_screens.help import HelpGroup, HelpLine
from grd_screens.keys import Key, bound, first_key, written
from grd_screens.phase import PHASES

KEYS = (
    Key("go.back", "escape", "step_back", "back; in the end to the Overview", "back"),
    Key("go.overview", "0", "show(0)", "Overview"),
    *(
        Key(f"go.phase.{phase.number}", f"{phase.number}", f"show({phase.number})", "the phase")
        for phase in PHASES
    ),
    Key("go.right", "l,right", "turn(1)", "next page"),
    Key("go.left", "h,left", "turn(-1)", "previous page"),
    Key("read.filter", "slash", "filter", "narrow the list by words", "filter"),
    Key("do.critic", "c", "critic", "have the Critic review an experiment"),
    Key("do.refresh", "ctrl+r", "read_again", "read the study again now"),
    Key("do.stop", "ctrl+k", "stop_tasks", "stop what is being done beside the screen"),
    Key("app.help", "question_mark,f1", "help", "these keys", "help"),
    Key("app.palette", "colon,ctrl+p", "command_palette", "every verb and object", "palette"),
    Key("app.theme", "T", "other_theme", "light or dark"),
    Key("app.quit", "q,ctrl+c,ctrl+q", "quit", "quit; runs go on", "quit"),
    Key("app.suspend", "ctrl+z", "suspend_process", "to the shell; fg comes back"),
)

GROUPS = {"go": "Go", "do": "Do", "read": "Read", "app": "App"}
"""The first word of a key's id and the heading it stands under; other words are page names."""


def bindings() -> list[BindingType]:
    """The table as Textual takes it."""
    return bound(KEYS)


def help_groups(active: dict[str, ActiveBinding]) -> tuple[HelpGroup, ...]:
    """The help, from the bindings in force: a remapped key shows as it is now."""
    groups: dict[str, dict[str, list[str]]] = {}
    for found in active.values():
        binding = found.binding
        if binding.id and found.enabled:
            word = binding.id.partition(".")[0]
            heading = GROUPS.get(word, word.capitalize())
            effects = groups.setdefault(heading, {})
            effects.setdefault(binding.description, []).append(written(binding.key))
    own = [heading for heading in groups if heading not in GROUPS.values()]
    return tuple(
        HelpGroup(
            heading,
            tuple(HelpLine("  ".join(keys), effect) for effect, keys in groups[heading].items()),
        )
        for heading in (*own, *GROUPS.values())
        if heading in groups
    )


def key_hints(enter: str) -> tuple[KeyHint, ...]:
    """The keys that hold everywhere, for the end of the key line; `enter` is that key's sign."""
    wanted = ("app.help", "app.palette", "read.filter", "app.quit")
    known = {key.id: key for key in KEYS}
    hints = [
        KeyHint(first_key(key, enter), key.hint, key.action)
        for key in (known[id_] for id_ in wanted)
    ]
    return (*hints[:-1], KeyHint(f"0-{len(PHASES)}", "phase", ""), hints[-1])
