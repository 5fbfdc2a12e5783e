"""The palette: every verb by its name on the shell, every page, every object of the study."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from grd_screens.phase import PHASES
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, text

if TYPE_CHECKING:
    from grd_tui.app import CockpitApp

_NAME = 20
"""Cells of the names, which every verb fits; a longer one goes on, and its effect follows it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the palette: what it is called, what it does, and the doing."""

    name: str
    effect: str
    run: Callable[[], None]


class CockpitVerbs(Provider):
    """Offers the verbs and the objects, the verbs before anything is typed."""

    async def startup(self) -> None:
        """Read the objects beside the screen: a large study has many."""
        self._objects = await asyncio.to_thread(self._read_objects)

    async def discover(self) -> Hits:
        """Every verb, in the order of the method."""
        for entry in self._verbs():
            yield DiscoveryHit(line(Content(entry.name), entry.effect), entry.run, text=entry.name)

    async def search(self, query: str) -> Hits:
        """The verbs and objects that match what is typed, by name or effect."""
        matcher = self.matcher(query)
        for entry in (*self._verbs(), *self._objects):
            score = max(matcher.match(entry.name), 0.7 * matcher.match(entry.effect))
            if score > 0:
                name = matcher.highlight(entry.name)
                yield Hit(score, line(name, entry.effect), entry.run, text=entry.name)

    @property
    def _app(self) -> CockpitApp:
        return cast("CockpitApp", self.app)

    def _verbs(self) -> Iterator[Entry]:
        from grd_screens.commands.catalogue import COMMANDS

        app = self._app
        if app.overview is not None:
            step = app.overview.next_step
            yield Entry("next step", printable(step.sentence), _go(app, step.phase))
        for command in COMMANDS.values():
            yield Entry(command.verb, command.effect, _perform(app, command.verb))
        yield Entry("0 Overview", "the study at a glance", _go(app, 0))
        for phase in PHASES:
            effect = f"this page; its key is {phase.number}"
            yield Entry(f"{phase.number} {phase.name}", effect, _go(app, phase.number))
        yield Entry("refresh", "read the study again now", app.action_read_again)
        yield Entry("stop tasks", "stop what is done beside the screen", app.action_stop_tasks)
        yield Entry("help", "the keys and the signs", app.action_help)
        yield Entry("theme", "light or dark", app.action_other_theme)
        yield Entry("quit", "leave the cockpit; runs go on", app.exit)

    def _read_objects(self) -> tuple[Entry, ...]:
        from grd_core.errors import GrdError
        from grd_core.study import Study
        from grd_screens.objects import objects_of

        try:
            found = objects_of(Study(self._app.study_root))
        except GrdError:
            return ()
        return tuple(
            Entry(printable(one.name), printable(one.what), _go(self._app, one.page, one.key))
            for one in found
        )


def line(name: Content, effect: str) -> Content:
    """An entry on a line: twice as many are seen as with the effect below the name."""
    gap = " " * max(2, _NAME - name.cell_length)
    return name + Content(gap) + text(effect, MUTED)


def _go(app: CockpitApp, page: int, about: str = "") -> Callable[[], None]:
    return lambda: app.go(page, about)


def _perform(app: CockpitApp, verb: str) -> Callable[[], None]:
    return lambda: app.perform(verb)
