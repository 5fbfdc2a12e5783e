"""`grd objective`: draft, check, lock, amend, compare, show."""

from __future__ import annotations

import base64
import dataclasses
import sys
from typing import TYPE_CHECKING

import click

from grd_tui.cli.output import current_study, json_option, print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grd_core.objective.comparison import Comparison
    from grd_core.objective.diff_lines import Span
    from grd_core.objective.lock import Locked
    from grd_core.objective.problem import Problem


@click.group()
def objective() -> None:
    """Draft, check, lock, amend, compare and show OBJECTIVE.md."""


@objective.command("init")
def init_() -> None:
    """Draft OBJECTIVE.md from the declared data; never over an existing one."""
    from grd_core.objective.draft import init

    study = current_study()
    say(f"drafted {study.relative(init(study))}")
    say("next: fill it in, then `grd objective check`")


@objective.command("check")
@json_option
def check(as_json: bool) -> int:
    """Say what keeps OBJECTIVE.md from being locked, and read its decision rule back.

    Exits 0 when it can be locked, 1 with warnings, 6 when something refuses.
    """
    from grd_core.objective.check import check_objective

    checked = check_objective(current_study())
    if as_json:
        print_json(
            {
                "lockable": checked.lockable,
                "problems": [problem.as_json() for problem in checked.problems],
                "rule": checked.rule,
            }
        )
    else:
        for line in checked.rule.splitlines():
            say(line)
        _problems(checked.problems)
        say("it can be locked: `grd objective lock`" if checked.lockable else "it cannot be locked")
    if not checked.lockable:
        return 6
    return 1 if checked.problems else 0


@objective.command("lock")
@json_option
def lock(as_json: bool) -> None:
    """Lock OBJECTIVE.md by its bytes; from then on every difference is drift."""
    from grd_core.objective.lock import objective_lock

    _locked(objective_lock(current_study()), as_json)


@objective.command("amend")
@click.option("--reason", required=True, help="Why the objective changes; kept for ever.")
@json_option
def amend(reason: str, as_json: bool) -> None:
    """Lock the changed file as a new version, with the reason and what had been seen."""
    from grd_core.objective.lock import amend as record_amendment

    _locked(record_amendment(current_study(), reason), as_json)


@objective.command("show")
@click.option("--version", type=click.IntRange(min=1), help="A locked version; the newest.")
@click.option("--rule", "as_judged", is_flag=True, help="The front matter as it is judged.")
@json_option
def show(version: int | None, as_judged: bool, as_json: bool) -> None:
    """Print a locked version: its bytes exactly, or the rule with every default resolved.

    On a terminal what cannot be printed is shown by its code; into a pipe go the bytes.
    """
    from grd_core.objective.show import locked_version, rule_of

    shown = locked_version(current_study(), version)
    if as_json:
        print_json(
            {
                "version": shown.version,
                "at": shown.at,
                "author": shown.author,
                "sha256": shown.sha256,
                "reason": shown.reason,
                "changes": shown.changes,
                "results_seen": shown.results_seen,
                "content_base64": base64.b64encode(shown.raw).decode("ascii"),
                "front_matter": rule_of(shown),
                "rule": shown.rule,
            }
        )
    elif as_judged:
        for line in rule_of(shown).splitlines():
            say(line)
    elif sys.stdout.isatty():
        for line in shown.raw.decode("utf-8-sig", errors="replace").splitlines():
            say(line)
    else:
        sys.stdout.buffer.write(shown.raw)


@objective.command("restore")
@json_option
def restore(as_json: bool) -> None:
    """Put the locked OBJECTIVE.md back; an edited one is kept beside it."""
    from grd_core.objective.restore import restore as put_back

    study = current_study()
    restored = put_back(study)
    if as_json:
        print_json(restored)
        return
    say(f"OBJECTIVE.md is the locked version {restored.version} again")
    if restored.kept is not None:
        say(f"what stood there is {study.relative(restored.kept)}")


