"""The palette's verbs: every action of the cockpit by name, and the commands of each phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from grd_screens.phase import GUIDES
from grd_screens.printable import printable

if TYPE_CHECKING:
    from grd_tui.app import CockpitApp


@dataclass(frozen=True, slots=True)
class Verb:
    """A line of the palette: what it is called, what it does, and the doing."""

    name: str
    effect: str
    run: Callable[[], None]


class CockpitVerbs(Provider):
    """Offers the verbs that make sense now, all of them before anything is typed."""

    async def discover(self) -> Hits:
        """Every verb, in the order of the method."""
        for verb in self._verbs():
            yield DiscoveryHit(Content(verb.name), verb.run, text=verb.name, help=verb.effect)

    async def search(self, query: str) -> Hits:
        """The verbs that match what is typed, by name or effect."""
        matcher = self.matcher(query)
        for verb in self._verbs():
            score = max(matcher.match(verb.name), 0.7 * matcher.match(verb.effect))
            if score > 0:
                yield Hit(
                    score, matcher.highlight(verb.name), verb.run, text=verb.name, help=verb.effect
                )

    def _verbs(self) -> Iterator[Verb]:
        app = cast("CockpitApp", self.app)
        snapshot = app.cockpit.snapshot
        if snapshot is not None and snapshot.next_step.command:
            yield Verb(
                "copy next command", printable(snapshot.next_step.command), app.action_copy_next
            )
            yield Verb(
                "go to next step", printable(snapshot.next_step.sentence), app.action_go_next
            )
        yield Verb("overview", "the study at a glance", lambda: app.action_show(0))
        for guide in GUIDES:
            yield Verb(
                f"{guide.number} {guide.name}",
                "how it stands",
                _show(app.action_show, guide.number),
            )
        yield Verb("refresh", "read the study again now", app.action_read_again)
        yield Verb("help", "the keys and the signs", app.action_help)
        yield Verb("theme", "light or dark", app.action_other_theme)
        yield Verb("quit", "leave the cockpit; runs go on", app.exit)
        for guide in GUIDES:
            for command, effect in guide.commands:
                yield Verb(f"copy `{command}`", effect, _copy(app.copy_command, command))


def _show(show: Callable[[int], None], number: int) -> Callable[[], None]:
    return lambda: show(number)


def _copy(copy: Callable[[str], None], command: str) -> Callable[[], None]:
    return lambda: copy(command)
