"""P401: a hypothesis that cannot be disproved."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import ClassVar

from grd_core.checks.contract import (
    Cost,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    ProcessContext,
    Severity,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.process.hypothesis import Answer, answers, observables


class UndisprovableHypothesis:
    """No HYPOTHESIS.md, or one that cannot be disproved.

    ## What it finds
    An experiment without a HYPOTHESIS.md, one whose sections are missing, empty or still the
    template's text, and one whose section «What would disprove it» names nothing that could be
    observed. A hypothesis edited after the run that is judged is a warning.

    ## Why it matters
    A result can only speak for a claim that it could have spoken against. Where the disproof is
    written after the run, whatever came out fits.

    ## How it is measured
    The sections «What we believe», «Why», «What would disprove it», «How this tests it» and
    «Expected result» must each hold at least `minimum_words = 3` words once comments are gone; in
    «Expected result» a number alone is enough. Headings count in any level and case. «What would
    disprove it» must name at least `minimum_observables = 1` observable thing: a metric of the
    catalogue, a number, or a comparison (such as «below», «no larger than», «differs»). A missing
    «What is new» is a warning.

    ## How to fix it
    Say what you would have to see to give the claim up, such as «a gain in MAE below 0.25 minutes
    on the validation months». Write it before the run.

    ## When it is wrong
    It reads words, not sense: a number that has nothing to do with the claim satisfies it. A
    disproof by an observation with neither number nor comparison («the residuals show the weekly
    pattern again») is flagged: add how much of it would be enough.

    ## Reference
    Popper 1959, The Logic of Scientific Discovery, chapter 4; Nosek et al. 2018, PNAS
    115:2600-2606 (preregistration).
    """

    code: ClassVar[str] = "P401"
    title: ClassVar[str] = "No hypothesis, or one that cannot be disproved"
    group: ClassVar[Group] = Group.PROCESS
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "Popper 1959, The Logic of Scientific Discovery, chapter 4",
        "Nosek et al. 2018, PNAS 115:2600-2606",
    )
    family: ClassVar[str] = ""
    thresholds: ClassVar[Thresholds] = MappingProxyType(
        {"minimum_words": 3.0, "minimum_observables": 1.0}
    )

    def measure(self, context: ProcessContext) -> Measurement:
        """Count what the hypothesis leaves unsaid."""
        method = "sections of HYPOTHESIS.md, words without comments"
        if context.hypothesis is None:
            missing = Evidence(
                title="no HYPOTHESIS.md",
                why="the experiment does not say what it believes, so no result can disprove it",
                fix="write HYPOTHESIS.md; `grd experiment new` lays out its sections",
                severity=Severity.BLOCKING,
                path=context.hypothesis_path,
            )
            return Measurement(1.0, method, n=0, evidence=(missing,))
        said = answers(context.hypothesis)
        evidence = (*self._gaps(said, context.hypothesis_path), *_afterthoughts(context))
        return Measurement(float(len(evidence)), method, n=len(said), evidence=evidence)

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """A missing or empty required section fails; a missing «What is new» warns."""
        return judge_by_severity(measurement)

    def _gaps(self, said: tuple[Answer, ...], path: str) -> Iterator[Evidence]:
        least = self.thresholds["minimum_words"]
        for answer in said:
            heading = answer.part.heading
            if answer.words < least and not _is_a_number(answer):
                state = _state(answer)
                optional = answer.part.key == "new"
                yield Evidence(
                    title=f"«{heading}» {state}",
                    why=f"the section «{heading}» {state}",
                    fix=f"write {answer.part.asks}, under the heading `## {heading}`",
                    severity=Severity.WARNING if optional else Severity.BLOCKING,
                    path=path,
                    line=answer.line,
                    value=float(answer.words),
                    threshold=least,
                )
            elif answer.part.key == "disproof":
                yield from self._undisprovable(answer, path)

    def _undisprovable(self, answer: Answer, path: str) -> Iterator[Evidence]:
        seen = observables(answer.text)
        least = self.thresholds["minimum_observables"]
        if len(seen) < least:
            yield Evidence(
                title="nothing observable would disprove it",
                why=f"«{_short(answer.text)}» names no metric, number or comparison",
                fix="name the metric, the comparison and the number that would disprove it, "
                "such as «a gain in MAE below 0.25 on validation»",
                severity=Severity.BLOCKING,
                path=path,
                line=answer.line,
                value=float(len(seen)),
                threshold=least,
            )


def _afterthoughts(context: ProcessContext) -> Iterator[Evidence]:
    if context.edited_after_run:
        yield Evidence(
            title="the hypothesis was edited after its run",
            why=f"HYPOTHESIS.md is not what it was when run {context.edited_after_run} started: "
            "what was expected may have been written with the result in view",
            fix="put back what stood there, or test the new text in an experiment of its own",
            severity=Severity.WARNING,
            path=context.hypothesis_path,
        )


def _is_a_number(answer: Answer) -> bool:
    return answer.part.key == "expected" and bool(answer.words and observables(answer.text))


def _state(answer: Answer) -> str:
    if not answer.line:
        return "is missing"
    return "says too little" if answer.words else "is empty or still the template's text"


def _short(text: str, limit: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
