"""One chapter for each experiment: believed, tried, found, why, and so. Nothing is invented: what
was not written is said to be missing, and what files no longer tell the ledger tells."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from grd_core.checks.process.hypothesis import answers
from grd_core.critic.verdict import REFUTED_RULE
from grd_core.history.fates import fates_of
from grd_core.history.tree import RELATIONS
from grd_core.identity import one_line
from grd_core.ledger.in_force import mark_of
from grd_core.ledger.read import Reader
from grd_core.objective.versions import locked_versions
from grd_core.runs.differences import marks_of, what_changed
from grd_core.runs.experiments import ExperimentRecord

_RUNS = {
    "failed": "crashed",
    "started": "going on",
    "stopped_by_user": "stopped by hand",
    "stopped_by_budget": "stopped by the budget",
    "out_of_memory": "out of memory",
}
_VERBS = {"seal": "sealed it", "archive": "archived it", "iterate": "went on"}
_AFTER = {
    "lesson": "Learned",
    "would_change": "To try again would need",
    "different": "Different next time",
    "limitations": "Not to be expected to hold",
    "despite": "Sealed although",
    "change": "The question changed",
}
"""What else is said with a decision, in the order it is told."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One experiment's part of the narrative, each text on one line, free of controls.

    `believed`, `because` and `disproof` are what its HYPOTHESIS.md says, empty where it does not;
    `unsaid` is then why nothing is told of what was believed.
    `tried` is what it was and how its runs ended, `differed` what it changed from its parent.
    `found` are numbers and verdicts, `ended` why it held or failed, `so` what was decided, one for
    each decision. `related` says what it is to its parent, `state` where it stands.
    """

    experiment: str
    kind: str
    believed: str
    tried: str
    found: tuple[str, ...]
    so: tuple[str, ...]
    at: str = ""
    related: str = ""
    state: str = ""
    because: str = ""
    disproof: str = ""
    unsaid: str = ""
    differed: str = ""
    ended: str = ""


Rows = Mapping[int, list[sqlite3.Row]]
"""Rows of one table by the id of their experiment, the oldest first."""


def chapters_of(
    ledger: Reader, experiments: Iterable[ExperimentRecord], believed: Mapping[int, str]
) -> tuple[Chapter, ...]:
    """A chapter for each experiment, in the order of their numbers.

    Args:
        ledger: the study's ledger.
        experiments: all of them.
        believed: what each HYPOTHESIS.md says, by number; those whose file is gone are missing.
    """
    known = {experiment.number: experiment for experiment in experiments}
    fates = fates_of(ledger)
    runs = _by_experiment(ledger, _ENDS)
    reviews = _by_experiment(ledger, "SELECT * FROM review WHERE stage = 'loop' ORDER BY id")
    waivers = _by_experiment(ledger, "SELECT * FROM waiver ORDER BY id")
    scorecards = _by_experiment(ledger, "SELECT * FROM scorecard ORDER BY id")
    decisions = _by_experiment(ledger, "SELECT * FROM decision ORDER BY id")
    measured = _measured(ledger)
    chapters = []
    for experiment in known.values():
        id_, said = experiment.id, _stated(believed.get(experiment.number, ""))
        chapters.append(
            Chapter(
                experiment=experiment.name,
                kind=experiment.kind,
                believed=said.get("belief", ""),
                because=said.get("why", ""),
                disproof=said.get("disproof", ""),
                unsaid=_unsaid(said, is_there=experiment.number in believed),
                tried=f"{one_line(experiment.title)}; {_runs(runs[id_])}",
                differed=_differed(experiment, known.get(experiment.parent)),
                found=(
                    *_verdicts(reviews[id_], measured),
                    *_waived(waivers[id_]),
                    *_scores(ledger, scorecards[id_]),
                ),
                ended=_ended(fates[experiment.number].outcome, reviews[id_], scorecards[id_]),
                so=tuple(_decided(row) for row in decisions[id_]),
                at=experiment.at,
                related=_related(experiment, known.get(experiment.parent)),
                state=experiment.state,
            )
        )
    return tuple(chapters)


_ENDS = """
SELECT r.experiment_id, s.state, json_extract(s.detail_json, '$.detail') AS detail,
       json_extract(s.detail_json, '$.exit_code') AS exit_code
