"""The writer of event files, for every test here."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def events():
    spec = importlib.util.spec_from_file_location("events", Path(__file__).parent / "events.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
