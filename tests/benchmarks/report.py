"""`make bench`: every budget that exists so far, as a ratio within this one run.

    python -m tests.benchmarks.report                  all of it
    python -m tests.benchmarks.report log trackers     the parts of these names
    python -m tests.benchmarks.report --small          few counts: shows that all of it runs

Each `bench_*.py` beside this module has `rows()`: one `Row` for each thing measured, whose
figure and reference come from the same run, or `Skipped` with the reason. Nothing fails for
being slow: speed is read by people, and machines are noisy. A benchmark that breaks is named,
and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.row import SMALL, Line, Row

WIDTHS = (46, 34, 42, 8, 30)
"""Cells of each column but the last; a longer text pushes its line, not the table."""
HEAD = ("what", "figure", "reference", "ratio", "bar", "")


def main(arguments: list[str]) -> int:
    """Run the benchmarks that were named, or all, and print a line for each row."""
    known = _parts()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.report")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(known))
    parser.add_argument("--small", action="store_true", help="few counts, to show that it runs")
    chosen = parser.parse_args(arguments)
    unknown = [part for part in chosen.parts if part not in known]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(known)}")
    if chosen.small:
        os.environ[SMALL] = "1"  # before the parts are imported: they count at import
    _say(_machine())
    _say(_laid_out(HEAD))
    broken = 0
    for part in chosen.parts or known:
        try:
            for line in importlib.import_module(f"tests.benchmarks.bench_{part}").rows():
                _say(text(line))
        except Exception as error:
            broken += 1
            _say(f"{part}: BROKEN, {type(error).__name__}: {error}")
    _say(_machine())
    return 1 if broken else 0


def text(line: Line) -> str:
    """A row, or what was skipped and why, on one line."""
    if not isinstance(line, Row):
        return f"{line.what}: skipped, {line.why}"
    ratio = f"{line.ratio:.2f}" if line.ratio >= 0.1 else f"{line.ratio:.4f}"
    return _laid_out((line.what, line.figure, line.reference, ratio, line.bar, line.verdict))


def _parts() -> list[str]:
    modules = pkgutil.iter_modules([str(Path(__file__).parent)])
    return [name.removeprefix("bench_") for _, name, _ in modules if name.startswith("bench_")]


def _laid_out(cells: Iterable[str]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, (*WIDTHS, 0), strict=True)]
    return "  ".join(padded).rstrip()


def _machine() -> str:
    """What a reader has to know to believe a figure: how many cores, and how busy they are."""
    cores, load = os.cpu_count() or 1, os.getloadavg()[0]
    small = "; small counts, the figures say little" if os.environ.get(SMALL) else ""
    busy = "; busy, believe the ratios only" if load > cores else ""
    return (
        f"# {time.strftime('%H:%M:%S')} Python {platform.python_version()}, {cores} cores,"
        f" load {load:.1f}{busy}{small}"
    )


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
