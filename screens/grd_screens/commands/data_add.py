"""The command `data add`: a file, where it comes from, and what its columns mean."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_screens.commands.command import Given, Outcome
from grd_screens.desk import Progress
from grd_screens.forms.form import Completions, Field, FieldKind, Form, Values, required

if TYPE_CHECKING:
    from grd_core.recon.data_files import DataFile
    from grd_core.recon.records import SourceRecord
    from grd_core.study import Study

PAGE = 1
PROVENANCE = "provenance.toml"
_STATED = ("origin", "collected_how", "licence", "unit_of_observation")
_SINGLE = ("target", "time", "id")
_EITHER = "a data file or a folder, or a provenance.toml that says all of this"
_ROOM = 100
"""Letters of features' names that are shown."""


def add_form(study: Study, given: Given) -> Form:
    """Prefilled with what is declared; a provenance.toml answers everything by itself.

    Raises:
        RefusedError: the data is frozen.
    """
    from grd_core.errors import RefusedError
    from grd_core.recon.data_files import data_files
    from grd_core.recon.records import current_freeze, current_source
    from grd_core.recon.roles import TASKS

    frozen = current_freeze(study)
    if frozen is not None:
        raise RefusedError(
            f"the data was frozen on {frozen.at[:10]}",
            where="data/frozen",
            fix="what is declared stays as it is; start a study for other data",
        )
    files = data_files(study)
    columns = {file.path: file.columns for file in files}
    known = _known(study, current_source(study), files)

    def names(values: Values) -> tuple[str, ...]:
        """The columns of the file that is named, of all files where it is none of them."""
        every = dict.fromkeys(name for file in files for name in file.columns)
        return columns.get(values["file"].strip()) or tuple(every)

    def stated(
        name: str,
        label: str,
        hint: str,
        kind: FieldKind = "line",
        completions: Completions = (),
    ) -> Field:
        value = known.get(name, "")
        return Field(name, label, kind, value, hint, completions=completions, shown=_by_hand)

    paths = tuple(file.path for file in files)
    if (study.root / PROVENANCE).is_file():
        paths = (PROVENANCE, *paths)
    return Form(
        "Declare the data",
        intro=(
            "Nothing can be split before this. A name that goes on in grey is completed by the"
            " right arrow.",
        ),
        fields=(
            Field("file", "file", value=known.get("file", ""), hint=_EITHER, completions=paths),
            stated("origin", "origin", "an address, a package, an instrument"),
            stated("collected_how", "collected how", "how it came to be"),
            stated("collected_when", "when", "may stay empty"),
            stated("licence", "licence", "under which it may be used"),
            stated("unit_of_observation", "one row is", "the unit of observation"),
            Field("task", "task", "choice", known.get("task", ""), choices=TASKS, shown=_by_hand),
            stated("target", "target", "the column to predict", completions=names),
            stated(
                "time", "time", "the column by which rows come one after another", "line", names
            ),
            stated(
                "groups", "groups", "columns, separated by commas; may be empty", "names", names
            ),
            stated("id", "id", "may stay empty: one is made then", completions=names),
            stated(
                "excluded",
                "excluded",
                "one a line: column = why no model may read it",
                "text",
                names,
            ),
            stated(
                "known_problems", "problems", "known to be wrong, one a line; may be empty", "text"
            ),
            Field(
                "reading",
                "read with",
                "text",
                known.get("reading", ""),
                "may stay empty; one a line: encoding, separator, query or table = what",
                shown=_takes_options,
            ),
        ),
        problems=lambda values: problems(values, columns),
        consequence=lambda values: consequence(values, columns),
        confirm="Declare",
    )


