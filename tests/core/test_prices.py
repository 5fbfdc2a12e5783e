"""What a kWh and a GPU-hour cost: optional, checked with a sentence each, read without a schema."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grd_core.config import load_config
from grd_core.errors import ConfigError
from grd_core.prices import Prices, Unpriced, read_prices

BOTH = '[budget]\nprice_per_kwh = 0.3\nprice_per_gpu_hour = 2\ncurrency = "EUR"\n'


@pytest.fixture
def grd_toml(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "grd.toml"
        path.write_text(text)
        return path

    return write


def test_both_readers_read_the_same(grd_toml):
    path = grd_toml(BOTH)
    section = load_config(path).budget
    assert read_prices(path) == Prices(0.3, 2.0, "EUR")
    assert (section.price_per_kwh, section.price_per_gpu_hour, section.currency) == (0.3, 2, "EUR")


@pytest.mark.parametrize("text", ["", "[budget]\n", '[budget]\ncurrency = "EUR"\n'])
def test_prices_are_optional(grd_toml, text):
    path = grd_toml(text)
    assert load_config(path).budget.price_per_kwh is None
    assert read_prices(path) == Unpriced("")


@pytest.mark.parametrize(
    ("key", "line", "sentence"),
    [
        ("price_per_kwh", "price_per_kwh = -0.1", "a price is a finite number, 0 or more"),
        ("price_per_kwh", "price_per_kwh = inf", "a price is a finite number, 0 or more"),
        ("price_per_gpu_hour", "price_per_gpu_hour = true", "a number without quotes"),
        ("price_per_gpu_hour", 'price_per_gpu_hour = "1.8"', "a number without quotes"),
        ("currency", 'currency = ""', 'letters or a sign in quotes, such as "EUR"'),
        ("currency", 'currency = "E\\u001b[31m"', 'letters or a sign in quotes, such as "EUR"'),
        ("currency", "currency = 3", 'letters or a sign in quotes, such as "EUR"'),
    ],
)
def test_what_is_no_price_gets_one_sentence(grd_toml, key, line, sentence):
    kept = [one for one in BOTH.splitlines() if not one.startswith(key)]
    path = grd_toml("\n".join([*kept, line, ""]))
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    said = refused.value.sentence()
    assert f"`budget.{key}` is not acceptable" in said
    assert sentence in said
    assert "grd.toml:4" in said
    unpriced = read_prices(path)
    assert isinstance(unpriced, Unpriced)
    assert sentence in unpriced.reason


def test_a_price_without_its_currency_is_no_price(grd_toml):
    path = grd_toml("[budget]\nprice_per_kwh = 0.3\n")
    with pytest.raises(ConfigError, match=r'needs its currency: add `currency = "EUR"`'):
        load_config(path)
    assert "needs its currency" in read_prices(path).reason


@pytest.mark.parametrize("text", ["[budget", "budget = 3\n"])
def test_a_file_that_cannot_be_read_says_no_price_and_why(grd_toml, text):
    assert "grd.toml" in read_prices(grd_toml(text)).reason


def test_no_file_is_a_reason_too(tmp_path):
    assert "cannot be read" in read_prices(tmp_path / "grd.toml").reason


def test_reading_prices_loads_nothing_heavy():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, grd_core.runs.costs, grd_core.runs.gpu_panel;"
            "print(*{'pydantic', 'sqlmodel', 'pynvml', 'numpy'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
