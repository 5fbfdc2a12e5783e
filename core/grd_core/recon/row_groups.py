"""Declared groups of rows: which belong together, and how far they cross the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.errors import RefusedError
from grd_core.recon.part_codes import TEST, TRAIN, VALIDATION

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from grd_core.recon.roles import Roles


def group_ids(table: pa.Table, roles: Roles, where: str) -> np.ndarray[Any, Any]:
    """Rows that share a value of any declared group, however indirectly, get one number, (n,).

    A row without a group is a group of its own.

    Raises:
        RefusedError: no group is declared.
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not roles.groups:
        raise RefusedError(
            "a grouped split needs a group column",
            where=where,
            fix="declare one in roles.groups, or split by time or at random",
        )
    rows = np.arange(table.num_rows)
    sources, targets, nodes = [], [], table.num_rows
    for name in roles.groups:
        codes = _codes(table, name)
        known = codes >= 0
        sources.append(rows[known])
        targets.append(codes[known] + nodes)
        nodes += int(codes.max(initial=-1)) + 1
    source, target = np.concatenate(sources), np.concatenate(targets)
    edges = coo_array((np.ones(source.size, dtype=np.int8), (source, target)), shape=(nodes, nodes))
    return np.asarray(connected_components(edges, directed=False)[1][: table.num_rows])


def crossings(table: pa.Table, roles: Roles, parts: np.ndarray[Any, Any]) -> dict[str, float]:
    """By group column, the share of the rows of validation and test whose group is in train."""
    import numpy as np

    found = {}
    for name in roles.groups:
        codes = _codes(table, name)
        later = codes[((parts == VALIDATION) | (parts == TEST)) & (codes >= 0)]
        seen = np.isin(later, codes[(parts == TRAIN) & (codes >= 0)])
        found[name] = round(float(seen.mean()), 4) if later.size else 0.0
    return found


def _codes(table: pa.Table, name: str) -> np.ndarray[Any, Any]:
    """A column's values as numbers from 0; -1 where missing."""
    import numpy as np

    indices = table.column(name).combine_chunks().dictionary_encode().indices
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
