"""D203: groups that stand in both parts, and columns that behave like undeclared groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

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
from grd_core.checks.data.group_effect import (
    GroupEffect,
    NoEffect,
    effect_beyond,
    label_columns,
)
from grd_core.checks.data.group_overlap import Overlap, crossing, entity_columns
from grd_core.checks.data.time_order import in_order, times_of

_SHOWN = 5
_SEED = 203
_TRIED = 2
_WORTH_TRYING = 0.01


class GroupOverlap:
    """The same group, such as a patient or a place, in train and in test.

    ## What it finds
    Declared groups with rows in both tables, and whether rows of one group carry each other's
    label. Columns that are not declared but behave like a group (many values of few rows each,
    in both tables, with labels far more alike within a value than between them) are suggested.

    ## Why it matters
    Rows of one patient, machine or place share causes that no feature holds. A model that has
    seen a group's training rows knows something of its test rows, and the test score promises
    that knowledge for new groups, of which it has none.

    ## How it is measured
    For each declared group column, the share of test rows whose group has training rows.
    Crossing from `crossing_share = 0.01` of the test rows is blocking where rows of a group are
    shown to carry each other's label, and a warning where that is not shown or cannot be
    estimated: the group was declared because its rows belong together. Below that share it is
    information. Where a time is declared and every training row lies before the test rows,
    groups that live on stand on both sides by design: crossing is then a warning where the
    effect counts, and information where not.

    The effect is measured on the training labels alone. A model (a ridge regression, and a
    forest on what it leaves) predicts the label of each row from the other columns without
    having seen any row of its group. The share of the remainder's variance that lies between
    groups (intraclass correlation) is the effect; its p comes from shuffling rows between groups
    (999 shuffles, a gamma law with their mean and variance beyond), with Benjamini–Hochberg over
    all columns tested. It counts from `effect = 0.05` at `significance = 0.002`. At most 1,500
    rows are used, 20 of a group; numbers count by their rank, classes by one column each.

    An undeclared column is suggested, as information, from an effect of
    `suggested_effect = 0.1` at the same significance, where it holds words or whole numbers, at
    least 20 with 50 rows or fewer each, most repeated, and its labels do not follow the size
    of its numbers.

    ## How to fix it
    Split by the group, so that all its rows stand in one part. Where the claim is about groups
    already known, such as next month's flights of the same aircraft, split by time, or say so in
    the split's reason and waive this finding.

    ## When it is wrong
    The effect is that of a group which the model has not seen. Where the features nearly name
    the group, as age and height name a patient, it includes what the model could not learn
    about such features from so few groups; a shared group flatters the score through these as
    well. A suggested column may be an ordinary category with an effect of its own. Groups known
    only by several columns together are not found.

    ## Reference
    Kapoor and Narayanan, «Leakage and the reproducibility crisis in machine-learning-based
    science», Patterns 4(9), 2023, type L3.2. Saeb et al., «The need to approximate the use-case
    in clinical machine learning», GigaScience 6(5), 2017. Searle, Casella and McCulloch,
    *Variance Components*, 1992, for the intraclass correlation of unequal groups.
    """

    code: ClassVar[str] = "D203"
    title: ClassVar[str] = "Groups across splits"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "https://doi.org/10.1016/j.patter.2023.100804",
        "https://doi.org/10.1093/gigascience/gix019",
    )
    family: ClassVar[str] = "overlap"
    thresholds: ClassVar[Mapping[str, float]] = {
        "crossing_share": 0.01,
        "effect": 0.05,
        "suggested_effect": 0.1,
        "significance": 0.002,
    }

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Count test rows of groups with training rows, and measure what groups carry.

        Raises:
            DataError: a table cannot be read, or the declared time is none.
        """
        context = cast(DataContext, context)
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        declared = tuple(name for name in context.groups if name in frames.test.columns)
        absent = tuple(name for name in context.groups if name not in declared)
        if absent and not declared:
            return NotApplicable(f"the test table has no column `{absent[0]}`")
        looks = _look(frames, declared)
        by_design = _in_time_order(context, frames)
        evidence = tuple(
            item
            for look in looks
            if (item := _evidence(look, frames, context, by_design, self.thresholds)) is not None
        )
        shares = [look.overlap.share for look in looks if look.declared]
        main = max((look for look in looks if look.declared), key=_by_share, default=None)
        return Measurement(
            value=max(shares, default=0.0),
            method=_method(looks),
            n=len(frames.test),
            ci=main.overlap.interval() if main is not None else None,
            evidence=evidence,
            notes=_notes(declared, absent, by_design),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Failed where crossing groups carry the label, warned where they may."""
        return judge_by_severity(measurement)


@dataclass(frozen=True, slots=True)
class _Look:
    """One column: where its groups stand, and what they carry; `p` after correction."""

    name: str
    declared: bool
    overlap: Overlap
    effect: GroupEffect | NoEffect
    p: float


def _look(frames: Frames, declared: tuple[str, ...]) -> tuple[_Look, ...]:
    """Declared columns first, then those that behave like groups, with p corrected over all."""
    import numpy as np
    from scipy.stats import false_discovery_control

    labelled = frames.train
    labels = np.empty((0, 1))
    if frames.target:
        made = label_columns(frames.train[frames.target], frames.task)
        known = ~np.isnan(made).any(axis=1)
        labelled, labels = frames.train.iloc[np.flatnonzero(known)], made[known]
    candidates = entity_columns(frames, labelled, labels, declared) if len(labels) else {}
    alike = [name for name, p in candidates.items() if p < _WORTH_TRYING]
    tried = sorted(alike, key=candidates.__getitem__)[:_TRIED]
    looks = []
    for name in (*declared, *tried):
        overlap = crossing(frames.train[name], frames.test[name])
        features = frames.features_but((*declared, name))
        effect: GroupEffect | NoEffect = NoEffect("there are no labels")
        if len(labels) and (overlap.rows or name not in declared):
            effect = effect_beyond(labelled, name, features, labels, _SEED)
        p = effect.p if isinstance(effect, GroupEffect) else 1.0
        looks.append(_Look(name, name in declared, overlap, effect, p))
    others = [p for name, p in candidates.items() if name not in tried]
    if not looks:
        return ()
    corrected = false_discovery_control([look.p for look in looks] + others)
    return tuple(
        replace(look, p=float(p)) for look, p in zip(looks, corrected[: len(looks)], strict=True)
    )


def _in_time_order(context: DataContext, frames: Frames) -> bool:
    """Is a time declared, and does no training row lie after a test row?"""
    name = context.time
    if not name or name not in frames.test.columns:
        return False
    train = times_of(frames.train[name], context.train).present
    test = times_of(frames.test[name], context.test).present
    return bool(train.size and test.size) and in_order(train, test)


def _evidence(
    look: _Look, frames: Frames, context: DataContext, by_design: bool, level: Thresholds
) -> Evidence | None:
    floor = level["effect"] if look.declared else level["suggested_effect"]
    carries = (
        isinstance(look.effect, GroupEffect)
        and look.effect.share >= floor
        and look.p < level["significance"]
    )
    if look.declared:
        return _crossing_evidence(look, frames, context, by_design, carries, level)
    if not carries:
        return None
    return Evidence(
        title=f"`{look.name}` behaves like an undeclared group",
        why=(
            f"{_overlap_words(look, len(frames.test))}, and training rows of one"
            f" `{look.name}` share their `{frames.target}`: {_effect_words(look)}"
        ),
        fix=f"if each `{look.name}` is one thing, declare it as group and split by it",
        severity=Severity.INFO,
        path=context.train,
        value=look.overlap.share,
        threshold=level["suggested_effect"],
        family="overlap",
    )


def _crossing_evidence(
    look: _Look,
    frames: Frames,
    context: DataContext,
    by_design: bool,
    carries: bool,
    level: Thresholds,
) -> Evidence | None:
    if not look.overlap.rows:
        return None
    if look.overlap.share < level["crossing_share"]:
        severity = Severity.INFO
    elif by_design:
        severity = Severity.WARNING if carries else Severity.INFO
    else:
        severity = Severity.BLOCKING if carries else Severity.WARNING
    named = ", ".join(map(repr, look.overlap.first(_SHOWN)))
    carried = (
        f"training rows of one group share their `{frames.target}`: {_effect_words(look)}"
        if carries
        else f"that its rows share their label was not shown: {_effect_words(look)}"
    )
    order = "; every training row lies before the test rows" if by_design else ""
    return Evidence(
        title=f"groups of `{look.name}` stand in train and in test",
        why=f"{_overlap_words(look, len(frames.test))}, first {named}{order}; {carried}",
        fix=f"split by `{look.name}`, or say why the claim is about groups already known",
        severity=severity,
        path=context.test,
        value=look.overlap.share,
        threshold=level["crossing_share"],
        family="overlap",
    )


def _overlap_words(look: _Look, rows: int) -> str:
    seen = look.overlap
    return (
        f"{seen.rows:,} of {rows:,} test rows ({seen.share:.1%}) belong to"
        f" {len(seen.shared):,} of `{look.name}` with training rows"
    )


def _effect_words(look: _Look) -> str:
    effect = look.effect
    if isinstance(effect, NoEffect):
        return f"not estimable, {effect.reason}"
    return (
        f"{max(0.0, effect.share):.0%} of what other columns leave lies between"
        f" groups (p = {look.p:.2g}, {effect.rows:,} rows in {effect.groups:,} groups)"
    )


def _by_share(look: _Look) -> float:
    return look.overlap.share


def _method(looks: tuple[_Look, ...]) -> str:
    words = ["test rows whose group has training rows"]
    words += [f"`{look.name}`: {_effect_words(look)}" for look in looks]
    return "; ".join(words)


def _notes(declared: tuple[str, ...], absent: tuple[str, ...], by_design: bool) -> tuple[str, ...]:
    notes = [f"the test table has no column `{name}`" for name in absent]
    if not declared:
        notes.append("no group is declared: looked for columns that behave like one")
    elif by_design:
        notes.append("the parts are in order of time, where groups cross by design")
    return tuple(notes)
