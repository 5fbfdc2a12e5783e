"""From facts to models whose features hold their target, or what was computed from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from grd_core.checks.dataflow import contents
from grd_core.checks.dataflow.columns import Columns, surely_holds
from grd_core.checks.dataflow.machine import Copied, Facts, ModelPair
from grd_core.checks.dataflow.values import Fit, Shape, Value


class Relation(Enum):
    """How a feature and the target are one."""

    SAME = auto()  # the target is among the features
    FEATURE_OF_TARGET = auto()  # a feature is computed from the target
    TARGET_OF_FEATURE = auto()  # the target is computed from one feature alone


@dataclass(frozen=True, slots=True)
class TargetCopy:
    """A feature that tells the target; `copied` where it, or the target, was computed."""

    pair: ModelPair
    relation: Relation
    target: str
    feature: str
    copied: Copied | None = None


def target_copies(facts: Facts) -> tuple[TargetCopy, ...]:
    """One for each feature and training call."""
    found: dict[tuple[str, int, str], TargetCopy] = {}
    for pair in facts.pairs:
        for copy in _copies(facts, pair):
            site = pair.train.site
            found.setdefault((site.path, site.line, copy.feature), copy)
    return tuple(found.values())


def _copies(facts: Facts, pair: ModelPair) -> Iterator[TargetCopy]:
    features, label = pair.train.features, pair.train.label
    if features is None or label is None or not _comparable(pair.train, features, label):
        return
    lineage = frozenset().union(*(facts.rows.ancestors(row) for row in pair.train.rows))
    made = [copied for copied in facts.copied if copied.rows & lineage]
    for target in sorted(label.copies.names):
        if surely_holds(features.columns, target):
            yield TargetCopy(pair, Relation.SAME, target, target)
            continue
        for copied in made:
            holds = features.holds_added(copied.column)
            if holds and copied.column != target and target in copied.sources.names:
                relation = Relation.FEATURE_OF_TARGET
                yield TargetCopy(pair, relation, target, copied.column, copied)
        yield from _made_of_one(pair, made, target, features.columns)


def _made_of_one(
    pair: ModelPair, made: list[Copied], target: str, columns: Columns
) -> Iterator[TargetCopy]:
    for copied in made:
        sources = copied.sources.names - {target}
        if copied.column == target and len(sources) == 1:
            (source,) = sources
            if surely_holds(columns, source):
                yield TargetCopy(pair, Relation.TARGET_OF_FEATURE, target, source, copied)


def _comparable(fit: Fit, features: Value, label: Value) -> bool:
    """Both cut out of one table by name, and a model that uses every column it is given."""
    return (
        features.shape is Shape.FRAME
        and label.copies.explicit
        and bool(features.rows & label.rows)
        and features.columns != label.columns
        and bool(fit.classes)
        and not any(name in contents.SELECTING for name in fit.classes)
    )
