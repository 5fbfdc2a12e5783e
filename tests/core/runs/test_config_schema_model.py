"""A pydantic model of the study as the schema: imported in a worker, never here."""

from __future__ import annotations

import sys

import pytest

from grd_core.errors import ConfigError
from grd_core.runs.config_key import dotted
from grd_core.runs.config_schema_model import judge_job, judged_by_model

MODEL = """
from pydantic import BaseModel, Field

print("imported")

class Optimiser(BaseModel):
    rate: float = Field(default=0.1, gt=0)
    momentum: float

class Settings(BaseModel):
    epochs: int = 10
    optimiser: Optimiser
    layers: list[Optimiser] = []
    named: str | None = Field(default=None, alias="name")
"""


@pytest.fixture
def study_root(tmp_path):
    (tmp_path / "study_model.py").write_text(MODEL)
    return tmp_path


def test_a_model_refuses_by_key_and_states_its_defaults(study_root):
    values = {
        "epochs": "many",
        "optimiser": {"rate": 0, "momentun": 0.9},
        "layers": [{"momentum": 1}, {"momentum": 1, "x": 1}],
        "name": "a",
    }
    found, given = judged_by_model(study_root, "study_model:Settings", values)
    assert {dotted(fault.key): fault.fix for fault in found} == {
        "optimiser.momentun": "did you mean `optimiser.momentum`?",
        "layers[1].x": "did you mean `layers[1].rate`?",
        "epochs": "correct that value",
        "optimiser.rate": "correct that value",
        "optimiser.momentum": "rename `optimiser.momentun` if it is meant, else set it",
    }
    assert given == {"epochs": 10, "layers": [], "name": None}
    assert "study_model" not in sys.modules
    assert not (study_root / "__pycache__").exists()


def test_a_config_that_fits_has_no_fault(study_root):
    values = {"optimiser": {"momentum": 0.9}}
    assert judged_by_model(study_root, "study_model:Settings", values)[0] == ()


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("absent:Settings", "no module"),
        ("../study_model:Settings", "no module"),
        ("study_model:Nothing", "is no pydantic model"),
        ("study_model:BaseModel.x", "no module"),
        ("study_model:Field", "is no pydantic model"),
        ("broken:Settings", "fails: ZeroDivisionError"),
        ("leaving:Settings", "fails: SystemExit"),
        ("json:Settings", "is taken by another module"),
    ],
)
def test_a_model_that_cannot_be_had_is_one_sentence(study_root, reference, what):
    (study_root / "broken.py").write_text("1 / 0\n")
    (study_root / "leaving.py").write_text("raise SystemExit(0)\n")
    (study_root / "json.py").write_text(MODEL)
    with pytest.raises(ConfigError, match=what):
        judged_by_model(study_root, reference, {})


def test_a_validator_that_breaks_is_the_models_fault(study_root):
    (study_root / "odd.py").write_text(
        "from pydantic import BaseModel, field_validator\n"
        "class Settings(BaseModel):\n"
        "    a: int\n"
        "    @field_validator('a')\n"
        "    @classmethod\n"
        "    def look(cls, value):\n"
        "        return {}[value]\n"
    )
    with pytest.raises(ConfigError, match="fails: KeyError"):
        judged_by_model(study_root, "odd:Settings", {"a": 1})


def test_the_job_is_called_by_its_name():
    assert judge_job.__module__ == "grd_core.runs.config_schema_model"
