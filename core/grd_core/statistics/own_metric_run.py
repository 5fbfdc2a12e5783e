"""Computing a metric of one's own: only a worker imports this, for it runs a person's code.

The modules that were hashed are run from the hashed bytes themselves: a file that changes
between the two is not read again.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import math
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grd_core.errors import DataError, RefusedError
from grd_core.statistics.metrics_entry import Metric, Own
from grd_core.statistics.observed import Codes, Floats, Labels, Numbers, Observed
from grd_core.statistics.own_metric import OwnSource, pinned_bytes
from grd_core.statistics.own_metric_source import WEIGHTS

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class OwnForm:
    """A function of (n,) truths and n predictions, called anew for every resample.

    Rows are repeated as often as they were drawn, or weighed where the function takes
    weights. Where it raises or gives no finite number, it is undefined.
    """

    function: Function
    truth: NDArray[Any]
    said: NDArray[Any]
    weighted: bool

    def value(self, weights: ArrayLike | None = None) -> float:
        """See `Form`; weights of a function that takes none are whole numbers."""
        counts = np.ones(len(self.truth)) if weights is None else np.asarray(weights, np.float64)
        return self._undefined_or(counts)

    def grouped(self, units: Codes, count: int) -> Callable[[Floats], Floats]:
        """See `Form`."""
        return lambda counts: np.array([self._undefined_or(one[units]) for one in counts])

    def called(self, counts: Floats) -> Any:
        """What the function says of these rows; whatever it raises is raised."""
        if self.weighted:
            held = counts > 0
            return self.function(self.truth[held], self.said[held], **{WEIGHTS: counts[held]})
        rows = np.repeat(np.arange(len(counts)), np.rint(counts).astype(np.intp))
        return self.function(self.truth[rows], self.said[rows])

    def _undefined_or(self, counts: Floats) -> float:
        try:
            with np.errstate(all="ignore"):
                found = float(self.called(counts))
        except Exception:  # noqa: BLE001  a person's code may raise anything: undefined here
            return math.nan
        return found if math.isfinite(found) else math.nan


def own_form(metric: Metric, own: Own, observed: Observed) -> OwnForm:
    """A metric of one's own over these rows.

    Raises:
        RefusedError: its source is not the recorded one.
        DataError: it cannot be imported, or the predictions lack what it needs.
    """
    truth, said = _arguments(metric, observed)
    return OwnForm(function_of(own.source, own.root), truth, said, own.source.weighted)


def tried(metric: Metric, observed: Observed) -> float:
    """The metric's value on rows that are no result, with every fault said in a sentence.

    Raises:
        RefusedError: its source is not the recorded one.
        DataError: it raises, gives no finite number in its declared range, or gives another one
            the second time.
        TypeError: it is a metric of the catalogue.
    """
    own = metric.own
    if own is None:
        raise TypeError(f"{metric.name} is a metric of the catalogue")
    form = own_form(metric, own, observed)
    counts = np.ones(len(form.truth))
    try:
        first, second = (float(form.called(counts)) for _ in range(2))
    except Exception as error:
        raise _raised(metric.name, own, error) from error
    where = own.source.files[0][0]
    if not math.isfinite(first):
        raise DataError(
            f"{metric.name} gives {first:g} for ordinary rows",
            where=where,
            fix="let it return one finite number",
        )
    if first != second:
        raise DataError(
            f"{metric.name} gives {first:.6g} and then {second:.6g} for the same rows",
            where=where,
            fix="take chance out of it: what judges must say the same twice",
        )
    if not metric.low <= first <= metric.high:
        raise DataError(
            f"{metric.name} gives {first:.6g}, outside its declared range"
            f" {metric.low:g} to {metric.high:g}",
            where=where,
            fix="correct `low` and `high` in OBJECTIVE.md, or the function",
        )
    return first


@cache
def function_of(source: OwnSource, root: str) -> Function:
    """The function, imported from its recorded bytes.

    Raises:
        RefusedError: a file is not the recorded one.
        DataError: importing it fails.
    """
    read = pinned_bytes(source, Path(root))
    if read is None:
        raise RefusedError(
            f"the source of {source.name} is not the one that is locked",
            where=source.files[0][0],
            fix="put the locked file back, or `grd objective amend --reason …`",
        )
    module, _, name = source.name.partition(":")
    if not source.installed:
        _pin(read, Path(root))
    try:
        function: Function = getattr(importlib.import_module(module), name)
    except Exception as error:
        raise _raised(source.name, Own(source, root), error) from error
    return function


def _pin(files: dict[str, bytes], root: Path) -> None:
    """Let these modules be imported from these bytes, and from nothing else."""
    modules: dict[str, tuple[bytes, Path, bool]] = {}
    for relative, raw in files.items():
        parts = relative.removesuffix(".py").split("/")
        package = parts[-1] == "__init__"
        for end in range(1, len(parts)):
            modules.setdefault(".".join(parts[:end]), (b"", root, True))
        modules[".".join(parts[:-1] if package else parts)] = (raw, root / relative, package)
    for name in modules:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Pinned(modules))


class _Pinned(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules it was given, and runs the bytes it was given."""

    def __init__(self, modules: dict[str, tuple[bytes, Path, bool]]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See `MetaPathFinder`."""
        del path, target
        if fullname not in self._modules:
            return None
        _, file, package = self._modules[fullname]
        return importlib.util.spec_from_loader(fullname, self, origin=str(file), is_package=package)

    def exec_module(self, module: ModuleType) -> None:
        """See `Loader`."""
        raw, file, _ = self._modules[module.__name__]
        module.__file__ = str(file)
        exec(compile(raw, str(file), "exec"), module.__dict__)  # noqa: S102  the hashed bytes


def _arguments(metric: Metric, observed: Observed) -> tuple[NDArray[Any], NDArray[Any]]:
    """What is true and what was predicted, as the metric declares to need it."""
    if isinstance(observed, Numbers):
        return observed.truth, observed.said
    from grd_core.statistics.forms_of_labels import said_of
    from grd_core.statistics.forms_of_scores import scores_of

    classes = np.asarray(observed.classes)
    truth = classes[observed.truth]
    if metric.needs == "labels":
        return truth, classes[said_of(observed)]
    scores = scores_of(observed)
    return truth, scores[:, -1] if len(observed.classes) == 2 else scores


def _raised(name: str, own: Own, error: Exception) -> DataError:
    """What a person's code raised, with the last line of it that was reached."""
    paths = {str(Path(own.root) / path) for path, _ in own.source.files}
    lines = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename in paths
    ]
    said = " ".join(str(error).split())[:200]
    return DataError(
        f"{name} raised {type(error).__name__}" + (f": {said}" if said else ""),
        where=lines[-1] if lines else own.source.files[0][0],
        fix="correct the function, then `grd objective check`",
    )


def example_of(task: str, rows: int) -> Observed:
    """Ordinary rows of a task that are no result, to try a function on. Seeded."""
    generator = np.random.default_rng(20)
    if task == "regression":
        truth = generator.uniform(1.0, 9.0, rows)
        return Numbers(truth, truth * generator.uniform(0.8, 1.2, rows))
    classes = 2 if task == "binary" else 3
    truth_of = np.arange(rows) % classes
    scores = generator.dirichlet(np.ones(classes), rows) + np.eye(classes)[truth_of]
    scores /= scores.sum(axis=1, keepdims=True)
    return Labels(truth_of, scores.argmax(axis=1), scores, tuple(range(classes)))
