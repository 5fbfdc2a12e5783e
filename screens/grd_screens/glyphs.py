"""The signs of the screens, in Unicode and in ASCII; a state is always its glyph and its word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs. `standing` maps a standing to its glyph."""

    standing: Mapping[str, str]
    rule: str
    separator: str
    bar: str
    path: str
    enter: str
    spent: str
    leased: str
    free: str
    sparks: str
    revise: str
    cursor: str
    up: str
    down: str
    changed: str
    same: str
    arrow: str
    chosen: str
    unchosen: str
    branch: str
    corner: str
    trunk: str
    interval: str
    point: str
    gap: str
    steps: str
    threshold: str


UNICODE = Glyphs(
    standing=MappingProxyType(
        {
            "done": "✔",
            "now": "▶",
            "attention": "!",
            "blocked": "✖",
            "not yet": "·",
            "stale": "?",
        }
    ),
    rule="─",
    separator="·",
    bar="│",
    path="▸",
    enter="↵",
    spent="▓",
    leased="▒",
    free="░",
    sparks="▁▂▃▄▅▆▇█",
    revise="↺",
    cursor="▌",
    up="▲",
    down="▼",
    changed="◆",
    same="=",
    arrow="→",
    chosen="(•)",
    unchosen="( )",
    branch="├─ ",
    corner="└─ ",
    trunk="│  ",
    interval="├┤",
    point="●",
    gap="⋯",
    steps="①②③④⑤⑥",
    threshold="▕",
)

ASCII = Glyphs(
    standing=MappingProxyType(
        {
            "done": "+",
            "now": ">",
            "attention": "!",
            "blocked": "x",
            "not yet": ".",
            "stale": "?",
        }
    ),
    rule="-",
    separator="-",
    bar="|",
    path=">",
    enter="enter",
    spent="#",
    leased="+",
    free=".",
    sparks="_.-=+*#@",
    revise="~",
    cursor=">",
    up="^",
    down="v",
    changed="*",
    same="=",
    arrow="->",
    chosen="(*)",
    unchosen="( )",
    branch="|- ",
    corner="`- ",
    trunk="|  ",
    interval="[]",
    point="o",
    gap="...",
    steps="123456",
    threshold="|",
)

STYLES: Mapping[str, str] = MappingProxyType(
    {
        "done": "$success",
        "now": "bold $accent",
        "attention": "bold $warning",
        "blocked": "bold $error",
        "not yet": "$text-muted",
        "stale": "$warning",
    }
)
"""How a standing is coloured. Red is for what blocks and for nothing else."""

_SEVERITY = ("blocked", "attention", "stale", "now", "not yet", "done")


def worst(standings: list[str]) -> str:
    """The standing that most wants eyes; `not yet` when there is none."""
    return next((s for s in _SEVERITY if s in standings), "not yet")
