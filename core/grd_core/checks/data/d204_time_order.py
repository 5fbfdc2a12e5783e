"""D204: parts that overlap in time, and an embargo that is broken or missing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, cast

from grd_core.checks.contract import (
    Cost,
    DataContext,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.group_effect import label_columns
from grd_core.checks.data.label_memory import FLOOR, Memory, NoMemory, label_memory
from grd_core.checks.data.time_candidates import TimeCandidate, time_candidates
from grd_core.checks.data.time_order import Times, misplaced
from grd_core.checks.data.time_parts import Parts, parts_of

if TYPE_CHECKING:
    import pandas as pd

_SEED = 204


class TimeOrder:
    """Training rows that are not earlier than the test rows, or not by enough.

    ## What it finds
    With a declared time: a test part that does not lie after the training part, as after a
    random split of data in time; the same between these and the validation part; rows within
    the declared embargo; and, where none is declared, labels that remember their past across
    the cut, with the length of an embargo that would keep them apart. Without a declared time:
    columns that behave like one.

    ## Why it matters
    A model that trains on the days around a test day has seen that day's weather, prices or
    fault. In use it will know the past only, and the score of a random split will not be met.

    ## How it is measured
    The value is the share of training rows later than the first test row. The order counts as
    broken by the rows that would have to go, at the best cut, until no training row is later
    than a test row, as a share of the smaller part: it is blocking from `broken_share = 0.01`,
    and a warning below, where single rows are out of place. Equal times on both sides of the
    cut break no order. The validation part is held against both others in the same way, at most
    as a warning: it chooses models and proves nothing.

    Rows closer to the next part than the declared embargo are a warning. Where none is declared
    and the order stands, the training labels are averaged over steps of time (the shortest of a
    second, minute, hour, day or week of which enough follow each other; the last 5,000 steps), a
    straight trend is taken out, and the correlation of each step with the next is tested by 299
    shuffles (a normal tail beyond them) at `significance = 0.002`. From a correlation of
    `memory = 0.3` the first length at which it falls below 0.1 is suggested as embargo, unless
    the gap between the parts is as long already. It is a warning where test rows within that
    length of the last training row make at least `touched_share = 0.1` of the test part, else
    information.

    Without a declared time, dates that lie in order between the parts or from row to row, and
    dates in whose order the training labels have such a memory, are told as information.

    ## How to fix it
    Split by time: everything before the cut trains, everything after it tests; leave out the
    rows of an embargo before the cut. Where the claim is not about the future, say so in the
    split's reason and waive this finding.

    ## When it is wrong
    Time may be declared for the record only, where rows are independent: the order is then no
    matter, and the finding should be waived. A memory of the label may be what an honest
    forecast lives on; the embargo matters where features or labels are computed over windows.
    Seasons shorter than a step are not seen, and several series in one table are averaged.

    ## Reference
    Kapoor and Narayanan, «Leakage and the reproducibility crisis in machine-learning-based
    science», Patterns 4(9), 2023, type L3.1. López de Prado, *Advances in Financial Machine
    Learning*, 2018, chapter 7, for purging and embargo. Roberts et al., «Cross-validation
    strategies for data with temporal, spatial, hierarchical, or phylogenetic structure»,
    Ecography 40(8), 2017.
    """

    code: ClassVar[str] = "D204"
    title: ClassVar[str] = "Temporal overlap"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.1016/j.patter.2023.100804",
        "https://doi.org/10.1111/ecog.02881",
    )
    family: ClassVar[str] = "overlap"
    thresholds: ClassVar[Mapping[str, float]] = {
        "broken_share": 0.01,
        "significance": 0.002,
        "memory": 0.3,
        "touched_share": 0.1,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Hold the times of the parts against each other.

        Raises:
            DataError: a table cannot be read, or its declared time is none.
        """
        context = cast(DataContext, context)
        if not context.time:
            return self._undeclared(context)
        parts = parts_of(context)
        if isinstance(parts, NotApplicable):
            return parts
        train, test = parts.train.times, parts.test.times
        first, last = test.present.min(), train.present.max()
        evidence = _order(parts, self.thresholds)
        notes = list(parts.notes)
        if context.embargo:
            evidence += _embargo(parts, train.length(context.embargo), context.embargo)
        elif not evidence:
            found, told = self._missing_embargo(parts, context)
            evidence += found
            notes.append(told)
        return Measurement(
            value=float((train.present > first).mean()),
            method=(
                f"`{context.time}`: train ends {train.text(last)}, test begins"
                f" {train.text(first)}; share of training rows later than that"
            ),
            n=int(train.present.size),
            evidence=evidence,
            notes=tuple(notes),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Failed where the order of train and test is broken; warned as the evidence says."""
        return judge_by_severity(measurement)

    def _missing_embargo(
        self, parts: Parts, context: DataContext
    ) -> tuple[tuple[Evidence, ...], str]:
        train, test = parts.train.times, parts.test.times
        if not context.target:
            return (), "no embargo is declared; there are no labels that would suggest one"
        memory = _memory(parts.train.labels, train, parts.task)
        if isinstance(memory, NoMemory):
            return (
                (),
                f"no embargo is declared; the labels' memory is not estimable: {memory.reason}",
            )
        told = f"no embargo is declared; {_memory_words(memory, train)}"
        if memory.p >= self.thresholds["significance"] or (
            memory.correlation < self.thresholds["memory"]
        ):
            return (), told
        last = train.present.max()
        gap = test.present.min() - last
        if memory.length is not None and gap >= memory.length:
            return (), told
        if memory.length is None:
            fix = "look at the trend and the seasons of the labels, then declare an embargo"
            touched, severity = 1.0, Severity.INFO
        else:
            fix = f"leave out the last {train.stretch(memory.length)} before the cut, as embargo"
            touched = float((test.present < last + memory.length).mean())
            heavy = touched >= self.thresholds["touched_share"]
            severity = Severity.WARNING if heavy else Severity.INFO
        item = Evidence(
            title="no embargo before the test part",
            why=(
                f"{_gap_words(train, float(gap))} lies between train and test, while"
                f" {_memory_words(memory, train)};"
                f" {touched:.1%} of the test rows lie within its reach"
            ),
            fix=fix,
            severity=severity,
            path=parts.train.path,
            value=touched,
            threshold=self.thresholds["touched_share"],
            family=self.family,
        )
        return (item,), told

    def _undeclared(self, context: DataContext) -> Measurement | NotApplicable:
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        evidence = tuple(
            item
            for candidate in time_candidates(frames)
            if (item := self._suggestion(candidate, frames, context)) is not None
        )
        if not evidence:
            return NotApplicable("no time is declared, and no column behaves like one")
        return Measurement(
            value=None,
            method="columns that behave like the time of the rows",
            n=len(frames.train),
            evidence=evidence,
            notes=("no time is declared",),
        )

    def _suggestion(
        self, candidate: TimeCandidate, frames: Frames, context: DataContext
    ) -> Evidence | None:
        name = candidate.train.name
        behaviour = ""
        if candidate.parts_in_order:
            behaviour = "every training row lies before the test rows in it"
        elif candidate.rows_in_order:
            behaviour = "rows stand in its order in both tables, whose spans overlap"
        elif frames.target:
            labels = label_columns(frames.train[frames.target], frames.task)
            memory = label_memory(candidate.train, labels, _SEED)
            if (
                isinstance(memory, Memory)
                and memory.p < self.thresholds["significance"]
                and memory.correlation >= self.thresholds["memory"]
            ):
                behaviour = (
                    f"train and test overlap in it, and {_memory_words(memory, candidate.train)}"
                )
        if not behaviour:
            return None
        return Evidence(
            title=f"`{name}` behaves like an undeclared time",
            why=f"no time is declared, but `{name}`: {behaviour}",
            fix=f"if `{name}` is when a row came to be, declare it as time and split by it",
            severity=Severity.INFO,
            path=context.train,
            family=self.family,
        )


def _order(parts: Parts, level: Thresholds) -> tuple[Evidence, ...]:
    """Pairs of parts whose order is broken."""
    pairs = [(parts.train, parts.test, Severity.BLOCKING)]
    if parts.validation is not None:
        pairs.append((parts.train, parts.validation, Severity.WARNING))
        pairs.append((parts.validation, parts.test, Severity.WARNING))
    found = []
    for earlier, later, worst in pairs:
        before, after = earlier.times.present, later.times.present
        rows = misplaced(before, after)
        if not rows:
            continue
        share = rows / min(before.size, after.size)
        heavy = share >= level["broken_share"]
        overtaken = float((before > after.min()).mean())
        found.append(
            Evidence(
                title=f"{earlier.name} does not lie before {later.name}",
                why=(
                    f"{overtaken:.1%} of the {earlier.name} rows are later than the first"
                    f" {later.name} row ({later.times.text(after.min())}; {earlier.name} ends"
                    f" {earlier.times.text(before.max())}); {rows:,} rows, {share:.1%} of the"
                    f" smaller part, would have to go to restore the order of"
                    f" `{earlier.times.name}`"
                ),
                fix=(
                    f"split by `{earlier.times.name}`, or say in the split's reason why the"
                    " claim is not about later rows"
                ),
                severity=worst if heavy else Severity.WARNING,
                path=later.path,
                value=share,
                threshold=level["broken_share"],
                family="overlap",
            )
        )
    return tuple(found)


def _embargo(parts: Parts, length: float, text: str) -> tuple[Evidence, ...]:
    """Rows nearer to the next part than the declared embargo, where the order stands."""
    chain = [part for part in (parts.train, parts.validation, parts.test) if part is not None]
    pairs = list(pairwise(chain))
    if parts.validation is not None and misplaced(
        parts.train.times.present, parts.validation.times.present
    ):
        # A validation part among the training rows keeps no distance for them.
        pairs.append((parts.train, parts.test))
    found = []
    for earlier, later in pairs:
        before, after = earlier.times.present, later.times.present
        first = after.min()
        rows = int(((before > first - length) & (before <= first)).sum())
        if not rows or misplaced(before, after):
            continue
        gap = float(first - before.max())
        found.append(
            Evidence(
                title=f"the embargo before {later.name} is not kept",
                why=(
                    f"{rows:,} {earlier.name} rows lie within the declared embargo of"
                    f" {text} before the first {later.name} row"
                    f" ({later.times.text(float(first))}); {_gap_words(earlier.times, gap)}"
                    f" lies between them"
                ),
                fix="leave out the rows of the embargo before the cut",
                severity=Severity.WARNING,
                path=earlier.path,
                value=float(rows),
                threshold=0.0,
                family="overlap",
            )
        )
    return tuple(found)


def _gap_words(times: Times, gap: float) -> str:
    """A gap between two parts in words."""
    return f"a gap of {times.stretch(gap)}" if gap > 0 else "no gap"


def _memory(labels: pd.Series[Any] | None, times: Times, task: str) -> Memory | NoMemory:
    if labels is None:
        return NoMemory("there are no labels")
    return label_memory(times, label_columns(labels, task), _SEED)


def _memory_words(memory: Memory, times: Times) -> str:
    until = (
        f"below {FLOOR} after {times.stretch(memory.length)}"
        if memory.length is not None
        else f"not below {FLOOR} within a tenth of the span"
    )
    return (
        f"training labels correlate by {memory.correlation:.2f} from one"
        f" {times.stretch(memory.step)} to the next, {until}"
        f" (p = {memory.p:.2g}, {memory.steps:,} pairs of steps)"
    )
