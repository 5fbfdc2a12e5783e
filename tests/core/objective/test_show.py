"""Any locked version as it was, byte for byte, and the rule it is read as."""

from __future__ import annotations

import pytest

from grd_core.errors import RefusedError, UsageError
from grd_core.objective.canonical import front_matter
from grd_core.objective.document import Document, parse
from grd_core.objective.lock import amend, objective_lock
from grd_core.objective.show import locked_version, rule_of
from grd_core.study import Study


def test_each_version_is_shown_as_it_was_locked(frozen: Study) -> None:
    with pytest.raises(RefusedError, match="not locked"):
        locked_version(frozen)
    first = b"\xef\xbb\xbf" + frozen.objective_path.read_bytes().replace(b"\n", b"\r\n")
    frozen.objective_path.write_bytes(first)
    objective_lock(frozen)
    second = first.replace(b"trials: 10", b"trials: 9")
    frozen.objective_path.write_bytes(second)
    amend(frozen, "fewer will do")
    assert (locked_version(frozen, 1).raw, locked_version(frozen).raw) == (first, second)
    with pytest.raises(UsageError, match="no version 3") as caught:
        locked_version(frozen, 3)
    assert caught.value.fix == "one of 1 to 2"


def test_the_rule_shown_is_the_rule_locked(frozen: Study) -> None:
    locked = objective_lock(frozen).version
    document = parse(rule_of(locked).encode())
    assert isinstance(document, Document)
    assert rule_of(locked) == front_matter(document.objective)
    assert [m["name"] for m in locked.rule["metrics"]] == [
        m.name for m in document.objective.metrics
    ]
