"""What the application is to the pages in it: they ask it, and never know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from textual.widget import Widget

    from grd_core.critic.live import LiveState
    from grd_core.overview import OverviewSnapshot
    from grd_core.study import Study
    from grd_screens.desk import Desk
    from grd_screens.feed import Access
    from grd_screens.glyphs import Glyphs

Query = Callable[["Study"], object]
"""What a page wants read: called on the feed's thread, returns an immutable snapshot."""


class Host(Protocol):
    """The application, as far as a page may use it."""

    @property
    def desk(self) -> Desk:
        """Runs work beside the screen: commands, and what takes long to read."""

    @property
    def glyphs(self) -> Glyphs:
        """The signs in use."""

    @property
    def access(self) -> Access:
        """Whether this cockpit may write."""

    @property
    def study_root(self) -> Path:
        """The folder of the study."""

    @property
    def overview(self) -> OverviewSnapshot | None:
        """The study at a glance; None before it was read."""

    @property
    def live(self) -> LiveState | None:
        """What is true of the files between reviews; None before they were looked at."""

    def perform(self, command: str, given: Mapping[str, str] | None = None) -> None:
        """Do a command of the catalogue: ask for what it needs, run it, say what came of it."""

    def go(self, page: int, about: str = "") -> None:
        """Open a page, on the object `about` names where the page knows it."""

    def edit(self, path: Path, line: int = 0) -> None:
        """Open a file in the researcher's editor and come back."""

    def copy(self, command: str) -> None:
        """Put a command on the terminal's clipboard."""

    def tell(self, notice: str) -> None:
        """A short word on the key line."""

    def keys_changed(self) -> None:
        """The page's keys are other ones now."""

    def ask_again(self) -> None:
        """What the shown page wants read has changed, or may have: read it now."""


def host_of(widget: Widget) -> Host:
    """The application around a widget."""
    return cast("Host", widget.app)
