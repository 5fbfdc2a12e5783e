"""What is charged comes from monotonic seconds: the wall clock, repeats and lies change nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import grd_core.budget
import grd_core.launch
from grd_core.runs.journal_reader import Batch
from grd_core.runs.progress import NOTHING_YET, follow

START = {
    "kind": "start", "pid": 1, "start_ticks": 1, "boot_id": "b", "child_pid": 2, "gpus": [0],
    "monotonic": 100.0,
}  # fmt: skip
CLOCKS = st.floats(-1e10, 1e10)
SECONDS = st.floats(0, 1e7)


def sample(time, wall_s, cpu_s):
    return {
        "kind": "sample", "time": time, "wall_s": wall_s, "cpu_s": cpu_s, "gpu_s": wall_s,
        "peak_rss_bytes": 1, "rss_bytes": 1, "cpu_cores": 1.0, "processes": 1, "gpus": "unmeasured",
    }  # fmt: skip


def followed(records, after=NOTHING_YET):
    return follow(after, Batch(records=list(records)))


def totals(progress):
    return progress.wall_s, progress.cpu_s, progress.gpu_s


@st.composite
def journals(draw):
    """Samples that grow, each twice: by a clock that stands right, and by one that jumps."""
    grown = sorted(draw(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=8)))
    cpu = sorted(pair[1] for pair in grown)
    begins = draw(CLOCKS)
    right = [START | {"time": 1e9}]
    jumps = [START | {"time": begins}]
    for (wall_s, _), cpu_s in zip(grown, cpu, strict=True):
        right.append(sample(1e9 + wall_s, wall_s, cpu_s))
        jumps.append(sample(draw(CLOCKS), wall_s, cpu_s))
    return right, jumps


@given(journals())
def test_a_wall_clock_that_jumps_charges_the_same(journal):
    right, jumps = journal
    assert totals(followed(right)) == totals(followed(jumps))
    assert totals(followed(jumps)) == (
        right[-1]["wall_s"],
        right[-1]["cpu_s"],
        right[-1]["gpu_s"],
    )


@given(journals(), st.data())
def test_what_is_read_again_in_any_part_is_not_charged_again(journal, data):
    _, records = journal
    once = followed(records)
    begin = data.draw(st.integers(0, len(records)))
    again = followed(records[begin:], after=once)
    assert totals(again) == totals(once)


@pytest.mark.parametrize("lie", [-5.0, -1e300, float("nan"), float("-inf"), float("inf")])
def test_a_journal_cannot_give_hours_back(lie):
    honest = followed([START | {"time": 1.0}, sample(2.0, 10.0, 20.0)])
    assert totals(followed([sample(3.0, lie, lie)], after=honest)) == (10.0, 20.0, 10.0)


@pytest.mark.parametrize("lie", [float("inf"), float("nan")])
def test_an_ending_that_no_clock_can_say_is_not_believed(lie):
    last = sample(3.0, lie, lie) | {"kind": "exit", "reason": "done"}
    found = followed([START | {"time": 1.0}, sample(2.0, 10.0, 20.0), last])
    assert totals(found) == (10.0, 20.0, 10.0)
    assert found.exit == {}


@pytest.mark.parametrize("rest", [{}, {"kind": "sample", "time": 1.0, "wall_s": "much"}])
def test_a_malformed_record_changes_nothing(rest):
    honest = followed([START | {"time": 1.0}, sample(2.0, 10.0, 20.0)])
    assert totals(followed([{"kind": "sample"} | rest], after=honest)) == totals(honest)


def test_leftovers_are_charged_by_the_clock_of_their_boot():
    reaped = {"kind": "reaped", "time": -1e9, "monotonic": 160.0, "cpu_s": 7.0}
    found = followed([START | {"time": 5e9}, reaped])
    assert totals(found) == (60.0, 7.0, 60.0)
    earlier = followed([START | {"time": 5e9}, reaped | {"monotonic": 40.0}])
    assert totals(earlier) == (0.0, 7.0, 0.0)


WALL_CLOCKS = {"time.time", "time.time_ns", "datetime.now", "utc_now", "os.times"}
SAYS_WHEN = {
    "journal.py": {"time.time"},  # each record says when it was written
    "capture.py": {"utc_now"},  # and so does the capture of the environment
}


@pytest.mark.parametrize("room", [grd_core.launch, grd_core.budget])
def test_no_supervisor_and_no_account_asks_the_wall_clock(room):
    """Where the clock may be read at all, it is for a stamp; nothing is subtracted from it."""
    for path in Path(room.__path__[0]).glob("*.py"):
        asked = {
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
        }
        assert asked & WALL_CLOCKS <= SAYS_WHEN.get(path.name, set()), path.name