def problems(values: Values, columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What is not right yet; names are held against the file's columns where these are known."""
    file = values["file"].strip()
    if not file:
        return {"file": "needed"}
    if not _by_hand(values):
        return {}
    found = required(values, *_STATED, "task", "target")
    found |= _reading_problems(values)
    names = columns.get(file, ())
    for role in _SINGLE:
        said = _unknown(values[role].strip(), names)
        if said:
            found[role] = said
    for name in _listed(values["groups"]):
        if _unknown(name, names):
            found["groups"] = _unknown(name, names)
    for line in values["excluded"].splitlines():
        name, sign, why = line.partition("=")
        if line.strip() and _unknown(name.strip(), names):
            found.setdefault("excluded", _unknown(name.strip(), names))
        elif line.strip() and not (sign and why.strip()):
            sentence = f"`{line.strip()}` has no reason: write column = why"
            found.setdefault("excluded", sentence)
    return _contradictions(values) | found


def _contradictions(values: Values) -> dict[str, str]:
    """Columns with two roles that exclude each other."""
    target, groups = values["target"].strip(), _listed(values["groups"])
    found = {
        role: f"{target} is the target"
        for role in ("time", "id")
        if target and values[role].strip() == target
    }
    if target in groups:
        found["groups"] = f"{target} is the target"
    for name in _pairs(values["excluded"]):
        role = next((role for role in _SINGLE if values[role].strip() == name), "")
        if role or name in groups:
            found["excluded"] = (
                f"{name} is {'the ' + role if role else 'a group'}: no model reads it"
            )
    return found


def consequence(values: Values, columns: Mapping[str, tuple[str, ...]]) -> str:
    """What will be recorded, in two lines of a narrow screen at most."""
    file = values["file"].strip()
    if not _by_hand(values):
        return f"{file} says what the file is and what its columns mean"
    names = columns.get(file)
    if not names:
        return "its columns are read when it is declared" if file else ""
    taken = {values["target"].strip(), values["id"].strip(), *_pairs(values["excluded"])}
    features = [name for name in names if name not in taken]
    shown, room = [], _ROOM
    for name in features:
        room -= len(name) + 2
        if room < 0:
            break
        shown.append(name)
    more = f" and {len(features) - len(shown)} more" if len(shown) < len(features) else ""
    return f"{len(features)} of {len(names)} columns are features: {', '.join(shown)}{more}"


def add(study: Study, values: Values, progress: Progress) -> Outcome:
    """Declare it: by its provenance file, or by what was filled in."""
    from grd_core.checks.data.reading.options import options_from_json
    from grd_core.recon.roles import roles_from_json
    from grd_core.recon.sources import declare, declare_from_file

    path = study.root / values["file"].strip()
    if not _by_hand(values):
        source = declare_from_file(study, path, on_progress=progress)
    else:
        said = {name: values[name].strip() for name in (*_STATED, "collected_when")}
        wrong = [line.strip() for line in values["known_problems"].splitlines() if line.strip()]
        roles: dict[str, Any] = {
            "task": values["task"],
            "target": values["target"].strip(),
            "time": values["time"].strip(),
            "groups": _listed(values["groups"]),
            "id": values["id"].strip(),
            "excluded": _pairs(values["excluded"]),
        }
        source = declare(
            study,
            path,
            {**said, "known_problems": wrong},
            roles_from_json(roles),
            options=options_from_json(
                _pairs(values["reading"]) if _takes_options(values) else None
            ),
            on_progress=progress,
        )
    size = f"{source.rows:,} rows, {len(source.columns)} columns"
    return Outcome(f"{source.label} is declared: {size}; p profiles it", page=PAGE)


def _known(
    study: Study, source: SourceRecord | None, files: tuple[DataFile, ...]
) -> dict[str, str]:
    """What the form begins with."""
    if source is None:
        if (study.root / PROVENANCE).is_file():
            return {"file": PROVENANCE}
        return {"file": files[0].path} if len(files) == 1 else {}
    roles, stated = source.roles, source.provenance
    said = {name: str(stated.get(name, "")) for name in (*_STATED, "collected_when")}
    has_file = (study.root / PROVENANCE).is_file()
    return said | {
        "file": PROVENANCE if has_file else source.label,
        "known_problems": "\n".join(stated.get("known_problems", ())),
        "reading": "\n".join(f"{name} = {value}" for name, value in source.reading.items()),
        "task": roles.task,
        "target": roles.target,
        "time": roles.time,
        "groups": ", ".join(roles.groups),
        "id": roles.id,
        "excluded": "\n".join(f"{name} = {why}" for name, why in roles.excluded),
    }


def _by_hand(values: Values) -> bool:
    """Whether the rest is filled in here, and not said by a provenance file."""
    return not values["file"].strip().endswith(".toml")


def _takes_options(values: Values) -> bool:
    """Whether the file has a format of which something can be said."""
    return bool(_options_of(values["file"]))


def _options_of(file: str) -> tuple[str, ...]:
    from grd_core.checks.data.reading.formats import claimed_format
    from grd_core.checks.data.reading.options import meant_for

    return meant_for(claimed_format(Path(file.strip())))


def _reading_problems(values: Values) -> dict[str, str]:
    """An option that the format does not have, or that says nothing."""
    meant = _options_of(values["file"])
    for name, what in _pairs(values["reading"]).items() if meant else ():
        if name not in meant:
            return {"reading": f"{name}: of this format {', '.join(meant)} can be said"}
        if not what:
            return {"reading": f"write {name} = what it is"}
    return {}


def _unknown(name: str, names: tuple[str, ...]) -> str:
    """Why a column's name is not right; nothing where the columns are not known."""
    if not name or not names or name in names:
        return ""
    begun = [known for known in names if known.casefold().startswith(name.casefold())]
    near = begun or difflib.get_close_matches(name, names, n=1)
    return f"no column {name}" + (f": {near[0]}?" if near else "")


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _pairs(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): why.strip() for name, _, why in pairs}
