"""Every key of the cockpit as data: the bindings, the help and the key line come from here.

Each has an id, by which it can be remapped. None needs what tmux and screen lack or take for
themselves: no ctrl+enter, no ctrl+shift, no ctrl+a, ctrl+b, ctrl+j or ctrl+s.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import ActiveBinding, Binding
from textual.keys import format_key

from grd_screens.frame import KeyHint
from grd_screens.help import HelpGroup, HelpLine
from grd_screens.phase import GUIDES


@dataclass(frozen=True, slots=True)
class Key:
    """One action: its id, its keys separated by commas, what it does, its group in the help.

    `hint` is its word on the key line, empty for none.
    """

    id: str
    keys: str
    action: str
    effect: str
    group: str
    hint: str = ""


_WRITTEN = {
    "question_mark": "?",
    "colon": ":",
    "escape": "esc",
    # Textual would draw arrows, which a terminal in ASCII cannot.
    **{name: name for name in ("left", "right", "up", "down")},
}

GO, DO, READ, COCKPIT = "Go", "Do", "Read", "App"

KEYS = (
    Key("go.next", "enter", "go_next", "to the phase of the next step", GO, "next step"),
    Key("go.overview", "0,escape", "show(0)", "Overview", GO, "overview"),
    *(
        Key(f"go.phase.{guide.number}", f"{guide.number}", f"show({guide.number})", "the phase", GO)
        for guide in GUIDES
    ),
    Key("go.right", "l,right", "turn(1)", "next page", GO),
    Key("go.left", "h,left", "turn(-1)", "previous page", GO),
    Key("do.copy", "y", "copy_next", "copy the command of the next step", DO, "copy command"),
    Key("do.read", "r", "read_again", "read the study again now", DO),
    Key("read.down", "j,down", "scroll_lines(1)", "down", READ),
    Key("read.up", "k,up", "scroll_lines(-1)", "up", READ),
    Key("read.page.down", "pagedown,space,ctrl+f", "scroll_pages(1)", "a page down", READ),
    Key("read.page.up", "pageup,ctrl+u", "scroll_pages(-1)", "a page up", READ),
    Key("read.top", "g,home", "scroll_lines(-100000)", "to the top", READ),
    Key("read.end", "G,end", "scroll_lines(100000)", "to the end", READ),
    Key("app.help", "question_mark,f1", "help", "these keys", COCKPIT, "help"),
    Key(
        "app.palette", "colon,ctrl+p", "command_palette", "every verb, by name", COCKPIT, "palette"
    ),
    Key("app.theme", "T", "other_theme", "light or dark", COCKPIT),
    Key("app.quit", "q,ctrl+c,ctrl+q", "quit", "quit; runs go on", COCKPIT, "quit"),
)


def bindings() -> list[Binding]:
    """The table as Textual takes it."""
    return [
        Binding(key.keys, key.action, key.effect, show=bool(key.hint), id=key.id) for key in KEYS
    ]


def help_groups(active: dict[str, ActiveBinding]) -> tuple[HelpGroup, ...]:
    """The help, from the bindings in force: a remapped key shows as it is now."""
    keys: dict[str, list[str]] = {}
    for found in active.values():
        if found.binding.id:
            keys.setdefault(found.binding.id, []).append(written(found.binding.key))
    groups: dict[str, dict[str, list[str]]] = {}
    for key in KEYS:
        if key.id in keys:
            groups.setdefault(key.group, {}).setdefault(key.effect, []).extend(keys[key.id])
    return tuple(
        HelpGroup(
            heading,
            tuple(HelpLine("  ".join(pressed), effect) for effect, pressed in lines.items()),
        )
        for heading, lines in groups.items()
    )


def key_hints(enter: str) -> tuple[KeyHint, ...]:
    """The keys of the key line, the most wanted first; `enter` is that key's sign."""
    wanted = ("app.help", "go.next", "do.copy", "app.palette", "app.quit", "go.overview")
    known = {key.id: key for key in KEYS}
    hints = [
        KeyHint(written(key.keys.split(",")[0], enter), key.hint, key.action)
        for key in (known[id_] for id_ in wanted)
    ]
    return (*hints[:-1], KeyHint(f"1-{len(GUIDES)}", "phase", ""), hints[-1])


def written(key: str, enter: str = "enter") -> str:
    """A key as a person writes it."""
    return _WRITTEN.get(key) or (enter if key == "enter" else format_key(key))
