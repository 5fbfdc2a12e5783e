"""One turn of the queue: put right what a kill left behind, begin the first run that fits.

A turn is taken by whoever is there: the shell, the cockpit, or the process that the guard of
an ended run starts. Requests are served in their order; one that does not fit is passed over,
except that nobody overtakes a request that waits for GPUs with one that wants GPUs too. That a
seed is begun once is held three times: by the lock of the turn, by looking at the ledger under
it, and by the transaction that records the run. A run whose launcher was killed before the
command began is recorded as interrupted, never started, and its seed is begun again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grd_core.budget.account import (
    SECONDS_PER_HOUR,
    SMALLEST_LEASE_S,
    UNITS,
    Reservation,
    UnitAccount,
    account,
)
from grd_core.config import RunSection
from grd_core.errors import GrdError, LaunchError
from grd_core.runs.endings import NEVER_STARTED
from grd_core.runs.experiments import list_experiments
from grd_core.runs.ingest import Busy, ingest
from grd_core.runs.queue_claim import choosing_gpus
from grd_core.runs.queue_devices import VISIBLE, Devices, NotNow, Unknown, devices_of
from grd_core.runs.queue_files import (
    Request,
    read_requests,
    read_why,
    rewrite,
    the_turn,
    without,
    write_why,
)
from grd_core.runs.refusals import Origin
from grd_core.runs.start import StartedRun, start_run
from grd_core.study import Study

_UP_TO_DATE_S = 5.0


@dataclass(frozen=True, slots=True)
class Begun:
    """The turn began a run."""

    request: int
    run: StartedRun


@dataclass(frozen=True, slots=True)
class Faulty:
    """A run could not be begun; with a LaunchError its record says so and its seed is spent."""

    request: int
    fault: GrdError


@dataclass(frozen=True, slots=True)
class NothingFits:
    """Everything that could begin has begun."""


Turn = Begun | Faulty | NothingFits


@dataclass(frozen=True, slots=True)
class _Seeds:
    """Runs of a request: seeds that were begun, those undecided, attempts that came to nothing."""

    begun: set[int] = field(default_factory=set)
    undecided: set[int] = field(default_factory=set)
    attempts: dict[int, int] = field(default_factory=dict)


def take_turn(study: Study, *, faulty: frozenset[int] = frozenset()) -> Turn:
    """Begin at most one run.

    Args:
        study: the study.
        faulty: requests that were refused a moment ago and need not be tried again.

    Raises:
        RefusedError: the study is read-only.
        LaunchError: another process did not end its turn.
        ConfigError: grd.toml cannot be read.
    """
    with the_turn(study):
        if not read_requests(study):
            return NothingFits()
        _bring_up_to_date(study)
        why: dict[int, str] = {}
        try:
            return _first_that_fits(study, _put_right(study), faulty, why)
        finally:
            write_why(study, why)


def _first_that_fits(
    study: Study,
    requests: Sequence[tuple[Request, _Seeds]],
    faulty: frozenset[int],
    why: dict[int, str],
) -> Turn:
    config = study.config.run
    going_on = _going_on(study)
    before = read_why(study)
    known: dict[str | None, Devices | Unknown | NotNow] = {}
    for_devices = 0
    found: Turn = NothingFits()
    for request, seeds in requests:
        seed = next((one for one in request.seeds if one not in seeds.undecided), None)
        if not isinstance(found, NothingFits):
            why[request.id] = "its turn comes"
            continue
        if seed is None:
            why[request.id] = "its run is being started"
            continue
        visible = request.environment.get(VISIBLE)
        if visible not in known:
            known[visible] = _devices(study, visible)
        devices = known[visible]
        places = places_of(config, devices)
        if going_on >= places:
            why[request.id] = f"{going_on} of {places} at once go on"
            continue
        gpus = _fitting(request, devices, for_devices)
        if isinstance(gpus, str):
            why[request.id] = gpus
            for_devices = for_devices or request.id
            continue
        if request.id in faulty:
            why[request.id] = before.get(request.id, "")
            continue
        attempts = seeds.attempts.get(seed, 0)
        if gpus:
            begun = _begin_on_gpus(study, request, seed, attempts)
            if isinstance(begun, str):
                why[request.id] = begun
                for_devices = for_devices or request.id
                continue
            found = begun
        else:
            found = _begin(study, request, seed, gpus, attempts)
        why[request.id] = (
            found.fault.sentence() if isinstance(found, Faulty) else "the others follow"
        )
    return found


def _devices(study: Study, visible: str | None) -> Devices | Unknown | NotNow:
    with study.read() as ledger:
        return devices_of(study, ledger, visible)


def places_of(config: RunSection, devices: Devices | Unknown | NotNow) -> int:
    """How many runs may go on at once: as grd.toml says, else one a device, at least one."""
    if config.at_once is not None:
        return config.at_once
    return max(1, len(devices.allowed)) if isinstance(devices, Devices) else 1


def _fitting(
    request: Request, devices: Devices | Unknown | NotNow, ahead: int
) -> tuple[int, ...] | str | None:
    """The devices for the next run of a request, or what it waits for.

    None where nobody can tell which devices there are and none was asked for.
    """
    if isinstance(devices, NotNow):
        # To begin without would let it use devices that nobody counts.
        return () if request.gpus == 0 else f"no GPU can be given: {devices.reason}"
    if isinstance(devices, Unknown):
        if request.gpus:
            return f"no GPU can be given: {devices.reason}"
        return None if request.gpus is None else ()
    wanted = min(1, len(devices.allowed)) if request.gpus is None else request.gpus
    if not wanted:
        return ()
    if ahead:
        return f"request {ahead} is ahead and waits for GPUs"
    if wanted > len(devices.free):
        why = f": {devices.why_not_free}" if devices.why_not_free else ""
        return f"{wanted} GPU wanted, {len(devices.free)} of {len(devices.allowed)} free{why}"
    return devices.free[:wanted]


def _begin_on_gpus(
    study: Study, request: Request, seed: int, attempts: int
) -> Begun | Faulty | str:
    """Start the run of one seed on devices that are free now, or say what it waits for.

    They are looked at again where no other study can choose: since the first look one may have.
    """
    with choosing_gpus() as is_alone:
        if not is_alone:
            return "another study has been choosing GPUs for a while"
        gpus = _fitting(request, _devices(study, request.environment.get(VISIBLE)), 0)
        if isinstance(gpus, str):
            return gpus
        return _begin(study, request, seed, gpus, attempts)


def _begin(
    study: Study, request: Request, seed: int, gpus: tuple[int, ...] | None, attempts: int
) -> Begun | Faulty:
    """Start the run of one seed and take the seed off the request."""
    with study.read() as ledger:
        known = list_experiments(study, ledger)
    experiment = next(one for one in known if one.id == request.experiment_id)
    try:
        started = start_run(
            study,
            experiment,
            command=request.command or None,
            seed=seed,
            gpus=gpus,
            limit=share(account(study).units, study.config.run, len(request.seeds)),
            environment=request.environment,
            origin=Origin(request.id, request.again, attempts),
        )
    except LaunchError as fault:
        # Its run is recorded with this fault: to try again is for a person to decide.
        rewrite(study, without(request, seed))
        return Faulty(request.id, fault)
    except GrdError as fault:
        return Faulty(request.id, fault)
    rewrite(study, without(request, seed))
    return Begun(request.id, started)


def share(budget: Sequence[UnitAccount], config: RunSection, runs: int) -> Reservation:
    """What one of `runs` runs may spend: as grd.toml says, but no more than its equal part of
    what is left. Without a limit of its own the first would hold all of it."""

    def part(unit: str) -> float | None:
        configured: float | None = getattr(config, unit)
        left = next(one.remaining for one in budget if one.unit == unit)
        if left is None or runs < 2:
            return configured
        return left / runs if configured is None else min(configured, left / runs)

    return Reservation(*(part(unit) for unit in UNITS))


def may_fit_later(study: Study) -> bool:
    """Whether hours that a new run would need are only set aside and may come back."""
    return any(
        unit.remaining is not None
        and unit.remaining * SECONDS_PER_HOUR < SMALLEST_LEASE_S
        and unit.leased > 0
        for unit in account(study).units
    )


def runs_of_requests(study: Study, after: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """Request, id and seed of every run of these requests; `after` maps a request to the newest
    run there was when it was made."""
    with study.read() as ledger:
        rows = ledger.rows(
            "SELECT id, seed, json_extract(inputs_json, '$.request') AS request FROM run"
            " WHERE id > ? AND request IN (SELECT value FROM json_each(?)) ORDER BY id",
            min(after.values(), default=0),
            json.dumps(list(after)),
        )
    return [(row["request"], row["id"], row["seed"]) for row in rows]


def _put_right(study: Study) -> list[tuple[Request, _Seeds]]:
    """The requests without seeds that the ledger has begun: whoever began them was killed."""
    requests = read_requests(study)
    known = _known_runs(study, requests)
    still = []
    for request in requests:
        seeds = known[request.id]
        left = request
        for seed in seeds.begun:
            left = without(left, seed)
        if left.seeds != request.seeds:
            rewrite(study, left)
        if left.seeds:
            still.append((left, seeds))
    return still


def _known_runs(study: Study, requests: Sequence[Request]) -> dict[int, _Seeds]:
    found = {request.id: _Seeds() for request in requests}
    runs = runs_of_requests(study, {request.id: request.after for request in requests})
    with study.read() as ledger:
        for request, run_id, seed in runs:
            state = ledger.one(
                "SELECT s.state, json_extract(s.detail_json, '$.detail') AS word, p.started"
                " FROM run_state s LEFT JOIN run_progress p ON p.run_id = s.run_id"
                " WHERE s.run_id = ? ORDER BY s.id DESC LIMIT 1",
                run_id,
            )
            seeds = found[request]
            if state is None or (state["state"] == "started" and state["started"] is None):
                seeds.undecided.add(seed)
            elif state["state"] == "interrupted" and state["word"] == NEVER_STARTED:
                seeds.attempts[seed] = seeds.attempts.get(seed, 0) + 1
            else:
                seeds.begun.add(seed)
    return found


def _going_on(study: Study) -> int:
    with study.read() as ledger:
        return int(
            ledger.value(
                "SELECT count(*) FROM (SELECT run_id FROM run_state GROUP BY run_id"
                " HAVING max(state != 'started') = 0)"
            )
        )


def _bring_up_to_date(study: Study) -> None:
    """Record the ends of runs, waiting a little for another process that is at it."""
    deadline = time.monotonic() + _UP_TO_DATE_S
    while isinstance(ingest(study), Busy) and time.monotonic() < deadline:
        time.sleep(0.02)
