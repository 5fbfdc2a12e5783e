"""The sections of DATA_REPORT.md, each from what the ledger holds to lines of Markdown."""

from __future__ import annotations

from typing import Any

from grd_core.recon.records import FreezeRecord, SourceRecord, SplitRecord
from grd_core.recon.risks import Risk, plain
from grd_core.recon.roles import Roles
from grd_core.recon.split_lines import told_of
from grd_core.recon.splits import default_split

MOST_RISKS = 12
MOST_COLUMNS = 10
MOST_LISTED = 3
"""Excluded columns, problems, groups and the like that are listed before the rest is counted."""
_MARKS = {"blocking": "✖", "warning": "!", "info": "·"}
_LOUD = {"failed": 0, "errored": 1, "warned": 2}
_AFTER = "After the freeze."


def provenance_lines(source: SourceRecord) -> list[str]:
    """Where the data comes from, which bytes are meant, and what the columns mean."""
    stated, roles = source.provenance, source.roles
    lines = [
        f"`{source.label}`: {source.rows:,} rows × {len(source.columns)} columns,"
        f" {source.size_bytes:,} bytes, sha256 `{source.sha256[:16]}…`",
        "",
        f"- **origin** {_cell(stated['origin'], 300)}",
        f"- **collected** {_cell(stated['collected_how'], 400)}"
        + (f" ({_cell(stated['collected_when'])})" if stated.get("collected_when") else ""),
        f"- **licence** {_cell(stated['licence'])}; **one row is** "
        f"{_cell(stated['unit_of_observation'], 200)}",
        f"- **target** `{_cell(roles.target)}` ({roles.task}); **time** {_code(roles.time)};"
        f" **groups** {', '.join(_code(name) for name in roles.groups) or 'none'};"
        f" **id** {_code(roles.id)}",
    ]
    excluded = [f"- **excluded** `{_cell(n)}`: {_cell(why, 160)}" for n, why in roles.excluded]
    problems = [f"- **known problem** {_cell(text, 240)}" for text in stated["known_problems"]]
    return lines + _first(excluded, "excluded columns") + _first(problems, "known problems")


def risk_lines(risks: tuple[Risk, ...]) -> list[str]:
    """A table of risks; what does not fit is counted."""
    if not risks:
        return ["None seen so far."]
    lines = ["| | risk | evidence | do |", "|---|---|---|---|"]
    lines += [
        f"| {_MARKS[risk.severity]} | {_cell(risk.title, 90)} | {_cell(risk.evidence, 320)}"
        f" | {_cell(risk.do, 160)} |"
        for risk in risks[:MOST_RISKS]
    ]
    if len(risks) > MOST_RISKS:
        lines += ["", f"{len(risks) - MOST_RISKS} lesser ones stand in `grd data profile --json`."]
    return lines


def structure_lines(about: dict[str, Any] | None) -> list[str]:
    """Time range and gaps, group sizes, repeated rows."""
    if about is None:
        return ["Not profiled yet."]
    lines = []
    time = about["time"]
    if time is None:
        lines.append("- no time column is declared")
    elif "fault" in time:
        lines.append(f"- time: {_cell(time['fault'], 200)}")
    else:
        order = "in order" if time["ordered"] else "not in order"
        lines.append(
            f"- `{_cell(time['column'])}` from {time['from']} to {time['to']}, {time['moments']:,}"
            f" moments, usually {time['usual_gap']} apart, rows {order}; largest gap"
            f" {time['largest_gap']} from {time['largest_gap_from']}"
        )
    groups = [
        f"- `{_cell(group['column'])}`: {group['groups']:,} groups of {group['smallest']:,} to"
        f" {group['largest']:,} rows, median {group['median']:g}; {group['missing']:,} rows in none"
        for group in about["groups"]
    ]
    lines += _first(groups, "groups")
    if not about["groups"]:
        lines.append("- no group column is declared")
    lines.append(f"- {about['repeated_rows']:,} rows repeat an earlier row in every feature")
    return lines


def target_lines(learned: dict[str, Any] | None, roles: Roles) -> list[str]:
    """Class balance, or quantiles and tails."""
    if learned is None:
        return [f"{_AFTER} Until then nothing looks at `{_cell(roles.target)}`."]
    return _distribution(learned["target"]) + _over_time(learned.get("target_drift"), roles)


