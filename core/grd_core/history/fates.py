"""What became of each experiment: its verdict, its outcome, why it ended, what it taught."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from grd_core.critic.verdict import REFUTED_RULE
from grd_core.ledger.read import Ledger


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an experiment; each is empty where the ledger says nothing of it.

    `verdict` is that of its last review, `outcome` that of its newest scorecard, or «refuted»
    where a verdict alone said so; `state` is open, sealed or archived. `because` is why: the
    reason of the decision, else those of the verdict. Raw text.
    """

    state: str = "open"
    verdict: str = ""
    outcome: str = ""
    because: str = ""
    lesson: str = ""

    @property
    def word(self) -> str:
        """It in a word or two: `refuted`, `sealed, inconclusive`, `REVISE_DATA`, `not judged`."""
        ended = () if self.state == "open" else (self.state,)
        said = (self.outcome,) if self.outcome else ended or (self.verdict or "not judged",)
        return ", ".join(dict.fromkeys((*said, *ended)))

    @property
    def is_failure(self) -> bool:
        """Whether it was tried and did not hold."""
        return self.state == "archived" or self.outcome in ("refuted", "inadmissible")


UNKNOWN = Fate()

# Each is one look at a whole table: joined, they would be looked at again for every experiment.
_STATES = "SELECT experiment_id, state FROM experiment_state ORDER BY id"
_REVIEWS = "SELECT * FROM review WHERE stage = 'loop' ORDER BY id"
_OUTCOMES = "SELECT experiment_id, outcome FROM scorecard ORDER BY id"
_DECISIONS = "SELECT * FROM decision ORDER BY id"


def fates_of(ledger: Ledger) -> dict[int, Fate]:
    """What became of every experiment, by its number."""
    states, reviews, outcomes, decisions = (
        {row["experiment_id"]: row for row in ledger.rows(sql)}
        for sql in (_STATES, _REVIEWS, _OUTCOMES, _DECISIONS)
    )
    return {
        row["number"]: _fate(*(by.get(row["id"]) for by in (states, reviews, outcomes, decisions)))
        for row in ledger.rows("SELECT id, number FROM experiment")
    }


def _fate(
    state: sqlite3.Row | None,
    review: sqlite3.Row | None,
    scored: sqlite3.Row | None,
    decision: sqlite3.Row | None,
) -> Fate:
    reasons = "" if review is None else _reasons(review["detail_json"])
    refuted = "refuted" if review is not None and review["rule"] == REFUTED_RULE else ""
    return Fate(
        state="open" if state is None else state["state"],
        verdict="" if review is None else review["verdict"],
        outcome=refuted if scored is None else scored["outcome"],
        because=reasons if decision is None else decision["reason"],
        lesson="" if decision is None else _lesson(decision["detail_json"]),
    )


def _reasons(detail: str) -> str:
    return " ".join(json.loads(detail).get("reasons", [])[:2])


def _lesson(detail: str) -> str:
    return str(json.loads(detail).get("lesson", ""))
