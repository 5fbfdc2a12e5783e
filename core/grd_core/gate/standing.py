"""Where an experiment stands in the ledger: what a decision was read from."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.ledger.in_force import freeze_in_force
from grd_core.ledger.read import Ledger


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest row of everything a decision rests on, by id; 0 for none.

    `freeze` is the one in force; `going_on` counts the experiment's runs whose end is not recorded.
    """

    state: str
    state_id: int
    review: int
    last_review: int
    scorecard: int
    decision: int
    waiver: int
    objective: int
    freeze: int
    going_on: int


def standing(ledger: Ledger, experiment_id: int) -> Standing:
    """Read where the experiment stands; a reader and a transaction answer alike."""
    (row,) = ledger.rows(
        """
        SELECT
          (SELECT state FROM experiment_state WHERE experiment_id = ?1 ORDER BY id DESC LIMIT 1),
          (SELECT coalesce(max(id), 0) FROM experiment_state WHERE experiment_id = ?1),
          (SELECT coalesce(max(id), 0) FROM review WHERE experiment_id = ?1 AND stage = 'loop'),
          (SELECT coalesce(max(id), 0) FROM review
            WHERE experiment_id = ?1 AND stage = 'scorecard'),
          (SELECT coalesce(max(id), 0) FROM scorecard WHERE experiment_id = ?1),
          (SELECT coalesce(max(id), 0) FROM decision WHERE experiment_id = ?1),
          (SELECT coalesce(max(id), 0) FROM waiver WHERE experiment_id = ?1),
          (SELECT coalesce(max(id), 0) FROM objective_lock),
          ?2,
          (SELECT count(*) FROM run r WHERE r.experiment_id = ?1 AND 'started' =
            (SELECT state FROM run_state WHERE run_id = r.id ORDER BY id DESC LIMIT 1))
        """,
        experiment_id,
        freeze_in_force(ledger),
    )
    return Standing(*row)
