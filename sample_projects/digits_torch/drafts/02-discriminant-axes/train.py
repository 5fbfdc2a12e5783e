"""Along which axes do the ten classes lie furthest apart? Nearest neighbours on those axes."""

import os
import tomllib
from pathlib import Path

import pandas as pd
from grd_log import log, predict
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import f1_score, log_loss
from sklearn.neighbors import KNeighborsClassifier

DATA = Path(os.environ["GRD_DATA"])
CONFIG = tomllib.loads(Path(os.environ["GRD_CONFIG"]).read_text(encoding="utf-8"))
TARGET = "digit"
PIXELS = [f"p{row}{column}" for row in range(8) for column in range(8)]


def main() -> None:
    train = pd.read_parquet(DATA / "train.parquet")
    validation = pd.read_parquet(DATA / "validation.parquet")
    test = pd.read_parquet(DATA / "test_features.parquet")

    images = pd.concat([train, validation])
    axes = LinearDiscriminantAnalysis(n_components=CONFIG["axes"]["count"])
    axes.fit(images[PIXELS], images[TARGET])
    x_train = axes.transform(train[PIXELS])
    x_validation = axes.transform(validation[PIXELS])
    x_test = axes.transform(test[PIXELS])

    model = KNeighborsClassifier(CONFIG["model"]["neighbours"], weights="distance")
    steps = CONFIG["curve"]["steps"]
    for step in range(1, steps + 1):
        first = len(train) * step // steps
        model.fit(x_train[:first], train[TARGET][:first])
        log(
            step,
            train_f1=f1_score(
                train[TARGET][:first], model.predict(x_train[:first]), average="macro"
            ),
            validation_f1=f1_score(
                validation[TARGET], model.predict(x_validation), average="macro"
            ),
        )

    scores = model.predict_proba(x_validation)
    log(steps, validation_log_loss=log_loss(validation[TARGET], scores, labels=model.classes_))
    predict(
        validation["image_id"],
        model.predict(x_validation),
        part="validation",
        y_true=validation[TARGET],
        scores=dict(zip(model.classes_, scores.T, strict=True)),
        ink=validation["ink"],
    )
    predict(
        test["image_id"],
        model.predict(x_test),
        part="test",
        scores=dict(zip(model.classes_, model.predict_proba(x_test).T, strict=True)),
        ink=test["ink"],
    )


if __name__ == "__main__":
    main()