FROM run r JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
ORDER BY r.id
"""

_MEASURED = """
SELECT r.id, json_extract(r.inputs_json, '$.objective_lock') AS objective, c.measurement_json
FROM review r JOIN check_result c ON c.review_id = r.id AND c.code = 'R301'
WHERE r.stage = 'loop'
"""


def _by_experiment(ledger: Reader, sql: str) -> Rows:
    found: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for row in ledger.rows(sql):
        found[row["experiment_id"]].append(row)
    return found


def _measured(ledger: Reader) -> dict[int, str]:
    """The primary metric on validation with its interval, by review."""
    primaries = {}
    for version in locked_versions(ledger):
        metrics = version.rule.get("metrics") or [{}]
        first = next((one for one in metrics if one.get("role") == "primary"), metrics[0])
        primaries[version.sha256] = str(first.get("name", "the metric"))
    found = {}
    for row in ledger.rows(_MEASURED):
        measured = json.loads(row["measurement_json"]) or {}
        if measured.get("value") is not None:
            name = primaries.get(row["objective"], "the metric")
            number = _with_interval(measured["value"], *(measured.get("ci") or (None, None)))
            found[row["id"]] = f"{name} {number} on validation"
    return found


@lru_cache(maxsize=4096)
def _stated(hypothesis: str) -> Mapping[str, str]:
    """What a HYPOTHESIS.md says, by part; parts of which it says nothing are missing."""
    return {
        answer.part.key: one_line(answer.text) for answer in answers(hypothesis) if answer.words
    }


def _unsaid(said: Mapping[str, str], *, is_there: bool) -> str:
    if "belief" in said:
        return ""
    return "nothing was written on it" if is_there else "its HYPOTHESIS.md is gone"


def _related(experiment: ExperimentRecord, parent: ExperimentRecord | None) -> str:
    if parent is None:
        return experiment.kind
    return f"{RELATIONS.get(experiment.kind, experiment.kind)} {parent.name}"


def _differed(experiment: ExperimentRecord, parent: ExperimentRecord | None) -> str:
    if parent is None:
        return ""
    gone = [one.name for one in (experiment, parent) if one.files_gone]
    if gone:
        return f"not known any more: the files of {' and of '.join(gone)} are gone"
    changed = what_changed(marks_of(experiment.folder), marks_of(parent.folder))
    return one_line(changed) or "nothing in config or code"


def _runs(rows: Iterable[sqlite3.Row]) -> str:
    counts: dict[str, int] = {}
    for row in rows:
        word = _RUNS.get(row["state"], row["state"].replace("_", " "))
        if row["state"] == "failed" and row["exit_code"]:
            word = f"{word} with exit {row['exit_code']}"
        if row["state"] not in ("done", "started") and row["detail"]:
            word = f"{word} ({one_line(row['detail'])})"
        counts[word] = counts.get(word, 0) + 1
    said = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"runs: {said or 'none'}"


def _verdicts(rows: Iterable[sqlite3.Row], measured: Mapping[int, str]) -> Iterator[str]:
    for row in rows:
        number = f"{measured[row['id']]}; " if row["id"] in measured else ""
        reasons = one_line(" ".join(json.loads(row["detail_json"]).get("reasons", [])[:2]))
        # Why a claim was refuted is told where it ended.
        why = "the claim is disproved" if row["rule"] == REFUTED_RULE else reasons
        said = f"{number}the Critic said {row['verdict']} ({row['confidence']}): {why}"
        yield f"{sentence(said)} Justified: {sentence(one_line(row['justification']))}"


def _waived(rows: Iterable[sqlite3.Row]) -> Iterator[str]:
    for row in rows:
        until = row["expires"][:10]
        yield f"{one_line(row['code'])} was waived until {until}, because {one_line(row['reason'])}"


def _scores(ledger: Reader, rows: Iterable[sqlite3.Row]) -> Iterator[str]:
    for row in rows:
        metrics = "; ".join(
            f"{one_line(metric['name'])} "
            + _with_interval(metric["estimate"], metric.get("low"), metric.get("high"))
            for metric in json.loads(row["content_json"])["metrics"]
            if metric.get("estimate") is not None
        )
        mark = mark_of(ledger, row["id"])
        said = f"on the frozen test part the claim is {row['outcome']}: {metrics or 'no number'}"
        yield said + (f" ({one_line(mark)})" if mark else "")


def _ended(outcome: str, reviews: list[sqlite3.Row], scorecards: list[sqlite3.Row]) -> str:
    """Why it held or failed, by the rule alone; empty where nothing says so."""
    if scorecards:
        said = json.loads(scorecards[-1]["content_json"]).get("outcome")
        reasons = said.get("reasons", []) if isinstance(said, dict) else []
    elif reviews and reviews[-1]["rule"] == REFUTED_RULE:
        reasons = json.loads(reviews[-1]["detail_json"]).get("reasons", [])
    else:
        return ""
    began = {"confirmed": "It held", "refuted": "It failed"}.get(outcome, f"It is {outcome}")
    return f"{began}, because {one_line('; '.join(reasons)) or 'the registered rule says so'}"


def _decided(row: sqlite3.Row) -> str:
    detail = json.loads(row["detail_json"])
    after = "".join(
        f" {lead}: {sentence(one_line(detail[key]))}"
        for key, lead in _AFTER.items()
        if detail.get(key)
    )
    said = f"we {_VERBS[row['decision']]} ({row['outcome']}), because {one_line(row['reason'])}"
    return sentence(said) + after


def _with_interval(value: float, low: float | None, high: float | None) -> str:
    interval = "" if low is None or high is None else f" [{low:.4g}, {high:.4g}]"
    return f"{value:.4g}{interval}"


def sentence(said: str) -> str:
    """A text with a sign at its end."""
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."
