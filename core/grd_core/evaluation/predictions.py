"""A run's prediction table: where it lies, what identifies it, and the answers of its models
to exactly the frozen ids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.errors import DataError
from grd_core.identity import canonical_json, sha256_bytes, sha256_file

if TYPE_CHECKING:
    from grd_core.statistics.panel import Models, Panel

PREDICTION_FILES = ("predictions.parquet", "predictions.csv")


def find_predictions(run_folder: Path) -> Path:
    """The run's prediction table.

    Raises:
        DataError: there is none, or there are two and nobody can tell which counts.
    """
    found = [path for name in PREDICTION_FILES if (path := run_folder / name).is_file()]
    if not found:
        raise DataError(
            "the run wrote no prediction table",
            where=run_folder.name,
            fix="write it with grd_log.predict, and run again",
        )
    if len(found) > 1:
        raise DataError(
            "the run has a Parquet and a CSV prediction table",
            where=run_folder.name,
            fix="write one of them",
        )
    return found[0]


def predictions_identity(paths: Sequence[Path]) -> str:
    """sha256 of one table's bytes; of the sorted list of hashes where there are several."""
    hashes = sorted(sha256_file(path) for path in paths)
    return hashes[0] if len(hashes) == 1 else sha256_bytes(canonical_json(hashes).encode())


def exact_models(panel: Panel, paths: Sequence[Path]) -> Models:
    """The models of these tables, each of which answers exactly the panel's ids.

    Raises:
        DataError: a table is at fault, or a model leaves ids out or adds others; the first
            three are named.
    """
    from grd_core.statistics.alignment import coverage, replicates_in

    models = panel.models(*paths)
    for table in models.tables:
        for seed, _, rows in replicates_in(table.part(panel.part)):
            cover = coverage(rows["id"], panel.ids)
            if cover.exact:
                continue
            of_seed = "" if seed is None else f" of seed {seed}"
            names = cover.first_missing or cover.first_extra
            raise DataError(
                f"the predictions{of_seed} do not cover exactly the {cover.expected} frozen ids:"
                f" {cover.missing} are missing, {cover.extra} are not frozen",
                where=f"{table.path.name}: {', '.join(names)}",
                fix="predict every id of test_features.parquet once",
            )
    return models
