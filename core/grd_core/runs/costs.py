"""What runs took in kilowatt-hours and what that costs. Advice: an estimate, it stops no run.

The energy is that of whole GPUs, as the driver tells it: work of others on them is in it, and
the rest of the machine is not. What was not measured is not guessed, so that money for energy
is of the measured part; GPU-hours are known exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from grd_core.ledger.read import Reader
from grd_core.prices import Prices, Unpriced, read_prices
from grd_core.runs.energy_spent import EnergySpentByRuns, energy_of_run, energy_of_study
from grd_core.study import CONFIG_FILE, Study

NO_GPU = "no run was given a GPU"


@dataclass(frozen=True, slots=True)
class Costs:
    """What GPUs took and cost; amounts in `currency`, None for what is not known.

    `measured_share` is the share of GPU time, from 0 to 1, that `kwh` was measured over;
    `not_measured` says why the rest, or all of it, has no reading. `energy` and `money` say the
    same in words; `money` is empty where no price is set, or says what is wrong with it.
    """

    kwh: float | None
    measured_share: float | None
    not_measured: str
    gpu_hours: float
    price_per_kwh: float | None
    price_per_gpu_hour: float | None
    currency: str
    energy_cost: float | None
    gpu_hours_cost: float | None
    energy: str
    money: str

    @property
    def is_worth_a_line(self) -> bool:
        """Whether a GPU was used, or somebody asked for prices."""
        return self.gpu_hours > 0 or self.kwh is not None or bool(self.money)


def costs_of_study(study: Study, ledger: Reader) -> Costs:
    """Of all runs of a study, at the prices that stand in its grd.toml now."""
    return costs_of(energy_of_study(ledger), _prices(study), nothing=NO_GPU)


def costs_of_one(study: Study, ledger: Reader, run_id: int) -> Costs:
    """Of one run."""
    spent = energy_of_run(ledger, run_id)
    return costs_of(spent, _prices(study), nothing="it was given no GPU")


def _prices(study: Study) -> Prices | Unpriced:
    return read_prices(study.root / CONFIG_FILE)


def costs_of(spent: EnergySpentByRuns, prices: Prices | Unpriced, *, nothing: str) -> Costs:
    """What energy and GPU-hours make at these prices.

    Args:
        spent: what was measured.
        prices: what a kilowatt-hour and a GPU-hour cost.
        nothing: why there is no reading where no GPU was given.
    """
    kwh = spent.kwh if spent.measured else None
    why = _why(spent, nothing)
    per_kwh = prices.per_kwh if isinstance(prices, Prices) else None
    per_gpu_hour = prices.per_gpu_hour if isinstance(prices, Prices) else None
    energy_cost = None if kwh is None or per_kwh is None else kwh * per_kwh
    gpu_hours_cost = None if per_gpu_hour is None else spent.gpu_hours * per_gpu_hour
    return Costs(
        kwh=kwh,
        measured_share=None if kwh is None else spent.share,
        not_measured=why,
        gpu_hours=spent.gpu_hours,
        price_per_kwh=per_kwh,
        price_per_gpu_hour=per_gpu_hour,
        currency=prices.currency if isinstance(prices, Prices) else "",
        energy_cost=energy_cost,
        gpu_hours_cost=gpu_hours_cost,
        energy=f"not measured: {why}" if kwh is None else _energy(kwh, spent.share),
        money=_money(prices, spent.gpu_hours, kwh, energy_cost, gpu_hours_cost),
    )


def _why(spent: EnergySpentByRuns, nothing: str) -> str:
    if not spent.measured and not spent.without:
        return nothing
    of_several = spent.measured + sum(one.runs for one in spent.without) > 1
    return "; ".join(
        f"{one.reason} ({_runs(one.runs)})" if of_several else one.reason for one in spent.without
    )


def _energy(kwh: float, share: float | None) -> str:
    over = "" if share is None else f" over {_percent(share)} of GPU time"
    return f"{_kwh(kwh)} measured{over}"


def _money(
    prices: Prices | Unpriced,
    gpu_hours: float,
    kwh: float | None,
    energy_cost: float | None,
    gpu_hours_cost: float | None,
) -> str:
    if isinstance(prices, Unpriced):
        return f"not known: {prices.reason}" if prices.reason else ""
    parts = []
    if energy_cost is not None and kwh is not None:
        parts.append(f"{_amount(energy_cost, prices.currency)} for {_kwh(kwh)}")
    if gpu_hours_cost is not None:
        hours = _figure(gpu_hours, "GPU-h")
        parts.append(f"{_amount(gpu_hours_cost, prices.currency)} for {hours}")
    return ", ".join(parts) or "not known: the energy was not measured"


def _amount(amount: float, currency: str) -> str:
    if 0 < amount < 0.01:
        return f"less than 0.01 {currency}"
    return f"about {amount:,.2f} {currency}"


def _kwh(kwh: float) -> str:
    return _figure(kwh * 1000, "Wh") if 0 < kwh < 0.01 else _figure(kwh, "kWh")


def _figure(value: float, unit: str) -> str:
    if 0 < value < 0.01:
        return f"less than 0.01 {unit}"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def _percent(share: float) -> str:
    # Rounded down: all of it is said of nothing less.
    return "less than 1%" if 0 < share < 0.01 else f"{math.floor(share * 100)}%"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
