"""D216: fitted parts that remember rows outside the training part."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, cast

from grd_core.checks.contract import (
    Cost,
    DataContext,
    Evidence,
    Group,
    Judgement,
    Kind,
    Measurement,
    NotApplicable,
    Severity,
    Status,
    Thresholds,
    judge_by_severity,
)
from grd_core.checks.data.fit_traces import TOLERANCE, Audit, Trace
from grd_core.checks.data.fitted_columns import RawColumns
from grd_core.checks.data.frames import Frames, frames_of
from grd_core.checks.data.saved_pipeline import read_pipeline

READ = ".skops"
PICKLES = (".pkl", ".pickle", ".joblib")


class FittedOnOtherRows:
    """A saved pipeline remembers rows that are not training rows.

    ## What it finds
    Fitted parts of saved pipelines that saw more than the training rows: more rows than train
    has; a mean, median, minimum or maximum that is the one of train and another part together;
    an encoder's category or a vectoriser's word that stands in no training row, but in another
    part.

    ## Why it matters
    What was fitted on rows a model is scored on carries something of them into training. The
    code may look right and still do so: a variable that was overwritten, a cell run twice, a
    pipeline saved by an earlier script. The fitted object cannot be mistaken about what it saw.

    ## How it is measured
    A .skops file is read as text and arrays; nothing in it is loaded, so no code of it runs. Each
    part in it (pipelines, column transformers and unions within each other, the best estimator
    of a search) is asked for the rows it saw and for its statistics. The columns it was given
    are followed through the parts before it by what these remember. A statistic speaks where
    train alone and train with another part differ; it is that of both when it lies within
    `tolerance = 0.001` of their difference, in more than half of such columns. Words are made of
    texts as the vectoriser says it does; categories and vocabularies given by hand are not
    looked at. Where more than `foreign_parts = 0` parts remember such rows it warns, and fails
    where labels went in with them: a target encoder that knows values of another part, a
    neighbours, Gaussian process or naive Bayes model that holds exactly the rows of train and
    test together.

    ## How to fix it
    Put every fitted step into one Pipeline, fit it on the training part alone, and save it
    again.

    ## When it is wrong
    Rows that were made up or repeated on purpose are told by their number too; so is a pipeline
    fitted again on train and validation after the choice was made. Functions and classes of
    one's own are not followed: what stands behind them is judged by its row count alone.

    ## Reference
    Kaufman et al. 2012, *Leakage in Data Mining*, ACM TKDD 6(4). Kapoor & Narayanan 2023,
    *Leakage and the reproducibility crisis in machine-learning-based science*, Patterns 4(9),
    type L1.2.
    """

    code: ClassVar[str] = "D216"
    title: ClassVar[str] = "A fitted part saw rows outside train"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = (
        "doi:10.1145/2382577.2382579",
        "doi:10.1016/j.patter.2023.100804",
    )
    family: ClassVar[str] = "preprocessing"
    thresholds: ClassVar[Thresholds] = {"tolerance": TOLERANCE, "foreign_parts": 0.0}

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Ask every saved pipeline what it saw.

        Raises:
            DataError: a table or a .skops file cannot be read.
        """
        context = cast(DataContext, context)
        if not context.pipelines:
            return NotApplicable(
                "no saved pipeline: `skops.io.dump(pipeline, path)` to a .skops file saves one"
            )
        readable = [path for path in context.pipelines if path.endswith(READ)]
        notes = tuple(_unread(path) for path in context.pipelines if path not in readable)
        if not readable:
            return NotApplicable("; ".join(notes))
        frames = frames_of(context)
        if isinstance(frames, NotApplicable):
            return frames
        audited, found = 0, []
        raw = RawColumns(frames)
        for path in readable:
            audit = Audit(raw)
            audit.walk(read_pipeline(Path(path)), None, Path(path).name)
            audited += audit.audited
            found += [(path, trace) for trace in audit.traces]
            if not audit.audited:
                notes += (f"{Path(path).name}: nothing in it keeps what it was fitted on",)
        if not audited:
            return NotApplicable("; ".join(notes))
        return Measurement(
            value=float(len({(path, trace.where) for path, trace in found})),
            method=(
                f"what {audited} fitted parts of {len(readable)} saved pipelines remember, against"
                f" {_sizes(frames)}"
            ),
            n=audited,
            evidence=tuple(self._evidence(path, trace) for path, trace in found),
            notes=notes,
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """By the severity of what was found, where more parts saw such rows than may."""
        if (measurement.value or 0.0) <= thresholds["foreign_parts"]:
            return Status.PASSED
        return judge_by_severity(measurement)

    def _evidence(self, path: str, trace: Trace) -> Evidence:
        return Evidence(
            title=self.title,
            why=f"{trace.where} {trace.what}: {trace.rows}",
            fix="fit the whole pipeline on the training part alone, and save it again",
            severity=Severity.BLOCKING if trace.with_labels else Severity.WARNING,
            path=path,
            value=1.0,
            threshold=self.thresholds["foreign_parts"],
        )


def _unread(path: str) -> str:
    name = Path(path).name
    if Path(path).suffix in PICKLES:
        return (
            f"{name} is a pickle: opening one runs the code in it, so it is not opened; save the"
            ' pipeline with `skops.io.dump(pipeline, "pipeline.skops")`'
        )
    return f"{name} is no .skops file"


def _sizes(frames: Frames) -> str:
    sizes = {"train": len(frames.train), "test": len(frames.test)}
    if frames.held_name == "validation" and frames.held is not None:
        sizes["validation"] = len(frames.held)
    return ", ".join(f"{count:,} {part} rows" for part, count in sizes.items())
