"""A script that knows nothing of grd, run from its start to its recorded end."""

from __future__ import annotations

import sys

from grd_core.runs.points import read_points
from grd_core.runs.readers.unsupervised import unsupervised
from grd_core.runs.start import start_run
from grd_core.runs.watching import watch_snapshot

SCRIPT = """
import csv, json, os
os.makedirs("lightning_logs/version_0", exist_ok=True)
with open("lightning_logs/version_0/metrics.csv", "w", newline="") as stream:
    rows = csv.writer(stream)
    rows.writerow(["epoch", "step", "train_loss"])
    rows.writerows([i, 10 * i, 1 / (i + 1)] for i in range(3))
with open(os.environ["GRD_RUN_DIR"] + "/log.jsonl", "w") as stream:
    for i in range(3):
        print(json.dumps({"step": i, "accuracy": i / 4}), file=stream)
for i in range(3):
    print(f"Epoch {i}/3 - val_loss: {2 / (i + 1):.2f}")
print("epoch 3 val_loss=0.5", end="")
"""


def test_all_it_wrote_is_there_when_its_end_is_recorded(study, experiment, ended):
    (experiment.folder / "train.py").write_text(SCRIPT)
    for _ in range(2):  # the second run writes the same files again
        started = start_run(study, experiment, command=(sys.executable, "train.py"))
        record = ended(started.id)
        assert record.state == "done"
        assert (record.detail["malformed"], record.detail["rewritten"]) == (0, [])
        with study.read() as ledger:
            for name, values in {
                "train_loss": [1.0, 0.5, 1 / 3],
                "accuracy": [0.0, 0.25, 0.5],
                "val_loss": [2.0, 1.0, 0.67],
            }.items():
                assert list(read_points(ledger, started.id, name).values) == values
        names = {line.name for line in watch_snapshot(study, str(started.id)).metrics}
        assert names == {"train_loss", "accuracy", "val_loss", "epoch"}
    assert unsupervised(study) == ()
