"""Findings as SARIF: what the schema requires, and what an editor needs to show them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grd_core.checks.code_checks import apply_code_checks
from grd_core.checks.contract import CodeContext, SourceFile
from grd_core.checks.sarif import sarif

LEAKY = """\
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

X, y = np.load("x.npy"), np.load("y.npy")
Z = StandardScaler().fit_transform(X){comment}
a, b, c, d = train_test_split(Z, y, random_state=0)
print(Ridge().fit(a, c).score(b, d))
"""
URI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?[A-Za-z0-9\-._~:/@!$&'()*+,;=%]*")


def log_of(*files: SourceFile) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(json.dumps(sarif(apply_code_checks(CodeContext(files)))))
    return log


def run_of(*files: SourceFile) -> dict[str, Any]:
    (run,) = log_of(*files)["runs"]
    assert isinstance(run, dict)
    return run


def is_message(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("text"), str) and bool(value["text"])


def is_location(value: dict[str, Any]) -> bool:
    physical = value["physicalLocation"]
    region = physical.get("region", {"startLine": 1})
    return (
        URI.fullmatch(physical["artifactLocation"]["uri"]) is not None
        and isinstance(region["startLine"], int)
        and region["startLine"] >= 1
        and set(value) <= {"id", "physicalLocation", "logicalLocations", "message"}
    )


@pytest.fixture
def files() -> tuple[SourceFile, ...]:
    cells = [{"cell_type": "code", "source": LEAKY.format(comment="")}]
    return (
        SourceFile("my code/train.py", LEAKY.format(comment="")),
        SourceFile("waived.py", LEAKY.format(comment="  # grd: ignore[C101] by the instrument")),
        SourceFile("look.ipynb", json.dumps({"cells": cells})),
        SourceFile("broken.py", "def (:\n"),
    )


def test_it_has_what_the_schema_requires(files: tuple[SourceFile, ...]) -> None:
    log = log_of(*files)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "grd"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        assert is_message(rule["shortDescription"])
        assert is_message(rule["help"])
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    for notification in invocation["toolExecutionNotifications"]:
        assert is_message(notification["message"])
        assert ids[notification["associatedRule"]["index"]] == notification["associatedRule"]["id"]
    assert run["results"]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert is_message(result["message"])
        assert all(map(is_location, (*result["locations"], *result["relatedLocations"])))
        assert all(map(is_message, (place["message"] for place in result["relatedLocations"])))
        assert all(isinstance(v, str) for v in result["partialFingerprints"].values())
        for suppression in result.get("suppressions", ()):
            assert suppression["kind"] in ("inSource", "external")


def leaks(run: dict[str, Any], uri: str) -> list[dict[str, Any]]:
    return [
        result
        for result in run["results"]
        if result["ruleId"] == "C101"
        and result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    ]


def test_a_finding_has_its_line_and_the_places_that_prove_it(files: tuple[SourceFile, ...]) -> None:
    (leak,) = leaks(run_of(*files), "my%20code/train.py")
    assert leak["level"] == "warning"
    assert leak["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    lines = [p["physicalLocation"]["region"]["startLine"] for p in leak["relatedLocations"]]
    assert lines == [7, 9, 9]
    assert "`StandardScaler()` is fitted on `X`" in leak["message"]["text"]
    assert "suppressions" not in leak


def test_what_the_code_accepts_is_suppressed(files: tuple[SourceFile, ...]) -> None:
    (leak,) = leaks(run_of(*files), "waived.py")
    assert leak["suppressions"] == [{"kind": "inSource", "status": "accepted"}]


def test_of_a_notebook_the_cell_is_a_logical_location(files: tuple[SourceFile, ...]) -> None:
    (leak,) = leaks(run_of(*files), "look.ipynb")
    (location,) = leak["locations"]
    assert location["logicalLocations"] == [{"name": "cell 1, line 7"}]
    assert "region" not in location["physicalLocation"]


def test_what_could_not_be_read_is_told(files: tuple[SourceFile, ...]) -> None:
    (invocation,) = run_of(*files)["invocations"]
    said = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert any("broken.py: not read, syntax error in line 1" in text for text in said)


def test_an_absolute_path_is_a_file_uri(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    run = run_of(SourceFile(str(path), LEAKY.format(comment="")))
    assert leaks(run, path.as_uri())


def test_a_file_below_this_folder_is_named_by_its_path_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "repository"
    here.mkdir()
    monkeypatch.chdir(here)
    text = LEAKY.format(comment="")
    named = (here / "a b" / "train.py", Path("sub/../train.py"), tmp_path / "elsewhere.py")
    run = run_of(*(SourceFile(str(path), text) for path in named))
    told = {
        (artifact["uri"], artifact.get("uriBaseId"))
        for result in run["results"]
        for location in (*result["locations"], *result["relatedLocations"])
        for artifact in [location["physicalLocation"]["artifactLocation"]]
    }
    assert told == {
        ("a%20b/train.py", "%SRCROOT%"),
        ("train.py", "%SRCROOT%"),
        ((tmp_path / "elsewhere.py").as_uri(), None),
    }


def test_a_note_on_a_file_is_a_notification_of_no_rule() -> None:
    log = sarif((), ("old.py: not read, it is no Python",))
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "old.py: not read, it is no Python"}}
    ]
