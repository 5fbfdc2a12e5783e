"""Metrics of one's own in the objective: where their sources stand, and whether they changed.

Sources are read as text and never imported. The lock records what they are; from then on a
difference is drift, as if it stood in OBJECTIVE.md itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grd_core.objective.classification import Classification
from grd_core.objective.document import Document
from grd_core.objective.drift import Drift, FieldChange
from grd_core.objective.fields import field_of_item
from grd_core.objective.model import Metric, Objective
from grd_core.objective.problem import Problem
from grd_core.statistics.metrics import source_of
from grd_core.statistics.own_metric import SHOWN_DIGITS, OwnSource, is_own, read_own
from grd_core.statistics.own_metric_source import Unusable

Sources = Mapping[str, OwnSource]
"""The source of each metric of one's own, by the name the objective gives it."""

NO_SOURCES: Sources = MappingProxyType({})


def own_sources(objective: Objective, root: Path) -> Sources:
    """What stands on the disk now, of the functions that can be used."""
    return _on_disk((metric.name for metric in objective.metrics), root)


def own_problems(document: Document, root: Path) -> Iterator[Problem]:
    """Functions that are not there, or cannot be called as a metric."""
    for index, metric in enumerate(document.objective.metrics):
        if not is_own(metric.name):
            continue
        read = read_own(metric.name, root)
        if isinstance(read, Unusable):
            yield document.refusal(f"metrics[{index}].name", read.why, read.fix)


def own_json(metric: Metric, source: OwnSource) -> dict[str, Any]:
    """A metric of one's own as the decision rule keeps it."""
    return {
        "needs": metric.needs or "values",
        "low": metric.low,
        "high": metric.high,
        "installed": source.installed,
        "weighted": source.weighted,
        "files": [list(pair) for pair in source.files],
        "sha256": source.sha256,
    }


def recorded_sources(rule: Mapping[str, Any]) -> Sources:
    """The sources that a locked rule was fixed with."""
    return {
        item["name"]: source_of(item) for item in rule["metrics"] if item.get("own") is not None
    }


def sources_on_disk(rule: Mapping[str, Any], root: Path) -> Sources:
    """What stands on the disk now, of the functions that a locked rule names."""
    return _on_disk(recorded_sources(rule), root)


def source_changes(before: Sources, after: Sources) -> tuple[FieldChange, ...]:
    """The functions of `before` whose source is another one in `after`, or gone.

    Nobody can tell from two texts whether a function asks less or more: it is changed.
    """
    return tuple(
        FieldChange(f"{_field(name)}.source", Classification.CHANGED, *_sides(source, after))
        for name, source in before.items()
        if name not in after or after[name].files != source.files
    )


def with_sources(found: Drift, before: Sources, after: Sources) -> Drift:
    """A drift of the file together with that of the functions it names; of a metric that is
    gone from the file nothing more is said."""
    gone = {change.field for change in found.changes}
    kept = {name: source for name, source in before.items() if _field(name) not in gone}
    changes = source_changes(kept, after)
    if not changes or not found.readable:
        return found
    return dataclasses.replace(found, identical=False, changes=(*changes, *found.changes))


def drift_of_sources(found: Drift, rule: Mapping[str, Any], root: Path) -> Drift:
    """A drift of the file from a locked rule together with that of its functions on the disk."""
    return with_sources(found, recorded_sources(rule), sources_on_disk(rule, root))


def _field(name: str) -> str:
    return field_of_item("metrics", name)


def _sides(source: OwnSource, after: Sources) -> tuple[str, str]:
    """The files that differ with the first digits of what they were, and of what they are."""
    if source.name not in after:
        return source.described(), "not there, or no function that can be called"
    then, now = dict(source.files), dict(after[source.name].files)
    differing = [path for path in {**then, **now} if then.get(path) != now.get(path)]

    def told(files: Mapping[str, str]) -> str:
        return ", ".join(
            f"{path} {files[path][:SHOWN_DIGITS]}" if path in files else f"{path} not imported"
            for path in differing
        )

    return told(then), told(now)


def _on_disk(names: Iterable[str], root: Path) -> Sources:
    read = {name: read_own(name, root) for name in names if is_own(name)}
    return {name: one for name, one in read.items() if isinstance(one, OwnSource)}
