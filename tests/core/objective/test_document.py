"""Bytes to an objective: whatever is wrong gets one sentence with its line."""

from __future__ import annotations

import pytest
import yaml

from grd_core.objective.document import Document, parse
from grd_core.objective.frontmatter import Malformed


def faults(raw: bytes) -> list[tuple[int, str]]:
    parsed = parse(raw)
    assert isinstance(parsed, Malformed)
    assert all(problem.fix and problem.line > 0 for problem in parsed.problems)
    return [(problem.line, problem.sentence()) for problem in parsed.problems]


def readable(raw: bytes) -> Document:
    parsed = parse(raw)
    assert isinstance(parsed, Document), parsed
    return parsed


def test_says_everything_the_file_says(text: str) -> None:
    document = readable(text.encode())
    objective = document.objective
    assert [metric.name for metric in objective.metrics] == ["mae", "r2", "median_ae"]
    assert objective.evaluation.groups == ("unit",)
    assert objective.baselines[0].kind == "own_run"
    assert objective.seen == ("the training part",)
    assert document.sections[0].title == "Question and why it matters"


def test_knows_the_line_of_every_key(text: str) -> None:
    document = readable(text.encode())
    lines = text.splitlines()
    for path in ("id", "metrics[1].threshold", "evaluation.exclusions[0]", "budget.peeks"):
        key = path.rpartition(".")[2].partition("[")[0]
        line = lines[document.line_of(path) - 1]
        assert key in line or "cancelled trains" in line
    assert document.line_of("metrics[1].minimum_effect") == document.line_of("metrics[1]")
    for section in document.sections:
        assert lines[section.line - 1] == f"## {section.title}"


@pytest.mark.parametrize(
    "dress",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: text.replace("---\n", "--- \t\n"),
    ],
    ids=["windows", "old mac", "bom", "bom and windows", "space behind the marks"],
)
def test_line_endings_and_marks_change_nothing(text: str, dress) -> None:  # type: ignore[no-untyped-def]
    plain, dressed = readable(text.encode()), readable(dress(text).encode())
    assert dressed.objective == plain.objective
    assert dressed.sections == plain.sections
    assert dressed.front.lines == plain.front.lines


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"", 1, "empty"),
        (b"\n \n", 1, "empty"),
        (b"Just prose.\n", 1, "no front matter"),
        (b"---\nid: a\n", 1, "never closed"),
        (b"---\n---\n", 1, "front matter is empty"),
        (b"---\n- a\n---\n", 2, "key: value"),
        (b"---\nid: a\n\ttask: binary\n---\n", 3, "tab"),
        (b"---\nid: a\nmetrics:\n\t- name: mae\n---\n", 4, "tab"),
        (b"---\nid: a\ntitle: \xff\xfe\n---\n", 3, "not UTF-8"),
        (b"\xff\xfe-\x00-\x00-\x00", 1, "UTF-16"),
        (b"---\nid: a\nid: b\n---\n", 3, "set twice, first on line 2"),
        (b"---\nid: &x a\ntitle: *x\n---\n", 2, "anchors and aliases"),
        (b"---\nid: a\nbase: *x\n---\n", 3, "anchors and aliases"),
        (b"---\nid: !!python/name:os.system a\n---\n", 2, "tag"),
        (b"---\nid: a\ntitle: what: now\n---\n", 3, "not valid YAML"),
        (b"---\nid: a\ntitle: 'open\n---\n", 3, "not valid YAML"),
        (b"---\nid: a\ntitle: \x07\n---\n", 3, "control character"),
        (b"---\nf:\n  - comparison: >=\n    threshold: 1\n---\n", 3, 'comparison: ">="'),
        (b"---\n? [a]\n: b\n---\n", 2, "one word"),
        (b"---\nid: " + b"[" * 3000 + b"\n---\n", 2, "nested"),
    ],
)
def test_what_is_no_document_gets_one_sentence(raw: bytes, line: int, says: str) -> None:
    [(found, sentence)] = faults(raw)
    assert found == line
    assert says in sentence


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    weight: 0.75", "    wieght: 0.75", "did you mean `weight`"),
        ("budget:", "bugdet:", "did you mean `budget`"),
        ("  peeks: 2", "  peaks: 2", "did you mean `peeks`"),
        ("role: guard", "role: gaurd", "did you mean guard"),
        ("split: temporal", "split: chronological", "temporal"),
        ("task: regression", "task:", "`task` is missing"),
        ("    threshold: 0.5", '    threshold: "0.5"', "not a number"),
        ("    threshold: 0.5", "    threshold: true", "not a number"),
        ("    threshold: 0.5", "    threshold: .nan", "not a number"),
        ("  seeds: 5", "  seeds: 2.5", "whole number"),
        ("  seeds: 5", "  seeds: [1, 2]", "whole number"),
        ("  cpu_hours: 2.0", "  cpu_hours: -2", "too small"),
        ("  alpha: 0.05", "  alpha: 5", "too large"),
        ("  holdout: 0.2", "  holdout: 1", "too large"),
        ("target: delay", "target: 2013", "in quotes"),
        ("random: true", "random: maybe", "true or false"),
        ('comparison: "<"', "comparison: >", 'write comparison: ">"'),
        ("  expected_gain: half a minute", "  expected_gain: [1]", "expected_gain"),
        ("strata: [line, depot]", "strata: {line: 1}", "not a list"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(text: str, old: str, new: str, says: str) -> None:
    assert text.count(old) == 1
    edited = text.replace(old, new)
    line, sentence = faults(edited.encode())[0]
    assert says in sentence
    assert line == text[: text.index(old) + len(old)].count("\n") + 1


def test_every_wrong_field_is_reported_at_once(text: str) -> None:
    edited = text.replace("role: guard", "role: x").replace("  peeks: 2", "  peeks: x")
    assert [line for line, _ in faults(edited.encode())] == [
        edited.splitlines().index("    role: x") + 1,
        edited.splitlines().index("  peeks: x") + 1,
    ]


def test_words_that_other_yaml_reads_as_values_stay_words(text: str) -> None:
    edited = text.replace("[line, depot]", "[no, on, 2013-01-01, 1_000, 0x1F]")
    objective = readable(edited.encode()).objective
    assert objective.strata == ("no", "on", "2013-01-01", "1_000", "0x1F")


def test_unicode_and_a_megabyte_of_prose_lose_nothing(text: str) -> None:
    prose = "Ünïcode – 東京 – 🚆 – e\u0301\n" * 30_000
    edited = text.replace("trains?", "列車 🚆?") + "\n## Notes\n\n" + prose
    assert len(edited.encode()) > 1_000_000
    document = readable(edited.encode())
    assert document.objective.title.endswith("列車 🚆?")
    assert document.sections[-1].text == prose.strip()


def test_a_heading_in_a_code_block_is_no_heading(text: str) -> None:
    document = readable((text + "\n```\n# not a heading\n```\n").encode())
    assert document.sections[-1].title == "Constraints and non-goals"


def test_rendered_and_read_again_it_means_the_same(text: str) -> None:
    objective = readable(text.encode()).objective
    rendered = yaml.safe_dump(objective.model_dump(mode="json"), allow_unicode=True)
    assert readable(f"---\n{rendered}---\n".encode()).objective == objective


def test_marks_that_yaml_takes_for_line_ends_move_no_line(text: str) -> None:
    edited = text.replace("rain predict", "rain\u2028\u2029\x85 predict").replace(
        "role: guard", "role: x"
    )
    [(line, _)] = faults(edited.encode())
    assert line == text[: text.index("role: guard")].count("\n") + 1
