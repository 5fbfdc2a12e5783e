"""The code checks over real files, against parsing them."""

from __future__ import annotations

import ast
import statistics
import sysconfig
import time
from pathlib import Path

from tests.benchmarks.row import Row, counted

FILES = counted(120, 3)


def rows() -> list[Row]:
    from grd_core.checks.contract import CodeContext, Group, SourceFile
    from grd_core.checks.registry import all_checks
    from grd_core.checks.runner import apply_check

    checks = [check for check in all_checks().values() if check.group is Group.CODE]
    library = Path(sysconfig.get_paths()["purelib"]) / "sklearn"
    paths = [p for p in sorted(library.rglob("*.py")) if p.stat().st_size > 2_000][:FILES]
    parsing, checking = [], []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        started = time.perf_counter()
        ast.parse(text)
        parsed = time.perf_counter()
        for check in checks:
            apply_check(check, CodeContext((SourceFile(str(path), text),)))
        parsing.append(parsed - started)
        checking.append(time.perf_counter() - parsed)
    mean_parse, mean_check = statistics.mean(parsing), statistics.mean(checking)
    return [
        Row(
            f"code checks, {len(paths)} files of scikit-learn, mean",
            f"{mean_check * 1e3:.1f} ms",
            f"ast.parse {mean_parse * 1e3:.1f} ms",
            mean_check / mean_parse,
            "≤ 15 ms a file",
            mean_check <= 0.015,
        )
    ]
