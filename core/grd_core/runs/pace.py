"""How far a run has come and when it will be through: only where something says how long it is.

The length comes from a metric (`total_steps`), else from the command (`--epochs 30`), else
from the config the run started with (`epochs = 30`). Where none of them says it, where they
contradict each other, or where the run went past it, nothing is said.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from grd_core.identity import sha256_bytes
from grd_core.ledger.read import Reader
from grd_core.runs.metric_lines import MetricLine
from grd_core.runs.records import RunRecord

RATE_WINDOW_S = 300.0
"""The rate is that of the last minutes, or of the last points where they are further apart."""
LEAST_POINTS = 6
"""Points the rate is taken from at least, if there are as many; never from fewer than three."""
STALLED_INTERVALS = 5.0
STALLED_LEAST_S = 30.0
"""No data for this long, and for this many usual intervals: the run stalls, and no end is told."""

STEP_KEYS = frozenset({
    "steps", "max_steps", "total_steps", "num_steps", "n_steps", "train_steps", "training_steps",
    "max_train_steps", "num_train_steps", "iterations", "max_iterations", "num_iterations",
    "n_iterations", "max_iters", "num_iters", "rounds", "num_rounds", "n_rounds",
    "num_boost_round",
})  # fmt: skip
EPOCH_KEYS = frozenset({
    "epochs", "max_epochs", "num_epochs", "n_epochs", "total_epochs", "train_epochs",
    "num_train_epochs",
})  # fmt: skip
_TOTAL_METRICS = ("total_steps", "max_steps", "num_steps")
_EPOCH_METRICS = ("epoch", "train/epoch", "trainer/epoch")
_OTHER_SECTIONS = re.compile(r"warm|eval|valid|log|save|checkpoint|sched|early|test")
_CONFIGS = ("config.toml", "config.yaml", "config.yml", "config.json")
_MOST_CONFIG_BYTES = 2**20
_TAIL_ROWS = 512
_OPTION = re.compile(r"[-+]*([A-Za-z][\w.-]*?)(?:=(\d+))?")


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a run is.

    `step` is the last logged step, `done` how many of `of_steps` are through, counted in
    `counter` (step or epoch); `of_source` says where the length comes from, such as
    `config.toml: epochs = 30`. `per_s` is the rate of the last minutes, `interval_s` the mean
    time between points, `eta_s` seconds from now to the end. None and "" where unknown.
    """

    step: int | None = None
    counter: str = "step"
    done: float | None = None
    of_steps: int | None = None
    of_source: str = ""
    per_s: float | None = None
    interval_s: float | None = None
    eta_s: float | None = None
    text: str = ""

    @property
    def fraction(self) -> float | None:
        """How much is through, from 0 to 1; None where the length is not known."""
        if self.done is None or not self.of_steps:
            return None
        return min(1.0, self.done / self.of_steps)

    def is_stalled(self, age_s: float) -> bool:
        """Whether data stopped coming, by what was usual so far."""
        return age_s > max(STALLED_LEAST_S, STALLED_INTERVALS * (self.interval_s or 0.0))


def pace_of(ledger: Reader, run: RunRecord, metrics: Sequence[MetricLine]) -> Pace:
    """The pace of a run from its metrics, newest data first.

    A run that counts its steps from 0 has done one more than its last step. The end is told
    while the run goes on and data keeps coming, from at least three points that move forward.
    """
    own = [metric for metric in metrics if not metric.is_meter]
    if not own:
        return Pace()
    leading = max(own, key=lambda metric: (metric.last_step, metric.count))
    length = _length_by_metric(own) or _length(run, _inputs(ledger, run))
    epoch = next((m for m in own if m.name.lower() in _EPOCH_METRICS and m.last is not None), None)
    by_epoch = length is not None and length.is_epochs and epoch is not None
    counted = epoch if by_epoch and epoch is not None else leading
    trail = _trail(ledger, run.id, counted.name, by_value=by_epoch)
    pace = replace(
        _rated(trail),
        step=leading.last_step,
        counter="epoch" if by_epoch else "step",
        text=f"step {leading.last_step}",
    )
    if length is None:
        return pace
    done = float(counted.last or 0.0) if by_epoch else _done(leading, length.total)
    if done > length.total:
        return pace  # what was taken for the length is not counted in these steps
    unit = " epochs" if length.is_epochs and not by_epoch else ""
    pace = replace(
        pace,
        done=done,
        of_steps=length.total,
        of_source=length.source,
        text=f"{pace.counter} {done:g}/{length.total}{unit}",
    )
    if not run.is_going_on or not pace.per_s or pace.is_stalled(counted.age_s):
        return pace
    return replace(pace, eta_s=max(0.0, (length.total - done) / pace.per_s - counted.age_s))


@dataclass(frozen=True, slots=True)
class _Length:
    total: int
    is_epochs: bool
    source: str


