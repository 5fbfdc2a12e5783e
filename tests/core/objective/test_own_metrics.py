"""What the objective may and must say of metrics, of the catalogue's and of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.objective.document import Document, parse
from grd_core.objective.drift import Drift, compare
from grd_core.objective.own_metrics import NO_SOURCES, with_sources
from grd_core.objective.problem import Problem
from grd_core.objective.rules import validate
from grd_core.statistics.own_metric import OwnSource

OWN = "  - name: costs:pinball\n    role: guard\n    direction: lower\n    threshold: 0.4\n"
FUNCTION = "def pinball(y_true, y_pred):\n    return 1.0\n"


def document_of(text: str) -> Document:
    document = parse(text.encode())
    assert isinstance(document, Document), document
    return document


def with_own(text: str, more: str = "") -> str:
    return text.replace("\nstrata:", f"{OWN}{more}\nstrata:", 1)


def problems(text: str, root: Path) -> dict[str, Problem]:
    return {one.field: one for one in validate(document_of(text), root=root)}


def test_a_function_of_the_study_is_a_metric(text: str, tmp_path: Path) -> None:
    (tmp_path / "costs.py").write_text(FUNCTION)
    assert not any(one.refuses for one in problems(with_own(text), tmp_path).values())


def test_a_function_that_is_not_there_is_refused_on_its_line(text: str, tmp_path: Path) -> None:
    found = problems(with_own(text), tmp_path)["metrics[3].name"]
    assert found.refuses
    assert with_own(text).splitlines()[found.line - 1] == "  - name: costs:pinball"
    assert found.message == "there is no costs.py in the study, and no installed module costs"


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        ("    needs: labels\n", "needs", "a regression task has no labels to give costs:pinball"),
        ("    low: 2\n    high: 1\n", "low", "nothing lies between 2 and 1"),
        ("    low: 1\n", "threshold", "costs:pinball cannot be 0.4"),
    ],
)
def test_what_is_said_of_a_function_has_to_fit(
    text: str, tmp_path: Path, more: str, field: str, message: str
) -> None:
    (tmp_path / "costs.py").write_text(FUNCTION)
    assert problems(with_own(text, more), tmp_path)[f"metrics[3].{field}"].message == message


def test_a_function_has_no_direction_unless_it_is_written(text: str, tmp_path: Path) -> None:
    (tmp_path / "costs.py").write_text(FUNCTION)
    silent = with_own(text).replace(f"{OWN}", OWN.replace("    direction: lower\n", ""))
    assert "metrics[3].direction" in problems(silent, tmp_path)


def test_over_classes_it_has_to_be_said_what_a_function_is_given(text: str, tmp_path: Path) -> None:
    (tmp_path / "costs.py").write_text(FUNCTION)
    classes = with_own(text).replace("task: regression", "task: binary")
    found = problems(classes, tmp_path)["metrics[3].needs"]
    assert found.fix == "write `needs: labels` or `needs: scores`"


def test_the_catalogue_knows_what_its_metrics_need(text: str, tmp_path: Path) -> None:
    said = text.replace("    threshold: 4.0\n", "    threshold: 4.0\n    needs: values\n", 1)
    found = problems(said, tmp_path)["metrics[0].needs"]
    assert found.message == "the catalogue knows `needs` of mae"


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("rand_score", "compares two groupings", "cohen_kappa"),
        ("MultilabelF1Score", "of several labels a row", "_macro"),
        ("TweedieDevianceScore", "a family with a power", "poisson_deviance"),
        ("precision", "precision is no metric of a regression task", "use mae, mse, rmse"),
    ],
)
def test_a_name_of_another_library_says_why_it_is_none(
    text: str, tmp_path: Path, name: str, message: str, fix: str
) -> None:
    found = problems(text.replace("name: median_ae", f"name: {name}"), tmp_path)["metrics[2].name"]
    assert message in found.message
    assert fix in found.fix


def test_a_metric_of_two_classes_names_its_form_over_several(text: str, tmp_path: Path) -> None:
    several = text.replace("task: regression", "task: multiclass")
    found = problems(several.replace("name: median_ae", "name: jaccard"), tmp_path)
    assert found["metrics[2].name"].fix == "use jaccard_macro"


def test_a_caution_is_a_warning_until_a_reason_is_written(text: str, tmp_path: Path) -> None:
    risky = text.replace("name: median_ae", "name: max_error")
    found = problems(risky, tmp_path)["metrics[2].name"]
    assert not found.refuses
    assert "resampling cannot give the interval of a maximum" in found.message
    reasoned = risky.replace("    threshold: 3.0\n", "    threshold: 3.0\n    reason: law\n")
    assert "metrics[2].name" not in problems(reasoned, tmp_path)


def source(name: str, digest: str) -> OwnSource:
    path = f"{name.partition(':')[0].replace('.', '/')}.py"
    return OwnSource(name, ((path, digest * 64),), installed=False, weighted=False)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("costs:pinball", "metrics.costs:pinball"),
        ("costs.tide:pinball", 'metrics."costs.tide:pinball"'),
    ],
)
def test_another_source_is_a_part_of_its_metric(text: str, name: str, field: str) -> None:
    written = with_own(text).replace("costs:pinball", name)
    (added,) = compare(document_of(text), document_of(written)).changes
    before, after = ({name: source(name, digest)} for digest in "ab")
    (changed,) = with_sources(Drift(True, True), before, after).changes
    assert added.field == field
    assert changed.field == f"{field}.source"


def test_of_a_metric_that_is_gone_its_source_is_not_told(text: str) -> None:
    removed = compare(document_of(with_own(text)), document_of(text))
    before = {"costs:pinball": source("costs:pinball", "a")}
    assert with_sources(removed, before, NO_SOURCES) == removed
