"""The checks of code on small programs: each flaw where it is marked, nothing in its twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.checks.contract import CodeContext, Measurement, SourceFile
from grd_core.checks.registry import find_check
from tests.core.checks.fixtures_reader import Case, read_fixture

CORPUS = [
    read_fixture(path)
    for path in sorted((Path(__file__).parent / "corpus" / "by_code").glob("*.md"))
]
CASES = [
    pytest.param(
        fixture.code,
        case,
        id=f"{fixture.code}-{case.name}-{'flawed' if case.flawed else 'clean'}",
    )
    for fixture in CORPUS
    for case in fixture.cases
]
ROLES = ("cause", "train", "evaluate")


def marked(case: Case) -> tuple[set[tuple[str, int, str]], dict[str, set[tuple[str, int]]]]:
    """File, line and severity of each `# cause`, and the lines of each role."""
    causes: set[tuple[str, int, str]] = set()
    roles: dict[str, set[tuple[str, int]]] = {role: set() for role in ROLES}
    for path, text in case.files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.rpartition("#")[2].split()
            for role in set(words) & set(ROLES):
                roles[role].add((path, number))
            if words[:1] == ["cause"]:
                causes.add((path, number, words[1]))
    return causes, roles


@pytest.mark.parametrize(("code", "case"), CASES)
def test_finds_the_flaw_where_it_is_and_leaves_its_twin_alone(code: str, case: Case) -> None:
    files = tuple(SourceFile(path, text) for path, text in case.files.items())
    measured = find_check(code).measure(CodeContext(files))
    assert isinstance(measured, Measurement)

    if not case.flawed:
        assert [item.why for item in measured.evidence] == []
        return
    causes, roles = marked(case)
    assert {(item.path, item.line, item.severity.value) for item in measured.evidence} == causes
    for item in measured.evidence:
        for place in item.places:
            assert (place.path, place.line) in roles[place.role]


@pytest.mark.parametrize("fixture", CORPUS, ids=lambda fixture: fixture.code)
def test_every_flaw_has_its_clean_twin(fixture) -> None:  # type: ignore[no-untyped-def]
    assert [case.name for case in fixture.flawed] == [case.name for case in fixture.clean]
