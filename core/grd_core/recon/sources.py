"""Declaring data: where it comes from, what its columns mean, and which bytes are meant."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grd_core.checks.data.reading.content import content_sha256, content_size
from grd_core.checks.data.reading.options import PLAIN, ReadOptions
from grd_core.checks.data.reading.places import seen_as
from grd_core.checks.data.tables import missing_column
from grd_core.errors import DataError, GrdError, RefusedError
from grd_core.identity import canonical_json
from grd_core.jobs import Progress, run_job, value_of
from grd_core.recon.records import FreezeRecord, SourceRecord, read_freeze, require_source
from grd_core.recon.roles import GENERATED_ID, TASKS, Roles

if TYPE_CHECKING:
    from grd_core.recon.provenance import ProvenanceFile
    from grd_core.study import Study

READ_LIMIT_S = 600.0
"""How long opening a declared file may take."""

NESTED_TYPES = r"(large_|fixed_size_)?(list|struct|map)|(dense|sparse)_union"
"""How Arrow's types begin whose values are lists or structures."""

NUMERIC_TYPES = r"(u?int|float|double|halffloat|decimal)"
"""How Arrow's numeric types begin."""


def declare(
    study: Study,
    path: Path,
    provenance: dict[str, Any],
    roles: Roles,
    *,
    name: str = "",
    options: ReadOptions = PLAIN,
    split_defaults: dict[str, Any] | None = None,
    on_progress: Progress | None = None,
) -> SourceRecord:
    """Declare data: one source row where its meaning is new, one version of its bytes.

    Declaring the same again writes nothing. A change of the file, its provenance or its
    roles makes a new data version, and earlier profiles and splits no longer count.

    Args:
        study: where it is recorded.
        path: a file in a format that `read_table` knows, or a folder of files.
        provenance: origin, collected_how, licence and unit_of_observation are required;
            collected_when and known_problems may be given.
        roles: what the columns mean.
        name: how the source is called; the file's stem where empty.
        options: what its bytes do not say: encoding, separator, or which rows of a database.
            They are part of its meaning: others make another source.
        split_defaults: what `grd data split` does unless it is told otherwise.
        on_progress: told how far the reading is.

    Raises:
        ConfigError: provenance is incomplete.
        UsageError: the format is not read, or an option does not fit it.
        DataError: the file is missing or cannot be read, or a role names no column.
        RefusedError: data is frozen already.
    """
    from grd_core.ledger.tables import DataVersion, Source
    from grd_core.recon.provenance import checked_provenance

    stated = checked_provenance(provenance).model_dump(mode="json")
    if split_defaults:
        stated["split"] = split_defaults
    _refuse_frozen(study)
    path = path.resolve()
    found = value_of(
        run_job(
            "grd_core.recon.inspection:inspect_job",
            {"path": str(path), "reading": options.as_json()},
            limit_s=READ_LIMIT_S,
            on_progress=on_progress,
        )
    )
    if found["reading"]:
        stated["reading"] = found["reading"]
    check_roles(roles, {column["name"]: column["type"] for column in found["columns"]}, path)
    source = {
        "name": name or path.stem,
        "path": study.relative(path),
        "format": found["format"],
        "provenance_json": canonical_json(stated),
        "roles_json": canonical_json(roles.as_json()),
    }
    known = _last_source(study)
    same_source = known is not None and all(known[key] == value for key, value in source.items())
    if known is not None and same_source and known["sha256"] == found["sha256"]:
        return require_source(study)
    with study.write("data declared") as tx:
        _refuse_freeze(read_freeze(tx))
        source_id = (
            known["id"] if known is not None and same_source else tx.insert(Source(**source))
        )
        tx.insert(
            DataVersion(
                source_id=source_id,
                sha256=found["sha256"],
                size_bytes=found["size_bytes"],
                rows=found["rows"],
                columns_json=canonical_json(found["columns"]),
            )
        )
    return require_source(study)


def declare_from_file(
    study: Study, provenance_path: Path, *, on_progress: Progress | None = None
) -> SourceRecord:
    """Declare the data file that a provenance.toml names, relative to itself.

    Raises:
        ConfigError: the provenance file is malformed; the line is named.
        DataError, RefusedError: as `declare`.
    """
    from grd_core.config import key_line
    from grd_core.recon.provenance import Provenance, load_provenance

    content = load_provenance(provenance_path)
    try:
        return declare(
            study,
            provenance_path.parent / content.source.file,
            content.source.model_dump(mode="json", include=set(Provenance.model_fields)),
            content.roles.roles(),
            name=content.source.name,
            options=content.source.options(),
            split_defaults=_split_defaults(content),
            on_progress=on_progress,
        )
    except RoleError as error:
        line = key_line(provenance_path.read_text(encoding="utf-8-sig"), error.keys)
        place = f"{provenance_path.name}:{line}" if line else provenance_path.name
        raise DataError(error.what, where=place, fix=error.fix) from error


class RoleError(DataError):
    """A role that does not fit the columns; `keys` says where it stands in provenance.toml."""

    def __init__(self, cause: GrdError, keys: list[str]) -> None:
        super().__init__(cause.what, where=cause.where, fix=cause.fix)
        self.keys = keys


