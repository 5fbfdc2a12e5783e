"""An objective as comparable fields, each under a stable name.

Items of a list are matched by their name, not by their position, so that reordering is no
change, except where an order decides: the first primary metric, and the baseline that gains
are measured from, are fields of their own. Every field of the model is here, if only by its
value: what is not ordered is «changed», never overlooked.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from grd_core.objective.classification import Bar, Classification, Region, of_item, of_value
from grd_core.objective.model import Baseline, Budget, Criterion, Metric, Objective

_LISTS = ("strata", "seen", "exploratory", "evaluation.groups", "evaluation.exclusions")
_BARE_NAME = re.compile(r"[^.\"#]+")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value, where it stands in the front matter, and how it is shown.

    `kind` is the field without its item, such as `metrics.threshold`; `item` is the field of
    the item it is a part of, empty where it is none.
    """

    value: Any
    path: str
    shown: str
    kind: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that differs; None where one side has no such field."""

    field: str
    meaning: Classification
    before: Leaf | None
    after: Leaf | None


def compare_fields(before: Objective, after: Objective) -> Iterator[Changed]:
    """Every field that differs, with both values; parts of a new or gone item stay silent."""
    old, new = fields_of(before), fields_of(after)
    currency = old["budget.currency"].value != new["budget.currency"].value
    for field in dict.fromkeys([*old, *new]):
        left, right = old.get(field), new.get(field)
        if left is None or right is None:
            lone = left or right
            if lone and (lone.item in old) == (lone.item in new):
                meaning = of_item(lone.kind, added=left is None)
                yield Changed(field, meaning, left, right)
            continue
        meaning = of_value(left.kind, left.value, right.value)
        if meaning is not Classification.NEUTRAL:
            if currency and field == "budget.cost":
                meaning = Classification.CHANGED
            yield Changed(field, meaning, left, right)


def fields_of(objective: Objective) -> dict[str, Leaf]:
    """Every field under its name, such as `metrics.mae.threshold`.

    An item of a list has a leaf of its own (`metrics.mae`), which exists exactly as long
    as the item does. A name that holds a dot stands in quotes, so that no item can be taken
    for a part of another.
    """
    fields = _Fields(objective)
    fields.put_values("", objective, but=("metrics", "evaluation", "baselines", "falsification",
                                          "budget"))  # fmt: skip
    fields.put_lead()
    for place, metric in enumerate(objective.metrics):
        fields.put_metric(place, metric)
    fields.put_values("evaluation", objective.evaluation)
    for place, baseline in enumerate(objective.baselines):
        fields.put_baseline(place, baseline)
    for place, criterion in _by_reach(objective.falsification):
        fields.put_criterion(place, criterion)
    fields.put_budget()
    return fields.found


class _Fields:
    """One pass over an objective."""

    def __init__(self, objective: Objective) -> None:
        self.found: dict[str, Leaf] = {}
        self._objective = objective
        self._weights = objective.weights()
        self._good = {metric.registered: metric.good for metric in objective.metrics}
        self._named: Counter[str] = Counter()

    def put_values(self, group: str, part: BaseModel, but: tuple[str, ...] = ()) -> None:
        """Every field of a part of the model, lists item by item."""
        for name, value in part:
            kind = f"{group}.{name}" if group else name
            if kind in _LISTS:
                self._put_items(kind, value)
            elif name not in but:
                self._put(kind, value, kind, kind)

    def put_lead(self) -> None:
        """The metric that published values are values of and the worst stratum is told by."""
        lead = self._objective.lead()
        place = self._objective.metrics.index(lead) if lead else 0
        name = lead.registered if lead else ""
        self._put("first primary metric", name, f"metrics[{place}]", "metrics.lead")

    def put_metric(self, place: int, metric: Metric) -> None:
        """A metric and its parts, among them the baseline its gains are measured from."""
        item, path = self._item("metrics", metric.registered, place, _metric_line(metric))
        bar = Bar(metric.threshold, metric.good)
        reference = self._objective.measured_from(metric)
        self._part(item, "direction", metric.good, path)
        self._part(item, "threshold", bar, path, shown_value(metric.threshold))
        self._part(item, "weight", self._weights[metric.registered], path)
        if reference is not None:
            at = f"baselines[{self._objective.baselines.index(reference)}]"
            self._put(f"{item}.measured_from", reference.name, at, "metrics.measured_from",
                      item=item)  # fmt: skip
        else:
            self._part(item, "measured_from", "", path)
        for name, value in metric:
            if name not in ("name", "direction", "threshold", "weight"):
                self._part(item, name, value, path)

    def put_baseline(self, place: int, baseline: Baseline) -> None:
        """A baseline and its parts."""
        item, path = self._item("baselines", baseline.name, place, baseline.kind)
        published = Bar(baseline.expected, None)
        lead = self._objective.lead()
        if baseline.kind == "literature" and lead is not None:
            published = Bar(baseline.expected, lead.good, lead.registered)
        self._part(item, "expected", published, path, shown_value(baseline.expected))
        for name, value in baseline:
            if name not in ("name", "expected"):
                self._part(item, name, value, path)

    def put_criterion(self, place: int, criterion: Criterion) -> None:
        """A criterion and its parts. One that refutes on a good result is another item than
        one that refutes on a bad result: turning the sign round takes the one away."""
        region = region_of(criterion)
        shown = f"{criterion.of} {criterion.comparison} {shown_value(criterion.threshold)}"
        good = self._good.get(criterion.registered)
        usual = criterion.of == "gain" or good != "lower"
        side = "" if region.below == usual else ".below" if region.below else ".above"
        path = f"falsification[{place}]"
        name = f"falsification.{_named(criterion.registered)}.{criterion.of}{side}"
        item = self._put(self._unique(name), True, path, "falsification", shown)
        self._put(f"{item}.region", region, f"{path}.threshold", "falsification.region", shown,
                  item)  # fmt: skip
        for name, value in criterion:
            if name not in ("metric", "of", "comparison", "threshold"):
                self._part(item, name, value, path)

    def put_budget(self) -> None:
        """The limits; where there is no budget each of them is empty."""
        limits = self._objective.budget
        for name in Budget.model_fields:
            field = f"budget.{name}"
            empty = "" if name in ("currency", "stop_rule") else None
            self._put(field, getattr(limits, name) if limits else empty, field, field)

    def _item(self, group: str, name: str, place: int, shown: str) -> tuple[str, str]:
        path = f"{group}[{place}]"
        field = self._unique(field_of_item(group, name))
        return self._put(field, True, path, group, shown), path

    def _part(self, item: str, name: str, value: Any, path: str, shown: str = "") -> None:
        kind = f"{item.partition('.')[0]}.{name}"
        self._put(f"{item}.{name}", value, f"{path}.{name}", kind, shown, item)

    def _put_items(self, kind: str, items: tuple[str, ...]) -> None:
        for place, item in enumerate(items):
            text = " ".join(item.split())
            self._put(f"{kind}: {text}", text, f"{kind}[{place}]" if len(items) > 1 else kind, kind)

    def _put(
        self, field: str, value: Any, path: str, kind: str, shown: str = "", item: str = ""
    ) -> str:
        plain = " ".join(value.split()) if isinstance(value, str) else value
        self.found[field] = Leaf(plain, path, shown or shown_value(plain), kind, item)
        return field

    def _unique(self, field: str) -> str:
        self._named[field] += 1
        number = self._named[field]
        return field if number == 1 else f"{field}#{number}"


def region_of(criterion: Criterion) -> Region:
    """Where a criterion refutes."""
    sign = criterion.comparison
    return Region(sign.startswith("<"), criterion.threshold, sign.endswith("="))


def _by_reach(criteria: tuple[Criterion, ...]) -> list[tuple[int, Criterion]]:
    """Criteria on the same number from the one that refutes most, whatever their order in the
    file: matched so, none can take the place of a wider one unseen."""
    by_words = sorted(enumerate(criteria), key=lambda one: (one[1].meaning, one[1].claim))
    return sorted(by_words, key=lambda one: region_of(one[1]).reach, reverse=True)


def field_of_item(group: str, name: str) -> str:
    """The field of an item of a list: `metrics.mae`, `metrics."costs.tide:pinball"`."""
    return f"{group}.{_named(name)}"


def _named(name: str) -> str:
    plain = " ".join(name.split())
    return plain if _BARE_NAME.fullmatch(plain) else json.dumps(plain, ensure_ascii=False)


def _metric_line(metric: Metric) -> str:
    parts = [metric.role, metric.good or "no direction", shown_value(metric.threshold)]
    return " ".join(part for part in parts if part != "–")


def shown_value(value: Any) -> str:
    """A value as it is printed: a number with all its digits, so that no two look alike."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value)
