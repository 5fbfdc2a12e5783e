"""A function of one's own: read without being run, hashed, and run from the hashed bytes alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grd_core.errors import DataError, RefusedError
from grd_core.statistics.estimation import draw_metrics
from grd_core.statistics.forms import form_of
from grd_core.statistics.metrics import Metric, find_metric, lookup, metric_of
from grd_core.statistics.observed import Labels, Numbers
from grd_core.statistics.own_metric import OWN_RESAMPLES, OwnSource, read_own
from grd_core.statistics.own_metric_run import example_of, tried
from grd_core.statistics.own_metric_source import Unusable
from grd_core.statistics.resampling import Units

RNG = np.random.default_rng(3)
ROWS = Numbers(RNG.normal(size=60), RNG.normal(size=60))
UNITS = Units.clusters(np.arange(60) // 4, "day")

MAE = """
import numpy as np

def mae(y_true, y_pred):
    return np.abs(y_true - y_pred).mean()

def weighted_mae(y_true, y_pred, sample_weight=None):
    return np.average(np.abs(y_true - y_pred), weights=sample_weight)
"""


def write(root: Path, text: str, path: str = "mine.py") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def usable(name: str, root: Path) -> OwnSource:
    read = read_own(name, root)
    assert isinstance(read, OwnSource), read
    return read


def metric(name: str, root: Path, needs: str = "values", **bounds: float) -> Metric:
    source = usable(name, root)
    own = {
        "needs": needs,
        "low": bounds.get("low"),
        "high": bounds.get("high"),
        "installed": source.installed,
        "weighted": source.weighted,
        "files": [list(pair) for pair in source.files],
    }
    return metric_of({"name": name, "direction": "lower", "own": own}, str(root))


def test_reading_a_file_runs_nothing_of_it(tmp_path: Path) -> None:
    write(tmp_path, "raise SystemExit\ndef f(y_true, y_pred): ...\n")
    source = usable("mine:f", tmp_path)
    assert source.files[0][0] == "mine.py"
    assert source.described() == f"mine.py, sha256 {source.sha256[:12]}"


def test_a_name_with_a_colon_is_never_one_of_the_catalogue() -> None:
    assert lookup("m:ae") is None


@pytest.mark.parametrize(
    ("name", "text", "why", "fix"),
    [
        ("gone:f", "", "there is no gone.py in the study", "beside OBJECTIVE.md"),
        ("mine:g", "def f(a, b): ...", "mine.py has no function g", "use one of f"),
        ("mine:f", "x = 1", "mine.py has no function f", "write `def f(y_true, y_pred):`"),
        ("mine:f", "def f(a): ...", "f(a) cannot be called", "(y_true, y_pred)"),
        ("mine:f", "def f(a, b, q): ...", "f(a, b, q) cannot be called", "a default"),
        ("mine:f", "def f(a, b, *, q): ...", "f(a, b, q) cannot be called", "a default"),
        ("mine:f", "def f(a, b:", "mine.py is no Python", "correct line 1"),
        ("mine:f", "\0", "mine.py is no Python", "correct line 1"),
        ("mine:f", "from math import f", "mine.py only imports f", "`math:f`"),
        ("mine:", "", "names no function", "write `name: module:function`"),
        ("../mine:f", "", "names no function", "write `name: module:function`"),
        ("__init__:f", "", "names no function", "write `name: module:function`"),
        ("mine:class", "", "names no function", "write `name: module:function`"),
    ],
)
def test_what_cannot_be_a_metric_says_why_and_what_to_do(
    tmp_path: Path, name: str, text: str, why: str, fix: str
) -> None:
    write(tmp_path, text)
    read = read_own(name, tmp_path)
    assert isinstance(read, Unusable)
    assert why in read.why
    assert fix in read.fix


def test_a_file_that_hides_an_installed_module_is_refused(tmp_path: Path) -> None:
    write(tmp_path, MAE, "statistics.py")
    read = read_own("statistics:mae", tmp_path)
    assert isinstance(read, Unusable)
    assert "hides the installed module" in read.why


def test_what_it_imports_from_the_study_is_part_of_it(tmp_path: Path) -> None:
    write(tmp_path, "PACKAGE = 1\n", "loss/__init__.py")
    write(tmp_path, "def f(a, b):\n    from .parts import deep\n    return deep.C\n", "loss/of.py")
    write(tmp_path, "", "loss/parts/__init__.py")
    write(tmp_path, "import other\nC = other.C\n", "loss/parts/deep.py")
    other = write(tmp_path, "C = 3.0\n", "other.py")
    write(tmp_path, "", "loss/unused.py")

    before = usable("loss.of:f", tmp_path)
    assert [path for path, _ in before.files] == [
        "loss/of.py",
        "loss/__init__.py",
        "loss/parts/__init__.py",
        "loss/parts/deep.py",
        "other.py",
    ]
    assert form_of(metric("loss.of:f", tmp_path), ROWS).value() == 3.0
    other.write_text("C = 4.0\n")
    assert usable("loss.of:f", tmp_path).sha256 != before.sha256


def test_an_installed_function_is_named_by_the_module_that_defines_it(tmp_path: Path) -> None:
    read = read_own("sklearn.metrics:mean_pinball_loss", tmp_path)
    assert isinstance(read, Unusable)
    assert "`sklearn.metrics._regression:mean_pinball_loss`" in read.fix

    name = "sklearn.metrics._regression:mean_pinball_loss"
    source = usable(name, tmp_path)
    assert source.files[0][0] == "sklearn/metrics/_regression.py"
    assert (source.installed, source.weighted) == (True, True)
    assert form_of(metric(name, tmp_path), ROWS).value() == pytest.approx(
        form_of(find_metric("mae"), ROWS).value() / 2
    )


@pytest.mark.parametrize("function", ["mae", "weighted_mae"])
def test_its_resamples_are_those_of_the_catalogue(tmp_path: Path, function: str) -> None:
    write(tmp_path, MAE)
    own, known = draw_metrics(
        [(metric(f"mine:{function}", tmp_path), (ROWS,)), (find_metric("mae"), (ROWS,))], UNITS
    )
    assert len(own.replicates) == OWN_RESAMPLES
    assert own.value == pytest.approx(known.value)
    assert own.replicates == pytest.approx(known.replicates)


def test_where_it_fails_or_is_not_finite_it_is_undefined(tmp_path: Path) -> None:
    write(tmp_path, "def f(a, b):\n    return 1 / (a.sum() > 0)\n\ndef g(a, b): return [1, 2]\n")
    form = form_of(metric("mine:f", tmp_path), Numbers(np.array([1.0, -1.0]), np.zeros(2)))
    drawn = form.grouped(np.arange(2), 2)(np.array([[2.0, 0.0], [0.0, 2.0]]))
    assert drawn[0] == 1.0
    assert np.isnan(drawn[1])
    assert np.isnan(form_of(metric("mine:g", tmp_path), ROWS).value())


def test_it_cannot_change_the_rows_for_those_who_follow(tmp_path: Path) -> None:
    write(tmp_path, "def f(a, b):\n    a[:] = 0\n    return 1.0\n")
    before = ROWS.truth.copy()
    form_of(metric("mine:f", tmp_path), ROWS).value()
    assert (ROWS.truth == before).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(a, b):\n    raise KeyError('x')", "mine:f raised KeyError: 'x'"),
        ("def f(a, b): return float('nan')", "mine:f gives nan for ordinary rows"),
        ("import random\ndef f(a, b): return random.random()", "for the same rows"),
        ("def f(a, b): return -1", "outside its declared range 0 to 5"),
        ("import gone_for_ever\ndef f(a, b): return 1", "mine:f raised ModuleNotFoundError"),
        ("def f(a, b): return 'x'", "mine:f raised ValueError"),
    ],
)
def test_a_trial_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(DataError) as error:
        tried(metric("mine:f", tmp_path, low=0.0, high=5.0), example_of("regression", 20))
    assert said in error.value.what
    assert error.value.where.startswith("mine.py")


def test_the_line_that_raised_is_named(tmp_path: Path) -> None:
    write(tmp_path, "def f(a, b):\n    c = 1\n    return c / 0\n")
    with pytest.raises(DataError) as error:
        tried(metric("mine:f", tmp_path), ROWS)
    assert error.value.where == "mine.py:3"


def test_other_bytes_than_the_recorded_ones_are_not_run(tmp_path: Path) -> None:
    file = write(tmp_path, "def f(a, b): return 1.0\n")
    recorded = metric("mine:f", tmp_path)
    file.write_text("raise SystemExit\n")
    with pytest.raises(RefusedError, match="is not the one that is locked"):
        form_of(recorded, ROWS)


def test_two_studies_may_give_one_name_to_two_functions(tmp_path: Path) -> None:
    values = []
    for number in (1, 2):
        root = tmp_path / str(number)
        write(root, f"def f(a, b): return {number}.0\n")
        values.append(form_of(metric("mine:f", root), ROWS).value())
    assert values == [1.0, 2.0]


def test_classes_come_as_they_are_spelled_and_scores_as_of_the_last_of_two(tmp_path: Path) -> None:
    write(
        tmp_path,
        "def called(y_true, y_pred): return ((y_true == 'yes') & (y_pred == 'yes')).mean()\n"
        "def scored(y_true, score): return score[y_true == 'yes'].min()\n",
    )
    rows = Labels(
        np.array([0, 1, 1, 0]),
        np.array([0, 1, 0, 1]),
        np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4], [0.2, 0.8]]),
        ("no", "yes"),
    )
    assert form_of(metric("mine:called", tmp_path, "labels"), rows).value() == 0.25
    assert form_of(metric("mine:scored", tmp_path, "scores"), rows).value() == 0.4