def _check_task(roles: Roles, path: Path) -> None:
    if roles.task in TASKS:
        return
    near = difflib.get_close_matches(roles.task, TASKS, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    what = f"{roles.task!r} is no task" if roles.task else "no task is declared"
    fix = f"{hint}say one of {', '.join(TASKS)}"
    raise RoleError(DataError(what, where=str(path), fix=fix), ["roles", "task"])


def _check_target_type(roles: Roles, kind: str, path: Path) -> None:
    if kind == "null":
        what, fix = f"every `{roles.target}` is missing", "declare another target, or fill it"
        raise RoleError(DataError(what, where=str(path), fix=fix), ["roles", "target"])
    if roles.task == "regression" and not re.match(NUMERIC_TYPES, kind):
        what = f"the target `{roles.target}` holds {kind}, no numbers to regress on"
        fix = "declare task = binary or multiclass, or clean the column"
        raise RoleError(DataError(what, where=str(path), fix=fix), ["roles", "task"])


def check_roles(roles: Roles, columns: dict[str, str], path: Path) -> None:
    """Hold declared roles against the columns of a file, by name and type.

    Raises:
        RoleError: a column does not exist (the nearest is named), has two roles that
            exclude each other, or the time column cannot hold time.
    """
    names = tuple(columns)
    for keys, name in _named(roles):
        if name not in columns:
            raise RoleError(missing_column(name, names, where=str(path)), keys)
        if re.match(NESTED_TYPES, columns[name]) and name not in roles.excluded_columns:
            raise RoleError(_nested(name, columns[name], path), keys)

    def refuse(what: str, fix: str, *keys: str) -> None:
        raise RoleError(DataError(what, where=str(path), fix=fix), list(keys))

    _check_task(roles, path)
    if not roles.target:
        refuse("no target is declared", "name the column to predict", "roles", "target")
    for column in ("time", "id"):
        if getattr(roles, column) and getattr(roles, column) == roles.target:
            refuse(f"the target cannot be the {column} column too", "name another", "roles", column)
    if roles.target in roles.groups:
        refuse("the target cannot be a group too", "name another column", "roles", "groups")
    for kept in (roles.target, roles.id, roles.time, *roles.groups):
        if kept and kept in roles.excluded_columns:
            refuse(
                f"`{kept}` has a role and is excluded",
                "take it out of one of the two",
                "roles",
                "excluded",
                kept,
            )
    _check_target_type(roles, columns[roles.target], path)
    if roles.time and columns[roles.time] in {"bool", "binary"}:
        refuse(
            f"`{roles.time}` holds {columns[roles.time]}, not time",
            "name a column of dates, times or numbers",
            "roles",
            "time",
        )
    if not roles.id and GENERATED_ID in columns:
        refuse(
            f"the column `{GENERATED_ID}` has the name of the generated id",
            f'declare id = "{GENERATED_ID}", or rename it',
            "roles",
            "id",
        )
    if not roles.features(names):
        refuse("no feature is left", "exclude fewer columns", "roles")


def _nested(name: str, kind: str, path: Path) -> DataError:
    return DataError(
        f"`{name}` holds {kind[:60]}: each value is a table of its own",
        where=str(path),
        fix="give the role to a column of single values",
    )


def version_fault(study: Study) -> str:
    """In what way the source on disk is no longer the declared version; empty when it is.

    Reads all of it; the size alone settles most changes.

    Raises:
        RefusedError: nothing is declared.
    """
    source = require_source(study)
    try:
        if seen_as(source.path) == "nothing":
            return f"{source.label} is gone"
        size = content_size(source.path)
        if size != source.size_bytes:
            return f"{source.label} has {size:,} bytes where {source.size_bytes:,} were declared"
        if content_sha256(source.path) != source.sha256:
            return f"{source.label} holds other bytes than the declared ones"
    except DataError as error:
        return f"{source.label} is not as it was declared: {error.what}"
    return ""


def check_version(study: Study) -> SourceRecord:
    """The declared source, when the file on disk still is what was declared.

    Raises:
        RefusedError: nothing is declared, or the file changed.
    """
    source = require_source(study)
    fault = version_fault(study)
    if fault:
        raise RefusedError(
            fault,
            where=source.label,
            fix="restore the file, or declare it again with `grd data add`",
        )
    return source


def _named(roles: Roles) -> list[tuple[list[str], str]]:
    named = [
        (["roles", role], name)
        for role, name in (("target", roles.target), ("time", roles.time), ("id", roles.id))
        if name
    ]
    named += [(["roles", "groups"], name) for name in roles.groups]
    named += [(["roles", "excluded", name], name) for name, _ in roles.excluded]
    return named


def _split_defaults(content: ProvenanceFile) -> dict[str, Any] | None:
    return content.split.model_dump(mode="json", exclude_unset=True) if content.split else None


def _refuse_frozen(study: Study) -> None:
    with study.read() as ledger:
        _refuse_freeze(read_freeze(ledger))


def _refuse_freeze(freeze: FreezeRecord | None) -> None:
    if freeze is not None:
        raise RefusedError(
            f"the data was frozen on {freeze.at[:10]}",
            where="data/frozen",
            fix="what is declared stays as it is while it is frozen; `grd data unfreeze --reason …`"
            " takes the freeze back and marks every score so far",
        )


def _last_source(study: Study) -> dict[str, Any] | None:
    """The last source row with the sha256 of its newest version."""
    with study.read() as ledger:
        row = ledger.one(
            "SELECT s.*, v.sha256 FROM data_version v JOIN source s ON s.id = v.source_id"
            " ORDER BY v.id DESC LIMIT 1"
        )
    return dict(row) if row is not None else None
