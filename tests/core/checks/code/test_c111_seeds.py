"""C111: which calls draw, what seeds them, and which loops keep the best seed."""

from __future__ import annotations

import pytest

from grd_core.checks.code.c111_seeds import SeedsUnset
from grd_core.checks.contract import CodeContext, Measurement, SourceFile

SKLEARN = "from sklearn.ensemble import RandomForestClassifier, HistGradientBoostingClassifier\n"
SPLIT = "from sklearn.model_selection import train_test_split, KFold\n"
UNSEEDED = {
    "standard library": "import random\nrandom.shuffle([1, 2])\n",
    "numpy": "import numpy as np\nx = np.random.normal(size=3)\n",
    "numpy, imported apart": "from numpy.random import rand\nx = rand(3)\n",
    "a generator without a seed": "import numpy as np\nrng = np.random.default_rng()\n",
    "seeded with nothing": "import numpy as np\nnp.random.seed(None)\nx = np.random.rand(3)\n",
    "a forest": f"{SKLEARN}m = RandomForestClassifier(n_estimators=9)\n",
    "a forest, given None": f"{SKLEARN}m = RandomForestClassifier(random_state=None)\n",
    "a split": f"{SPLIT}a, b = train_test_split([1, 2])\n",
    "shuffled folds": f"{SPLIT}k = KFold(5, shuffle=True)\n",
    "early stopping": f"{SKLEARN}m = HistGradientBoostingClassifier(early_stopping=True)\n",
    "a sample of rows": "import pandas as pd\nd = pd.read_csv('a.csv').sample(frac=0.5)\n",
    "torch": "import torch\nw = torch.randn(3)\n",
    "torch, only numpy seeded": (
        "import numpy as np\nimport torch\nnp.random.seed(1)\nw = torch.nn.Linear(3, 1)\n"
    ),
    "by a parameter that its caller leaves out": (
        f"{SKLEARN}def make(seed=None):\n    return RandomForestClassifier(random_state=seed)\n"
        "m = make()\n"
    ),
    "inside a function nobody calls": "import random\ndef draw():\n    return random.random()\n",
}
SEEDED = {
    "standard library": "import random\nrandom.seed(1)\nrandom.shuffle([1, 2])\n",
    "numpy, for scikit-learn": (
        f"import numpy as np\n{SKLEARN}np.random.seed(7)\nm = RandomForestClassifier()\n"
    ),
    "a generator": "import numpy as np\nrng = np.random.default_rng(3)\nx = rng.normal()\n",
    "by the environment": (
        f"import os\n{SKLEARN}seed = int(os.environ['GRD_SEED'])\n"
        "m = RandomForestClassifier(random_state=seed)\n"
    ),
    "by options nobody can see": (
        f"import json\n{SKLEARN}o = json.load(open('c.json'))\nm = RandomForestClassifier(**o)\n"
    ),
    "by a dictionary": (f"{SKLEARN}o = {{'random_state': 1}}\nm = RandomForestClassifier(**o)\n"),
    "by a parameter": (
        f"{SKLEARN}def make(seed=None):\n    return RandomForestClassifier(random_state=seed)\n"
    ),
    "unshuffled folds": f"{SPLIT}k = KFold(5)\n",
    "a split in order": f"{SPLIT}a, b = train_test_split([1, 2], shuffle=False)\n",
    "boosting that draws nothing": f"{SKLEARN}m = HistGradientBoostingClassifier()\n",
    "torch": "import torch\ntorch.manual_seed(0)\nw = torch.randn(3)\n",
    "everything at once": (
        "import pytorch_lightning as pl\nimport torch\nimport random\n"
        "pl.seed_everything(4)\nw = torch.randn(3)\nrandom.random()\n"
    ),
    "in a function": (
        "import random\ndef fix(seed):\n    random.seed(seed)\nfix(3)\nrandom.random()\n"
    ),
}


def titles(text: str) -> list[str]:
    measured = SeedsUnset().measure(CodeContext((SourceFile("train.py", text),)))
    assert isinstance(measured, Measurement)
    return [item.title for item in measured.evidence]


@pytest.mark.parametrize("text", UNSEEDED.values(), ids=UNSEEDED)
def test_finds_draws_that_nothing_seeds(text: str) -> None:
    assert len(titles(text)) == 1


@pytest.mark.parametrize("text", SEEDED.values(), ids=SEEDED)
def test_leaves_seeded_programs_alone(text: str) -> None:
    assert titles(text) == []


@pytest.mark.parametrize(("used", "severity"), [("m.fit(X, y)", "warning"), ("print(m)", "info")])
def test_a_draw_weighs_less_where_nothing_is_trained(used: str, severity: str) -> None:
    file = SourceFile("train.py", f"{SKLEARN}m = RandomForestClassifier()\n{used}\n")
    measured = SeedsUnset().measure(CodeContext((file,)))

    assert isinstance(measured, Measurement)
    assert [item.severity.value for item in measured.evidence] == [severity]


def test_a_seed_set_in_another_file_of_the_experiment_counts() -> None:
    files = (
        SourceFile("setup.py", "import random\nrandom.seed(1)\n"),
        SourceFile("train.py", "import setup, random\nrandom.random()\n"),
    )
    measured = SeedsUnset().measure(CodeContext(files))

    assert isinstance(measured, Measurement)
    assert measured.evidence == ()


CHOSEN = {
    "kept in the loop": (
        "for s in range(9):\n    m = fit(random_state=s)\n    v = m.score()\n"
        "    if v > best:\n        best = v\n"
    ),
    "picked afterwards": (
        "scores = []\nfor s in seeds:\n    scores.append(fit(seed=s))\nprint(max(scores))\n"
    ),
    "through a function": (
        "def run(k):\n    return fit(random_state=k)\nprint(max(run(s) for s in range(5)))\n"
    ),
}
SPREAD = {
    "mean and spread": (
        "import statistics\nscores = []\nfor s in seeds:\n    scores.append(fit(seed=s))\n"
        "print(max(scores), statistics.mean(scores))\n"
    ),
    "the best of settings, one seed": (
        "for depth in range(9):\n    v = fit(depth, random_state=1).score()\n"
        "    if v > best:\n        best = v\n"
    ),
}


@pytest.mark.parametrize("text", CHOSEN.values(), ids=CHOSEN)
def test_finds_the_best_of_several_seeds(text: str) -> None:
    assert titles(text) == ["best of several seeds"]


@pytest.mark.parametrize("text", SPREAD.values(), ids=SPREAD)
def test_leaves_loops_over_seeds_that_report_the_spread(text: str) -> None:
    assert titles(text) == []
