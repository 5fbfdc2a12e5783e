"""`make bench`: every budget that exists so far, as a ratio within this one run.

Each `bench_*.py` beside this module has `rows()`: (name, figure, reference, ratio, budget)
each, where `figure` and `reference` were measured in the same run and `budget` is in words.
Nothing fails here: speed is read by people, and machines are noisy.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path


def main() -> None:
    """Run every benchmark and print one table."""
    folder = str(Path(__file__).parent)
    rows: list[tuple[str, str, str, str, str]] = [
        ("what", "figure", "reference", "ratio", "budget")
    ]
    for module in pkgutil.iter_modules([folder]):
        if module.name.startswith("bench_"):
            found = importlib.import_module(f"tests.benchmarks.{module.name}").rows()
            rows.extend((n, f, r, f"{ratio:.2f}", b) for n, f, r, ratio, b in found)
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


if __name__ == "__main__":
    main()
