"""Where a value stands in a config: names of tables and indices of lists, from the top."""

from __future__ import annotations

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


def flat(values: Any) -> dict[str, Any]:
    """Values by dotted key; lists and empty tables are values."""
    return dict(_flat((), values))


def _flat(key: Key, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and (value or not key):
        for name, inner in value.items():
            yield from _flat((*key, str(name)), inner)
    else:
        yield dotted(key), value
