"""Log metrics and predictions from a training script: one file, standard library only.

Inside a run that grd supervises this file is importable as `grd_log`, also where grd itself
is not installed. Anywhere else `log` and `predict` write nothing. A script that must also
run on a machine without this file starts with two lines in place of the import:

    try: from grd_log import log, predict
    except ImportError: log = predict = lambda *args, **named: False

Then, in the loop and after it:

    log(step, loss=loss, accuracy=accuracy)
    predict(ids, model.predict(x), part="validation", y_true=y, scores={"yes": p})

The file needs Python 3.8 or newer and depends on nothing else.
"""

from __future__ import annotations

import os
import sys
import time

try:  # json itself costs 8 ms in a fresh interpreter; its C escaper costs nothing
    from _json import encode_basestring_ascii as _quote
except ImportError:
    from json.encoder import encode_basestring_ascii as _quote

TYPE_CHECKING = False  # typing costs 5 ms to import, and only a type checker needs it
if TYPE_CHECKING:
    from typing import Any

__all__ = ["log", "predict", "save_requested"]

PARTS = ("train", "validation", "test")


def log(first: Any = None, /, step: Any = None, **metrics: Any) -> bool:
    """Append one step's metrics to the run's journal: one JSON line, one write, no thread.

    Call it as `log(step, loss=0.3)`, `log(loss=0.3)` (steps are then counted from 0) or
    `log({"val/loss": 0.3}, step=step)`. Values are anything `float()` takes, also 0-d arrays
    and tensors; NaN and infinities are kept. Each writing process has a file of its own, so
    workers that were forked may log too.

    Returns:
        True once the whole line is with the operating system; False outside a supervised run
        or when the disk refused it (said once on stderr; training goes on, and the next line
        that is accepted carries the number of lines lost).

    Raises:
        TypeError: a value is not a number, or `step` is not a whole number.
    """
    journal = _journal
    if journal.owner != os.getpid() and not journal.open():
        return False
    if type(first) is dict:
        metrics = {**first, **metrics} if metrics else first
    elif first is not None:
        if step is not None:
            raise TypeError("log: the step was given twice")
        step = first
    if step is None:
        step = journal.last_step + 1
    elif type(step) is not int:
        step = _whole(step)
    keys = journal.keys
    pieces = []
    for name, given in metrics.items():
        value = given if type(given) is float else _number(name, given)
        key = keys.get(name) or journal.remember(name)
        # x - x is 0 for every finite x, and NaN for NaN and the infinities
        pieces.append(key + (repr(value) if value - value == 0 else f'"{value!r}"'))
    journal.last_step = step
    return journal.write(
        f'{{"step":{step},"time":{time.time():.6f},"metrics":{{{",".join(pieces)}}}}}\n'
    )


def predict(
    ids: Any,
    y_pred: Any,
    *,
    part: str,
    y_true: Any = None,
    fold: Any = None,
    seed: Any = None,
    scores: Any = None,
    **strata: Any,
) -> bool:
    """Append rows to the run's prediction table, `$GRD_RUN_DIR/predictions.csv`.

    Args:
        ids: the study's id of each row.
        y_pred: one prediction a row, as long as `ids`.
        part: "train", "validation" or "test".
        y_true: the labels; never for part "test", whose labels are frozen.
        fold, seed: whole numbers; the seed defaults to the run's own.
        scores: class probabilities, as {label: one value a row}, as a table of one column a
            class, or as one value a row (the positive class); columns become `score_<label>`.
        strata: further columns, one value a row or one for all rows.

    All rows of a call are written or none. Floats are written with `repr`, without loss.

    Returns:
        True when the rows are in the file, False outside a supervised run.

    Raises:
        ValueError: labels for the test part, unequal lengths, an unknown part, or columns
            that the table's first rows did not have.
        OSError: the disk refused the rows; the table is as it was before.
    """
    if part not in PARTS:
        raise ValueError(f"predict: part is {part!r}; it must be one of {', '.join(PARTS)}")
    if part == "test" and y_true is not None:
        raise ValueError(
            "predict: y_true was given for part='test', whose labels are frozen until the "
            "evaluation reads them once; leave y_true out"
        )
    if seed is None:
        seed = os.environ.get("GRD_SEED", "")
    ids = _column(ids)
    rows = len(ids)
    columns: dict[str, Any] = {"id": ids, "part": part, "fold": fold, "seed": seed}
    columns["y_true"] = None if y_true is None else _column(y_true)
    columns["y_pred"] = _column(y_pred)
    columns.update(_score_columns(scores))
    for name, values in strata.items():
        is_one = isinstance(values, (str, bytes)) or not hasattr(values, "__len__")
        columns[name] = values if is_one else _column(values)
    filled: dict[str, list[Any]] = {}
    for name, values in columns.items():
        if isinstance(values, list):
            if len(values) != rows:
                raise ValueError(f"predict: {name} has {len(values)} rows, ids has {rows}")
            filled[name] = values
        else:
            filled[name] = [values] * rows
    folder = os.environ.get("GRD_RUN_DIR")
    if not folder:
        return False
    _append_rows(os.path.join(folder, "predictions.csv"), filled)  # noqa: PTH118
    return True


def save_requested() -> bool:
    """Whether grd has asked this run to save: its budget or a person is about to stop it.

    The request is the file `$GRD_RUN_DIR/save-requested`; SIGTERM follows, then SIGKILL.
    """
    folder = os.environ.get("GRD_RUN_DIR")
    return folder is not None and os.path.exists(folder + "/save-requested")  # noqa: PTH110


