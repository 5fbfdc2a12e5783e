"""The code checks over real files and after a save, beside parsing them and beside a linter."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.row import Row, counted

FILES = counted(60, 2)
"""Of each library."""
SAVES = counted(30, 2)
LINES = 5_000
DRAFTS = Path(__file__).parents[2] / "sample_projects"


def rows() -> list[Row]:
    paths = [*_spread("stdlib", "."), *_spread("purelib", "sklearn"), *_spread("purelib", "torch")]
    parsing, checking = _parsed_and_checked(paths)
    linting = _linted(paths) / len(paths)
    saving, draft = _after_a_save()
    return [
        Row(
            f"code checks, {len(paths)} files of Python, sklearn, torch; mean",
            f"{checking * 1e3:.1f} ms",
            f"ast.parse {parsing * 1e3:.1f} ms",
            checking / parsing,
            "≤ 15 ms a file",
            checking <= 0.015,
        ),
        Row(
            "code checks, the same files, beside a linter of style",
            f"{checking * 1e3:.1f} ms",
            f"ruff check {linting * 1e3:.2f} ms, its start shared by all",
            checking / linting,
        ),
        Row(
            "code checks of a study's scripts after one is saved, loaded, median",
            f"{saving * 1e3:.1f} ms",
            f"ruff check on that script {(linter := _linted([draft])) * 1e3:.1f} ms",
            saving / linter,
            "≤ 50 ms",
            saving <= 0.050,
        ),
        _long_file(),
    ]


def _spread(installed: str, package: str) -> list[Path]:
    """The same files in every run, from all of a library's folders, large and small."""
    folder = Path(sysconfig.get_paths()[installed]) / package
    found = [
        path
        for path in sorted(folder.rglob("*.py"))
        if "site-packages" not in path.relative_to(folder).parts
    ]
    return found[:: max(1, len(found) // FILES)][:FILES]


def _parsed_and_checked(paths: Sequence[Path]) -> tuple[float, float]:
    """Mean seconds a file."""
    from grd_core.checks.code_checks import apply_code_checks
    from grd_core.checks.contract import CodeContext, SourceFile

    apply_code_checks(CodeContext(()))  # loads the checks
    parsing, checking = [], []
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        started = time.perf_counter()
        ast.parse(text)
        parsed = time.perf_counter()
        apply_code_checks(CodeContext((SourceFile(str(path), text),)))
        parsing.append(parsed - started)
        checking.append(time.perf_counter() - parsed)
    return statistics.mean(parsing), statistics.mean(checking)


def _after_a_save() -> tuple[float, Path]:
    """Median seconds until every check has looked again, and a script that was saved."""
    from grd_core.checks.code_checks import apply_code_checks
    from grd_core.checks.contract import CodeContext, SourceFile

    paths = sorted(DRAFTS.rglob("*.py"))
    files = [SourceFile(str(path), path.read_text(encoding="utf-8")) for path in paths]
    apply_code_checks(CodeContext(tuple(files)))
    taken = []
    for number in range(SAVES):
        position = number % len(files)
        old = files[position]
        files[position] = SourceFile(old.path, f"{old.text}\n# saved {number}\n")
        started = time.perf_counter()
        apply_code_checks(CodeContext(tuple(files)))
        taken.append(time.perf_counter() - started)
    return statistics.median(taken), paths[0]


def _long_file() -> Row:
    """One script of many lines, in which every third statement fits something."""
    from grd_core.checks.code_checks import apply_code_checks
    from grd_core.checks.contract import CodeContext, SourceFile

    head = "import pandas as pd\nfrom sklearn.linear_model import Ridge\nrows = pd.read_csv('a')\n"
    body = "rows['x{n}'] = rows['x'] / {n}\npart = rows.sample(9, random_state={n})\n" + (
        "m{n} = Ridge().fit(part[['x']], part['y'])\n"
    )
    text = head + "".join(body.format(n=n) for n in range(1, LINES // 3))
    started = time.perf_counter()
    ast.parse(text)
    parsed = time.perf_counter()
    apply_code_checks(CodeContext((SourceFile("long.py", text),)))
    checked = time.perf_counter()
    return Row(
        f"code checks, one script of {LINES:,} lines",
        f"{checked - parsed:.2f} s",
        f"ast.parse {parsed - started:.2f} s",
        (checked - parsed) / (parsed - started),
        "≤ 1 s",
        checked - parsed <= 1.0,
    )


def _linted(paths: Sequence[Path]) -> float:
    """Seconds of one `ruff check` over the files, its start included."""
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--no-cache", "-q"]
    started = time.perf_counter()
    subprocess.run([*ruff, *map(str, paths)], capture_output=True, check=False)
    return time.perf_counter() - started
