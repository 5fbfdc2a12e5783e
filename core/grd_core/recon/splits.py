"""Declaring a split: what it may not break without a written reason, and how large it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, get_args

from grd_core.errors import RefusedError, UsageError
from grd_core.identity import canonical_json
from grd_core.jobs import Progress, run_job, value_of
from grd_core.recon.partition import Plan, Strategy
from grd_core.recon.records import SourceRecord, SplitRecord, current_split, read_freeze
from grd_core.recon.sources import READ_LIMIT_S, check_version

if TYPE_CHECKING:
    from grd_core.study import Study

LEAST_REASON = 10
"""Characters below which a reason says nothing."""


def plan_split(
    study: Study,
    *,
    strategy: Strategy | None = None,
    validation: float | str | None = None,
    test: float | str | None = None,
    embargo: str | None = None,
    seed: int | None = None,
    reason: str | None = None,
    missing_target: str | None = None,
    on_progress: Progress | None = None,
) -> SplitRecord:
    """Work out a split, hold it against declared time and groups, and record it.

    What is not given is taken from the [split] section of the provenance file; without one,
    a declared time column means a temporal split, declared groups a grouped one.

    Args:
        study: where it is recorded.
        strategy: temporal, random or grouped.
        validation: fraction of the rows in (0, 1), or the time at which the part begins.
        test: the same.
        embargo: time kept free before each cut, such as `1d`.
        seed: of the order in which rows or groups are drawn.
        reason: required where the split breaks declared time or groups.
        missing_target: `drop: why`; required where rows have no target.
        on_progress: told how far the work is.

    Raises:
        RefusedError: nothing is declared, the file changed, data is frozen, a reason is
            missing, rows have no target and no rule, or a part would be empty.
        UsageError: an argument makes no sense.
    """
    from grd_core.ledger.tables import Split

    source = check_version(study)
    with study.read() as ledger:
        if read_freeze(ledger) is not None:
            raise RefusedError(
                "the data is frozen, its split is settled",
                where="data/frozen",
                fix="`grd data unfreeze --reason …` takes it back and marks every score so far",
            )
    given = {
        "strategy": strategy,
        "validation": validation,
        "test": test,
        "embargo": embargo,
        "seed": seed,
        "reason": reason,
        "missing_target": missing_target,
    }
    wanted = default_split(source) | {
        key: value for key, value in given.items() if value is not None
    }
    plan = _checked_plan(wanted)
    written = str(wanted["reason"]).strip()
    _refuse_broken_time(source, plan, written)
    found = value_of(
        run_job(
            "grd_core.recon.partition:plan_job",
            {"path": str(source.path), "roles": source.roles.as_json(), "plan": asdict(plan)},
            limit_s=READ_LIMIT_S,
            on_progress=on_progress,
        )
    )
    _refuse_broken_groups(found["crossings"], written)
    parameters = {
        **asdict(plan),
        "missing_target": wanted["missing_target"],
        "cuts": found["cuts"],
    }
    sizes = {**found["sizes"], "spans": found["spans"], "crossings": found["crossings"]}
    with study.write("split declared") as tx:
        tx.insert(
            Split(
                data_version_id=source.version_id,
                strategy=plan.strategy,
                parameters_json=canonical_json(parameters),
                reason=written,
                sizes_json=canonical_json(sizes),
            )
        )
    recorded = current_split(study)
    if recorded is None:
        raise RefusedError(
            "the data was declared anew meanwhile", where=source.label, fix="split again"
        )
    return recorded


def default_split(source: SourceRecord) -> dict[str, Any]:
    """What a split of this source is unless something else is asked for.

    Returns:
        strategy, validation, test, embargo, seed, reason and missing_target.
    """
    roles = source.roles
    strategy = "temporal" if roles.time else "grouped" if roles.groups else "random"
    basis: dict[str, Any] = {
        "strategy": strategy,
        "validation": 0.15,
        "test": 0.15,
        "embargo": "",
        "seed": 0,
        "reason": "",
        "missing_target": "",
    }
    return basis | source.split_defaults


def plan_of(split: SplitRecord) -> Plan:
    """The plan that a recorded split was made by."""
    content = split.parameters
    return Plan(
        strategy=content["strategy"],
        validation=content["validation"],
        test=content["test"],
        embargo=content["embargo"],
        seed=content["seed"],
        drops_missing_target=content["drops_missing_target"],
    )


def _checked_plan(wanted: dict[str, Any]) -> Plan:
    if wanted["strategy"] not in get_args(Strategy):
        raise UsageError(
            f"no split strategy {wanted['strategy']!r}",
            fix=f"choose one of {', '.join(get_args(Strategy))}",
        )
    validation, test = _share(wanted["validation"]), _share(wanted["test"])
    if isinstance(validation, float) and isinstance(test, float) and validation + test >= 1:
        raise UsageError(
            f"validation {validation:g} and test {test:g} leave nothing to train on",
            fix="give fractions whose sum is below 1",
        )
    if wanted["embargo"] and wanted["strategy"] != "temporal":
        raise UsageError(
            f"an embargo has no meaning in a {wanted['strategy']} split",
            fix="leave it out, or split by time",
        )
    return Plan(
        strategy=wanted["strategy"],
        validation=validation,
        test=test,
        embargo=str(wanted["embargo"]),
        seed=int(wanted["seed"]),
        drops_missing_target=_drops(str(wanted["missing_target"])),
    )


def _share(value: float | str) -> float | str:
    """A fraction where it reads as one, else a cut in time."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return number if 0 < number < 1 else str(value)


def _drops(rule: str) -> bool:
    if not rule.strip():
        return False
    verb, _, why = rule.partition(":")
    if verb.strip() != "drop" or not why.strip():
        raise UsageError(
            f"the missing-target rule {rule!r} cannot be followed",
            fix="write `drop: ` and why those rows may be left out",
        )
    return True


def _refuse_broken_time(source: SourceRecord, plan: Plan, reason: str) -> None:
    if source.roles.time and plan.strategy != "temporal" and len(reason) < LEAST_REASON:
        raise RefusedError(
            f"a {plan.strategy} split breaks the declared time `{source.roles.time}`:"
            " the past would be predicted from the future",
            where="split",
            fix="split by time, or give a written reason",
        )


def _refuse_broken_groups(crossings: dict[str, float], reason: str) -> None:
    broken = {name: share for name, share in crossings.items() if share > 0}
    if broken and len(reason) < LEAST_REASON:
        name, share = max(broken.items(), key=lambda item: item[1])
        raise RefusedError(
            f"the declared group `{name}` crosses the parts: {share:.0%} of the validation and"
            " test rows belong to a group that stands in train",
            where="split",
            fix="split by group, or give a written reason",
        )
