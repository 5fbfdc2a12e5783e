"""The job that hashes what verdicts rest on, for comparing with what they rested on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grd_core.critic.inputs import input_hashes
from grd_core.errors import GrdError
from grd_core.jobs import Progress
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study


def inputs_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """What verdicts on the experiments `numbers` of the study at `root` would rest on now.

    Returns:
        `experiments`: for each its `number` and either `inputs`, or `failed` with the reason.
    """
    study = Study(Path(arguments["root"]))
    found: list[dict[str, Any]] = []
    for number in arguments["numbers"]:
        progress(len(found) / len(arguments["numbers"]), f"experiment {number:03d}")
        content: dict[str, Any]
        try:
            content = {"inputs": input_hashes(study, find_experiment(study, str(number)))}
        except GrdError as error:
            content = {"failed": error.sentence()}
        except OSError as error:
            content = {"failed": f"{error.filename}: {error.strerror}"}
        found.append({"number": number, **content})
    return {"experiments": found}
