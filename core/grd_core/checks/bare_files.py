"""Checks without a study: code files named on a shell, and two bare tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grd_core.checks.code_checks import CodeLook, look_at_programs
from grd_core.checks.contract import (
    CheckResult,
    CodeContext,
    DataContext,
    Finding,
    Group,
    MetricRule,
    SourceFile,
)
from grd_core.checks.data.frames import frames_of
from grd_core.checks.known_calls import known_calls_around
from grd_core.checks.registry import all_checks
from grd_core.checks.runner import apply_check, result_to_json
from grd_core.errors import DataError, UsageError
from grd_core.jobs import Progress
from grd_core.statistics.metrics import find_metric

TASKS = ("regression", "binary", "multiclass")
CODE_SUFFIXES = (".py", ".ipynb")
_PASSED_OVER = {"__pycache__", "node_modules", "site-packages"}


def check_code(paths: Sequence[Path]) -> tuple[CheckResult, ...]:
    """Every code check on these files and folders, in the order of the codes.

    Calls that the nearest grd.toml above the first path declares are known.

    Raises:
        ConfigError: that grd.toml is not acceptable.
        UsageError: a path does not exist, or there is no code under any of them.
        DataError: a file cannot be read.
    """
    return look_at_code(paths).results


def look_at_code(paths: Sequence[Path]) -> CodeLook:
    """As `check_code`, with the notes on the files that are no matter of a check."""
    files = read_sources(paths)
    return look_at_programs(CodeContext(files, calls=known_calls_around(paths[0])))


def diff_for(finding: Finding) -> str:
    """A diff of the finding's file that removes it, or nothing; see `suggested_diff`."""
    from grd_core.checks.code.suggested_diff import suggested_diff

    path = Path(finding.path)
    if finding.group is not Group.CODE or not finding.line or not path.is_file():
        return ""
    return suggested_diff(finding.check, finding.path, _text(path), finding.line)


def read_sources(paths: Sequence[Path]) -> tuple[SourceFile, ...]:
    """The code files among `paths` and below its folders, hidden and installed ones left out."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files.extend(_code_below(path))
        elif path.is_file():
            files.append(path)
        else:
            raise UsageError("no such file or folder", where=str(path), fix="check the path")
    if not files:
        raise UsageError(
            "no code here", where=", ".join(map(str, paths)), fix="name .py or .ipynb files"
        )
    return tuple(SourceFile(str(path), _text(path)) for path in files)


def check_files_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Every data check on two tables.

    Args:
        arguments: `train` and `test`, paths; the roles `target`, `time`, `groups`, `id_column`;
            and, where there are any, `validation`, a path, `task`, `embargo`, `effects`, the
            minimum effect by metric, and `pipelines`, paths.
        progress: told which check runs.

    Raises:
        UsageError: a file does not exist, or a metric, its effect or the task is none.
    """
    for part in ("train", "test", "validation"):
        if part != "validation" or arguments.get(part):
            _require_there(Path(arguments[part]), f"the {part} table")
    for pipeline in arguments.get("pipelines", ()):
        _require_there(Path(pipeline), "the pipeline")
    task = arguments.get("task", "")
    if task and task not in TASKS:
        raise UsageError(f"{task!r} is no task", fix=f"say one of {', '.join(TASKS)}")
    context = DataContext(
        train=arguments["train"],
        test=arguments["test"],
        target=arguments["target"],
        time=arguments["time"],
        groups=tuple(arguments["groups"]),
        id_column=arguments["id_column"],
        validation=arguments.get("validation", ""),
        task=task,
        embargo=arguments.get("embargo", ""),
        metrics=tuple(
            _primary(name, effect) for name, effect in arguments.get("effects", {}).items()
        ),
        pipelines=tuple(arguments.get("pipelines", ())),
    )
    checks = [check for check in all_checks().values() if check.group is Group.DATA]
    frames_of(context)  # what cannot be read is told once, and not by every check
    results = []
    for index, check in enumerate(checks):
        progress(index / len(checks), check.title)
        results.append(result_to_json(apply_check(check, context)))
    return {"results": results}


def _require_there(path: Path, what: str) -> None:
    if not path.exists():
        raise UsageError(f"{what} does not exist", where=str(path), fix="check the path")


def _primary(name: str, effect: float) -> MetricRule:
    metric = find_metric(name)
    if not effect > 0:
        raise UsageError(
            f"the minimum effect of {metric.name} is not above 0",
            fix="say how much better a model must be for it to matter",
        )
    return MetricRule(metric.name, "primary", metric.direction, None, effect)


def _code_below(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in CODE_SUFFIXES
        and path.is_file()
        and not any(
            part in _PASSED_OVER or part.startswith(".") for part in path.relative_to(folder).parts
        )
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise DataError(
            f"the file cannot be read: {error.strerror}",
            where=str(path),
            fix="check its permissions",
        ) from error
