"""Locking the objective, amending it, and how far the file has moved since.

The lock is of raw bytes: their sha256 and a copy go into the ledger. The file stays the
researcher's; nothing here ever writes it.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from grd_core.errors import ConfigError, RefusedError
from grd_core.identity import canonical_json, sha256_bytes
from grd_core.objective.classification import Classification
from grd_core.objective.decision_rule import rule_json
from grd_core.objective.document import Document, malformed_error, parse
from grd_core.objective.drift import Drift, FieldChange, drift
from grd_core.objective.facts import DataFacts, data_facts
from grd_core.objective.frontmatter import Malformed
from grd_core.objective.own_metric_trial import trial_problems
from grd_core.objective.own_metrics import Sources, drift_of_sources, own_sources
from grd_core.objective.problem import Problem
from grd_core.objective.reading import read_bytes
from grd_core.objective.rules import validate
from grd_core.objective.versions import (
    LockedVersion,
    RecordedChange,
    ResultsSeen,
    all_versions,
    current_objective,
    locked_versions,
    results_so_far,
)

if TYPE_CHECKING:
    from grd_core.ledger.write import Transaction
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class Locked:
    """What was locked, and the warnings that did not keep it from being locked."""

    version: LockedVersion
    warnings: tuple[Problem, ...]


def objective_lock(study: Study) -> Locked:
    """Lock OBJECTIVE.md as it stands: version 1, by its raw bytes.

    Raises:
        ConfigError: the file is missing or malformed.
        RefusedError: it is locked already, the data are not frozen, or a rule is broken.
    """
    raw = read_bytes(study.objective_path)
    with study.read() as ledger:
        _refuse_second_lock(locked_versions(ledger), raw)
        facts = data_facts(ledger)
    document, warnings = _admissible(study, raw, _frozen(facts))
    sources = own_sources(document.objective, study.root)
    with study.write("objective locked", durable=True) as tx:
        _refuse_second_lock(locked_versions(tx), raw)
        locked = _insert(tx, raw, document, sources, 1, "", ())
    return Locked(locked, warnings)


def amend(study: Study, reason: str) -> Locked:
    """Lock the file as a new version, with the reason and each change by field.

    What is loosened after a run, a review or a scorecard exists is marked post hoc.

    Raises:
        ConfigError: the file is missing or malformed.
        RefusedError: nothing is locked, nothing differs, no reason is given, or a rule
            is broken.
    """
    if not reason.strip():
        raise RefusedError(
            "an amendment needs a reason",
            where=study.objective_path.name,
            fix="say why the rule has to change: `grd objective amend --reason …`",
        )
    previous = current_objective(study)
    raw = read_bytes(study.objective_path)
    moved = drift_of_sources(drift(previous.raw, raw), previous.rule, study.root)
    if moved.identical:
        raise RefusedError(
            f"nothing differs from the locked version {previous.version}",
            where=study.objective_path.name,
            fix="edit the file first; it is yours to edit",
        )
    with study.read() as ledger:
        facts = data_facts(ledger)
        earlier = locked_versions(ledger)[:-1]
    document, warnings = _admissible(study, raw, _frozen(facts))
    sources = own_sources(document.objective, study.root)
    easier = frozenset(_loosened_since(earlier, raw))
    with study.write(f"objective amended: {reason.strip()}", durable=True) as tx:
        newest = locked_versions(tx)[-1]
        if newest.version != previous.version:
            raise RefusedError(
                f"version {newest.version} was locked meanwhile",
                where=study.objective_path.name,
                fix="read `grd objective diff`, then amend again",
            )
        seen = results_so_far(tx)
        changes = tuple(_recorded(moved, seen, easier))
        locked = _insert(tx, raw, document, sources, previous.version + 1, reason.strip(), changes)
    return Locked(locked, warnings)


def unamended_drift(study: Study) -> Drift:
    """How the file on disk differs from the newest locked version.

    A missing or malformed file is drift that cannot be read.

    Raises:
        RefusedError: nothing is locked.
    """
    return drift_on_disk(study, current_objective(study))


def drift_since_first(study: Study) -> Drift:
    """How the file on disk differs from the first lock, amended or not.

    Raises:
        RefusedError: nothing is locked.
    """
    return drift_on_disk(study, all_versions(study)[0])


def drift_on_disk(study: Study, version: LockedVersion) -> Drift:
    """How the file on disk differs from one locked version, with the functions it names."""
    try:
        raw = read_bytes(study.objective_path)
    except ConfigError as error:
        return Drift(identical=False, readable=False, fault=error.what)
    return drift_of_sources(drift(version.raw, raw), version.rule, study.root)


def _refuse_second_lock(versions: tuple[LockedVersion, ...], raw: bytes) -> None:
    if not versions:
        return
    newest = versions[-1]
    changed = newest.raw != raw
    raise RefusedError(
        f"the objective is locked already, as version {newest.version} of {newest.at[:10]}"
        + (", and the file has changed since" if changed else ""),
        where="OBJECTIVE.md",
        fix="`grd objective diff` shows the change, `grd objective amend --reason …` records it"
        if changed
        else "go on to the first experiment: `grd experiment new`",
    )


def _frozen(facts: DataFacts | None) -> DataFacts:
    """The facts, once the test part is out of reach: a rule fixed while it can still be
    looked at could have been chosen by looking."""
    if facts is None:
        raise RefusedError(
            "no data is declared, so the objective cannot be held against it",
            where="OBJECTIVE.md",
            fix="`grd data add`, `grd data split`, `grd data freeze`, then lock",
        )
    if not facts.frozen:
        raise RefusedError(
            "the data are not frozen: a rule locked now could still be chosen by looking at them",
            where="OBJECTIVE.md",
            fix="`grd data split`, `grd data freeze`, then `grd objective lock`",
        )
    return facts


def _admissible(study: Study, raw: bytes, facts: DataFacts) -> tuple[Document, tuple[Problem, ...]]:
    document = parse(raw)
    if isinstance(document, Malformed):
        raise malformed_error(document, study.objective_path)
    problems = validate(document, facts, study.root)
    if not any(problem.refuses for problem in problems):
        problems = (*trial_problems(study, document), *problems)
    refusals = [problem for problem in problems if problem.refuses]
    if refusals:
        first, more = refusals[0], len(refusals) - 1
        others = f" (and {more} more: `grd objective check`)" if more else ""
        raise RefusedError(
            f"{first.field}: {first.message}",
            where=f"{study.objective_path.name}:{first.line}",
            fix=f"{first.fix}{others}",
        )
    return document, tuple(problem for problem in problems if not problem.refuses)


def _loosened_since(earlier: Sequence[LockedVersion], raw: bytes) -> Iterator[str]:
    """Fields that ask less than in some earlier version."""
    for version in earlier:
        for change in drift(version.raw, raw).changes:
            if change.classification is Classification.LOOSENED:
                yield change.field


def _recorded(moved: Drift, seen: ResultsSeen, easier: Collection[str]) -> list[RecordedChange]:
    """What an amendment changes. One that goes there and back, each way «changed», ends in less
    than stood before: it is loosened by the second."""
    if not moved.readable:
        lost = RecordedChange("the whole rule", "changed", moved.fault, "–", post_hoc=False)
        return [lost]
    return [
        RecordedChange(
            change.field,
            meaning.value,
            change.before,
            change.after,
            post_hoc=meaning is Classification.LOOSENED and seen.count > 0,
        )
        for change in moved.changes
        for meaning in (_meaning(change, easier),)
    ]


def _meaning(change: FieldChange, easier: Collection[str]) -> Classification:
    unclear = change.classification is Classification.CHANGED
    return Classification.LOOSENED if unclear and change.field in easier else change.classification


def _insert(
    tx: Transaction,
    raw: bytes,
    document: Document,
    sources: Sources,
    version: int,
    reason: str,
    changes: tuple[RecordedChange, ...],
) -> LockedVersion:
    from grd_core.ledger.tables import ObjectiveLock

    digest = sha256_bytes(raw)
    rule: dict[str, Any] = rule_json(document.objective, version, digest, sources)
    seen = results_so_far(tx)
    tx.insert(
        ObjectiveLock(
            version=version,
            sha256=digest,
            content_base64=base64.b64encode(raw).decode("ascii"),
            rule_json=canonical_json(rule),
            reason=reason,
            changes_json=canonical_json([asdict(change) for change in changes]),
            results_seen_json=canonical_json(seen.as_json()),
        )
    )
    return LockedVersion(version, tx.at, tx.author, digest, raw, rule, reason, changes, seen)
