"""A small convolution: the same stroke counts the same wherever it lies.

Two convolutions of 3 by 3, one pooling, one linear layer. Everything learned is learned from
the training images alone, and the number of epochs is fixed beforehand.
"""

import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from checkpoint import save
from grd_log import log, predict, save_requested
from seeding import repeatable, seed_worker
from sklearn.metrics import f1_score, log_loss
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DATA = Path(os.environ["GRD_DATA"])
SEED = int(os.environ["GRD_SEED"])
CONFIG = tomllib.loads(Path(os.environ["GRD_CONFIG"]).read_text(encoding="utf-8"))
TARGET = "digit"
PIXELS = [f"p{row}{column}" for row in range(8) for column in range(8)]
DIGITS = list(range(10))


def network(channels: list[int], dropout: float) -> nn.Module:
    """(n, 1, 8, 8) ink → (n, 10) logits."""
    first, second = channels
    return nn.Sequential(
        nn.Conv2d(1, first, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(first, second, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(second * 16, len(DIGITS)),
    )


def inputs(images: pd.DataFrame, scaling: dict[str, float]) -> torch.Tensor:
    """(n, 1, 8, 8) ink, centred and scaled as the training images are."""
    ink = torch.tensor(images[PIXELS].to_numpy(), dtype=torch.float32)
    return ((ink - scaling["mean"]) / scaling["deviation"]).reshape(-1, 1, 8, 8)


def probabilities(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """(n, 10) class probabilities; dropout is off."""
    model.eval()
    with torch.no_grad():
        return model(x).double().softmax(dim=1)


def measured(model: nn.Module, x: torch.Tensor, digits: pd.Series) -> dict[str, float]:
    """Macro F1 and log loss on these images."""
    scores = probabilities(model, x)
    return {
        "f1": f1_score(digits, scores.argmax(dim=1).numpy(), average="macro"),
        "log_loss": log_loss(digits, scores.numpy(), labels=DIGITS),
    }


def main() -> None:
    order = repeatable(SEED)
    train = pd.read_parquet(DATA / "train.parquet")
    validation = pd.read_parquet(DATA / "validation.parquet")
    test = pd.read_parquet(DATA / "test_features.parquet")

    ink = train[PIXELS].to_numpy()
    scaling = {"mean": float(ink.mean()), "deviation": float(ink.std())}
    x_train, x_validation = inputs(train, scaling), inputs(validation, scaling)
    settings = CONFIG["training"]
    loader = DataLoader(
        TensorDataset(x_train, torch.tensor(train[TARGET].to_numpy(), dtype=torch.int64)),
        batch_size=settings["batch"],
        shuffle=True,
        num_workers=settings["workers"],
        worker_init_fn=seed_worker,
        generator=order,
    )
    model = network(**CONFIG["model"])
    optimizer = torch.optim.Adam(
        model.parameters(),
        lr=settings["learning_rate"],
        weight_decay=settings["weight_decay"],
    )
    epochs, step = settings["epochs"], 0
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)

    def keep(epoch: int, metrics: dict[str, float]) -> None:
        context: dict[str, Any] = {
            "config": CONFIG,
            "preprocessing": {"pixels": PIXELS, "shape": [1, 8, 8], **scaling},
            "classes": DIGITS,
            "metrics": metrics,
            "seed": SEED,
            "epoch": epoch,
        }
        save(model, f"epoch-{epoch:03d}", **context)

    for epoch in range(1, epochs + 1):
        model.train()
        for images, digits in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), digits)
            loss.backward()
            optimizer.step()
            step += 1
            log(step, loss=loss.item())
        schedule.step()
        now = measured(model, x_validation, validation[TARGET])
        metrics = {
            "train_f1": measured(model, x_train, train[TARGET])["f1"],
            "validation_f1": now["f1"],
            "validation_log_loss": now["log_loss"],
        }
        log(step, epoch=epoch, **metrics)
        print(f"epoch {epoch}/{epochs}", *(f"{k}={v:.4f}" for k, v in metrics.items()))
        if save_requested():
            keep(epoch, metrics)
            sys.exit(f"saved after epoch {epoch}, as asked; the training is not through")
        if epoch == epochs or epoch % settings["checkpoint_every"] == 0:
            keep(epoch, metrics)

    for part, images in (("validation", validation), ("test", test)):
        scores = probabilities(model, inputs(images, scaling))
        predict(
            images["image_id"],
            scores.argmax(dim=1),
            part=part,
            y_true=images[TARGET] if part == "validation" else None,
            scores=dict(zip(DIGITS, scores.T, strict=True)),
            ink=images["ink"],
        )


if __name__ == "__main__":
    main()
