"""The command `check data`: two bare tables, without anything declared or recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from grd_screens.commands.command import Given, OpenDocument, Outcome
from grd_screens.critic.documents import Document
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.checks.contract import CheckResult, Finding
    from grd_core.study import Study

LIMIT_S = 600.0


def files_form(study: Study, given: Given) -> Form:
    """Asks for the two files and the roles of their columns."""
    from grd_core.recon.data_files import data_files

    files = data_files(study)
    paths = tuple(file.path for file in files)
    names = tuple(dict.fromkeys(column for file in files for column in file.columns))
    return Form(
        "Check two bare files",
        intro=(
            "Compares two tables for leakage between them. Nothing is declared and nothing is"
            " recorded.",
        ),
        fields=(
            Field("train", "train file", hint="a path from the study's folder", completions=paths),
            Field("test", "test file", hint="the other table", completions=paths),
            Field("target", "target", hint="the column to predict", completions=names),
            Field("groups", "groups", hint="columns, separated by commas; may stay empty"),
            Field("time", "time", hint="may stay empty", completions=names),
            Field("id", "id", hint="may stay empty", completions=names),
            Field(
                "validation",
                "validation",
                hint="labelled rows beside train; may stay empty",
                completions=paths,
            ),
            Field("embargo", "embargo", hint="kept free before a cut, such as 1d; may stay empty"),
            Field(
                "effects",
                "effects",
                hint="metric = gain that would matter, by commas; may stay empty",
            ),
        ),
        problems=_problems,
        confirm="Check",
    )


def _problems(values: Values) -> dict[str, str]:
    found = required(values, "train", "test", "target")
    try:
        list(_effects(values))
    except ValueError:
        found["effects"] = "write metric = number, such as mae = 0.5"
    return found


def _effects(values: Values) -> Iterator[tuple[str, float]]:
    for pair in values["effects"].split(","):
        if pair.strip():
            metric, _, effect = pair.partition("=")
            yield metric.strip(), float(effect)


def check_files(study: Study, values: Values, progress: Progress) -> Outcome:
    """Run every data check on the two, in a worker.

    Raises:
        UsageError, DataError: a table is not there or cannot be read.
    """
    from grd_core.checks.runner import result_from_json
    from grd_core.jobs import run_job, value_of

    train, test = values["train"].strip(), values["test"].strip()
    validation = values["validation"].strip()
    outcome = run_job(
        "grd_core.checks.bare_files:check_files_job",
        {
            "train": str(study.root / train),
            "test": str(study.root / test),
            "target": values["target"].strip(),
            "groups": [name.strip() for name in values["groups"].split(",") if name.strip()],
            "time": values["time"].strip(),
            "id_column": values["id"].strip(),
            "validation": str(study.root / validation) if validation else "",
            "embargo": values["embargo"].strip(),
            "effects": dict(_effects(values)),
        },
        limit_s=LIMIT_S,
        on_progress=progress,
    )
    results = [result_from_json(item) for item in value_of(outcome)["results"]]
    findings = sum(len(result.findings) for result in results)
    said = f"{findings} finding" + ("" if findings == 1 else "s")
    page = Document(f"{train} and {test}: {said}", ("\n".join(_told(results)),), "Check data")
    return Outcome(f"two files checked: {said}", opens=OpenDocument(page))


def _told(results: list[CheckResult]) -> Iterator[str]:
    for result in results:
        for finding in result.findings:
            yield from _finding(finding)
    yield "# Checks"
    for result in results:
        reason = f": {result.reason}" if result.reason else ""
        yield f"- {result.check} {result.status.value.replace('_', ' ')}{reason}"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"# {finding.check} {finding.title}, {finding.severity.value}"
    yield finding.why
    numbers = []
    if finding.value is not None:
        numbers.append(f"value {finding.value:.4g}")
    if finding.ci is not None:
        numbers.append(f"[{finding.ci[0]:.4g}, {finding.ci[1]:.4g}]")
    if finding.threshold is not None:
        numbers.append(f"threshold {finding.threshold:.4g}")
    if finding.n is not None:
        numbers.append(f"n {finding.n:,}")
    if numbers:
        yield f"- numbers: {'  '.join(numbers)}  {finding.method}".rstrip()
    yield f"- do: {finding.fix}"
    yield ""
