"""Ten thousand runs in one study: a page of them, all of them, the Loop; against bare rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from grd_core.runs.run_lines import all_runs, runs_page
from grd_core.runs.snapshot import loop_snapshot
from tests.benchmarks.rounds import in_turns, seconds
from tests.benchmarks.row import Row, counted
from tests.benchmarks.studies import add_ended, study_with_experiments

EXPERIMENTS = counted(50, 5)
RUNS_EACH = counted(200, 20)
ROUNDS = counted(9, 1)
PAGE = 50


def rows() -> Iterator[Row]:
    """Each way to list runs, against reading the bare rows of as many."""
    total = EXPERIMENTS * RUNS_EACH
    with tempfile.TemporaryDirectory() as folder:
        study = study_with_experiments(Path(folder) / "study", EXPERIMENTS)
        add_ended(study, EXPERIMENTS, RUNS_EACH)

        def bare(limit: int) -> None:
            with study.read() as ledger:
                assert len(ledger.rows("SELECT * FROM run ORDER BY id DESC LIMIT ?", limit))

        def whole() -> None:
            assert len(all_runs(study)) == total

        def page(offset: int = 0, words: str = "") -> None:
            found = runs_page(study, None, offset=offset, limit=PAGE, words=words)
            assert len(found.runs) == min(PAGE, found.total - offset)

        taken = in_turns(
            {
                "bare whole": seconds(lambda: bare(total)),
                "whole": seconds(whole),
                "loop": seconds(lambda: loop_snapshot(study)),
                "bare page": seconds(lambda: bare(PAGE)),
                "page": seconds(page),
                "last page": seconds(lambda: page(offset=total - PAGE)),
                "found": seconds(lambda: page(words="done seed:7")),
            },
            ROUNDS,
        )
    for what, mine, bare_rows, most_s in (
        (f"{total:,} runs listed", "whole", "bare whole", 0.060),
        (f"{total:,} runs, the Loop's snapshot", "loop", "bare whole", 0.060),
        (f"{total:,} runs, the first {PAGE}", "page", "bare page", None),
        (f"{total:,} runs, the last {PAGE}", "last page", "bare page", None),
        (f"{total:,} runs searched, {PAGE} shown", "found", "bare page", None),
    ):
        ours, plain = taken[mine], taken[bare_rows]
        bar = {} if most_s is None else {"bar": f"≤ {most_s * 1e3:.0f} ms"}
        yield Row(
            what,
            f"{ours.median * 1e3:.2f} ms",
            f"their bare rows {plain.median * 1e3:.2f} ms",
            ours.to(plain),
            **bar,
            holds=None if most_s is None else ours.median <= most_s,
        )
