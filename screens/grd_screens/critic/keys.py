"""The keys of the Critic, and which of them are hinted at where."""

from __future__ import annotations

from grd_screens.critic.rows import CHECK, FINDING, GROUP, LISTED
from grd_screens.critic.state import ReviewState, Stage
from grd_screens.frame import KeyHint
from grd_screens.keys import Key, first_key

CRITIC_KEYS = (
    Key("critic.evidence", "enter", "evidence", "open what the cursor is on", "evidence"),
    Key("critic.fix", "f", "fix", "the suggested fix as a diff", "fix"),
    Key("critic.decide", "v", "decide", "record the verdict with your justification", "decide"),
    Key("critic.waive", "w", "waive", "accept a finding, with a reason, for a time", "waive"),
    Key("critic.explain", "x", "explain", "the page of the check", "explain"),
    Key("critic.edit", "e", "edit", "open the file at the line in your editor", "edit"),
    Key("critic.again", "r", "again", "run this check again", "re-run"),
    Key("critic.all", "R", "all_again", "run every check again", "all again"),
    Key("critic.cancel", "K,ctrl+k", "cancel", "cancel: the workers are killed", "cancel"),
    Key("critic.filter", "slash", "filter", "narrow the list by words", "filter"),
    Key("critic.leave", "escape", "leave", "back; from the list out, the review goes on", "leave"),
)

EVERYWHERE = (
    Key("app.help", "question_mark,f1", "app.help", "these keys"),
    Key("app.theme", "T", "app.other_theme", "light or dark"),
    Key("app.suspend", "ctrl+z", "app.suspend_process", "to the shell; fg comes back"),
)

_ON_FINDING = ("evidence", "fix", "decide", "waive", "explain", "edit", "again", "all")
_ON_CHECK = ("evidence", "explain", "waive", "decide", "again", "all")


def hints_for(state: ReviewState, row: str, reading: bool, enter: str) -> tuple[KeyHint, ...]:
    """The keys that do something here, by use."""
    if row.startswith(FINDING):
        wanted = list(_ON_FINDING)
    elif row.startswith((CHECK, LISTED)):
        wanted = list(_ON_CHECK)
    else:
        wanted = ["evidence", "decide", "all"] if row else ["all"]
    if reading:
        wanted.remove("evidence")
    elif row:
        wanted.append("filter")
    if state.is_running:
        wanted = [word for word in wanted if word not in ("decide", "again", "all")]
        wanted.insert(1, "cancel")
    elif state.stage is not Stage.RULED:
        wanted = [word for word in wanted if word not in ("decide", "again")]
    # Leaving is named before the line is full.
    wanted.insert(min(5, len(wanted)), "leave")
    known = {key.id.removeprefix("critic."): key for key in CRITIC_KEYS}
    return tuple(
        KeyHint(
            first_key(key, enter),
            _word(word, key.hint, row, reading),
            f"simulate_key('{key.keys.split(',')[0]}')",
        )
        for word, key in ((word, known[word]) for word in wanted)
    )


def _word(word: str, hint: str, row: str, reading: bool) -> str:
    if word == "leave" and reading:
        return "back"
    return "fold" if word == "evidence" and row.startswith(GROUP) else hint
