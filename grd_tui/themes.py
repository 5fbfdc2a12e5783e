"""Two themes, dark and light: one accent, red for what blocks."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="grd-dark",
    dark=True,
    primary="#6cb6eb",
    secondary="#6cb6eb",
    accent="#6cb6eb",
    foreground="#d7dae0",
    background="#14171c",
    surface="#1b1f26",
    panel="#232831",
    success="#8cc265",
    warning="#e0b25e",
    error="#f0616d",
    variables={
        "rule": "#3a414d",
        "cursor": "#263140",
        "text-muted": "#8b93a1",
        "scrollbar": "#3a414d",
        "scrollbar-hover": "#4b5462",
        "scrollbar-active": "#6cb6eb",
        "scrollbar-background": "#14171c",
        "scrollbar-background-hover": "#14171c",
        "scrollbar-background-active": "#14171c",
        "scrollbar-corner-color": "#14171c",
    },
)

LIGHT = Theme(
    name="grd-light",
    dark=False,
    primary="#0b5fa5",
    secondary="#0b5fa5",
    accent="#0b5fa5",
    foreground="#22262c",
    background="#fbfbf9",
    surface="#f1f1ee",
    panel="#e7e7e3",
    success="#33701b",
    warning="#8a5a00",
    error="#c01f31",
    variables={
        "rule": "#c6c8c9",
        "cursor": "#dde8f3",
        "text-muted": "#646b75",
        "scrollbar": "#c6c8c9",
        "scrollbar-hover": "#a9acb0",
        "scrollbar-active": "#0b5fa5",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-background-hover": "#fbfbf9",
        "scrollbar-background-active": "#fbfbf9",
        "scrollbar-corner-color": "#fbfbf9",
    },
)

THEMES = (DARK, LIGHT)


def preferred_theme(environment: Mapping[str, str]) -> str:
    """The theme that fits the terminal: light where COLORFGBG tells of a light background.

    `GRD_THEME=light` or `dark` decides it.
    """
    asked = environment.get("GRD_THEME", "")
    if asked in {"light", "dark"}:
        return f"grd-{asked}"
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in {"7", "15"} else DARK.name


def other_theme(name: str) -> str:
    """The theme to change to."""
    return DARK.name if name == LIGHT.name else LIGHT.name
