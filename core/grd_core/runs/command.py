"""What a run is told to do, in the words of the study: which file of the experiment it runs."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

PYTHONS = frozenset({"python", "python3"})
"""First words that stand for the study's interpreter."""

_PLAIN_OPTIONS = frozenset({"-u", "-B", "-O", "-OO", "-E", "-s", "-q"})
"""Options of the interpreter that take no value and run nothing else."""


def script_of(
    words: Sequence[str], configured: Sequence[str], folder: Path, files: Collection[str]
) -> str:
    """The input file of the experiment that a command runs; empty when it runs none.

    A command runs a file of the experiment when it is `python FILE …`, or when it is to the
    letter the study's own [run] command and one of its words names such a file. Anything else
    (`sh -c …`, `python -c …`, a program elsewhere) may run, but what it writes says nothing
    about the code that lies in the folder, so it is never judged.

    Args:
        words: the command as it was asked for, before `python` became a path.
        configured: the study's [run] command.
        folder: the experiment's folder, which is the working folder.
        files: its input files, relative to it.
    """
    if words[0] in PYTHONS:
        rest = iter(words[1:])
        first = next((word for word in rest if word not in _PLAIN_OPTIONS), "")
        found = _inside(first, folder, files)
        if found:
            return found
    if tuple(words) == tuple(configured):
        return next((name for word in words[1:] if (name := _inside(word, folder, files))), "")
    return ""


def _inside(word: str, folder: Path, files: Collection[str]) -> str:
    name = os.path.relpath(os.path.normpath(folder / word), folder) if word else ""
    return name if name in files else ""