def _over_time(found: dict[str, Any] | None, roles: Roles) -> list[str]:
    if found is None:
        return []
    word = "It drifts" if found["drifts"] else "It stays"
    return [
        f"{word} over `{_cell(roles.time)}`: {_cell(found['what'])} {found['first']:.4g} in the"
        f" first fifth of the rows, {found['last']:.4g} in the last ({_cell(found['measure'])}"
        f" {found['effect']:.2f})."
    ]


def _distribution(target: dict[str, Any]) -> list[str]:
    if target["kind"] == "classes":
        named = ", ".join(
            f"{_cell(c['value'], 24)} {c['share']:.1%}" for c in target["classes"][:8]
        )
        rest = target["distinct"] - 8
        return [
            f"{target['distinct']} classes: {named}" + (f" and {rest} more" if rest > 0 else "")
        ]
    quantiles = target["quantiles"]
    return [
        f"Mean {target['mean']:.4g}, standard deviation {target['std']:.4g}; median"
        f" {quantiles['0.5']:.4g}, 90% between {quantiles['0.05']:.4g} and"
        f" {quantiles['0.95']:.4g}, all between {target['min']:.4g} and {target['max']:.4g}.",
        f"The worst 1% of rows hold {target['tail_share']:.0%} of the absolute error of the median"
        f" and {target['squared_tail_share']:.0%} of the squared error of the mean.",
    ]


def missingness_lines(about: dict[str, Any] | None, learned: dict[str, Any] | None) -> list[str]:
    """Which columns lack values, and whether their absence tells the target."""
    if about is None:
        return []
    lacking = sorted(
        (column for column in about["columns"] if column.get("missing")),
        key=lambda column: -column["missing_share"],
    )
    if not lacking:
        return ["No feature lacks a value."]
    shown = ", ".join(f"`{_cell(c['name'], 32)}` {c['missing_share']:.1%}" for c in lacking[:10])
    more = f" and {len(lacking) - 10} more columns" if len(lacking) > 10 else ""
    lines = [f"Of all rows: {shown}{more}."]
    if learned is not None:
        telling = [item for item in learned["missingness"] if item["tells"]]
        told = ", ".join(f"`{_cell(i['column'], 32)}` (effect {i['effect']:.2f})" for i in telling)
        lines.append(f"Absence tells the target: {told or 'in no column'}.")
    return lines


def baseline_lines(learned: dict[str, Any] | None) -> list[str]:
    """A table of trivial models with 95% intervals."""
    if learned is None:
        return [_AFTER]
    signal = learned["baseline"]
    if "reason" in signal:
        return [f"Not estimated: {_cell(signal['reason'], 160)}."]
    metrics = signal["metrics"]
    lines = [
        f"| model | {' | '.join(metrics)} |",
        "|---|" + "---|" * len(metrics),
    ]
    for name, scores in signal["models"].items():
        lines.append(f"| {name} | {' | '.join(_score(scores[metric]) for metric in metrics)} |")
    reads = ", ".join(f"`{_cell(r['column'], 32)}` {r['share']:.0%}" for r in signal["reads"][:4])
    method = next(iter(signal["models"].values()))[metrics[0]].get("method", "no interval")
    lines += [
        "",
        f"Holdout: {_cell(signal['holdout'], 120)}; 95% intervals, {_cell(method, 120)}."
        f" The tree reads {reads or 'nothing'}.",
    ]
    return lines


