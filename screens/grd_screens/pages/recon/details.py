"""What is behind a row: why a risk misleads, how a baseline was measured, what a split breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from grd_screens.critic.documents import Document, document_lines
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.recon.content import ReconContent
from grd_screens.pages.recon.plots import bar, interval
from grd_screens.pages.recon.rows import risk_key
from grd_screens.pages.recon.standing import SEVERITY_STANDINGS, answer
from grd_screens.printable import printable
from grd_screens.typesetting import ACCENT, MUTED, Parts, hanging, text

if TYPE_CHECKING:
    from grd_core.ledger.in_force import Unfrozen
    from grd_core.recon.risks import Risk
    from grd_core.recon.snapshot import FreezeView, SourceView, SplitView

INDENT = 11
_PLOT = 24


def detail_of(content: ReconContent, key: str, glyphs: Glyphs, width: int) -> list[Content]:
    """The details of a row that is no column."""
    snapshot = content.snapshot
    if key.startswith("risk:"):
        found = next((risk for risk in snapshot.risks if risk_key(risk) == key), None)
        return _risk(found, content, glyphs, width) if found is not None else []
    if key == "source" and snapshot.source is not None:
        return _source(snapshot.source, width)
    if key == "baseline" and snapshot.baseline is not None:
        return _baseline(snapshot.baseline, glyphs, width)
    if key == "split" and snapshot.split is not None:
        return _split(snapshot.split, glyphs, width)
    if key == "freeze" and snapshot.freeze is not None:
        return _freeze(snapshot.freeze, glyphs, width)
    if key == "unfrozen":
        return _unfrozen(snapshot.unfrozen, width)
    return []


def row(label: str, body: str, width: int, style: str = "") -> list[Content]:
    """A label and what it says, wrapped under itself."""
    return hanging(text(label, MUTED), text(printable(body), style), INDENT, width)


def heading(title: str, note: str, width: int) -> list[Content]:
    """A heading with a note beside it, after a blank line."""
    line = Content.assemble((title, "bold"), (f"  {printable(note)}" if note else "", MUTED))
    return [Content(""), *line.wrap(max(width, 1))]


def _risk(risk: Risk, content: ReconContent, glyphs: Glyphs, width: int) -> list[Content]:
    standing = SEVERITY_STANDINGS[risk.severity]
    label = text(f"{glyphs.standing[standing]} {risk.severity}", STYLES[standing])
    key, word = answer(risk, content.snapshot)
    sign = glyphs.enter if key == "enter" else key
    lines = [
        *hanging(label, text(printable(risk.title), "bold"), INDENT, width),
        *row("evidence", risk.evidence, width),
        *row("do", risk.do, width),
        *hanging(text("key", MUTED), Content.assemble((sign, ACCENT), f"  {word}"), INDENT, width),
    ]
    seen_by = f"check {risk.origin}" if risk.origin in content.pages else f"{risk.origin} profile"
    lines += row("seen by", seen_by, width)
    if risk.columns:
        lines += row("columns", ", ".join(risk.columns), width)
        lines += row("", f"{glyphs.enter} looks at {risk.column}", width, MUTED)
    if risk.origin in content.pages:
        page = Document(f"{risk.origin}: why it matters", (content.pages[risk.origin],))
        lines += [Content(""), *document_lines(page, width)]
    return lines


def _source(source: SourceView, width: int) -> list[Content]:
    lines = text(printable(source.name), "bold").wrap(max(width, 1))
    stated = source.provenance
    for label, key in (
        ("origin", "origin"),
        ("collected", "collected_how"),
        ("when", "collected_when"),
        ("licence", "licence"),
        ("one row is", "unit_of_observation"),
    ):
        lines += row(label, str(stated.get(key) or "–"), width)
    problems = stated.get("known_problems") or ()
    lines += heading("KNOWN PROBLEMS", "" if problems else "none stated", width)
    for problem in problems:
        lines += hanging(text("-", MUTED), text(printable(str(problem))), 2, width)
    excluded = source.roles.excluded
    if excluded:
        lines += heading("EXCLUDED", "no model may read them", width)
        for name, why in excluded:
            lines += hanging(text(printable(name)), text(printable(why), MUTED), INDENT, width)
    lines += [Content(""), *row("task", source.roles.task, width)]
    lines += [*row("file", f"{source.path}, {source.format}", width)]
    lines += row("sha256", source.sha256, width)
    return lines + row("declared", _moment(source.declared_at), width)


def _baseline(baseline: dict[str, Any], glyphs: Glyphs, width: int) -> list[Content]:
    if "reason" in baseline:
        return row("none", str(baseline["reason"]), width)
    lines: list[Content] = []
    for metric in baseline["metrics"]:
        scores = {name: scored[metric] for name, scored in baseline["models"].items()}
        lines += heading(printable(metric), f"on {baseline['holdout']}", width)
        bounds = [
            (one.get("low", one["estimate"]), one.get("high", one["estimate"]))
            for one in scores.values()
        ]
        scale = (min(low for low, _ in bounds), max(high for _, high in bounds))
        for (name, scored), (low, high) in zip(scores.items(), bounds, strict=True):
            plot = interval(low, scored["estimate"], high, scale, _PLOT, glyphs)
            said = f"{scored['estimate']:.4g} [{low:.4g}, {high:.4g}]"
            body = Parts((text(plot), text(said)), "  ")
            lines += hanging(text(printable(name), MUTED), body, INDENT, width)
        method = next(iter(scores.values())).get("method", "")
        lines += row("interval", str(method), width) if method else []
    if baseline.get("reads"):
        lines += heading("WHAT THE TREE READS", "share of its gain", width)
        for read in baseline["reads"]:
            share = bar(read["share"], _PLOT, glyphs)
            body = Parts((text(f"{read['share']:.0%}"), text(share, MUTED)), "  ")
            lines += hanging(text(printable(read["column"])), body, INDENT * 2, width)
    sampled = str(baseline.get("sampled") or "")
    return lines[1:] + ([Content(""), *row("rows", sampled, width)] if sampled else [])


def _split(split: SplitView, glyphs: Glyphs, width: int) -> list[Content]:
    sizes = (("train", split.train), ("validation", split.validation), ("test", split.test))
    whole = sum(size for _, size in sizes) + split.dropped_embargo + split.dropped_missing_target
    blocks = f", blocks of {printable(split.block)}" if split.block else ""
    strategy = split.strategy.replace("_", " and ")
    lines = [text(f"{strategy} split{blocks}", "bold"), Content("")]
    for name, size in sizes:
        share = size / whole if whole else 0.0
        span = split.spans.get(name, [])
        parts = [text(f"{size:>9,} rows"), text(f"{share:>4.0%}")]
        parts.append(text(bar(share, _PLOT, glyphs), MUTED))
        if len(span) == 2:
            parts.append(text(f"{span[0]} to {span[1]}", MUTED))
        lines += hanging(text(name, MUTED), Parts(tuple(parts), "  "), INDENT, width)
    for label, dropped in (
        (f"embargo {split.embargo}".strip(), split.dropped_embargo),
        ("no target", split.dropped_missing_target),
    ):
        if dropped:
            body = f"{dropped:>9,} rows left out"
            lines += hanging(text(label, MUTED), text(body), INDENT, width)
    for name, cut in split.cuts.items():
        lines += row("cut", f"{name} begins at {cut}", width)
    for name, share in split.crossings.items():
        said = (
            f"{name}: {share:.0%} of the validation and test rows belong to a value that stands"
            " in train"
        )
        lines += row("crosses", said, width)
    lines += _compared(split, width)
    if split.reason:
        lines += [Content(""), *row("reason", split.reason, width)]
    return [*lines, Content(""), *row("declared", split.at[:19].replace("T", " "), width)]


def _compared(split: SplitView, width: int) -> list[Content]:
    """What is told of the parts before they are frozen: features, and the target of train."""
    lines: list[Content] = []
    if split.balance:
        said = ", ".join(f"{what} {share}" for what, share in split.balance)
        lines += row("in train", f"the target: {said}", width)
    for drift in split.drift:
        lines += row("drift", drift.said, width)
    for part, rows in split.repeated.items():
        if rows:
            said = f"{rows:,} rows of {part} equal a row of an earlier part in every feature"
            lines += row("repeated", said, width)
    for note in split.notes:
        lines += row("note", note, width)
    return [Content(""), *lines] if lines else []


def _freeze(freeze: FreezeView, glyphs: Glyphs, width: int) -> list[Content]:
    sound = freeze.integrity == "intact"
    standing = "done" if sound else "blocked"
    label = text(f"{glyphs.standing[standing]} {freeze.integrity}", STYLES[standing])
    said = "every frozen file is as it was" if sound else "not what was frozen"
    lines = hanging(label, text(said, "bold"), INDENT, width)
    for fault in freeze.faults:
        lines += row("", fault, width)
    lines += row("frozen", f"{_moment(freeze.at)}, {freeze.test_rows:,} test rows", width)
    lines += row("test ids", f"sha256 {freeze.test_ids_sha256}", width)
    lines += row("verified", f"{_moment(freeze.verified_at)}; V hashes every file again", width)
    times = "time" if freeze.peeks == 1 else "times"
    lines += row("peeks", f"the test labels were scored {freeze.peeks} {times}", width)
    if freeze.peeks_earlier:
        said = f"{freeze.peeks_earlier} more at labels that were unfrozen since"
        lines += row("", said, width)
    return lines + row("touches", f"frozen files were read {freeze.touches} times", width)


def _unfrozen(taken_back: tuple[Unfrozen, ...], width: int) -> list[Content]:
    lines: list[Content] = []
    for one in taken_back:
        lines += row("unfrozen", f"{_moment(one.at)} by {one.author}", width)
        lines += row("because", one.reason, width)
        lines += row("kept", f"in {one.kept_in}, read-only" if one.kept_in else "nothing", width)
        lines.append(Content(""))
    return [*lines, *row("marked", "every score measured before, wherever it is shown", width)]


def _moment(at: str) -> str:
    return at[:19].replace("T", " ") + " UTC"
