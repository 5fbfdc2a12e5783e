"""What a number of the scorecard was computed from, and the features of a hard example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from grd_screens.glyphs import Glyphs
from grd_screens.pages.evaluation.card_rows import (
    worst_strata,
)
from grd_screens.pages.evaluation.interval_bar import interval_bar
from grd_screens.pages.evaluation.numbers import figure, interval, judged, outcome_mark
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, hanging, sides, text

if TYPE_CHECKING:
    from grd_core.evaluation.example import Example
    from grd_core.evaluation.snapshot import EvaluationSnapshot

INDENT = 14


def detail_of(
    card: EvaluationSnapshot, key: str, looked: Example | str | None, glyphs: Glyphs, width: int
) -> list[Content]:
    """The details of a row; `looked` is the example, or why there is none yet."""
    content = card.content or {}
    kind, _, name = key.partition(":")
    match f"{kind}:" if name else kind:
        case "row:":
            return _example(card, name, looked, glyphs, width)
        case "stratum:":
            return _strata(card, name, glyphs, width)
        case "metric:":
            found = next(one for one in content["metrics"] if one["name"] == name)
            return _metric(found, content, glyphs, width)
        case "gain:":
            return _gain(content["comparisons"][int(name)], content, glyphs, width)
        case "criterion:":
            return _criterion(content["falsification"][int(name)], glyphs, width)
        case "calibration":
            return _calibration(card, glyphs, width)
        case "outcome":
            return _outcome(card, glyphs, width)
        case "tried":
            return _tried(card, content, width)
    return []


def _example(
    card: EvaluationSnapshot,
    row_id: str,
    looked: Example | str | None,
    glyphs: Glyphs,
    width: int,
) -> list[Content]:
    error = next((one for one in card.hardest if one.id == row_id), None)
    if error is None:
        return []
    lines = text(f"row {printable(row_id)}", "bold").wrap(max(width, 1))
    lines += _row("said", Content(printable(error.said)), width)
    lines += _row("was", Content(printable(error.was)), width)
    what = printable(str((card.content or {})["exploratory"]["errors"]["error"]))
    lines += _row("error", Content.assemble(figure(error.error), (f"  {what}", MUTED)), width)
    lines.append(text(glyphs.rule * width, "$rule"))
    if looked is None:
        told = Content.assemble(
            (glyphs.enter, ACCENT),
            " reads its features from the frozen test part; this look is logged as a touch first",
        )
        return [*lines, *told.wrap(max(width, 1))]
    if isinstance(looked, str):
        return [*lines, *text(printable(looked), MUTED).wrap(max(width, 1))]
    lines += text(f"{len(looked.features)} features; this look is logged", MUTED).wrap(width)
    longest = max((len(printable(name)) for name, _ in looked.features), default=0)
    column = min(longest + 2, max(INDENT, width // 2))
    for name, value in looked.features:
        shown = Content(printable(value)) if value else text("missing", MUTED)
        lines += hanging(text(printable(name), MUTED), shown, column, width)
    return lines


def _strata(card: EvaluationSnapshot, name: str, glyphs: Glyphs, width: int) -> list[Content]:
    """All strata of the metric, the worst first, on one scale."""
    if not card.strata:
        return _few(card, width)
    chosen = worst_strata(card)[int(name)]
    lines = [
        *text(f"every stratum by {printable(chosen.metric)}, the worst first", "bold").wrap(width),
        *text("the worst is chosen among all: its interval is not corrected for that", MUTED).wrap(
            max(width, 1)
        ),
    ]
    for line in card.strata:
        if line.metric != chosen.metric:
            continue
        label = Content.assemble(
            (
                f"{printable(line.column)}={printable(line.value)}",
                "bold" if line == chosen else "",
            ),
            (f"  n {line.number.n:,}", MUTED),
        )
        lines += sides(label, (Content(interval(line.number)),), width)
    return [*lines, *_few(card, width)]


def _few(card: EvaluationSnapshot, width: int) -> list[Content]:
    if not card.strata_too_small:
        return []
    return text(f"{card.strata_too_small} strata hold too few rows to be scored", MUTED).wrap(width)


def _metric(
    found: dict[str, Any], content: dict[str, Any], glyphs: Glyphs, width: int
) -> list[Content]:
    lines = text(printable(found["name"]), "bold").wrap(max(width, 1))
    lines += _row("role", Content(f"{found['role']}, {found['direction']} is better"), width)
    lines += _estimate(found, glyphs, width)
    lines += _row("threshold", Content(figure(found["threshold"])), width)
    lines += _row("by the rule", judged(found["result"], glyphs), width)
    lines += _row("least effect", Content(figure(found["minimum_effect"])), width)
    for one in found["per_seed"]:
        lines += _row(f"seed {one['seed']}", Content(figure(one["estimate"])), width)
    return [*lines, *_resampling(content, width), *_sources(content["provenance"], width)]


def _gain(
    found: dict[str, Any], content: dict[str, Any], glyphs: Glyphs, width: int
) -> list[Content]:
    title = f"gain in {printable(found['metric'])} over {printable(found['baseline'])}"
    lines = text(title, "bold").wrap(max(width, 1))
    lines += _estimate(found, glyphs, width)
    lines += _row("baseline", Content(figure(found["baseline_estimate"])), width)
    lines += _row("least effect", Content(figure(found["minimum_effect"])), width)
    lines += _row("p", Content(figure(found["p_value"])), width)
    lines += _row("p adjusted", Content(figure(found["p_adjusted"])), width)
    lines += _row("by the rule", judged(found["result"], glyphs), width)
    lines += _row("required", Content("yes" if found["required"] else "no"), width)
    lines += _resampling(content, width)
    for source in content["provenance"]["baselines"].get(found["baseline"], ()):
        lines += _source(source, width)
    return lines


def _criterion(found: dict[str, Any], glyphs: Glyphs, width: int) -> list[Content]:
    title = (
        f"{printable(found['of'])} of {printable(found['metric'])} {found['comparison']}"
        f" {figure(found['threshold'])}"
    )
    lines = text(title, "bold").wrap(max(width, 1))
    lines += _row("meaning", Content(printable(found["meaning"])), width)
    lines += _row("then", Content(printable(found["claim"])), width)
    lines += _row("estimate", Content(interval(found)), width)
    lines += _row("by the rule", judged(found["status"], glyphs), width)
    if found["reason"]:
        lines += _row("because", Content(printable(found["reason"])), width)
    said = "met by the whole interval or not at all"
    return [*lines, *text(said, MUTED).wrap(max(width, 1))]


def _calibration(card: EvaluationSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    line = card.calibration
    if line is None:
        return []
    lines = text(f"calibration of {printable(line.of)}", "bold").wrap(max(width, 1))
    lines += _row("error", Content(interval(line.number)), width)
    lines += _row("score", text("observed share, rows", MUTED), width)
    cells = max(1, width - INDENT - 20)
    for one in line.bins:
        filled = round(min(max(one.observed, 0.0), 1.0) * cells)
        bar = Content.assemble((glyphs.spent * filled, "$accent"), f" {one.observed:.3f}")
        lines += _row(f"{one.mean_score:.3f}", bar + text(f"  {one.n:,}", MUTED), width)
    return lines


def _outcome(card: EvaluationSnapshot, glyphs: Glyphs, width: int) -> list[Content]:
    lines = outcome_mark(card.outcome, glyphs).wrap(max(width, 1))
    for reason in card.reasons:
        lines += _row("because", Content(printable(reason)), width)
    for late in card.late_changes:
        lines += _row("amended", Content(printable(late)), width)
    return [*lines, *_row("the rule", Content(printable(card.rule)), width)]


def _tried(card: EvaluationSnapshot, content: dict[str, Any], width: int) -> list[Content]:
    lines = text("everything that was tried", "bold").wrap(max(width, 1))
    declared = "no declared limit" if card.peeks_declared is None else str(card.peeks_declared)
    lines += _row("looks", Content(f"{card.peeks_used} of {declared}, for ever"), width)
    if card.tried is not None:
        lines += _row("scored", Content(f"{card.tried.candidates} experiments"), width)
        lines += _row("optimism", Content(figure(card.tried.optimism)), width)
        lines += _row("computed as", Content(printable(card.tried.method)), width)
    return [*lines, *_sources(content["provenance"], width)]


def _estimate(found: dict[str, Any], glyphs: Glyphs, width: int) -> list[Content]:
    lines = _row("estimate", Content(interval(found)), width)
    held = found.get("threshold", found["minimum_effect"])
    bar = interval_bar(
        found["low"], found["estimate"], found["high"], held, max(0, width - INDENT), glyphs
    )
    if bar.plain:
        lines += _row("", bar, width)
    lines += _row("level", Content(f"{found['level']:.0%}"), width)
    lines += _row("from", Content(f"{found['n']:,} rows, {found['clusters']:,} units"), width)
    return [*lines, *_row("method", Content(printable(found["method"])), width)]


def _resampling(content: dict[str, Any], width: int) -> list[Content]:
    drawn = content["resampling"]
    said = f"{drawn['resamples']:,} by {printable(str(drawn['unit']))}, seed {drawn['seed']}"
    return _row("resamples", Content(said), width)


def _sources(provenance: dict[str, Any], width: int) -> list[Content]:
    return [line for source in provenance["predictions"] for line in _source(source, width)]


def _source(source: dict[str, Any], width: int) -> list[Content]:
    said = Content.assemble(
        printable(source["path"]), (f"  run {source['run']}, sha256 {source['sha256']}", MUTED)
    )
    return _row("computed from", said, width)


def _row(label: str, body: Content, width: int) -> list[Content]:
    return hanging(text(label, MUTED), body, INDENT, width)
