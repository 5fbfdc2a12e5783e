"""C111: seeds unset or partial, and the best of several seeds."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.contract import (
    CodeContext,
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Place,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.dataflow.programs import Programs, analyse_all
from grd_core.checks.dataflow.randomness import Draw, draw, streams_seeded
from grd_core.checks.dataflow.seed_selection import seed_choices

_SEED_WITH = {
    "random": "call `random.seed(seed)` before it",
    "numpy": "pass `random_state=seed`, or call `numpy.random.seed(seed)` before it",
    "torch": "call `torch.manual_seed(seed)` before it",
    "tensorflow": "call `keras.utils.set_random_seed(seed)` before it",
    "own": "give the generator a seed: `default_rng(seed)`",
}


class SeedsUnset:
    """Random numbers are drawn without a seed, or the best of several seeds is kept.

    ## What it finds
    Calls that draw from `random`, numpy, torch, tensorflow or scikit-learn's default random state
    while nothing seeds that stream, including `default_rng()` without a seed; and loops over seeds
    that keep the best score.

    ## Why it matters
    A result that cannot be repeated cannot be checked, and a gain smaller than the spread between
    seeds is noise. The best of K seeds exceeds their mean by about σ√(2 ln K), which is exactly
    what a reader takes for skill.

    ## How it is measured
    The program is read, never run. Each call that draws counts unless it has a seed of its own
    (`random_state`, `seed`, `generator`) or its stream is seeded anywhere in the files. Estimators
    that are random only under some option count only with that option. Each unseeded stream is one
    finding; the value is the number of findings, reported once it exceeds `tolerated = 0`.

    ## How to fix it
    Read one seed from the environment (`GRD_SEED`) and pass it to every stream. Report the mean and
    the spread over seeds, and compare models on the same seeds.

    Where nothing is trained or judged, a draw is an info.

    ## When it is wrong
    A seed set by a file that is not under review is not seen. A seed set after the first draw
    counts as set. Early stopping that a library switches on by itself for large data is not known.

    ## Reference
    Bouthillier et al. 2021, Accounting for variance in machine learning benchmarks, MLSys;
    Henderson et al. 2018, Deep reinforcement learning that matters, AAAI.
    """

    code: ClassVar[str] = "C111"
    title: ClassVar[str] = "Seeds unset, partial, or the best of several kept"
    group: ClassVar[Group] = Group.CODE
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.WARNING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Bouthillier et al. 2021, Accounting for variance in machine learning benchmarks, MLSys",
        "Henderson et al. 2018, Deep reinforcement learning that matters, AAAI",
    )
    family: ClassVar[str] = "reproducibility"
    thresholds: ClassVar[Thresholds] = MappingProxyType({"tolerated": 0.0})

    def measure(self, context: CodeContext) -> Measurement | NotApplicable:
        """List the streams that are drawn from and not seeded."""
        programs = analyse_all(context)
        if not programs.facts:
            return NotApplicable("no file parses as Python")
        draws = [
            found
            for facts in programs.facts
            for call in facts.calls
            if (found := draw(call)) is not None
        ]
        evidence = (*_unseeded(programs, draws), *_chosen(programs))
        return Measurement(
            value=float(len(evidence)),
            method="calls that draw random numbers against calls that seed them",
            n=len(draws),
            evidence=evidence,
            notes=programs.notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A finding is a warning, or an info where nothing is trained."""
        if (measurement.value or 0.0) <= thresholds["tolerated"]:
            return judge_by_severity(Measurement(value=0.0, method=measurement.method))
        return judge_by_severity(measurement)


def _unseeded(programs: Programs, draws: list[Draw]) -> Iterator[Evidence]:
    seeded = {
        stream
        for facts in programs.facts
        for call in facts.calls
        for stream in streams_seeded(call)
    }
    streams: dict[str, list[Draw]] = {}
    for found in draws:
        if found.stream not in seeded:
            streams.setdefault(found.stream, []).append(found)
    for stream, found_draws in streams.items():
        listed = sorted(found_draws, key=lambda d: (d.call.site.path, d.call.site.line))
        first = listed[0].call.site
        names = dict.fromkeys(f"`{d.name}` (line {d.call.site.line})" for d in listed)
        shown = ", ".join(list(names)[:3]) + (
            f" and {len(names) - 3} more" if len(names) > 3 else ""
        )
        verb = "draws" if len(names) == 1 else "draw"
        learns = any(facts.learns for facts in programs.facts)
        partial = f", while {', '.join(sorted(seeded))} is seeded" if seeded else ""
        yield Evidence(
            title="seeds partly set" if seeded else "no seed set",
            why=f"{shown} {verb} random numbers that nothing seeds{partial}",
            fix=_SEED_WITH[stream],
            severity=Severity.WARNING if learns else Severity.INFO,
            path=first.path,
            line=first.line,
            places=(Place("cause", first.path, first.line),),
            value=float(len(names)),
            threshold=0.0,
            family="reproducibility",
        )


def _chosen(programs: Programs) -> Iterator[Evidence]:
    for unit in programs.units:
        for choice in seed_choices(unit):
            yield Evidence(
                title="best of several seeds",
                why=f"the loop over seeds `{choice.variable}` (line {choice.loop_line}) keeps the "
                f"best result (line {choice.pick_line})",
                fix="report the mean and the spread over all seeds instead",
                severity=Severity.WARNING,
                path=unit.path,
                line=choice.loop_line,
                places=(Place("cause", unit.path, choice.loop_line),),
                value=1.0,
                threshold=0.0,
                family="reproducibility",
            )
