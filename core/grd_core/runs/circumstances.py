"""What a run starts from that only the study knows, for its `env.json`.

How it was asked for, what its config sets that the schema's defaults and the baseline do
not, and which data it sees, with the code that made the data.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grd_core.errors import GrdError
from grd_core.identity import sha256_file
from grd_core.runs.config_file import parse_config
from grd_core.runs.config_inherited import validated_config
from grd_core.runs.config_key import flat
from grd_core.runs.config_schema_study import ConfigVerdict, config_verdict, set_against
from grd_core.study import Study

NONE = "none"

MAKERS = ("make_data.py", "data/*.py", "data/*.sh", "data/*.sql", "scripts/make_data.py")
"""Where code that makes data is looked for in a study; dvc.yaml and a Makefile beside it."""

_PIPELINES = ("dvc.yaml", "dvc.lock", "Snakefile", "Makefile")
_MOST_MAKERS = 50


def study_circumstances(study: Study, folder: Path, asked_for: Sequence[str]) -> dict[str, Any]:
    """The parts `command`, `config` and `data` of a run's circumstances, as JSON values.

    Args:
        study: the study.
        folder: the experiment's.
        asked_for: the command as it was asked for, before the interpreter is put in.
    """
    return {
        "command": {
            "asked": [_nameless(word) for word in asked_for],
            "default": [_nameless(word) for word in study.config.run.command],
        },
        "config": config_circumstances(study, folder),
        "data": _data(study),
    }


def _nameless(word: str) -> str:
    """A word of a command without the account that its home folder would name."""
    return word.replace(str(Path.home()), "~")


def config_circumstances(study: Study, folder: Path) -> dict[str, Any]:
    """What the config sets, and what of it differs from defaults and from the baseline."""
    try:
        verdict = config_verdict(study, folder)
    except GrdError as error:
        return {"file": "unreadable", "reason": error.what}
    if verdict.config is None:
        return {"file": NONE}
    values = flat(verdict.config.values)
    return {
        "file": verdict.config.path.name,
        "sha256": verdict.config.sha256,
        "values": values,
        "schema": _schema(verdict),
        "against_defaults": (
            NONE if verdict.schema is None else set_against(values, verdict.defaults)
        ),
        "against_baseline": _against_baseline(study, values),
    }


def _schema(verdict: ConfigVerdict) -> Any:
    if verdict.schema is None:
        return NONE
    return {"reference": verdict.schema.reference, "sha256": verdict.schema.sha256}


def _against_baseline(study: Study, values: dict[str, Any]) -> Any:
    baseline = validated_config(study)
    if baseline is None:
        return NONE
    try:
        there = flat(parse_config(baseline.content, baseline.name)[0])
    except GrdError as error:
        return {"baseline": baseline.baseline.name, "reason": error.what}
    return {
        "baseline": baseline.baseline.name,
        "sha256": baseline.sha256,
        "set": set_against(values, there),
        "not_set": sorted(there.keys() - values.keys()),
    }


def _data(study: Study) -> dict[str, Any]:
    with study.read() as ledger:
        versions = ledger.rows(
            "SELECT s.name, v.sha256, v.size_bytes, v.rows FROM data_version v"
            " JOIN source s ON s.id = v.source_id WHERE v.id IN"
            " (SELECT max(id) FROM data_version GROUP BY source_id) ORDER BY s.id"
        )
    return {
        "versions": [dict(row) for row in versions],
        "made_by": _makers(study.root),
    }


def _text(path: Path) -> str:
    """A name as text, though its bytes be none."""
    return os.fsencode(path.as_posix()).decode("utf-8", errors="replace")


def _makers(root: Path) -> Any:
    """Code that makes data, found by its name: hashes by relative path."""
    found = {}
    for pattern in (*MAKERS, *_PIPELINES):
        for path in sorted(root.glob(pattern))[:_MOST_MAKERS]:
            with contextlib.suppress(OSError):
                if path.is_file():
                    found[_text(path.relative_to(root))] = sha256_file(path)
    return found or NONE
