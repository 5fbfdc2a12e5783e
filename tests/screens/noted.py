"""Notes as researchers write them on run 12 of experiment 8, one of them hostile."""

from __future__ import annotations

from grd_core.runs.notes import Note

RUN = "008-lagged-weather-group-split/02"
ADA = "Ada \x1b[1m <ada@example.org>"
HOSTILE = "jumps \x1b]0;mine\x07 \u202eback\n\nand a second line " + "that is long " * 20
NOTES = (
    Note(1, 12, RUN, 8, "2026-11-02T13:40:09.123456Z", ADA, "lr was 3e-4 here"),
    Note(2, 12, RUN, 8, "2026-11-02T14:40:09.123456Z", "bob", "calm"),
    Note(3, 12, RUN, 8, "2026-11-02T15:40:09.123456Z", ADA, HOSTILE),
)
