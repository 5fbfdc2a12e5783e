"""`make soak`: every test marked soak, with its counts, and the report docs/soak.md."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "soak.md"


def main() -> int:
    """Run them all, write the report, and exit as pytest did."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "soak.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "soak", f"--junitxml={results}"],
            cwd=ROOT,
            check=False,
        )
        REPORT.write_text(report(results, done.returncode), encoding="utf-8")
    print(f"wrote {REPORT.relative_to(ROOT)}")
    return done.returncode


def report(results: Path, exit_code: int) -> str:
    """The report as Markdown: one row a test, its cases counted together."""
    cases: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for case in Xml.parse(results).getroot().iter("testcase"):
        failed = any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
        name = f"{case.get('classname')}.{str(case.get('name')).split('[')[0]}"
        cases[name].append(("failed" if failed else "passed", float(case.get("time", 0))))
    lines = [
        "# Soak report\n",
        f"`make soak` on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()},"
        f" {os.cpu_count()} cores. Exit {exit_code}.\n",
        "| test | cases passed | seconds |",
        "|---|---|---|",
    ]
    for name, outcomes in sorted(cases.items()):
        passed = sum(result == "passed" for result, _ in outcomes)
        seconds = sum(time for _, time in outcomes)
        lines.append(f"| {name} | {passed} of {len(outcomes)} | {seconds:.0f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
