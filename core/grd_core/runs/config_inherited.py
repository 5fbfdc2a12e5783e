"""The config a new experiment starts from: the validated baseline's, byte for byte."""

from __future__ import annotations

import json
from dataclasses import dataclass

from grd_core.runs.config_file import CONFIG_NAMES
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.runs.kept_files import kept_file
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class InheritedConfig:
    """A config's name and bytes as the baseline's judged run had them."""

    baseline: ExperimentRecord
    name: str
    content: bytes
    sha256: str


def validated_config(study: Study) -> InheritedConfig | None:
    """The config of the first baseline whose last recorded verdict is PROCEED.

    Not of an archived one. As its judged run had it, though the file was edited since; None
    where there is no such baseline, or it had no config, or its bytes are not to be had.
    """
    with study.read() as ledger:
        for record in list_experiments(study, ledger):
            if record.kind != "baseline" or record.state == "archived":
                continue
            row = ledger.one(
                "SELECT v.verdict, r.inputs_json FROM review v JOIN run r ON r.id = v.run_id"
                " WHERE v.experiment_id = ? AND v.stage = 'loop' ORDER BY v.id DESC LIMIT 1",
                record.id,
            )
            if row is None or row["verdict"] != "PROCEED":
                continue
            files = json.loads(row["inputs_json"]).get("files", {})
            name = next((name for name in CONFIG_NAMES if name in files), "")
            content = kept_file(study, record.folder, name, files[name]) if name else None
            if content is None:
                return None
            return InheritedConfig(record, name, content, files[name])
    return None
