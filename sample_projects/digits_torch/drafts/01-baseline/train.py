"""Baseline: multinomial logistic regression on the 64 pixels.

The plainest rule that reads every pixel. Every other experiment of the study is measured by
the points of macro F1 it adds to this one.
"""

import os
import tomllib
from pathlib import Path

import pandas as pd
from grd_log import log, predict
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss

DATA = Path(os.environ["GRD_DATA"])
CONFIG = tomllib.loads(Path(os.environ["GRD_CONFIG"]).read_text(encoding="utf-8"))
TARGET = "digit"
PIXELS = [f"p{row}{column}" for row in range(8) for column in range(8)]
FULL = 16  # a pixel counts the bits set in a block of 4 by 4


def pixels(images: pd.DataFrame) -> pd.DataFrame:
    """Ink in [0, 1], one column a pixel."""
    return images[PIXELS] / FULL


def main() -> None:
    train = pd.read_parquet(DATA / "train.parquet").sort_values("position", kind="stable")
    validation = pd.read_parquet(DATA / "validation.parquet")
    test = pd.read_parquet(DATA / "test_features.parquet")

    model = LogisticRegression(C=CONFIG["model"]["c"], max_iter=CONFIG["model"]["max_iterations"])
    # Each step fits on more writers: would still more of them help?
    steps = CONFIG["curve"]["steps"]
    for step in range(1, steps + 1):
        first = train.head(len(train) * step // steps)
        model.fit(pixels(first), first[TARGET])
        log(
            step,
            train_f1=f1_score(first[TARGET], model.predict(pixels(first)), average="macro"),
            validation_f1=f1_score(
                validation[TARGET], model.predict(pixels(validation)), average="macro"
            ),
        )

    # The last step saw all of the training part: it is the baseline.
    log(
        steps,
        validation_log_loss=log_loss(
            validation[TARGET], model.predict_proba(pixels(validation)), labels=model.classes_
        ),
    )
    for part, images in (("validation", validation), ("test", test)):
        scores = model.predict_proba(pixels(images))
        predict(
            images["image_id"],
            model.predict(pixels(images)),
            part=part,
            y_true=images[TARGET] if part == "validation" else None,
            scores=dict(zip(model.classes_, scores.T, strict=True)),
            ink=images["ink"],
        )


if __name__ == "__main__":
    main()
