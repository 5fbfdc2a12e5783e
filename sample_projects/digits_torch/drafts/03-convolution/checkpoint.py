"""Weights with a sidecar: what a stranger needs to know before using them.

`NAME.pt` holds the weights alone, so that `torch.load(path, weights_only=True)` runs no code
of theirs. `NAME.json` beside it says what made them: config, preprocessing, metrics, seed,
experiment, hypothesis, data and git state, and the sha256 of the weights it speaks of.
"""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

RUN = Path(os.environ["GRD_RUN_DIR"])
DATA = Path(os.environ["GRD_DATA"])
EXPERIMENT = Path.cwd()
LEARNED_FROM = ("train.parquet",)


def save(model: torch.nn.Module, name: str, **context: Any) -> Path:
    """Write weights and sidecar into the run's `checkpoints/`; the sidecar is written last.

    Args:
        model: whose weights are kept.
        name: of both files, without a suffix.
        context: what only the training knows: config, preprocessing, metrics, seed, epoch.
    """
    folder = RUN / "checkpoints"
    folder.mkdir(exist_ok=True)
    weights = folder / f"{name}.pt"
    part = weights.with_suffix(".part")
    torch.save(model.state_dict(), part)
    part.replace(weights)
    sidecar = {
        "weights": {
            "file": weights.name,
            "sha256": _sha256(weights),
            "bytes": weights.stat().st_size,
            "load": "torch.load(file, weights_only=True)",
        },
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "experiment": EXPERIMENT.name,
        "run": RUN.name,
        "hypothesis": {"file": "HYPOTHESIS.md", "sha256": _sha256(EXPERIMENT / "HYPOTHESIS.md")},
        "code": {path.name: _sha256(path) for path in sorted(EXPERIMENT.glob("*.py"))},
        "data": {name: _sha256(DATA / name) for name in LEARNED_FROM},
        "git": _git(),
        "torch": torch.__version__,
        **context,
    }
    part.write_text(json.dumps(sidecar, indent=2) + "\n", encoding="utf-8")
    part.replace(weights.with_suffix(".json"))
    return weights


def _git() -> dict[str, Any]:
    """The commit and whether anything differed from it, as captured before the run started."""
    try:
        state = json.loads((RUN / "env.json").read_text(encoding="utf-8"))["git"]
    except (OSError, ValueError, KeyError):
        return {"commit": "unknown"}
    return {key: state[key] for key in ("commit", "is_dirty", "diff_sha256") if key in state}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
