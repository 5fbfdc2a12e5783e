"""The energy of a study: every run once, and what is unknown is not zero."""

from __future__ import annotations

import json

import pytest

from grd_core.identity import canonical_json
from grd_core.ledger.tables import Run, RunState
from grd_core.overview import overview_snapshot
from grd_core.runs.costs import costs_of_one, costs_of_study
from grd_core.runs.energy_spent import energy_of_study
from grd_core.study import create_study
from grd_tui.cli.root import run as grd


@pytest.fixture
def study(tmp_path):
    return create_study(tmp_path / "study")


def add_run(study, *ends, live=None, gpu_s=0.0):
    """A run with the energies of its recorded ends, what its journal told last, and GPU time."""
    with study.write("run") as tx:
        run_id = tx.insert(
            Run(
                experiment_id=1,
                ordinal=1,
                folder="",
                command_json="[]",
                seed=0,
                inputs_json="{}",
                objective_version=1,
            )
        )
        tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
        for energy in ends:
            told = {"gpus": {} if energy is None else {"energy": energy}}
            detail = canonical_json(told | {"totals": {"gpu_s": gpu_s}})
            tx.insert(RunState(run_id=run_id, state="done", detail_json=detail))
    if live is not None:
        with study.write_derived() as connection:
            connection.execute(
                "INSERT INTO run_progress VALUES (?, 0, 0, 0, 0, ?, 0, 0, '[]', ?, '{}')",
                (run_id, gpu_s, json.dumps({"energy": live})),
            )


def joules(amount, unmeasured_s=0.0):
    return {"joules": amount, "unmeasured_s": unmeasured_s}


def energy(study):
    with study.read() as ledger:
        return energy_of_study(ledger)


def costs(study, run_id=None):
    with study.read() as ledger:
        if run_id is None:
            return costs_of_study(study, ledger)
        return costs_of_one(study, ledger, run_id)


def priced(study, *lines):
    (study.root / "grd.toml").write_text("\n".join(["[budget]", *lines, ""]))


EUR = 'currency = "EUR"'


def test_a_study_without_gpus_measured_nothing_which_is_not_zero(study):
    add_run(study, None)
    told = costs(study)
    assert told.energy == "not measured: no run was given a GPU"
    assert (told.kwh, told.measured_share, told.energy_cost, told.money) == (None, None, None, "")
    assert not told.is_worth_a_line
    assert costs(study, 1).energy == "not measured: it was given no GPU"


def test_every_run_counts_once(study):
    add_run(study, joules(3.6e6), joules(3.6e6), live=joules(3.6e6), gpu_s=3600.0)
    add_run(study, live=joules(1.8e6), gpu_s=1800.0)
    found = energy(study)
    assert (found.kwh, found.measured, found.gpu_hours) == (1.5, 2, 1.5)
    assert costs(study).energy == "1.5 kWh measured over 100% of GPU time"
    assert costs(study, 2).energy == "0.5 kWh measured over 100% of GPU time"


def test_what_has_no_reading_is_said_and_counts_as_nothing(study):
    add_run(study, {"unknown": "GPU is lost"}, gpu_s=1000.0)
    told = costs(study)
    assert told.energy == "not measured: GPU is lost"
    assert told.kwh is None
    add_run(study, joules(3.6e5, unmeasured_s=1000.0), gpu_s=9000.0)
    told = costs(study)
    assert told.energy == "0.1 kWh measured over 80% of GPU time"
    assert told.measured_share == pytest.approx(0.8)
    assert told.not_measured == "GPU is lost (1 run)"


def test_gpu_time_of_which_nobody_told_anything_has_no_reading(study):
    add_run(study, None, gpu_s=60.0)
    assert costs(study).energy == "not measured: its supervisor told nothing of its energy"


def test_all_of_the_time_is_said_of_nothing_less(study):
    add_run(study, joules(3.6e6, unmeasured_s=0.1), gpu_s=1e6)
    assert costs(study).energy == "1 kWh measured over 99% of GPU time"


def test_money_is_about_and_of_what_was_measured(study):
    add_run(study, joules(3.6e6 * 1.2, unmeasured_s=1500.0), gpu_s=7500.0)
    priced(study, "price_per_kwh = 0.30", "price_per_gpu_hour = 1.8", EUR)
    told = costs(study)
    assert told.money == "about 0.36 EUR for 1.2 kWh, about 3.75 EUR for 2.08 GPU-h"
    assert (told.energy_cost, told.gpu_hours_cost) == (pytest.approx(0.36), pytest.approx(3.75))
    priced(study, "price_per_gpu_hour = 0.001", EUR)
    assert costs(study).money == "less than 0.01 EUR for 2.08 GPU-h"
    assert costs(study).energy_cost is None


def test_energy_that_was_not_measured_has_no_price(study):
    add_run(study, {"unknown": "no NVIDIA driver on this machine"}, gpu_s=60.0)
    priced(study, "price_per_kwh = 0.30", EUR)
    told = costs(study)
    assert told.money == "not known: the energy was not measured"
    assert told.energy_cost is None


def test_a_price_that_is_none_is_told_and_stops_nothing(study):
    add_run(study, joules(3.6e6), gpu_s=60.0)
    priced(study, "price_per_kwh = -1", EUR)
    told = costs(study)
    assert told.money == "not known: grd.toml, [budget]: a price is a finite number, 0 or more"
    assert told.kwh == 1.0


@pytest.mark.parametrize(
    ("amount", "said"),
    [(1.0, "less than 0.01 Wh"), (3600.0, "1 Wh"), (3.6e5, "0.1 kWh"), (3.6e9, "1,000 kWh")],
)
def test_small_and_large_energies_stay_readable(study, amount, said):
    add_run(study, joules(amount), gpu_s=10.0)
    assert costs(study).energy == f"{said} measured over 100% of GPU time"


def test_the_verbs_say_it_in_text_and_as_json(study, capsys):
    add_run(study, joules(3.6e6, unmeasured_s=720.0), gpu_s=3600.0)
    assert grd(["-C", str(study.root), "budget"]) == 0
    said = capsys.readouterr().out
    assert "energy  1 kWh measured over 80% of GPU time\n" in said
    assert "money   not known: no price stands in grd.toml, [budget]\n" in said
    priced(study, "price_per_kwh = 0.25", EUR)
    assert grd(["-C", str(study.root), "budget"]) == 0
    assert "money   about 0.25 EUR for 1 kWh\n" in capsys.readouterr().out
    assert grd(["-C", str(study.root), "budget", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["costs"]
    assert (told["kwh"], told["energy_cost"], told["currency"]) == (1.0, 0.25, "EUR")
    assert told["measured_share"] == pytest.approx(0.8)
    assert grd(["-C", str(study.root), "status"]) in {0, 1}
    assert "energy    1 kWh measured over 80% of GPU time   about 0.25" in capsys.readouterr().out
    assert overview_snapshot(study).costs.energy_cost == 0.25
