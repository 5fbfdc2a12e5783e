"""What was read is remembered by what it said."""

from __future__ import annotations

from dataclasses import replace

from grd_core.gate.evidence import GateSnapshot
from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.pages.gate.evidence_lines import unread_sentence
from grd_screens.pages.gate.reading import SECTIONS, Marks, identity
from tests.screens.gate.test_gate_pictures import EVIDENCE


def other() -> GateSnapshot:
    return replace(EVIDENCE, wrong=("worst stratum origin=JFK",))


def test_the_evidence_has_as_many_sections_as_are_to_be_read() -> None:
    assert len(EVIDENCE.sections()) == SECTIONS


def test_the_same_evidence_is_still_read_and_other_evidence_is_not() -> None:
    marks = Marks()
    reading = marks.opened(EVIDENCE)
    for _ in range(SECTIONS):
        reading = reading.on()
        marks.keep(reading)
    assert marks.opened(replace(EVIDENCE)).is_read
    assert marks.opened(other()).read == 0


def test_going_back_forgets_nothing() -> None:
    reading = Marks().opened(EVIDENCE).on().on().before()
    assert (reading.read, reading.at) == (2, 1)
    assert reading.on().read == 2


def test_newer_evidence_voids_what_was_read_and_tells_where() -> None:
    reading = Marks().opened(EVIDENCE)
    for _ in range(SECTIONS):
        reading = reading.on()
    assert unread_sentence(reading, UNICODE) == ""
    newer = reading.changed_to(other())
    assert not newer.is_read
    assert newer.changed == (4,)
    assert "r takes up" in unread_sentence(newer, UNICODE)
    assert newer.still().is_read


def test_the_identity_depends_on_what_the_ledger_says_too() -> None:
    stands = replace(EVIDENCE.standing, waiver=1)
    assert identity(replace(EVIDENCE, standing=stands)) != identity(EVIDENCE)


def test_what_is_unread_is_named_in_both_alphabets() -> None:
    reading = Marks().opened(EVIDENCE).on().on().on()
    assert unread_sentence(reading, UNICODE) == "read ④ ⑤ ⑥ first: space"
    assert unread_sentence(reading, ASCII) == "read 4 5 6 first: space"
