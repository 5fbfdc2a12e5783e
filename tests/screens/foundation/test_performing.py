"""What is still going on when the cockpit closes is told to no screen."""

from __future__ import annotations

from typing import Any, cast

from textual.app import App

from grd_screens.performing import Performer


def test_while_the_cockpit_closes_nothing_is_told() -> None:
    app: App[int] = App()
    nobody = cast("Any", None)
    assert not app.screen_stack
    Performer(app, nobody, nobody, nobody, lambda _: None, lambda _: None).moved(())
