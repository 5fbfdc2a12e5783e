"""What a metric's name says: which part of the data, which quantity, which way is better."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from grd_core.statistics.metrics import CATALOGUE

Part = Literal["train", "validation", "test", ""]
Good = Literal["lower", "higher", ""]

_PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "eval": "validation",
    "test": "test",
}
_LOWER = frozenset({
    "loss", "error", "err", "nll", "perplexity", "ppl", "deviance", "ce", "bce", "crossentropy",
    "wer", "cer", "fid", "kl",
})  # fmt: skip
_HIGHER = frozenset({
    "acc", "score", "reward", "iou", "dice", "bleu", "map", "ndcg", "kappa", "mcc",
})  # fmt: skip
_SEPARATORS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class MetricName:
    """A name taken apart: `val/loss` is part validation, quantity loss, lower is better.

    `part` and `good` are empty where the name does not say.
    """

    name: str
    part: Part
    quantity: str
    good: Good


@dataclass(frozen=True, slots=True)
class MetricPair:
    """Two metrics of one quantity, by their names: on the training part and on validation."""

    quantity: str
    train: str
    validation: str
    good: Good


def read_name(name: str) -> MetricName:
    """Take a metric's name apart; the part may stand first or last (`val_loss`, `loss/val`)."""
    tokens = [token for token in _SEPARATORS.split(name.lower()) if token]
    part: Part = ""
    if len(tokens) > 1 and tokens[0] in _PARTS:
        part, tokens = _PARTS[tokens[0]], tokens[1:]
    elif len(tokens) > 1 and tokens[-1] in _PARTS:
        part, tokens = _PARTS[tokens[-1]], tokens[:-1]
    return MetricName(name, part, "_".join(tokens) or name.lower(), _good(tokens))


def pairs_of(names: Iterable[str]) -> tuple[MetricPair, ...]:
    """Which metrics are one quantity on both parts: `loss` or `train_loss` with `val_loss`.

    A name without a part counts as the training one, unless another says `train`.
    """
    by_part: dict[tuple[str, str], MetricName] = {}
    for name in names:
        read = read_name(name)
        by_part.setdefault((read.quantity, read.part), read)
    pairs = []
    for (quantity, part), read in by_part.items():
        train = by_part.get((quantity, "train")) or by_part.get((quantity, ""))
        if part == "validation" and train is not None:
            pairs.append(MetricPair(quantity, train.name, read.name, read.good))
    return tuple(pairs)


def _good(tokens: list[str]) -> Good:
    """Which way is better, by the catalogue of metrics and by usual words; empty in doubt."""
    if (known := _CATALOGUED.get("".join(tokens))) is not None:
        return known
    lower, higher = bool(_LOWER & set(tokens)), bool(_HIGHER & set(tokens))
    for token in tokens:
        lower = lower or _CATALOGUED.get(token) == "lower"
        higher = higher or _CATALOGUED.get(token) == "higher"
    if lower == higher:
        return ""
    return "lower" if lower else "higher"


def _catalogued() -> dict[str, Good]:
    found: dict[str, Good] = {}
    for metric in CATALOGUE:
        direction: Good = "higher" if metric.direction == "higher" else "lower"
        for name in (metric.name, metric.title, *metric.aliases):
            found[_SEPARATORS.sub("", name.lower())] = direction
    return found


_CATALOGUED = _catalogued()
