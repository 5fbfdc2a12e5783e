"""Whether a verdict on an experiment may be recorded now: asked again inside each transaction."""

from __future__ import annotations

from grd_core.errors import RefusedError
from grd_core.ledger.read import Ledger
from grd_core.runs.experiments import ExperimentRecord


def require_open(ledger: Ledger, experiment: ExperimentRecord) -> None:
    """Refuse to record anything on an experiment that was decided, perhaps just now.

    Raises:
        RefusedError: it is sealed or archived.
    """
    state = ledger.value(
        "SELECT state FROM experiment_state WHERE experiment_id = ? ORDER BY id DESC LIMIT 1",
        experiment.id,
    )
    if state != "open":
        raise RefusedError(
            f"{experiment.name} is {state}: its verdict stands",
            fix="start a new experiment from it: `grd experiment new TITLE --from …`",
        )


def require_answered(ledger: Ledger, experiment: ExperimentRecord) -> None:
    """Refuse a further verdict where the last one asked a human, who has not answered yet.

    Trying again until a refuted claim wins is thereby a recorded decision, each time.

    Raises:
        RefusedError: the experiment is closed, or its escalation waits for a decision.
    """
    require_open(ledger, experiment)
    escalated = ledger.value(
        """
        SELECT r.id FROM review r WHERE r.id = ? AND r.verdict = 'ESCALATE' AND NOT EXISTS
        (SELECT 1 FROM decision d WHERE d.review_id = r.id AND d.decision = 'iterate')
        """,
        last_loop_review(ledger, experiment),
    )
    if escalated:
        raise RefusedError(
            f"the last verdict on {experiment.name} is ESCALATE: a human decides before the next",
            fix=f"`grd gate {experiment.number}`, then `grd decide {experiment.number}"
            " iterate|archive …`",
        )


def last_loop_review(ledger: Ledger, experiment: ExperimentRecord) -> int:
    """Id of the experiment's last recorded loop review; 0 for none."""
    return int(
        ledger.value(
            "SELECT coalesce(max(id), 0) FROM review WHERE experiment_id = ? AND stage = 'loop'",
            experiment.id,
        )
    )
