"""Every registered check explains itself, with the constants its code uses, and has a fixture."""

from __future__ import annotations

import re

import pytest

from grd_core.checks.contract import Check
from grd_core.checks.registry import all_checks, documentation
from tests.core.checks.fixtures_reader import FIXTURES

SECTIONS = (
    "What it finds",
    "Why it matters",
    "How it is measured",
    "How to fix it",
    "When it is wrong",
    "Reference",
)
HEADING = re.compile(
    r"^(?:## (?=.)|(?=.+\n-{3,}$))(.+)(?:\n-{3,})?$", re.MULTILINE
)  # both of Markdown's
QUOTED = re.compile(r"`(\w+) = ([-+.\deE_]+)`")
CHECKS = [pytest.param(check, id=code) for code, check in all_checks().items()]


@pytest.mark.parametrize("check", CHECKS)
def test_its_page_has_every_section_with_something_in_it(check: Check) -> None:
    pieces = HEADING.split(documentation(check))
    headings, texts = pieces[1::2], pieces[2::2]

    assert tuple(headings) == SECTIONS
    assert all(text.strip() for text in texts)


@pytest.mark.parametrize("check", CHECKS)
def test_its_page_quotes_the_thresholds_it_uses(check: Check) -> None:
    quoted = {name: float(value) for name, value in QUOTED.findall(documentation(check))}

    assert quoted == dict(check.thresholds)


@pytest.mark.parametrize("check", CHECKS)
def test_it_has_a_fixture_with_a_flaw_and_a_clean_twin(check: Check) -> None:
    text = (FIXTURES / f"{check.code.lower()}.md").read_text(encoding="utf-8")

    assert text.startswith(f"# {check.code}")
    assert re.search(r"^## Flaw", text, re.MULTILINE)
    assert re.search(r"^## Clean", text, re.MULTILINE)
