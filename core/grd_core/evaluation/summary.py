"""A scorecard in lines of text: what the gate and the command line print."""

from __future__ import annotations

from typing import Any


def where_wrong(scorecard: dict[str, Any]) -> tuple[str, ...]:
    """The worst stratum and the hardest rows: errors before successes."""
    lines = []
    worst = scorecard["worst_stratum"]
    left_out = sum(strata["too_small"] for strata in scorecard["strata"])
    if not worst:
        lines.append("no worst stratum: fewer than two hold enough rows")
    if left_out:
        lines.append(f"{left_out} strata have too few rows to be scored")
    if worst:
        lines.append(
            f"worst stratum {worst['column']}={worst['value']}, n {worst['n']:,}:"
            f" {worst['metric']} {_interval(worst)}, overall {_number(worst['overall'])}"
            f" (worst of {worst['among']})"
        )
    errors = scorecard["exploratory"]["errors"]
    lines.extend(
        f"hardest: row {item['id']} said {item['said']}, was {item['was']}"
        for item in errors["hardest"][:3]
    )
    return tuple(lines)


def late_changes(scorecard: dict[str, Any]) -> tuple[str, ...]:
    """What was loosened or changed in the rule after results had been seen; a scorecard of
    before this was kept has none."""
    return tuple(
        f"{'post hoc' if one['post_hoc'] else 'after results'}: v{one['version']}"
        f" {one['classification']} {one['field']}, {one['before'] or '–'} → {one['after'] or '–'},"
        f" with {one['results_seen']} results seen, because {one['reason']}"
        for one in scorecard.get("late_changes", ())
    )


def numbers(scorecard: dict[str, Any]) -> tuple[str, ...]:
    """Each locked metric, gain and criterion with its interval; then the outcome."""
    lines = []
    for metric in scorecard["metrics"]:
        threshold = (
            f", threshold {_number(metric['threshold'])}: {metric['result']}"
            if metric["threshold"] is not None
            else ""
        )
        lines.append(f"{metric['name']} ({metric['role']}) {_interval(metric)}{threshold}")
    for gain in scorecard["comparisons"]:
        p = f", p {gain['p_adjusted']:.4g} adjusted" if gain["p_adjusted"] is not None else ""
        lines.append(
            f"gain in {gain['metric']} over {gain['baseline']}: {_interval(gain)}{p}:"
            f" {gain['result']}"
        )
    for criterion in scorecard["falsification"]:
        lines.append(
            f"falsified if {criterion['of']} of {criterion['metric']} {criterion['comparison']}"
            f" {_number(criterion['threshold'])}: {criterion['status'].replace('_', ' ')}"
        )
    provenance = scorecard["provenance"]
    lines.append(
        f"peek {provenance['peeks_used']} of {provenance['peeks_declared'] or 'no declared limit'}"
    )
    lines.extend(late_changes(scorecard))
    lines.append(
        f"by the registered rule: {scorecard['outcome']['outcome']},"
        f" {'; '.join(scorecard['outcome']['reasons'])}"
    )
    return tuple(lines)


def _interval(estimate: dict[str, Any]) -> str:
    if estimate["estimate"] is None or estimate["low"] is None:
        return f"{_number(estimate['estimate'])} (no interval: {estimate['reason']})"
    return (
        f"{_number(estimate['estimate'])} [{_number(estimate['low'])}, {_number(estimate['high'])}]"
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
