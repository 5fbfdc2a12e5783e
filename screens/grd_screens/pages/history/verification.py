"""Whether the record holds: only ever what was verified in this session, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Body, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.gate.integrity import Integrity

INDENT = 12


@dataclass(frozen=True, slots=True)
class NotVerified:
    """Nothing is known of it in this session."""


@dataclass(frozen=True, slots=True)
class Verifying:
    """It is being replayed and hashed."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found, over so many events."""

    found: Integrity


@dataclass(frozen=True, slots=True)
class Unverifiable:
    """It could not be done, and why."""

    sentence: str


Verification = NotVerified | Verifying | Verified | Unverifiable


def verification_lines(
    state: Verification, events: int, glyphs: Glyphs, width: int
) -> list[Content]:
    """What is known of the record's soundness; `events` is how many it has now."""
    match state:
        case NotVerified():
            said = Content.assemble(
                "not verified in this session: ",
                ("V", ACCENT),
                f" replays {_events(events)} and hashes what is locked and frozen again",
            )
            return _row("not yet", "verify", said, glyphs, width)
        case Verifying():
            said = Content(f"replaying {_events(events)}, hashing what is locked and frozen")
            return _row("now", "verify", said, glyphs, width)
        case Unverifiable(sentence):
            return _row("attention", "verify", Content(printable(sentence)), glyphs, width)
        case Verified(found):
            return _verified(found, events, glyphs, width)


def _verified(found: Integrity, events: int, glyphs: Glyphs, width: int) -> list[Content]:
    said = Parts(
        (
            Content(
                f"{_events(found.events)} replayed, {found.anchors} anchors compared in this"
                " session"
            ),
            text(f"head {found.head}", MUTED),
        )
    )
    lines = (
        _row("done", "sound", said, glyphs, width)
        if found.sound
        else _row("blocked", "NOT sound", said, glyphs, width)
    )
    for fault in found.faults:
        place = Content.assemble((f"{printable(fault.where)}: ", "bold"), printable(fault.what))
        lines += _row("blocked", "fault", place, glyphs, width)
    for note in found.notes:
        place = Content.assemble((f"{printable(note.where)}: ", "bold"), printable(note.what))
        lines += _row("attention", "note", place, glyphs, width)
    since = events - found.events
    if since:
        told = Content.assemble(f"{_events(since)} came since: ", ("V", ACCENT), " verifies again")
        lines += _row("stale", "since", told, glyphs, width)
    return lines


def _events(count: int) -> str:
    return f"{count:,} event{'s' * (count != 1)}"


def _row(standing: str, word: str, said: Body, glyphs: Glyphs, width: int) -> list[Content]:
    label = text(f"{glyphs.standing[standing]} {word}", STYLES[standing])
    return hanging(label, said, INDENT, width)
