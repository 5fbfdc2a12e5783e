"""Given two versions of the objective, every line is a row, and fields say what changed."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from grd_core.objective.diff_lines import DiffRow, Span, diff_rows


def rows_of(before: str, after: str) -> tuple[DiffRow, ...]:
    return diff_rows(before.encode(), after.encode())


def differing(before: str, after: str) -> list[DiffRow]:
    return [row for row in rows_of(before, after) if row.kind != "same"]


def test_a_changed_number_is_one_row_that_names_its_field(text: str) -> None:
    [row] = differing(text, text.replace("threshold: 4.0", "threshold: 4.5"))
    assert (row.kind, row.field, row.classification) == (
        "changed",
        "metrics.mae.threshold",
        "loosened",
    )
    assert row.before_no == row.after_no == 12
    assert row.before_parts == (Span("    threshold: ", False), Span("4.0", True))
    assert row.after_parts == (Span("    threshold: ", False), Span("4.5", True))


def test_an_item_that_goes_marks_all_its_lines(text: str) -> None:
    guard = "  - name: median_ae\n    role: guard\n    direction: lower\n    threshold: 3.0\n"
    rows = differing(text, text.replace(guard, ""))
    assert [row.kind for row in rows] == ["removed"] * 4
    assert {(row.field, row.classification) for row in rows} == {("metrics.median_ae", "loosened")}


def test_a_criterion_is_marked_on_the_line_of_its_comparison(text: str) -> None:
    [row] = differing(text, text.replace('comparison: "<"', 'comparison: "<="'))
    assert (row.field, row.classification) == ("falsification.mae.gain.region", "tightened")


def test_prose_and_comments_are_neutral(text: str) -> None:
    after = text.replace("Wet leaves", "Wet, brown leaves").replace(
        "task: regression", "task: regression # of minutes"
    )
    found = {(row.field, row.classification) for row in differing(text, after)}
    assert found == {("layout", "neutral"), ("prose: What we believe and why", "neutral")}


def test_every_line_of_the_front_matter_names_its_field(text: str) -> None:
    named = {row.after_text.strip(): row.field for row in rows_of(text, text) if row.field}
    assert named["threshold: 4.0"] == "metrics.mae.threshold"
    assert named["alpha: 0.05"] == "evaluation.alpha"
    assert "Wet leaves lengthen braking." not in named


def test_line_ends_and_a_byte_order_mark_are_no_rows_of_change(text: str) -> None:
    windows = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert all(row.kind == "same" for row in diff_rows(text.encode(), windows))


def test_what_is_no_objective_is_compared_by_lines_alone() -> None:
    [row] = diff_rows(b"\x1b[2J a line\xff", b"\x1b[2J another line\xff")
    assert (row.kind, row.field, row.classification) == ("changed", "", "")
    assert row.before_text.startswith("\x1b[2J")
    assert diff_rows(b"", b"") == ()


def test_resembling_lines_are_paired_and_others_are_not() -> None:
    before = "one two three four\nalpha\n"
    after = "omega\none two three five\n"
    assert [row.kind for row in rows_of(before, after)] == ["added", "changed", "removed"]


LINES = st.lists(st.text("ab c:\x00é-", max_size=6), max_size=12)


@given(LINES, LINES)
def test_rows_hold_both_versions_in_order(before: list[str], after: list[str]) -> None:
    rows = rows_of("\n".join(before) + "\n", "\n".join(after) + "\n")
    left = [row for row in rows if row.before_no]
    right = [row for row in rows if row.after_no]
    assert [row.before_text for row in left] == (before or [""])
    assert [row.after_text for row in right] == (after or [""])
    assert [row.before_no for row in left] == list(range(1, len(left) + 1))
    assert [row.after_no for row in right] == list(range(1, len(right) + 1))
    for row in rows:
        assert "".join(span.text for span in row.before_parts) == row.before_text
        assert "".join(span.text for span in row.after_parts) == row.after_text
        assert (row.kind == "same") == (row.before_text == row.after_text) or not (
            row.before_no and row.after_no
        )


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'scipy', 'sklearn', 'sqlmodel', 'pydantic', 'yaml', 'pyarrow'}"
    modules = "grd_core.objective.diff_lines, grd_core.objective.comparison, sys"
    code = f"import {modules}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
