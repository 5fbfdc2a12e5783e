"""What the profiles of the data say that a draft can put before its author: as words and
comments, never as values. Everything in it comes from data and is cut to one printable line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grd_core.ledger.in_force import last_unfrozen_at
from grd_core.ledger.read import Reader
from grd_core.objective.frontmatter import visible

REPORT = "[DATA_REPORT.md](DATA_REPORT.md)"
_MOST_RISKS = 10
_MOST_COLUMNS = 4
_TOLD = ("blocking", "warning")


@dataclass(frozen=True, slots=True)
class KnownRisk:
    """A risk that a profile recorded: what was seen, by what, and the one thing to do."""

    severity: str
    title: str
    evidence: str
    do: str
    action: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrivialModel:
    """A trivial model fitted and scored on training rows: each metric's estimate, with half
    the width of its 95% interval where there is one."""

    name: str
    estimates: tuple[tuple[str, float, float | None], ...]


@dataclass(frozen=True, slots=True)
class DraftNotes:
    """What was recorded of the data; empty where nothing was profiled."""

    risks: tuple[KnownRisk, ...] = ()
    split_reason: str = ""
    missing: tuple[tuple[str, float], ...] = ()
    models: tuple[TrivialModel, ...] = ()

    def baselines(self) -> str:
        """The trivial models with their values, for a comment."""
        return "; ".join(
            f"{visible(model.name)} ("
            + ", ".join(f"{visible(name)} {value:.3g}" for name, value, _ in model.estimates)
            + ")"
            for model in self.models
        )

    def smallest_told(self, metric: str) -> float | None:
        """Half the width of the narrowest interval of a metric on training rows: a smaller gain
        could not be told from chance there. Positive, in the metric's unit; None if unknown."""
        widths = [
            half
            for model in self.models
            for name, _, half in model.estimates
            if name == metric and half
        ]
        return min(widths, default=None)

    def missing_rule(self) -> str:
        """Which columns have gaps, and the choices there are, for a comment."""
        named = ", ".join(f"{visible(name)} {share:.0%}" for name, share in self.missing)
        return f"{named} missing: left out, kept as missing, or filled from train" if named else ""

    def known_risks(self) -> Iterator[str]:
        """Each blocking or warning risk as a line of prose; what is left out is counted."""
        told = [risk for risk in self.risks if risk.severity in _TOLD]
        for risk in told[:_MOST_RISKS]:
            yield f"- {_words(risk.title)} ({_words(risk.evidence)}), see {REPORT}"
        if len(told) > _MOST_RISKS:
            yield f"- and {len(told) - _MOST_RISKS} more, see {REPORT}"

    def constraints(self) -> Iterator[str]:
        """What each of these risks asks of the method, as a proposal."""
        told = [risk for risk in self.risks if risk.severity in _TOLD]
        for risk in told[:_MOST_RISKS]:
            if risk.action == "exclude" and risk.columns:
                names = ", ".join(f"`{visible(name)}`" for name in risk.columns[:_MOST_COLUMNS])
                yield f"- {names}: used only if known when the result is used, see {REPORT}"
            else:
                yield f"- {_words(risk.title)}: {_words(risk.do)}, see {REPORT}"


def draft_notes(ledger: Reader) -> DraftNotes:
    """What the newest profiles of the newest data version say, and the reason of its split."""
    structure, training = _profile(ledger, "structure"), _profile(ledger, "training")
    reason = ledger.value(
        "SELECT reason FROM split WHERE data_version_id = (SELECT max(id) FROM data_version)"
        " ORDER BY id DESC LIMIT 1"
    )
    rows = structure.get("rows") or 0
    gaps = [
        (str(column["name"]), column["missing"] / rows)
        for column in structure.get("columns", ())
        if rows and column.get("missing")
    ]
    found = [*training.get("risks", ()), *structure.get("risks", ())]
    return DraftNotes(
        risks=tuple(_risk(one) for one in sorted(found, key=_severity)),
        split_reason=reason or "",
        missing=tuple(sorted(gaps, key=lambda gap: -gap[1])[:_MOST_COLUMNS]),
        models=tuple(_models(training.get("baseline", {}))),
    )


def _profile(ledger: Reader, scope: str) -> dict[str, Any]:
    text = ledger.value(
        "SELECT content_json FROM profile WHERE scope = ? AND at > ?"
        " AND data_version_id = (SELECT max(id) FROM data_version) ORDER BY id DESC LIMIT 1",
        scope,
        last_unfrozen_at(ledger) if scope == "training" else "",
    )
    content: dict[str, Any] = json.loads(text) if text else {}
    return content


def _severity(risk: dict[str, Any]) -> int:
    word = risk.get("severity")
    return _TOLD.index(word) if word in _TOLD else len(_TOLD)


def _risk(content: dict[str, Any]) -> KnownRisk:
    words = {key: str(content.get(key, "")) for key in ("severity", "title", "evidence", "do")}
    columns = tuple(str(name) for name in content.get("columns", ()))
    return KnownRisk(**words, action=str(content.get("action", "look")), columns=columns)


def _models(signal: dict[str, Any]) -> Iterator[TrivialModel]:
    for name, metrics in signal.get("models", {}).items():
        yield TrivialModel(
            str(name),
            tuple(
                (metric, float(found["estimate"]), _half(found))
                for metric, found in metrics.items()
                if found.get("estimate") is not None
            ),
        )


def _half(found: dict[str, Any]) -> float | None:
    if found.get("low") is None or found.get("high") is None:
        return None
    return (float(found["high"]) - float(found["low"])) / 2


def _words(text: str) -> str:
    """One line of prose that begins no heading, comment or code of its own."""
    return visible(" ".join(text.split()), 300).replace("<!--", "‹!--").rstrip(".")
