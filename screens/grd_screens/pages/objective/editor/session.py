"""One editing of OBJECTIVE.md: opened, looked at, kept and saved at the desk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from grd_screens.desk import Desk, Ending, Progress, Refused, Stopped, Succeeded
from grd_screens.pages.objective.editor.text_area import LONGEST_LINE

if TYPE_CHECKING:
    from pathlib import Path

    from grd_core.objective.completing import Vocabulary
    from grd_core.objective.prospect import Prospect
    from grd_core.objective.saving import ChangedMeanwhile, OnDisk, Saved
    from grd_core.objective.unsaved import UnsavedPlace
    from grd_core.study import Study

_OPENING = "ask objective edit"
_LOOKING = "ask objective look"
_SAVING = "objective save"


@dataclass(frozen=True, slots=True)
class Opening:
    """What the editor begins with.

    `raw` are the bytes the text is made of, `text` that text; `disk` is the file as it stands,
    `opened` the sha256 of the file the text was written over. `kept_at` says when words were
    kept that were not saved, or is empty. `place` is None, and `unkept` says why, where nothing
    can be kept.
    """

    raw: bytes
    text: str
    disk: OnDisk
    opened: str
    kept_at: str
    vocabulary: Vocabulary
    place: UnsavedPlace | None
    unkept: str


TextState = Literal["saved", "untouched", "not saved"]
"""How a text stands to the file: untouched where nothing was typed, and yet the file is another
or is not there."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a text would be if it were saved, the file as it stands, how the one stands to the
    other, and why nothing can be kept."""

    prospect: Prospect
    disk: OnDisk
    state: TextState
    unkept: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """After two wrote at once: where the one text went, and what became of saving the other;
    `theirs` where that was taken."""

    kept: Path
    saved: Saved | ChangedMeanwhile | None
    theirs: OnDisk


def begin_opening(desk: Desk, then: Callable[[Ending], None]) -> bool:
    """Read what the editor begins with; False while that is going on."""
    return desk.begin(_OPENING, "opening OBJECTIVE.md", _opened, then)


class EditSession:
    """The state between text and file. Its calls return at once; `then` hears the end."""

    def __init__(self, opening: Opening, desk: Desk) -> None:
        self._desk = desk
        self._place = opening.place
        self._like = opening.raw
        self._opened = opening.opened
        # What is kept and what is saved never interleave.
        self._writing = threading.Lock()
        self._on_disk = opening.disk.raw if opening.disk.sha256 else None
        self._untyped = None if opening.kept_at else opening.raw

    @property
    def opened(self) -> str:
        """The sha256 of the file that may be replaced."""
        return self._opened

    def look(self, text: str, then: Callable[[Look | Refused], None]) -> bool:
        """Keep the text and check it; False while an earlier one is being checked."""

        def work(study: Study, progress: Progress) -> object:
            from grd_core.errors import RefusedError
            from grd_core.objective.prospect import prospect
            from grd_core.objective.saving import on_disk

            unkept = ""
            try:
                self.keep(text)
            except RefusedError as error:
                unkept = error.sentence()
            content, disk = self._bytes(text), on_disk(study)
            state: TextState = "not saved"
            if disk.sha256 and content == disk.raw:
                state = "saved"
            elif content in (self._on_disk, self._untyped):
                state = "untouched"
            return Look(prospect(study, content), disk, state, unkept)

        return self._desk.begin(_LOOKING, "checking OBJECTIVE.md", work, _told(then))

    def save(self, text: str, then: Callable[[Saved | ChangedMeanwhile | Refused], None]) -> bool:
        """Write the file; False while it is being written."""

        def work(study: Study, progress: Progress) -> object:
            return self._written(study, self._bytes(text), self._opened)

        return self._desk.begin(_SAVING, "saving OBJECTIVE.md", work, _told(then))

    def take_theirs(
        self, text: str, theirs: OnDisk, then: Callable[[Resolved | Refused], None]
    ) -> bool:
        """Go on with what stands in the file; the text goes into a file beside it."""

        def work(study: Study, progress: Progress) -> object:
            from grd_core.objective.saving import keep_beside

            return Resolved(keep_beside(study, self._bytes(text)), None, theirs)

        return self._desk.begin(_SAVING, "keeping yours beside it", work, _told(then))

    def put_mine(
        self, text: str, theirs: OnDisk, then: Callable[[Resolved | Refused], None]
    ) -> bool:
        """Save the text; what stands in the file goes into a file beside it."""

        def work(study: Study, progress: Progress) -> object:
            from grd_core.objective.saving import keep_beside

            kept = keep_beside(study, theirs.raw)
            written = self._written(study, self._bytes(text), theirs.sha256)
            return Resolved(kept, written, theirs)

        return self._desk.begin(_SAVING, "saving OBJECTIVE.md", work, _told(then))

    def rebase(self, disk: OnDisk) -> str:
        """From now on the text is written over this file; returns the file's text.

        Raises:
            RefusedError: it is not UTF-8, or a line of it is too long to be edited.
        """
        from grd_core.objective.line_endings import text_of

        text = text_of(disk.raw)
        _require_short_lines(text)
        self._like, self._opened, self._on_disk = disk.raw, disk.sha256, disk.raw
        return text

    def keep(self, text: str) -> None:
        """Keep the text where a crash does not take it; nothing where it is saved.

        Raises:
            RefusedError: it cannot be written.
        """
        if self._place is None:
            return
        with self._writing:
            content = self._bytes(text)
            if content in (self._on_disk, self._untyped):
                self._place.forget()
            else:
                self._place.keep(content, self._opened)

    def close(self) -> None:
        """Leave what is kept to the next editor."""
        if self._place is not None:
            self._place.close()

    def _written(self, study: Study, content: bytes, over: str) -> Saved | ChangedMeanwhile:
        from grd_core.objective.saving import Saved, save

        with self._writing:
            written = save(study, content, over)
            if isinstance(written, Saved):
                self._like, self._opened, self._on_disk = content, written.sha256, content
                self._untyped = None
                if self._place is not None:
                    self._place.forget()
        return written

    def _bytes(self, text: str) -> bytes:
        from grd_core.objective.line_endings import bytes_of

        return bytes_of(text, self._like)


def _opened(study: Study, progress: Progress) -> object:
    from grd_core.errors import RefusedError
    from grd_core.objective.saving import on_disk
    from grd_core.objective.unsaved import take_place

    disk, place, unkept = on_disk(study), None, ""
    try:
        place = take_place(study)
    except RefusedError as error:
        unkept = error.sentence()
    try:
        return _opening(study, disk, place, unkept)
    except BaseException:
        if place is not None:
            place.close()
        raise


def _opening(study: Study, disk: OnDisk, place: UnsavedPlace | None, unkept: str) -> Opening:
    from grd_core.objective.completing import vocabulary
    from grd_core.objective.draft import draft
    from grd_core.objective.facts import data_facts
    from grd_core.objective.line_endings import text_of
    from grd_core.objective.saving import NO_FILE

    with study.read() as ledger:
        facts = data_facts(ledger)
    found = place.found if place is not None else None
    if found is not None:
        raw, opened = found.content, found.opened
    else:
        raw, opened = disk.raw, disk.sha256
        if disk.sha256 == NO_FILE:
            raw = draft(study).encode()
    text = text_of(raw)
    _require_short_lines(text)
    kept_at = found.at if found is not None else ""
    return Opening(raw, text, disk, opened, kept_at, vocabulary(facts), place, unkept)


def _require_short_lines(text: str) -> None:
    from grd_core.errors import RefusedError

    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise RefusedError(
                f"a line of {len(line):,} characters is too long to be edited here",
                where=f"OBJECTIVE.md:{number}",
                fix="open it in an editor of your own",
            )


def _told(then: Callable[..., None]) -> Callable[[Ending], None]:
    def ended(ending: Ending) -> None:
        if isinstance(ending, Succeeded):
            then(ending.value)
        elif isinstance(ending, Stopped):
            then(Refused("stopped; look whether OBJECTIVE.md was written"))
        else:
            then(ending)

    return ended
