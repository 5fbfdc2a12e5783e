"""D215: frozen data that is not what was frozen."""

from __future__ import annotations

from collections.abc import Mapping
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
)
from grd_core.identity import sha256_file


class FrozenDataChanged:
    """A frozen file is gone or holds other bytes than were frozen.

    ## What it finds
    A frozen file that is gone, or whose bytes are not those that were frozen.

    ## Why it matters
    Every score rests on the frozen parts. When they change after the freeze, results before
    and after are not about the same data, and nobody can tell which rows were predicted.

    ## How it is measured
    The sha256 of each file's bytes is compared with the one recorded at the freeze. The
    value is the number of files that differ or are missing; it may not exceed
    `changed_files = 0`. Write protection is a courtesy, the hash is the guard.

    ## How to fix it
    Put the frozen files back from a copy. If the data has to change, that is a new study or
    a recorded unfreeze, never an edit in place.

    ## When it is wrong
    It does not err on bytes. A file rewritten with equal rows but other bytes, for instance
    by another Parquet writer, counts as changed, since equality of rows is not what was
    recorded.

    ## Reference
    FIPS 180-4, Secure Hash Standard.
    """

    code: ClassVar[str] = "D215"
    title: ClassVar[str] = "Frozen data changed"
    group: ClassVar[Group] = Group.DATA
    kind: ClassVar[Kind] = Kind.VALIDITY
    severity: ClassVar[Severity] = Severity.BLOCKING
    cost: ClassVar[Cost] = "fast"
    since: ClassVar[str] = "0.1"
    references: ClassVar[tuple[str, ...]] = ("https://doi.org/10.6028/NIST.FIPS.180-4",)
    family: ClassVar[str] = "integrity"
    thresholds: ClassVar[Mapping[str, float]] = {"changed_files": 0}

    def measure(self, context: Any) -> Measurement | NotApplicable:
        """Hash each frozen file and compare."""
        context = cast(DataContext, context)
        if not context.frozen:
            return NotApplicable("nothing is frozen")
        evidence = []
        for file in context.frozen:
            path = Path(file.path)
            found = sha256_file(path) if path.is_file() else ""
            if found == file.sha256:
                continue
            evidence.append(
                Evidence(
                    title=f"{path.name} is not what was frozen",
                    why=(
                        f"{path.name} has sha256 {found[:12]}… where {file.sha256[:12]}… was frozen"
                        if found
                        else f"{path.name} is gone"
                    ),
                    fix="put the frozen file back from a copy; new data needs a new freeze",
                    severity=Severity.BLOCKING,
                    path=file.path,
                    value=1.0,
                    threshold=self.thresholds["changed_files"],
                    family=self.family,
                )
            )
        return Measurement(
            value=float(len(evidence)),
            method="sha256 of bytes against the ledger",
            n=len(context.frozen),
            evidence=tuple(evidence),
        )

    def judge(self, measurement: Measurement, thresholds: Thresholds) -> Judgement:
        """Failed when more files changed than may."""
        changed = measurement.value or 0.0
        return Status.FAILED if changed > thresholds["changed_files"] else Status.PASSED