def _done(leading: MetricLine, total: int) -> float:
    from_zero = leading.first_step == 0 and leading.last_step < total
    return float(leading.last_step + from_zero)


def _length_by_metric(metrics: Sequence[MetricLine]) -> _Length | None:
    for name in _TOTAL_METRICS:
        found = next((m for m in metrics if m.name.lower() == name and m.last is not None), None)
        if found is not None and found.last is not None and found.last >= 1:
            return _Length(int(found.last), False, f"metric {found.name}")
    return None


def _inputs(ledger: Reader, run: RunRecord) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        ledger.value("SELECT inputs_json FROM run WHERE id = ?", run.id) or "{}"
    )
    return content


def _length(run: RunRecord, inputs: dict[str, Any]) -> _Length | None:
    """By the command, else by the config file if it is still the one the run started with."""
    if (said := _only_one(_options(run.command), "command")) is not None:
        return said
    recorded = inputs.get("files") or {}
    name = next((name for name in _CONFIGS if name in recorded), "")
    if not name.endswith((".toml", ".json")):
        return None
    path = run.folder.parent.parent / name
    try:
        if path.stat().st_size > _MOST_CONFIG_BYTES:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return _length_in(name, content) if sha256_bytes(content) == recorded[name] else None


@lru_cache(maxsize=64)
def _length_in(name: str, content: bytes) -> _Length | None:
    text = content.decode("utf-8-sig", errors="replace")
    try:
        values = tomllib.loads(text) if name.endswith(".toml") else json.loads(text)
        return _only_one(_settings("", values), name)
    except (ValueError, RecursionError):
        return None


def _settings(section: str, value: Any) -> Iterator[tuple[str, int]]:
    """Whole numbers by the last part of their key, without sections about something else."""
    if not isinstance(value, dict) or _OTHER_SECTIONS.search(section):
        return
    for key, inner in value.items():
        if type(inner) is int:
            yield str(key), inner
        else:
            yield from _settings(str(key).lower(), inner)


def _options(command: Sequence[str]) -> Iterator[tuple[str, int]]:
    for index, word in enumerate(command):
        option = _OPTION.fullmatch(word)
        if option is None:
            continue
        after = command[index + 1] if word.startswith("-") and index + 1 < len(command) else ""
        number = option.group(2) or after
        if number.isascii() and number.isdigit():
            yield option.group(1).rpartition(".")[2], int(number)


def _only_one(settings: Iterable[tuple[str, int]], where: str) -> _Length | None:
    """The one length they state; steps count before epochs, two different numbers for none."""
    known = [(key, value) for key, value in settings if value > 0]
    for keys in (STEP_KEYS, EPOCH_KEYS):
        found = [(key, v) for key, v in known if key.lower().replace("-", "_") in keys]
        if found:
            if len({value for _, value in found}) > 1:
                return None
            key, value = found[0]
            return _Length(value, keys is EPOCH_KEYS, f"{where}: {key} = {value}")
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the count stood at a time, and how many points lie between it and the next newer."""

    time: float
    count: float
    points: int = 1


def _trail(ledger: Reader, run_id: int, name: str, *, by_value: bool) -> list[_Place]:
    """The newest points, newest first; behind the rows, both ends of the newest chunks."""
    row = ledger.one("SELECT id FROM metric_summary WHERE run_id = ? AND name = ?", run_id, name)
    if row is None:
        return []
    found = [
        _Place(point[0], float(point[1]))
        for point in ledger.rows(
            "SELECT time, CASE ? WHEN 1 THEN value ELSE step END FROM point_tail"
            " WHERE metric_id = ? ORDER BY seq DESC LIMIT ?",
            int(by_value),
            row["id"],
            _TAIL_ROWS,
        )
        if point[1] is not None
    ]
    if len(found) == _TAIL_ROWS or by_value:
        return found
    for chunk in ledger.rows(
        "SELECT first_time, first_step, last_time, last_step, count FROM point_chunk"
        " WHERE metric_id = ? ORDER BY seq DESC LIMIT ?",
        row["id"],
        LEAST_POINTS,
    ):
        found.append(_Place(chunk["last_time"], float(chunk["last_step"])))
        found.append(_Place(chunk["first_time"], float(chunk["first_step"]), chunk["count"] - 1))
    return found


def _rated(trail: list[_Place]) -> Pace:
    """Rate and interval over the window; what came before a restart does not count."""
    kept = trail[:1]
    for place in trail[1:]:
        if place.count > kept[-1].count or place.time > kept[-1].time:
            break
        if trail[0].time - place.time > RATE_WINDOW_S and len(kept) >= LEAST_POINTS:
            break
        kept.append(place)
    points = sum(place.points for place in kept)
    if points < 3:
        return Pace()
    span_s, moved = kept[0].time - kept[-1].time, kept[0].count - kept[-1].count
    if span_s <= 0:
        return Pace()
    return Pace(per_s=moved / span_s if moved > 0 else None, interval_s=span_s / (points - 1))
