"""Declaring a split: what it may not break without a written reason, and how it comes out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, get_args

from grd_core.errors import RefusedError, UsageError
from grd_core.identity import canonical_json
from grd_core.jobs import Progress, run_job, value_of
from grd_core.ledger.in_force import freeze_in_force
from grd_core.recon.partition import Plan, Strategy
from grd_core.recon.records import SourceRecord, SplitRecord, current_split, read_freeze
from grd_core.recon.sources import READ_LIMIT_S, check_version

if TYPE_CHECKING:
    from grd_core.study import Study

LEAST_REASON = 10
"""Characters below which a reason says nothing."""


@dataclass(frozen=True, slots=True)
class SplitPreview:
    """A split worked out and not recorded.

    `sizes` as a recorded split has them; `needs_reason` says what of the declaration it breaks
    without a written reason, and is empty where it may be recorded as it is.
    """

    strategy: Strategy
    parameters: dict[str, Any]
    sizes: dict[str, Any]
    reason: str
    needs_reason: str


def preview_split(
    study: Study,
    *,
    strategy: Strategy | None = None,
    validation: float | str | None = None,
    test: float | str | None = None,
    embargo: str | None = None,
    block: str | None = None,
    seed: int | None = None,
    reason: str | None = None,
    missing_target: str | None = None,
    on_progress: Progress | None = None,
) -> SplitPreview:
    """What `plan_split` would record, with nothing recorded.

    Raises:
        RefusedError: as `plan_split`, but a reason that is missing is told, not refused.
        UsageError: an argument makes no sense.
    """
    given = {
        "strategy": strategy,
        "validation": validation,
        "test": test,
        "embargo": embargo,
        "block": block,
        "seed": seed,
        "reason": reason,
        "missing_target": missing_target,
    }
    return _worked_out(study, check_version(study), given, on_progress)


def plan_split(
    study: Study,
    *,
    strategy: Strategy | None = None,
    validation: float | str | None = None,
    test: float | str | None = None,
    embargo: str | None = None,
    block: str | None = None,
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
        strategy: temporal, grouped, stratified, grouped_stratified, blocked or random.
        validation: fraction of the rows in (0, 1), or the time at which the part begins.
        test: the same.
        embargo: time kept free before each cut, such as `1d`; of a blocked split before each
            block of another part, a number of rows too.
        block: length of a block, a span of time such as `7d` or a number as `500 rows`.
        seed: of the order in which rows, groups or blocks are drawn.
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
    given = {
        "strategy": strategy,
        "validation": validation,
        "test": test,
        "embargo": embargo,
        "block": block,
        "seed": seed,
        "reason": reason,
        "missing_target": missing_target,
    }
    _refuse_broken_time(source, given)
    found = _worked_out(study, source, given, on_progress)
    _refuse_broken_groups(found.sizes["crossings"], found.reason)
    with study.write("split declared") as tx:
        if freeze_in_force(tx):
            raise _settled()
        if tx.value("SELECT max(id) FROM data_version") != source.version_id:
            raise _declared_anew(source)
        tx.insert(
            Split(
                data_version_id=source.version_id,
                strategy=found.strategy,
                parameters_json=canonical_json(found.parameters),
                reason=found.reason,
                sizes_json=canonical_json(found.sizes),
            )
        )
    recorded = current_split(study)
    if recorded is None:
        raise _declared_anew(source)
    return recorded


def _declared_anew(source: SourceRecord) -> RefusedError:
    return RefusedError(
        "the data was declared anew meanwhile", where=source.label, fix="split again"
    )


def _worked_out(
    study: Study, source: SourceRecord, given: dict[str, Any], on_progress: Progress | None
) -> SplitPreview:
    with study.read() as ledger:
        if read_freeze(ledger) is not None:
            # A second partition of frozen data would tell of the labels that are out of reach.
            raise _settled()
    wanted = _wanted(source, given)
    plan = _checked_plan(wanted)
    written = str(wanted["reason"]).strip()
    found = value_of(
        run_job(
            "grd_core.recon.planning:plan_job",
            {
                "path": str(source.path),
                "reading": source.reading,
                "roles": source.roles.as_json(),
                "plan": asdict(plan),
            },
            limit_s=READ_LIMIT_S,
            on_progress=on_progress,
        )
    )
    cuts = found.pop("cuts")
    sizes = {**found.pop("sizes"), **found}
    broken = [_broken_time(source, plan.strategy), _broken_groups(sizes["crossings"])]
    return SplitPreview(
        strategy=plan.strategy,
        parameters={**asdict(plan), "missing_target": wanted["missing_target"], "cuts": cuts},
        sizes=sizes,
        reason=written,
        needs_reason="" if len(written) >= LEAST_REASON else "; ".join(filter(None, broken)),
    )


def _wanted(source: SourceRecord, given: dict[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in given.items() if value is not None}
    return default_split(source) | said


def _settled() -> RefusedError:
    return RefusedError(
        "the data is frozen, its split is settled",
        where="data/frozen",
        fix="`grd data unfreeze --reason …` takes it back and marks every score so far",
    )


def default_split(source: SourceRecord) -> dict[str, Any]:
    """What a split of this source is unless something else is asked for.

    Returns:
        strategy, validation, test, embargo, block, seed, reason and missing_target.
    """
    roles = source.roles
    strategy = "temporal" if roles.time else "grouped" if roles.groups else "random"
    basis: dict[str, Any] = {
        "strategy": strategy,
        "validation": 0.15,
        "test": 0.15,
        "embargo": "",
        "block": "",
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
        block=content.get("block", ""),
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
    strategy = wanted["strategy"]
    if wanted["embargo"] and strategy not in ("temporal", "blocked"):
        raise UsageError(
            f"an embargo has no meaning in a {strategy} split",
            fix="leave it out, or split by time or in blocks",
        )
    if wanted["block"] and strategy != "blocked":
        raise UsageError(
            f"a block has no meaning in a {strategy} split",
            fix="leave it out, or split with --strategy blocked",
        )
    return Plan(
        strategy=wanted["strategy"],
        validation=validation,
        test=test,
        embargo=str(wanted["embargo"]),
        seed=int(wanted["seed"]),
        drops_missing_target=_drops(str(wanted["missing_target"])),
        block=str(wanted["block"]),
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


def _refuse_broken_time(source: SourceRecord, given: dict[str, Any]) -> None:
    """Before a row is read: the declaration alone tells it."""
    wanted = _wanted(source, given)
    _checked_plan(wanted)
    broken = _broken_time(source, wanted["strategy"])
    if broken and len(str(wanted["reason"]).strip()) < LEAST_REASON:
        raise RefusedError(broken, where="split", fix="split by time, or give a written reason")


def _broken_time(source: SourceRecord, strategy: Strategy) -> str:
    """What a split breaks of the declared order of time; empty where nothing."""
    if not source.roles.time or strategy == "temporal":
        return ""
    return (
        f"a {strategy} split breaks the declared time `{source.roles.time}`:"
        " the past would be predicted from the future"
    )


def _refuse_broken_groups(crossings: dict[str, float], reason: str) -> None:
    broken = _broken_groups(crossings)
    if broken and len(reason) < LEAST_REASON:
        raise RefusedError(broken, where="split", fix="split by group, or give a written reason")


def _broken_groups(crossings: dict[str, float]) -> str:
    """Which declared group a split tears apart most; empty where none."""
    broken = {name: share for name, share in crossings.items() if share > 0}
    if not broken:
        return ""
    name, share = max(broken.items(), key=lambda item: item[1])
    return (
        f"the declared group `{name}` crosses the parts: {share:.0%} of the validation and"
        " test rows belong to a group that stands in train"
    )
