"""What is wrong with a run's journals, in words: rewritten under the reader, or unreadable."""

from __future__ import annotations

REWRITTEN_RULE = (
    "bytes that were read before no longer stand in the file: it was cut, replaced or removed;"
    " what was taken up stays, and the file is not read any more"
)
MALFORMED_RULE = "whole lines of a journal that are no record; each is counted and skipped"


def rewritten_text(files: int) -> str:
    """The sentence about journal files that are not the ones that were read; or nothing."""
    if not files:
        return ""
    if files == 1:
        return "a journal file was rewritten: nothing it says since is taken up"
    return f"{files:,} journal files were rewritten: nothing they say since is taken up"


def malformed_text(lines: int) -> str:
    """The sentence about lines nobody could read; or nothing."""
    if not lines:
        return ""
    return f"{lines:,} unreadable line{'s' if lines > 1 else ''} in its journal"
