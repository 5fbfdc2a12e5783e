"""`grd check` and `grd explain`: checks on bare files, and their pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grd_tui.cli.findings import print_finding, print_statuses
from grd_tui.cli.output import json_option, print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grd_core.checks.contract import CheckResult, Finding


@click.group()
def check() -> None:
    """Check code or bare data files, without a study."""


@check.command("code")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--diff", "with_diff", is_flag=True, help="Show a correction under each finding.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print SARIF 2.1.0, for editors and hosts.")
@json_option
def code(paths: tuple[Path, ...], with_diff: bool, as_sarif: bool, as_json: bool) -> int:
    """Read Python files, notebooks or folders for leakage and more; nothing is executed.

    Each leak is shown with its cause, the training and the evaluating line. With --diff a
    correction is shown under each finding where one is sure: applied to the file, it removes the
    finding and adds none. Nothing is written.

    A comment `# grd: ignore[C101] why` at a statement accepts what is found there; without a
    reason it does not. [[dataflow.calls]] in the nearest grd.toml tells what functions of your own
    do to rows. Statements of Python 2 are read as Python 3; what is no Python is told, not judged.

    Exit code 1 where something more than information is found, and accepted by nobody.
    """
    from grd_core.checks.bare_files import diff_for, look_at_code
    from grd_tui.cli.code_report import print_look

    look = look_at_code(paths)
    correct = diff_for if with_diff else _no_diff
    if as_sarif:
        from grd_core.checks.sarif import sarif

        print_json(sarif(look.results, look.notes))
    elif as_json:
        print_json(_as_json(look.results, correct) | {"notes": look.notes})
    else:
        print_look(look, correct)
    return _exit_code(look.results)


@check.command("data")
@click.option("--train", required=True, type=click.Path(path_type=Path))
@click.option("--test", required=True, type=click.Path(path_type=Path))
@click.option("--target", required=True, metavar="COL")
@click.option("--group", "groups", multiple=True, metavar="COL")
@click.option("--time", default="", metavar="COL")
@click.option("--id", "id_column", default="", metavar="COL")
@click.option(
    "--validation",
    type=click.Path(path_type=Path),
    help="Labelled rows outside train, where the test table has no target.",
)
@click.option("--task", default="", metavar="TASK", help="regression, binary or multiclass.")
@click.option("--embargo", default="", metavar="SPAN", help="Kept free before a cut, such as 1d.")
@click.option(
    "--effect",
    "effects",
    multiple=True,
    metavar="METRIC=VALUE",
    help="The smallest gain worth having: can the test table show it?",
)
@click.option(
    "--pipeline",
    "pipelines",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A pipeline fitted on train, saved with skops.",
)
@json_option
def data(
    train: Path,
    test: Path,
    target: str,
    groups: tuple[str, ...],
    time: str,
    id_column: str,
    validation: Path | None,
    task: str,
    embargo: str,
    effects: tuple[str, ...],
    pipelines: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Compare two tables, of any format that `grd data add` reads, for leakage between them."""
    from grd_core.checks.runner import result_from_json
    from grd_core.jobs import run_job, value_of

    arguments = {
        "train": str(train),
        "test": str(test),
        "target": target,
        "groups": list(groups),
        "time": time,
        "id_column": id_column,
        "validation": str(validation or ""),
        "task": task,
        "embargo": embargo,
        "effects": dict(_effect(text) for text in effects),
        "pipelines": [str(path) for path in pipelines],
    }
    outcome = run_job("grd_core.checks.bare_files:check_files_job", arguments, limit_s=600)
    results = [result_from_json(item) for item in value_of(outcome)["results"]]
    return _report(results, as_json)


@click.command()
@click.argument("code", default="")
def explain(code: str) -> None:
    """Print the page of check CODE; without a code, list every check."""
    from grd_core.checks.registry import all_checks, documentation, find_check

    if not code:
        for found in all_checks().values():
            say(f"{found.code}  {found.group:<8} {found.kind:<9} {found.severity:<9} {found.title}")
        return
    found = find_check(code)
    say(f"{found.code} · {found.title}")
    say(f"{found.group} · {found.kind} · {found.severity} at worst · {found.cost} · {found.since}")
    say()
    for line in documentation(found).splitlines():
        say(line)


def _effect(text: str) -> tuple[str, float]:
    """A metric and the smallest gain in it that matters, from `metric=value`."""
    from grd_core.errors import UsageError

    metric, _, value = text.partition("=")
    try:
        return metric.strip(), float(value)
    except ValueError:
        fix = "write METRIC=VALUE, such as --effect mae=0.5"
        raise UsageError(f"{text!r} is no minimum effect", fix=fix) from None


def _no_diff(finding: Finding) -> str:
    return ""


def _as_json(
    results: Sequence[CheckResult], diff_for: Callable[[Finding], str]
) -> dict[str, object]:
    return {
        "findings": [
            finding.as_json() | ({"diff": diff} if (diff := diff_for(finding)) else {})
            for result in results
            for finding in result.findings
        ],
        "checks": [result.as_json() for result in results],
        "verdict": None,
    }


def _report(results: Sequence[CheckResult], as_json: bool) -> int:
    if as_json:
        print_json(_as_json(results, _no_diff))
    else:
        findings = [finding for result in results for finding in result.findings]
        for finding in sorted(findings, key=lambda f: (f.path, f.line)):
            print_finding(finding)
        print_statuses(results)
    return _exit_code(results)


def _exit_code(results: Sequence[CheckResult]) -> int:
    """6 where a check crashed, 1 where one found more than information that nobody accepted."""
    from grd_core.checks.contract import Severity, Status

    if any(result.status is Status.ERRORED for result in results):
        return 6
    findings = [finding for result in results for finding in result.findings]
    return int(any(f.severity is not Severity.INFO and not f.waived for f in findings))
