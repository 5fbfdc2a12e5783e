"""The list of experiments: aligned, whole in its numbers, found by words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grd_core.critic.live import LiveState
from grd_core.runs.by_hand import ByHand
from grd_core.runs.readers.taking_up import MetricFile
from grd_core.runs.snapshot import ExperimentLine
from grd_screens.glyphs import ASCII, UNICODE
from grd_screens.pages.loop.details import detail_lines
from grd_screens.pages.loop.experiments import Beside, ExperimentList, beside
from grd_screens.pages.loop.keys import COMPARE, STOP, offered, watching
from grd_screens.pages.loop.reading import LoopContent
from grd_screens.widgets.listing import Row

Lines = tuple[ExperimentLine, ...]


def rows_of(lines: Lines, known: Beside | None = None, **how: object) -> tuple[Row, ...]:
    options = {"marked": 0, "is_tree": False, **how}
    return ExperimentList(UNICODE).rows(lines, known or Beside(), **options)  # type: ignore[arg-type]


def text_of(rows: tuple[Row, ...], width: int) -> list[str]:
    return [line.plain.rstrip() for row in rows for line in row.lines(width)]


def found_by(rows: tuple[Row, ...], words: str) -> list[str]:
    wanted = words.casefold().split()
    return [r.key for r in rows if r.key and all(word in r.words.casefold() for word in wanted)]


def test_the_newest_stands_first_below_the_names_of_the_columns(experiments: Lines) -> None:
    rows = rows_of(experiments)
    assert [row.key for row in rows] == ["", "9", "8", "6", "5", "4", "1"]


@pytest.mark.parametrize("width", [40, 46, 60, 78, 100, 160])
def test_no_line_is_wider_than_the_list(experiments: Lines, width: int) -> None:
    for row in rows_of(experiments):
        assert all(line.cell_length <= width for line in row.lines(width)), row.key


@pytest.mark.parametrize("width", [46, 78, 120])
def test_verdicts_and_numbers_are_never_cut(experiments: Lines, width: int) -> None:
    text = "\n".join(text_of(rows_of(experiments), width))
    for whole in ("REVISE_DATA high", "training step 12", "12.08", "PROCEED med", "1.2h"):
        assert whole in text, whole


def test_columns_are_aligned(experiments: Lines) -> None:
    lines = [line for line in text_of(rows_of(experiments), 78) if "  " in line]
    at = lines[0].index("verdict")
    verdicts = ("draft", "training", "REVISE_DATA", "PROCEED", "ESCALATE", "PROCEED")
    first = [line for line in lines[1:] if line[:3].isdigit()]
    for line, verdict in zip(first, verdicts, strict=True):
        assert line[at:].startswith(verdict), line


def test_a_wide_list_has_the_interval(experiments: Lines) -> None:
    assert "11.9 [11.4, 12.5]" in "\n".join(text_of(rows_of(experiments), 120))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("verdict:revise", ["6"]),
        ("kind:pivot", ["5"]),
        ("state:archived", ["4"]),
        ("state:open weather", ["8", "6", "5"]),
        ("hypothesis:storms", ["5"]),
        ("STORMS crews", ["5"]),
        ("parent:5", ["8", "6"]),
        ("verdict:none", ["9", "8"]),
        ("nothing of this", []),
    ],
)
def test_experiments_are_found_by_words(experiments: Lines, words: str, found: list[str]) -> None:
    assert found_by(rows_of(experiments), words) == found


def test_a_tree_puts_each_below_its_parent(experiments: Lines) -> None:
    rows = rows_of(experiments, is_tree=True)
    assert [row.key for row in rows] == ["", "1", "4", "5", "6", "8", "9"]
    text = text_of(rows, 100)
    assert any(line.startswith("│  └─ ") or "└─ 009" in line for line in text)


def test_a_long_line_of_refinements_leaves_room_for_what_it_says(experiments: Lines) -> None:
    first = replace(experiments[0], number=1, parent=0)
    line = (first, *(replace(first, number=at, parent=at - 1) for at in range(2, 202)))
    text = text_of(rows_of(line, is_tree=True), 78)
    assert max(map(len, text)) <= 78
    assert any(line.startswith("⋯197       └─ 201") for line in text)
    assert any(line.startswith(" " * 15 + "└─ 007") for line in text)


def test_a_parent_that_is_not_there_does_not_hide_its_children(experiments: Lines) -> None:
    rows = rows_of(experiments[2:], is_tree=True)
    assert {row.key for row in rows} == {"", "5", "6", "8", "9"}


def test_what_was_found_since_stands_on_a_second_line(experiments: Lines, found: LiveState) -> None:
    text = "\n".join(text_of(rows_of(experiments, beside(found)), 78))
    assert "✖ train.py C101:41" in text
    assert "? verdict stale: code:train.py changed since" in text
    assert "archived" in text and "scored: refuted" in text


BY_HAND = ByHand(
    number=9,
    name="009-embargo",
    files=("logs/\x1b[31mmetrics.csv", "old.csv"),
    last_written="2026-11-02T13:40:09.123456Z",
    goes_on=True,
    age_s=20.4,
)


@pytest.mark.parametrize("width", [46, 78, 120])
def test_training_by_hand_stands_on_a_second_line_and_is_found(
    experiments: Lines, width: int
) -> None:
    rows = rows_of(experiments, beside(None, (BY_HAND,)))
    assert all(line.cell_length <= width for row in rows for line in row.lines(width))
    text = " ".join(" ".join(text_of(rows, width)).split())
    assert (
        "! training by hand goes on, unsupervised: logs/<1B>[31mmetrics.csv and 1 more,"
        " written 20 s ago" in text
    )
    assert found_by(rows, "unsupervised") == ["9"]
    ended = replace(BY_HAND, goes_on=False, age_s=0.0)
    text = " ".join(" ".join(text_of(rows_of(experiments, beside(None, (ended,))), width)).split())
    assert "! training by hand, unsupervised, has ended: logs/<1B>[31mmetrics.csv" in text


@pytest.mark.parametrize("width", [40, 78])
def test_the_details_say_that_it_counts_for_nothing_and_which_key_changes_that(
    detailed: LoopContent, experiments: Lines, width: int
) -> None:
    assert detailed.experiment is not None
    ended = replace(BY_HAND, goes_on=False, age_s=0.0)
    files = (
        MetricFile("./metrics.csv", "csv", "reading", "", ("acc",)),
        MetricFile("../../rows.csv", "csv", "ignored", "no column of it counts", ()),
    )
    shown = replace(detailed.experiment, line=experiments[-1], runs=(), files=files, by_hand=ended)
    lines = detail_lines(shown, Beside(), UNICODE, width)
    assert all(line.cell_length <= width for line in lines)
    text = " ".join(" ".join(line.plain for line in lines).split())
    for part in (
        "r runs it supervised: what was trained by hand counts for nothing",
        "! training by hand, unsupervised, has ended: logs/<1B>[31mmetrics.csv and 1 more",
        "last written 11-02 13:40; it costs no budget and is judged by nothing",
        "from metrics.csv (csv, reading): acc",
        "not read: rows.csv in the experiment's folder (csv, ignored); no column of it counts",
    ):
        assert part in text, part


def test_a_mark_is_a_sign_and_not_a_colour_alone(experiments: Lines) -> None:
    assert "005●✔" in "\n".join(text_of(rows_of(experiments, marked=5), 78))


def test_a_row_that_did_not_change_is_not_set_again(experiments: Lines) -> None:
    listed = ExperimentList(ASCII)
    first = listed.rows(experiments, Beside(), marked=0, is_tree=False)
    again = listed.rows(experiments, Beside(), marked=0, is_tree=False)
    assert all(a.lines(78) is b.lines(78) for a, b in zip(first[1:], again[1:], strict=True))


def test_signs_are_ascii_where_they_must_be(experiments: Lines, found: LiveState) -> None:
    listed = ExperimentList(ASCII)
    plain = [e for e in experiments if e.hypothesis.isascii()]
    for row in listed.rows(plain, beside(found), marked=5, is_tree=True):
        for line in row.lines(160):
            assert line.plain.isascii(), line.plain


def test_only_keys_that_do_something_are_offered(experiments: Lines) -> None:
    def ids(line: ExperimentLine, marked: int = 0) -> list[str]:
        return [key.id.partition(".")[2] for key in offered(line, marked)]

    base = experiments[0]
    draft = replace(base, runs=0, last_run=0, going_on=0, parent=0, outcome="")
    assert ids(draft) == ["hypothesis", "run", "code", "new", "tree"]
    assert ids(draft, draft.number) == ids(draft)
    assert "diff" in ids(draft, draft.number + 1)
    ran = replace(draft, runs=1, last_run=4)
    assert ids(ran) == ["watch", "critic", "run", "new", "tree"]
    assert ids(replace(ran, going_on=1))[:2] == ["watch", "stop"]
    assert ids(replace(ran, outcome="refuted"))[-1] == "evaluation"
    assert STOP in watching(is_live=True, has_other=True)
    assert STOP not in watching(is_live=False, has_other=True)
    assert COMPARE in watching(is_live=False, has_other=True)
    assert COMPARE not in watching(is_live=False, has_other=False)
