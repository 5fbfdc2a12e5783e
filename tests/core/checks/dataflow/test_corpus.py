"""C101 on small programs: each flaw is found with its three places, each twin is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.checks.code.c101_preprocessing import PreprocessingBeforeSplit
from grd_core.checks.contract import CodeContext, Measurement, SourceFile
from tests.core.checks.fixtures_reader import Case, read_fixture

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.md"))
CASES = [
    pytest.param(case, id=f"{path.stem}-{case.name}-{'flawed' if case.flawed else 'clean'}")
    for path in CORPUS
    for case in read_fixture(path).cases
]


def marked(text: str) -> tuple[dict[int, str], dict[str, set[int]]]:
    """Severity by line of each `# cause`, and the lines of each role."""
    causes: dict[int, str] = {}
    roles: dict[str, set[int]] = {"cause": set(), "train": set(), "evaluate": set()}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[2].split()
        for role in set(words) & set(roles):
            roles[role].add(number)
        if words[:1] == ["cause"]:
            causes[number] = words[1]
    return causes, roles


@pytest.mark.parametrize("case", CASES)
def test_finds_the_flaw_and_leaves_its_twin_alone(case: Case) -> None:
    text = case.files["train.py"]
    measured = PreprocessingBeforeSplit().measure(CodeContext((SourceFile("train.py", text),)))
    assert isinstance(measured, Measurement)

    if not case.flawed:
        assert [item.why for item in measured.evidence] == []
        return
    causes, roles = marked(text)
    assert {item.line: item.severity.value for item in measured.evidence} == causes
    for item in measured.evidence:
        assert [place.role for place in item.places] == ["cause", "train", "evaluate"]
        assert all(place.line in roles[place.role] for place in item.places)


def test_half_of_the_corpus_is_clean() -> None:
    cases = [case for path in CORPUS for case in read_fixture(path).cases]

    assert len(cases) >= 40
    assert sum(case.flawed for case in cases) * 2 == len(cases)
