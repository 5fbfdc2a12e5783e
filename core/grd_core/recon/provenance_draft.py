"""A provenance.toml to fill in: the columns of a file as they are, and what must be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.errors import RefusedError, UsageError
from grd_core.jobs import Progress, run_job, value_of
from grd_core.recon.sources import READ_LIMIT_S

if TYPE_CHECKING:
    from grd_core.study import Study

DRAFT_FILE = "provenance.toml"

REQUIRED = ("origin", "collected_how", "licence", "unit_of_observation", "task", "target")
"""What no declaration can do without, beside the file."""

_SOURCE = (
    ("Where does it come from: an address, a package, an instrument?", 'origin = ""'),
    ("How was it collected?", 'collected_how = ""'),
    ("When? This may stay empty.", 'collected_when = ""'),
    ("Under which licence may it be used?", 'licence = ""'),
    ("What is one row?", 'unit_of_observation = ""'),
    ("What is known to be wrong with it? Sentences, or nothing.", "known_problems = []"),
)
_ROLES = (
    ("regression, binary or multiclass?", 'task = ""'),
    ("Which column is to be predicted?", 'target = ""'),
    ("By which column do rows come one after another? Empty: by none.", 'time = ""'),
    ("Rows with equal values of which columns belong together, such as patients?", "groups = []"),
    ("Which column names a row? Empty: one is made.", 'id = ""'),
)


def not_said(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The options of the shell for what is required and empty."""
    return tuple(_option(name) for name in REQUIRED if not str(said.get(name) or "").strip())


def require_said(said: Mapping[str, Any], *, where: str) -> None:
    """Refuse a declaration in which something required is empty, all of it in one sentence.

    Args:
        said: what was said, by the names of REQUIRED.
        where: the file.

    Raises:
        UsageError: something is missing.
    """
    missing = not_said(said)
    if missing:
        raise UsageError(
            f"nothing can be declared without {', '.join(missing)}",
            where=where,
            fix=f"say so, or let `grd data add {where} --draft` write a {DRAFT_FILE} that asks",
        )


def write_draft(study: Study, path: Path, *, on_progress: Progress | None = None) -> Path:
    """Write provenance.toml with the columns of a file and the questions; never over another.

    Raises:
        UsageError: the format is not read.
        DataError: the file is missing or cannot be read.
        RefusedError: there is a provenance.toml.
    """
    into = study.root / DRAFT_FILE
    if into.exists():
        raise _taken(into)
    path = path.resolve()
    found = value_of(
        run_job(
            "grd_core.recon.inspection:inspect_job",
            {"path": str(path), "reading": {}},
            limit_s=READ_LIMIT_S,
            on_progress=on_progress,
        )
    )
    columns = {column["name"]: column["type"] for column in found["columns"]}
    content = draft(study.relative(path), found["rows"], columns)
    try:
        # Another process may have written one meanwhile.
        with into.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
    except FileExistsError as error:
        raise _taken(into) from error
    return into


def draft(file: str, rows: int, columns: Mapping[str, str]) -> str:
    """The text of a provenance.toml for this file, its answers empty."""
    width = max((len(quoted(name)) for name in columns), default=0)
    return "\n".join(
        [
            f"# {rows:,} rows, {len(columns)} columns. `grd data add {DRAFT_FILE}` declares them;"
            " what must be",
            "# said and is not, it names.",
            "",
            "[source]",
            f"file = {quoted(file)}",
            *(line for question, answer in _SOURCE for line in (f"# {question}", answer)),
            "",
            "[roles]",
            *(line for question, answer in _ROLES for line in (f"# {question}", answer)),
            "",
            "# Which columns must no model read, above all those known only after the event? Take",
            "# the sign away from these lines, and say why.",
            "[roles.excluded]",
            *(f'# {quoted(name):<{width}} = ""  # {kind}' for name, kind in columns.items()),
            "",
        ]
    )


def quoted(text: str) -> str:
    """A TOML string of one line; what cannot be seen is escaped."""
    return '"' + "".join(map(_seen, text)) + '"'


def _seen(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08X}"


def _option(name: str) -> str:
    return {"unit_of_observation": "--unit"}.get(name, f"--{name.replace('_', '-')}")


def _taken(path: Path) -> RefusedError:
    return RefusedError(
        f"there is a {path.name}, and it stays",
        where=str(path),
        fix="fill that one in, or move it away first",
    )
