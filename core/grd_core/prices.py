"""What a kilowatt-hour and a GPU-hour cost, as grd.toml's [budget] says; standard library only.

Every face reads it, the cockpit's own process too, which loads no schema.
"""

from __future__ import annotations

import math
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LONGEST_CURRENCY = 8
"""Characters of a currency's name or sign."""

NEEDS_CURRENCY = 'a price needs its currency: add `currency = "EUR"` under [budget]'


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices in `currency`; None where none is set. At least one of them is."""

    per_kwh: float | None
    per_gpu_hour: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class Unpriced:
    """No price is known; `reason` says what is wrong with those that stand there, else empty."""

    reason: str


def price(value: object) -> float:
    """A price as it stands in grd.toml.

    Raises:
        ValueError: it is none; the message is the sentence for a person.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a price is a number without quotes, such as 0.30")  # noqa: TRY004
    if not math.isfinite(value) or value < 0:
        raise ValueError("a price is a finite number, 0 or more")
    return float(value)


def currency(value: object) -> str:
    """A currency's name or sign as it stands in grd.toml.

    Raises:
        ValueError: it is none; the message is the sentence for a person.
    """
    if isinstance(value, str) and 0 < len(value) <= LONGEST_CURRENCY and all(map(_may, value)):
        return value
    raise ValueError(
        f'a currency is 1 to {LONGEST_CURRENCY} letters or a sign in quotes, such as "EUR"'
    )


def _may(character: str) -> bool:
    return unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lo", "Sc"}


def read_prices(path: Path) -> Prices | Unpriced:
    """The prices in a grd.toml. Whoever acts on the file reads all of it and is told its faults;
    here, where money is only advice, they are the reason why none is said."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        return Unpriced(f"{path.name} cannot be read: {error.strerror}")
    except ValueError as error:
        return Unpriced(f"{path.name} is not valid TOML: {error}")
    section = content.get("budget", {})
    if not isinstance(section, dict):
        return Unpriced(f"{path.name}: `budget` is not a section")
    try:
        return _prices(section)
    except ValueError as error:
        return Unpriced(f"{path.name}, [budget]: {error}")


def _prices(section: Mapping[str, object]) -> Prices | Unpriced:
    per_kwh, per_gpu_hour = (
        price(section[key]) if key in section else None
        for key in ("price_per_kwh", "price_per_gpu_hour")
    )
    if per_kwh is None and per_gpu_hour is None:
        return Unpriced("")
    if "currency" not in section:
        raise ValueError(NEEDS_CURRENCY)
    return Prices(per_kwh, per_gpu_hour, currency(section["currency"]))
