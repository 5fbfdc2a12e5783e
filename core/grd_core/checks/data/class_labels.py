"""The classes of a target as text, written alike in every table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.frames import class_codes

if TYPE_CHECKING:
    import pandas as pd


def class_labels(columns: Sequence[pd.Series[Any]]) -> list[pd.Series[Any]]:
    """Present values of a target in several tables, as text.

    Whole numbers become floating ones in a table where one is missing: a class 1 is the class 1.0.
    """
    import numpy as np
    import pandas as pd

    codes, names = class_codes(pd.concat(list(columns), ignore_index=True))
    words = np.array(names, dtype=object)[codes]
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return [
        pd.Series(piece, index=column.index, dtype=object)
        for piece, column in zip(np.split(words, ends), columns, strict=True)
    ]
