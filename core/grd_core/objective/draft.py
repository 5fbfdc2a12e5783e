"""A first OBJECTIVE.md from what the ledger knows of the data; what it cannot know stays empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_core.errors import RefusedError
from grd_core.objective.canonical import scalar
from grd_core.objective.draft_notes import DraftNotes, draft_notes
from grd_core.objective.facts import DataFacts, data_facts
from grd_core.objective.frontmatter import visible
from grd_core.objective.model import DEFAULT_ALPHA, DEFAULT_SEEDS
from grd_core.objective.rules import SECTIONS
from grd_core.statistics.metrics import CATALOGUE, USUAL, Metric

if TYPE_CHECKING:
    from pathlib import Path

    from grd_core.study import Study

NOTHING_KNOWN = DraftNotes()
_GUIDES = {
    "question": "Who decides what with the answer, and what would a wrong one cost?",
    "believe": "The claim, and the mechanism that makes it plausible.",
    "disprove": "In words, what the falsification above says in numbers.",
    "data": "What DATA_REPORT.md found: tails, gaps, groups, time, tempting columns.",
    "method": "The baseline, the candidate, the rival explanation.",
    "constraint": "What is known when the result is used, and what is not claimed.",
}


def draft(study: Study) -> str:
    """The text of a new objective for the declared data.

    Raises:
        RefusedError: there is an OBJECTIVE.md already, one is locked, or no data is declared.
    """
    if study.objective_path.exists():
        raise _already(study.objective_path)
    with study.read() as ledger:
        if ledger.value("SELECT count(*) FROM objective_lock"):
            raise RefusedError(
                "the objective is locked, only its file is missing",
                where=study.objective_path.name,
                fix="`grd objective restore` puts the locked one back",
            )
        facts, notes = data_facts(ledger), draft_notes(ledger)
    if facts is None:
        raise RefusedError(
            "no data is declared, so there is nothing to draft an objective from",
            where=str(study.root),
            fix="`grd data add` first",
        )
    return draft_text(study.name, facts, notes)


def init(study: Study) -> Path:
    """Write the draft as OBJECTIVE.md, never over a file that is there.

    Raises:
        RefusedError: there is one already, no data is declared, or the folder cannot be
            written.
    """
    text = draft(study)
    try:
        with study.objective_path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise _already(study.objective_path) from error
    except OSError as error:
        raise RefusedError(
            f"the draft cannot be written: {error.strerror}",
            where=str(study.objective_path),
            fix="check that you may write to the study's folder",
        ) from error
    return study.objective_path


def draft_text(name: str, facts: DataFacts, notes: DraftNotes = NOTHING_KNOWN) -> str:
    """The draft for a study called `name`: a key without a value is for a person to fill, and
    what `notes` propose for it stands behind it as a comment."""
    fitting = _fitting(facts)
    primary, others = fitting[0], ", ".join(metric.name for metric in fitting[1:])
    front = [
        "# What the machine judges by. Keys without a value are yours to fill;",
        "# `grd objective check` says what is missing and reads the rule back to you.",
        f"id: {scalar(name)}",
        "title:                      # the question, in one sentence",
        "population:                 # which cases, places and times the claim is about",
        f"task: {facts.task}",
        f"target: {scalar(facts.target)}",
        "",
        "metrics:",
        f"  - name: {primary.name}" + (f"  # also fitting: {others}" if others else ""),
        "    role: primary           # or guard (must pass by itself), secondary (only reported)",
        f"    direction: {primary.direction}",
        "    threshold:              # from which value on it counts as met",
        f"    minimum_effect:         # {_least_effect(notes, primary.name)}",
        "    weight: 1.0",
        "",
        *_strata(facts),
        "",
        *_evaluation(facts, notes),
        "",
        "baselines:",
        f"  - name:                   # {_baselines(notes)}",
        "    kind: own_run           # or literature, with citation and expected",
        "    required: true",
        "",
        "falsification:",
        f"  - metric: {primary.name}",
        "    of: gain                # over the baseline; or value, the metric itself",
        '    comparison: "<"         # keep the quotes',
        "    threshold:",
        "    meaning:                # what such a result would mean",
        "    claim: refuted",
        "",
        "budget:",
        "  cpu_hours:",
        "  wall_hours:",
        "  gpu_hours:",
        "  trials:",
        "  peeks: 1                  # looks at the frozen labels, counted for ever",
        "  expected_gain:",
        "  stop_rule:",
        "",
        "seen:                       # what of the data you have already looked at",
        "exploratory:                # what will be looked at without being claimed",
    ]
    drafted = {"data": notes.known_risks(), "constraint": notes.constraints()}
    prose = [
        "\n".join((f"## {heading}\n\n<!-- {_GUIDES[word]} -->\n", *drafted.get(word, ())))
        + ("\n" if word in drafted and notes.risks else "")
        for word, heading in SECTIONS.items()
    ]
    return "---\n" + "\n".join(front) + "\n---\n\n" + "\n".join(prose)


def _fitting(facts: DataFacts) -> list[Metric]:
    """The usual metrics for the task that fit the recorded distribution."""
    for_task = [one for one in CATALOGUE if facts.task in one.tasks and one.name in USUAL]
    return [metric for metric in for_task if not metric.misfits(facts.distributions)] or for_task


def _strata(facts: DataFacts) -> list[str]:
    groups = [name for name in facts.groups if name in facts.usable]
    hint = f"  # such as [{', '.join(scalar(name) for name in groups)}]" if groups else ""
    return [f"strata: []{hint or '  # columns whose worst group is always shown'}"]


def _least_effect(notes: DraftNotes, metric: str) -> str:
    floor = notes.smallest_told(metric)
    known = f"; on training rows ± {floor:.3g} is chance" if floor else ""
    return f"the smallest gain over the baseline worth having{known}"


def _baselines(notes: DraftNotes) -> str:
    known = notes.baselines()
    return f"such as {known}, on training rows" if known else "the simplest thing to be beaten"


def _evaluation(facts: DataFacts, notes: DraftNotes) -> list[str]:
    split = facts.split or ("temporal" if facts.time else "grouped" if facts.groups else "random")
    reason = visible(" ".join(notes.split_reason.split()), 200)
    why = f"why this split; its record says: {reason}" if reason else "why this split"
    lines = ["evaluation:", f"  split: {split}", f"  justification:            # {why}"]
    if facts.time:
        lines.append(f"  time: {scalar(facts.time)}")
    if facts.groups:
        lines.append(f"  groups: [{', '.join(scalar(name) for name in facts.groups)}]")
        if "grouped" not in split:
            lines.append("  group_justification:      # why groups may stand on both sides")
        lines.append(f"  cluster: {scalar(facts.groups[0])}")
    return [
        *lines,
        "  training_is_random: true  # false where the same data always give the same model",
        f"  seeds: {DEFAULT_SEEDS}",
        "  test: paired_bootstrap",
        f"  alpha: {DEFAULT_ALPHA}",
        "  multiplicity: holm",
        "  exclusions: []            # which rows are left out, and why",
        f"  missing_data:             # {notes.missing_rule() or 'what happens to missing values'}",
    ]


def _already(path: Path) -> RefusedError:
    return RefusedError(
        f"there is an {path.name} already",
        where=str(path),
        fix="edit it; it is never overwritten",
    )
