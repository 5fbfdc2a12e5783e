"""Where the editor opens an experiment's code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grd_core.critic.live import LiveFindings


def code_place(root: Path, folder: Path, found: Sequence[LiveFindings]) -> tuple[Path, int] | None:
    """The first finding that nobody has waived, else the file a researcher means by the code:
    train.py, else the first there is; None where there is none. A line of 0 is the file alone.

    Args:
        root: the study's folder, which the paths of findings are relative to.
        folder: the experiment's.
        found: what is found in its files right now.
    """
    for file in found:
        for finding in file.findings:
            if not finding.waived:
                return root / file.path, finding.line
    scripts = sorted((*folder.glob("*.py"), *folder.glob("*.ipynb")))
    script = next((path for path in scripts if path.stem == "train"), next(iter(scripts), None))
    return None if script is None else (script, 0)
