"""D216 on pipelines fitted as they should be and on more, saved with skops and never loaded."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from grd_core.checks.contract import CheckResult, DataContext, Status
from grd_core.checks.data.d216_fit_audit import FittedOnOtherRows
from grd_core.checks.runner import apply_check
from tests.core.checks.data.clean_tables import TARGETS, clean_pair
from tests.core.checks.fixtures_reader import FIXTURES, Case, read_fixture

CASES = [pytest.param(c, id=c.name) for c in read_fixture(FIXTURES / "d216.md").cases]
NUMBERS = ["wind", "gust", "amount", "swell", "noise", "depth"]
WORDS = ["site", "boat"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    train, test = clean_pair(300, 1, "regression")
    test.loc[:4, "boat"] = "boat of the test part"
    train.to_parquet(tmp_path / "train.parquet")
    test.drop(columns="y").to_parquet(tmp_path / "test.parquet")
    return tmp_path


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    train, test = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    return train, pd.concat([train, test], ignore_index=True)


def audited(folder: Path, *saved: Any, **roles: Any) -> CheckResult:
    import skops.io  # and torch with it: not in every process that collects the tests

    paths = []
    for place, one in enumerate(saved):
        paths.append(str(folder / f"model{place}.skops"))
        skops.io.dump(one, paths[-1])
    return looked_at(folder, *paths, **roles)


def looked_at(folder: Path, *paths: str, **roles: Any) -> CheckResult:
    context = DataContext(
        str(folder / "train.parquet"),
        str(folder / "test.parquet"),
        pipelines=paths,
        **({"target": "y", "id_column": "id"} | roles),
    )
    return apply_check(FittedOnOtherRows(), context)


def whys(result: CheckResult) -> str:
    assert result.status is not Status.ERRORED, result.reason
    return "\n".join(finding.why for finding in result.findings)


@pytest.mark.parametrize("case", CASES)
def test_its_fixture(case: Case, tmp_path: Path) -> None:
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    with zipfile.ZipFile(tmp_path / "scaler.skops", "w") as archive:
        archive.write(tmp_path / "schema.json", "schema.json")
        for name in ("mean", "seen"):
            with archive.open(f"{name}.npy", "w") as file:
                np.save(file, np.array(json.loads(case.files[f"{name}.json"])))
    context = DataContext(
        str(tmp_path / "train.csv"),
        str(tmp_path / "test.csv"),
        target="surge",
        pipelines=(str(tmp_path / "scaler.skops"),),
    )
    result = apply_check(FittedOnOtherRows(), context)
    assert [finding.severity.value for finding in result.findings] == [
        item.severity for item in case.expected
    ]
    assert result.status is (Status.WARNED if case.flawed else Status.PASSED)


def columns_of(*numbers: Any) -> ColumnTransformer:
    return make_column_transformer(
        (make_pipeline(*numbers), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), WORDS),
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [300, 5000])
def test_what_is_fitted_on_train_is_sound_for_every_target(
    target: str, rows: int, tmp_path: Path
) -> None:
    train, test = clean_pair(rows, 2, target)
    train.to_parquet(tmp_path / "train.parquet")
    test.drop(columns="y").to_parquet(tmp_path / "test.parquet")
    made = make_pipeline(columns_of(SimpleImputer(), StandardScaler()), PCA(3)).fit(train)
    result = audited(tmp_path, made)
    assert result.status is Status.PASSED, whys(result)
    assert result.measurement is not None and result.measurement.n == 4


def test_a_scaler_behind_an_imputer_that_saw_the_test_rows(folder: Path) -> None:
    train, full = tables(folder)
    imputer = SimpleImputer().fit(train[NUMBERS])
    scaler = StandardScaler().fit(imputer.transform(full[NUMBERS]))
    said = whys(audited(folder, Pipeline([("fill", imputer), ("scale", scaler)])))
    assert "model0.skops → scale was fitted on 400 rows where train has 300" in said
    assert "its mean of wind, gust, amount and 3 more is that of train and test together" in said
    assert "6 of 6 columns" in said
    assert "→ fill" not in said


@pytest.mark.parametrize(
    ("part", "called"),
    [
        (StandardScaler(), "mean"),
        (MinMaxScaler(), "m"),
        (RobustScaler(), "median"),
        (SimpleImputer(), "mean"),
        (SimpleImputer(strategy="median"), "median"),
    ],
)
def test_each_statistic_gives_it_away_without_a_count(part: Any, called: str, folder: Path) -> None:
    train, full = tables(folder)
    part.fit(full[NUMBERS])
    if hasattr(part, "n_samples_seen_"):
        part.n_samples_seen_ = 300
    result = audited(folder, part)
    assert result.status is Status.WARNED
    assert f"its {called}" in whys(result)
    assert audited(folder, part.fit(train[NUMBERS])).status is Status.PASSED


def test_fitted_on_a_part_of_train_is_sound(folder: Path) -> None:
    train, _ = tables(folder)
    for seed in range(20):
        fold = train.sample(200, random_state=seed)
        made = make_pipeline(columns_of(SimpleImputer(strategy="median"), RobustScaler()))
        assert audited(folder, made.fit(fold)).status is Status.PASSED


def test_a_category_that_stands_in_the_test_part_alone(folder: Path) -> None:
    train, full = tables(folder)
    made = make_column_transformer((OrdinalEncoder(), WORDS)).fit(full)
    said = whys(audited(folder, make_pipeline(made)))
    assert "knows 'boat of the test part' of boat" in said
    by_hand = OrdinalEncoder(categories=[sorted(full[name].unique()) for name in WORDS])
    result = audited(folder, by_hand.fit(train[WORDS]))
    assert result.status is Status.NOT_APPLICABLE


def test_words_that_stand_in_the_test_part_alone(folder: Path) -> None:
    train, full = tables(folder)
    mixed = make_column_transformer((TfidfVectorizer(ngram_range=(1, 2)), "boat"))
    said = whys(audited(folder, mixed.fit(full)))
    assert "which stand in test and nowhere in train" in said
    assert "'boat of'" in said
    assert audited(folder, mixed.fit(train)).status is Status.PASSED


def test_a_vectoriser_alone_is_held_against_the_one_column_of_words(tmp_path: Path) -> None:
    train = pd.DataFrame({"said": ["low tide", "high tide"] * 20, "y": range(40)})
    test = pd.DataFrame({"said": ["storm surge", "low tide"] * 10})
    train.to_parquet(tmp_path / "train.parquet")
    test.to_parquet(tmp_path / "test.parquet")
    full = pd.concat([train["said"], test["said"]])
    leaked, sound = (TfidfVectorizer().fit(texts) for texts in (full, train["said"]))
    assert "'storm', 'surge'" in whys(audited(tmp_path, leaked, id_column=""))
    assert audited(tmp_path, sound, id_column="").status is Status.PASSED


def test_a_model_that_holds_the_test_rows_blocks(folder: Path) -> None:
    train, full = tables(folder)
    model = KNeighborsRegressor().fit(full[["wind"]], full["noise"])
    assert audited(folder, make_pipeline(model)).status is Status.FAILED
    sound = KNeighborsRegressor().fit(train[["wind"]], train["noise"])
    assert audited(folder, sound).status is Status.PASSED


def test_a_target_encoder_that_knows_the_test_part_blocks(folder: Path) -> None:
    _, full = tables(folder)
    encoder = TargetEncoder(target_type="continuous").fit(full[WORDS], full["noise"])
    assert audited(folder, encoder).status is Status.FAILED


def test_searches_unions_and_imputers_of_neighbours_are_looked_into(folder: Path) -> None:
    _, full = tables(folder)
    union = FeatureUnion([("pca", PCA(2)), ("scaled", StandardScaler())])
    made = Pipeline([("fill", KNNImputer()), ("both", union), ("model", Ridge())])
    search = GridSearchCV(made, {"model__alpha": [1.0]}, cv=2).fit(full[NUMBERS], full["noise"])
    said = whys(audited(folder, search))
    for where in ("best_estimator → fill", "both → pca", "both → scaled"):
        assert f"{where} was fitted on 400 rows" in said


def shifted(values: Any) -> Any:
    return values + 1


def test_code_of_ones_own_is_not_run_and_does_not_hide_the_rest(folder: Path) -> None:
    _, full = tables(folder)
    own = FunctionTransformer(shifted)
    made = make_pipeline(own, StandardScaler()).fit(full[NUMBERS].fillna(0))
    result = audited(folder, made)
    assert "standardscaler was fitted on 400 rows" in whys(result)
    assert "mean" not in whys(result)


def test_columns_by_place_slice_and_mask(folder: Path) -> None:
    train, full = tables(folder)
    for wanted in ([2, 3], slice(2, 4), [False, False, True, True, *[False] * 9], [-11, -10]):
        made = ColumnTransformer([("scale", StandardScaler(), wanted)], remainder="passthrough")
        said = whys(audited(folder, made.fit(full.assign(y=0.0))))
        assert "its mean of wind, gust is that of train and test together" in said
        assert audited(folder, made.fit(train)).status is Status.PASSED


def test_rows_of_the_validation_part(folder: Path) -> None:
    train, _ = tables(folder)
    held, _ = clean_pair(80, 9, "regression")
    held.to_parquet(folder / "validation.parquet")
    made = StandardScaler().fit(pd.concat([train, held])[NUMBERS])
    said = whys(audited(folder, made, validation=str(folder / "validation.parquet")))
    assert "as many as train and validation have together" in said
    assert "is that of train and validation together" in said


def test_rows_that_were_made_up_are_told_and_passes_over_train_are_not(folder: Path) -> None:
    train, _ = tables(folder)
    more = train.sample(437, replace=True, random_state=0)
    result = audited(folder, StandardScaler().fit(more[NUMBERS]))
    assert result.status is Status.WARNED
    assert "repeated, made up, or of another part" in whys(result)
    passes = StandardScaler()
    for _ in range(3):
        passes.partial_fit(train[NUMBERS])
    assert audited(folder, passes).status is Status.PASSED


def test_a_pickle_is_not_opened(folder: Path) -> None:
    (folder / "model.joblib").write_bytes(b"not even a pickle")
    result = looked_at(folder, str(folder / "model.joblib"))
    assert result.status is Status.NOT_APPLICABLE
    assert "opening one runs the code in it" in result.reason
    assert "skops.io.dump" in result.reason


def test_nothing_saved_does_not_apply(folder: Path) -> None:
    assert "skops.io.dump" in looked_at(folder).reason
    assert audited(folder, Ridge()).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"protocol": 99}', "2 is the newest that is read"),
        ('{"protocol": 2, "__loader__": "ListNode", "content": []}', "holds no estimator"),
        ("[" * 100_000, "no pipeline saved with skops"),
        ('{"protocol": 2, "__loader__": "JsonNode"}', "no pipeline saved with skops"),
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence(content: str, said: str, folder: Path) -> None:
    with zipfile.ZipFile(folder / "bad.skops", "w") as archive:
        archive.writestr("schema.json", content)
    result = looked_at(folder, str(folder / "bad.skops"))
    assert result.status is Status.ERRORED
    assert said in result.reason
    (folder / "bad.skops").write_bytes(b"PK\x03\x04")
    assert looked_at(folder, str(folder / "bad.skops")).status is Status.ERRORED