@objective.command("diff")
@click.option("--since-first", is_flag=True, help="Against the first lock, not the last version.")
@click.option("--from", "left", default="", metavar="vN", help="The earlier side; the last lock.")
@click.option("--to", "right", default="file", metavar="vN|file", help="The later side; the file.")
@json_option
def diff(since_first: bool, left: str, right: str, as_json: bool) -> int:
    """Compare the file with the lock, or any two versions: by field, then line by line.

    Exits 0 when they are the same, 1 when they differ.
    """
    from grd_core.objective.comparison import compare
    from grd_core.objective.lock import unamended_drift
    from grd_core.objective.versions import current_objective

    study = current_study()
    left = left or ("v1" if since_first else f"v{current_objective(study).version}")
    if right == "file" and not study.objective_path.is_file():
        drift = unamended_drift(study)
        if as_json:
            print_json({"summary": drift.summary(), "from": left, "to": right, **_fields(drift)})
        else:
            say(f"{drift.summary()}: {drift.fault}")
        return 1
    found = compare(study, left, right)
    if as_json:
        print_json(_compared(found))
    else:
        _print_comparison(found)
    return 0 if found.drift.identical else 1


_GLYPHS = {"loosened": "▼", "tightened": "▲", "changed": "◆", "neutral": "="}


def _compared(found: Comparison) -> dict[str, object]:
    """The drift's own fields, then what a drift view needs: rows that differ, in spans."""
    return {
        "summary": found.drift.summary(),
        "from": found.left.name,
        "to": found.right.name,
        **_fields(found.drift),
        "recorded": [
            {"field": one.line.field, "post_hoc": one.line.post_hoc, "amendment": one.amendment}
            for one in found.changes
        ],
        "amendments": found.amendments,
        "rows": [
            {**_fields(row), "before_parts": row.before_parts, "after_parts": row.after_parts}
            for row in found.rows
            if row.kind != "same"
        ],
    }


def _print_comparison(found: Comparison) -> None:
    say(f"{found.left.name} → {found.right.name}: {found.drift.summary()}")
    if found.drift.fault:
        say(found.drift.fault)
    for one in found.changes:
        change, amendment = one.line, one.amendment
        post_hoc = "  post hoc" if change.post_hoc else ""
        say(f"{_GLYPHS[change.classification]} {change.classification:<9} {change.field}{post_hoc}")
        say(f"    {change.before or '–'} → {change.after or '–'}")
        if amendment is not None:
            say(
                f"    v{amendment.version}, {amendment.at[:10]}, {amendment.author},"
                f" {amendment.results_seen} results seen: {amendment.reason}"
            )
    for row in found.rows:
        if row.kind in ("removed", "changed"):
            say(f"{row.before_no:>5}       - {_bracketed(row.before_parts, row.kind)}")
        if row.kind in ("added", "changed"):
            say(f"      {row.after_no:>5} + {_bracketed(row.after_parts, row.kind)}")


def _bracketed(parts: Sequence[Span], kind: str) -> str:
    """The words that changed within a line stand in brackets."""
    if kind != "changed":
        return "".join(span.text for span in parts)
    return "".join(f"[{span.text}]" if span.changed else span.text for span in parts)


def _fields(value: object) -> dict[str, object]:
    return {
        field.name: getattr(value, field.name)
        for field in dataclasses.fields(value)  # type: ignore[arg-type]
    }


def _locked(locked: Locked, as_json: bool) -> None:
    from grd_core.gate.decision_log import write_decision_log

    rendered = write_decision_log(current_study())
    version = locked.version
    if as_json:
        print_json(
            {
                "version": version.version,
                "sha256": version.sha256,
                "changes": version.changes,
                "warnings": [problem.as_json() for problem in locked.warnings],
            }
        )
        return
    _problems(locked.warnings)
    for change in version.changes:
        post_hoc = "  post hoc" if change.post_hoc else ""
        say(f"{_GLYPHS[change.classification]} {change.classification} {change.field}{post_hoc}")
    say(f"objective v{version.version} locked, sha256 {version.sha256}")
    if rendered.note():
        say(rendered.note())
    if version.version == 1:
        say("next: `grd experiment new TITLE --kind baseline`")


def _problems(problems: Sequence[Problem]) -> None:
    for problem in problems:
        say(f"{'✖' if problem.refuses else '!'} {problem.sentence()}")
