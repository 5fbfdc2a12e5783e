"""Signs of the core's sentences as a plain terminal has them, where `--ascii` is asked for.

Only signs that have a counterpart of one cell and the same meaning are put in its place; the
researcher's own words stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

COUNTERPARTS = {
    "…": "~",
    "→": ">",
    "«": '"',
    "»": '"',
    "·": "-",
    "–": "-",
    "−": "-",
    "×": "x",
    "±": "~",
    "•": "*",
    "’": "'",
    "²": "2",
    "χ": "X",
    "│": "|",
    **dict.fromkeys("▁▂", "_"),
    **dict.fromkeys("▃▄▅▆", "="),
    **dict.fromkeys("▇█", "#"),
    "░": ":",
    **{sign: str(number) for number, sign in enumerate("①②③④⑤⑥", start=1)},
}
"""What stands for what; each is one cell wide."""

_TABLE = str.maketrans(COUNTERPARTS)


class AsciiSigns(LineFilter):
    """Puts the counterparts in, line by line, as it is painted."""

    def apply(self, segments: Sequence[Segment], background: Color) -> list[Segment]:
        """The same segments, their text in plain signs."""
        return [
            segment if segment.control or segment.text.isascii() else _plain(segment)
            for segment in segments
        ]


def _plain(segment: Segment) -> Segment:
    return Segment(segment.text.translate(_TABLE), segment.style)
