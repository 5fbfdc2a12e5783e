"""Prediction tables: what identifies them, their recorded bytes, and the answers of their
models to exactly the frozen ids."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from grd_core.errors import DataError
from grd_core.identity import canonical_json, sha256_bytes, sha256_file

if TYPE_CHECKING:
    from grd_core.statistics.panel import Models, Panel


def predictions_identity(hashes: Sequence[str]) -> str:
    """The sha256 of one table; of the sorted list of hashes where there are several."""
    several = sorted(hashes)
    return several[0] if len(several) == 1 else sha256_bytes(canonical_json(several).encode())


@contextmanager
def pinned(tables: Sequence[Mapping[str, str]]) -> Iterator[list[Path]]:
    """Copies of prediction tables that nobody else writes, with exactly the recorded bytes.

    A table can change between any check of its file and the reading of it; a private copy
    that is hashed before it is read cannot.

    Args:
        tables: `path` and `sha256` of each.

    Raises:
        DataError: a table is gone or not the recorded one.
    """
    with TemporaryDirectory(prefix="grd-") as folder:
        copies = []
        for place, table in enumerate(tables):
            source = Path(table["path"])
            copy = Path(folder) / str(place) / source.name
            copy.parent.mkdir()
            try:
                shutil.copyfile(source, copy)
            except OSError as error:
                raise DataError(
                    f"a prediction table cannot be read: {error.strerror}",
                    where=source.name,
                    fix="run the experiment again",
                ) from error
            require_bytes(copy, table["sha256"])
            copies.append(copy)
        yield copies


def require_bytes(path: Path, sha256: str) -> None:
    """Refuse a file that is not the recorded one.

    Raises:
        DataError: its sha256 differs.
    """
    if sha256_file(path) != sha256:
        raise DataError(
            "the file was changed while it was evaluated: its bytes are not the recorded ones",
            where=path.name,
            fix="put back the recorded file, and evaluate again",
        )


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