class _Journal:
    """One process's own journal file, and what is known about its last write."""

    __slots__ = ("complained", "fd", "keys", "last_step", "lost", "owner", "torn")

    def __init__(self) -> None:
        self.owner = 0  # the pid that opened the file; a forked child is another
        self.fd = -1
        self.torn = True  # the file may end in half a line
        self.lost = 0  # lines the disk refused since the last accepted one
        self.last_step = -1
        self.keys: dict[str, str] = {}
        self.complained = False

    def open(self) -> bool:
        """Open this process's file; False outside a supervised run or when it cannot be."""
        folder = os.environ.get("GRD_JOURNAL")
        if not folder:
            return False
        pid = os.getpid()
        path = f"{folder}/{pid}-{_start_of_process()}.jsonl"
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            self.complain(error.strerror)
            return False
        if self.owner:
            os.close(self.fd)
        self.owner, self.fd, self.torn, self.lost, self.last_step = pid, fd, True, 0, -1
        return True

    def write(self, line: str) -> bool:
        """One write for one line; a line that was cut short is closed before the next one."""
        if self.lost:
            line = f'{{"lost":{self.lost},{line[1:]}'
        data = ("\n" + line if self.torn else line).encode()
        try:
            written = os.write(self.fd, data)
        except OSError as error:
            self.lost += 1
            self.complain(error.strerror)
            return False
        if written != len(data):
            self.torn = True
            self.lost += 1
            self.complain("the disk is full")
            return False
        self.torn = False
        self.lost = 0
        return True

    def remember(self, name: Any) -> str:
        """The name as a JSON key, escaped once per process."""
        if not isinstance(name, str):
            raise TypeError(f"log: a metric's name must be text, not {type(name).__name__}")
        key = str(_quote(name)) + ":"
        self.keys[name] = key
        return key

    def complain(self, reason: str | None) -> None:
        if not self.complained:
            self.complained = True
            try:  # stderr may lie on the same full disk; training goes on all the same
                sys.stderr.write(
                    f"grd_log: a line was not written to the run's journal: {reason}\n"
                )
            except OSError:
                return


_journal = _Journal()


def _start_of_process() -> str:
    """The kernel's start time of this process in ticks: with the pid it never repeats."""
    try:
        with open("/proc/self/stat", "rb") as stream:  # noqa: PTH123
            return stream.read().rpartition(b")")[2].split()[19].decode()
    except OSError:
        return str(time.time_ns())


def _number(name: Any, value: Any) -> float:
    try:
        return float("not a number" if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(
            f"log: metric {name!r} is a {type(value).__name__}, not one number"
        ) from None


def _whole(step: Any) -> int:
    try:
        whole = int(step)
    except (TypeError, ValueError, OverflowError):
        whole = None
    if whole is None or isinstance(step, str) or whole != step:
        raise TypeError(f"log: step is {step!r}, not a whole number")
    return whole


def _column(values: Any) -> list[Any]:
    """A list of plain values; arrays, series and tensors know `tolist`, which keeps floats."""
    plain = values.tolist() if hasattr(values, "tolist") else list(values)
    if not isinstance(plain, list):
        raise ValueError("predict: one value was given where one a row is needed")  # noqa: TRY004
    if plain and isinstance(plain[0], (list, tuple)):
        raise ValueError("predict: a table was given where one value a row is needed")
    return plain


def _score_columns(scores: Any) -> dict[str, list[Any]]:
    if scores is None:
        return {}
    if hasattr(scores, "items"):
        return {f"score_{label}": _column(values) for label, values in scores.items()}
    table = scores.tolist() if hasattr(scores, "tolist") else list(scores)
    if table and isinstance(table[0], (list, tuple)):
        return {f"score_{k}": list(values) for k, values in enumerate(zip(*table))}  # noqa: B905
    return {"score_1": table}


def _append_rows(path: str, columns: dict[str, list[Any]]) -> None:
    """Write all rows behind an advisory lock, so that several processes may share the table."""
    import csv
    import fcntl
    import io

    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        size = _drop_half_row(fd)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if size == 0:
            header = list(columns)
            writer.writerow(header)
        else:
            header = next(csv.reader([_first_line(fd)]))
        unknown = [name for name in columns if name not in header]
        if unknown:
            raise ValueError(
                f"predict: column {unknown[0]!r} is not in {path}, whose columns are "
                f"{', '.join(header)}; give every call the same columns"
            )
        rows = len(columns["id"])
        writer.writerows(zip(*(columns.get(name) or [None] * rows for name in header)))  # noqa: B905
        data = memoryview(text.getvalue().encode())
        try:
            while data:
                data = data[os.write(fd, data) :]
        except OSError:
            os.ftruncate(fd, size)
            raise
    finally:
        os.close(fd)


def _drop_half_row(fd: int) -> int:
    """Cut a last line without its newline (its writer died); return the size that is left."""
    size = os.fstat(fd).st_size
    end = size
    while end:
        start = max(0, end - 65536)
        newline = os.pread(fd, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end != size:
        os.ftruncate(fd, end)
    return end


def _first_line(fd: int) -> str:
    head = b""
    while b"\n" not in head:
        head += os.pread(fd, 65536, len(head))
    return head.partition(b"\n")[0].decode()
