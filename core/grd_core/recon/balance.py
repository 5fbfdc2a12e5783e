"""The balance of the target in the training part of a split, told before the freeze.

Of train alone: rows that no later part holds. It is told coarsely, shares to whole percents and
amounts to two digits, since a person may plan one split after the other: the difference of two
nearly equal training parts would else tell of the rows between them, which the last plan may put
into the test part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.recon.part_codes import TRAIN

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from grd_core.recon.roles import Roles

MOST_CLASSES = 10
"""Classes that are told, the most frequent first."""


def balance_of_train(
    table: pa.Table, roles: Roles, parts: np.ndarray[Any, Any]
) -> list[dict[str, str]]:
    """What train holds of the target.

    Returns:
        `what` and `share` of each class, in whole percents; of an amount `what` is a quartile
        and `share` its value to two digits.
    """
    import numpy as np
    import pyarrow as pa

    values = table.column(roles.target).filter(pa.array(parts == TRAIN))
    if roles.task == "regression":
        amounts = np.asarray(values.cast("float64", safe=False).to_numpy())
        quartiles = np.quantile(amounts, [0.25, 0.5, 0.75])
        names = ("lower quartile", "median", "upper quartile")
        return [
            {"what": name, "share": f"{value:.2g}"}
            for name, value in zip(names, quartiles, strict=True)
        ]
    counted = sorted(
        ((int(item["counts"]), str(item["values"])) for item in values.value_counts().to_pylist()),
        key=lambda item: (-item[0], item[1]),
    )
    told = [
        {"what": name[:80], "share": _percent(count / len(values))}
        for count, name in counted[:MOST_CLASSES]
    ]
    rest = counted[MOST_CLASSES:]
    if rest:
        share = _percent(sum(count for count, _ in rest) / len(values))
        told.append({"what": f"{len(rest)} more classes", "share": share})
    return told


def _percent(share: float) -> str:
    return "< 1%" if share < 0.01 else f"{share:.0%}"
