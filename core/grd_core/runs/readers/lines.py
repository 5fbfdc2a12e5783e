"""Whole lines of a text that grows; a line beyond reason is passed over, however it arrives."""

from __future__ import annotations

from grd_core.runs.readers.contract import Memory

LONGEST_LINE = 2**20
"""Bytes of one line of a table or of JSON lines; longer ones are no metrics."""

_PASSING = "passing_over"


def whole_lines(
    data: bytes, memory: Memory, longest: int = LONGEST_LINE
) -> tuple[list[bytes], int]:
    """The lines that end in `data`, without the empty and the too long, and the bytes done with."""
    begin = 0
    if memory.get(_PASSING):
        begin = data.find(b"\n") + 1
        if begin == 0:
            return [], len(data)
        del memory[_PASSING]
    end = data.rfind(b"\n") + 1
    lines = data[begin:end].split(b"\n") if end > begin else []
    if len(data) - max(begin, end) > longest:
        memory[_PASSING] = True
        end = len(data)
    return [line for line in lines if line and len(line) <= longest], max(begin, end)


def begin_within_a_line(memory: Memory) -> None:
    """What comes next is the rest of a line whose beginning is lost."""
    memory[_PASSING] = True