def split_lines(
    source: SourceRecord, split: SplitRecord | None, freeze: FreezeRecord | None
) -> list[str]:
    """The recommended split, the declared one, and what is frozen."""
    roles = source.roles
    advised = default_split(source)
    why = (
        f"`{_cell(roles.time)}` orders the rows"
        if roles.time
        else "rows belong to groups"
        if roles.groups
        else "neither time nor groups are declared"
    )
    lines = [
        f"Recommended: {advised['strategy']}, since {why}; validation {advised['validation']},"
        f" test {advised['test']}"
        + (f", embargo {advised['embargo']}" if advised["embargo"] else "")
    ]
    if split is None:
        return [*lines, "", "None is declared yet."]
    sizes = split.sizes
    lines += ["", "| part | rows | from | to |", "|---|---|---|---|"]
    for name in ("train", "validation", "test"):
        first, last = sizes["spans"].get(name, ["", ""])
        lines.append(f"| {name} | {sizes[name]:,} | {first} | {last} |")
    lines += [
        "",
        f"{_strategy(split)}; {sizes['dropped_embargo']:,} rows dropped by the embargo,"
        f" {sizes['dropped_missing_target']:,} without a target"
        + (
            f" ({_cell(split.parameters['missing_target'], 160)})"
            if split.parameters["missing_target"]
            else ""
        )
        + ".",
    ]
    told = _first([f"- {_cell(line, 400)}" for line in told_of(sizes)], "remarks")
    lines += ["", *told, ""] if told else []
    if split.reason:
        lines += [f"Reason given: {_cell(split.reason, 500)}"]
    if freeze is not None:
        lines += [
            f"Frozen {freeze.at[:10]}: {freeze.test_rows:,} test rows, ids sha256"
            f" `{freeze.test_ids_sha256[:16]}…`; labels apart from features, all read-only."
        ]
    return lines


def _strategy(split: SplitRecord) -> str:
    block = split.parameters.get("block", "")
    words = split.strategy.replace("_", " and ").capitalize()
    return f"{words}, blocks of {_cell(block)}" if block else words


def check_lines(learned: dict[str, Any] | None) -> list[str]:
    """The data checks on the frozen parts: those that warn or fail with their measurement, as far
    as they fit, the others by their codes."""
    if learned is None:
        return []
    loud: list[str] = []
    quiet: dict[str, list[str]] = {}
    for check in sorted(learned["checks"], key=lambda check: _LOUD.get(check["status"], 9)):
        if check["status"] not in _LOUD:
            quiet.setdefault(check["status"], []).append(check["check"])
            continue
        measured = check["measurement"]
        said = _cell(measured["method"] if measured else check["reason"], 240)
        loud.append(f"- {check['check']} {check['status']}: {said}")
    return _first(loud, "checks that warn") + [
        f"- {status.replace('_', ' ')}: {', '.join(codes)}" for status, codes in quiet.items()
    ]


def column_lines(
    source: SourceRecord,
    about: dict[str, Any] | None,
    risks: tuple[Risk, ...] = (),
    *,
    most: int = MOST_COLUMNS,
) -> list[str]:
    """One line a column, `most` of them, those that a risk names before others."""
    if about is None:
        return []
    lines = (
        ["| column | type | role | distinct | missing |", "|---|---|---|---|---|"] if most else []
    )
    used = [column for column in about["columns"] if column["role"] not in {"target", "excluded"}]
    place: dict[str, int] = {}
    for number, risk in enumerate(risks):
        for name in risk.columns:
            place.setdefault(name, number)
    used.sort(key=lambda column: place.get(column["name"], len(risks)))
    for column in used[:most]:
        distinct = "–" if column["distinct"] is None else f"{column['distinct']:,}"
        lines.append(
            f"| `{_cell(column['name'], 32)}` | {_cell(column['type'], 24)} | {column['role']}"
            f" | {distinct} | {column['missing_share']:.1%} |"
        )
    hidden = len(source.columns) - len(used[:most])
    if hidden:
        lines += ["", f"{hidden} more columns stand in `grd data profile --json`."]
    return lines


def _first(lines: list[str], what: str) -> list[str]:
    """Some lines, and how many there are besides."""
    hidden = len(lines) - MOST_LISTED
    return lines if hidden <= 0 else [*lines[:MOST_LISTED], f"- {hidden} more {what}"]


def _score(score: dict[str, Any]) -> str:
    if score["estimate"] is None:
        return "not estimable"
    if "low" not in score:
        return f"{score['estimate']:.4g} (no interval)"
    return f"{score['estimate']:.4g} [{score['low']:.4g}, {score['high']:.4g}]"


def _cell(text: object, limit: int = 80) -> str:
    """A value inside a Markdown line: plain, with no bar, tick or tag that would end it."""
    shown = plain(" ".join(str(text).split()), limit)
    return shown.replace("|", "¦").replace("`", "ʼ").replace("<", "‹").replace(">", "›")


def _code(name: str) -> str:
    return f"`{_cell(name)}`" if name else "none"
