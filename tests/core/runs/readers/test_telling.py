"""Files of other tools in words."""

from __future__ import annotations

from grd_core.runs.readers.taking_up import MetricFile
from grd_core.runs.readers.telling import file_text, told_files

OWN = MetricFile("./metrics.csv", "csv", "reading", "", ("loss", "acc"))
SHARED = MetricFile("../../logs/out.jsonl", "jsonl", "reading", "", ("lr",))
REFUSED = MetricFile("./rows.csv", "csv", "ignored", "no column of this table counts steps", ())
BROKEN = MetricFile("./events.out.tfevents.1", "tensorboard", "damaged", "a bad record", ("x",))
SAID_ELSEWHERE = MetricFile("./again.jsonl", "jsonl", "reading", "", ())
PRINTED = MetricFile("./stdout.log", "stdout", "reading", "", ())


def test_each_says_what_comes_from_it_or_why_nothing_does():
    assert file_text(OWN) == "from metrics.csv (csv, reading): loss, acc"
    assert file_text(SHARED) == (
        "from logs/out.jsonl in the experiment's folder (jsonl, reading): lr"
    )
    assert file_text(REFUSED) == (
        "not read: rows.csv (csv, ignored); no column of this table counts steps"
    )
    assert file_text(BROKEN) == (
        "from events.out.tfevents.1 (tensorboard, damaged): x; a bad record"
    )
    assert "no metric that nothing else says" in file_text(SAID_ELSEWHERE)


def test_what_gives_metrics_stands_first_and_plain_output_is_no_news():
    shown = told_files((PRINTED, REFUSED, OWN, SAID_ELSEWHERE, BROKEN))
    assert shown == (OWN, BROKEN, REFUSED, SAID_ELSEWHERE)


def test_many_metrics_are_counted():
    many = MetricFile("./a.csv", "csv", "reading", "", tuple(f"m{n}" for n in range(200)))
    assert file_text(many).endswith("m10, m11 and 188 more")
