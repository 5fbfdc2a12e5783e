"""Where a value stands in a config: names of tables and indices of lists, from the top."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Key = tuple[str | int, ...]

_LONGEST = 80


def dotted(key: Key) -> str:
    """As it is said: `model.layers[2].width`; `(top)` for the whole."""
    said = ""
    for part in key:
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else part
    return said or "(top)"


def called(key: Key) -> str:
    """As `dotted`, short enough for a sentence."""
    text = dotted(key)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def value_text(value: Any, longest: int = 60) -> str:
    """A value of a config as a person reads it, cut to so many characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def flat(values: Any) -> dict[str, Any]:
    """Values by dotted key; lists and empty tables are values."""
    return dict(_flat((), values))


def _flat(key: Key, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and (value or not key):
        for name, inner in value.items():
            yield from _flat((*key, str(name)), inner)
    else:
        yield dotted(key), value
