"""`grd data add`: declare where data comes from and what its columns mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grd_tui.cli.output import current_study, json_option, note, print_json, progress_line, say

if TYPE_CHECKING:
    from grd_core.errors import UsageError
    from grd_core.study import Study


@click.command("add")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--from",
    "provenance",
    type=click.Path(path_type=Path),
    help="A provenance.toml with everything below, and the roles of the columns.",
)
@click.option("--origin", default="", help="Where the data comes from.")
@click.option("--encoding", default="", metavar="NAME", help="Of a text file, such as cp1252.")
@click.option("--separator", default="", metavar="CHAR", help="Of a CSV: a character, or tab.")
@click.option("--table", default="", metavar="NAME", help="Of a SQLite file.")
@click.option("--query", default="", metavar="SELECT", help="Of a SQLite file, with ORDER BY.")
@click.option("--collected-how", default="", help="How it was collected.")
@click.option("--collected-when", default="", help="When it was collected.")
@click.option("--licence", default="", help="Under which licence.")
@click.option("--unit", "unit_of_observation", default="", help="What one row is.")
@click.option("--known-problems", default="", help="What is known to be wrong with it.")
@click.option("--task", default="", help="regression, binary or multiclass.")
@click.option("--target", default="", metavar="COL")
@click.option("--time", default="", metavar="COL")
@click.option("--group", "groups", multiple=True, metavar="COL")
@click.option("--id", "id_column", default="", metavar="COL")
@click.option(
    "--exclude", multiple=True, metavar="COL=WHY", help="A column not known when predicting."
)
@click.option(
    "--draft", is_flag=True, help="Write a provenance.toml that asks for all this; declare nothing."
)
@json_option
def add(
    file: Path | None,
    provenance: Path | None,
    as_json: bool,
    exclude: tuple[str, ...],
    draft: bool,
    **said: Any,
) -> None:
    """Declare a file or a folder: where it comes from and what its columns mean.

    CSV, TSV and JSON lines (.gz too), Parquet, Feather, SQLite, NumPy; a folder becomes a
    table of its files. Nothing can be split before this. Declaring a changed file makes a
    new data version.
    """
    from grd_core.checks.data.reading.folder_manifest import hidden_below
    from grd_core.checks.data.reading.options import ReadOptions
    from grd_core.recon.provenance_draft import require_said
    from grd_core.recon.roles import roles_from_json
    from grd_core.recon.sources import declare, declare_from_file

    study = current_study()
    if file is not None and file.suffix == ".toml" and provenance is None:
        file, provenance = None, file
    if draft:
        _draft(study, file, as_json)
        return
    if provenance is not None and file is None:
        source = declare_from_file(study, provenance, on_progress=progress_line())
    elif file is not None and provenance is None:
        require_said(said, where=str(file))
        roles = {
            "task": said.pop("task"),
            "target": said.pop("target"),
            "time": said.pop("time"),
            "groups": list(said.pop("groups")),
            "id": said.pop("id_column"),
            "excluded": _excluded(exclude),
        }
        options = ReadOptions(
            **{name: said.pop(name) for name in ("encoding", "separator", "query", "table")}
        )
        source = declare(
            study,
            file,
            _stated(said),
            roles_from_json(roles),
            options=options,
            on_progress=progress_line(),
        )
    else:
        raise _not_one(study, file, said)
    hidden = hidden_below(source.path) if source.format == "folder" else 0
    if hidden:
        note(f"{hidden:,} hidden files or folders of {source.label} are left out")
    if as_json:
        print_json(source)
        return
    say(f"{source.label}  {source.rows:,} rows × {len(source.columns)} columns")
    say(f"sha256 {source.sha256}")
    say("next: `grd data profile`")


def _draft(study: Study, file: Path | None, as_json: bool) -> None:
    from grd_core.errors import UsageError
    from grd_core.recon.provenance_draft import write_draft

    if file is None:
        raise UsageError("--draft of which file?", fix="`grd data add FILE --draft`")
    written = write_draft(study, file, on_progress=progress_line())
    if as_json:
        print_json({"draft": study.relative(written)})
        return
    say(f"{study.relative(written)} has the columns of {file.name} and asks what they mean")
    say(f"next: answer in it, then `grd data add {study.relative(written)}`")


def _not_one(study: Study, file: Path | None, said: dict[str, Any]) -> UsageError:
    """Why nothing can be declared where not one of a file and --from is named; all that is
    missing in one sentence."""
    from grd_core.errors import UsageError
    from grd_core.recon.provenance_draft import DRAFT_FILE, not_said

    if file is not None:
        return UsageError(f"{file} and --from are both named", fix="name one of the two")
    if (study.root / DRAFT_FILE).is_file():
        return UsageError("no file is named", fix=f"`grd data add {DRAFT_FILE}` declares by that")
    missing = ", ".join(("FILE", *not_said(said)))
    fix = f"`grd data add FILE --draft` writes a {DRAFT_FILE} that asks for them"
    return UsageError(f"nothing can be declared without {missing}", fix=fix)


def _stated(said: dict[str, Any]) -> dict[str, Any]:
    """What was said; an option left out says nothing, so that what is required is asked for."""
    problems = said.pop("known_problems")
    return {**said, "known_problems": [problems] if problems else []}


def _excluded(options: tuple[str, ...]) -> dict[str, str]:
    from grd_core.errors import UsageError

    excluded = {}
    for option in options:
        column, sign, why = option.partition("=")
        if not sign or not why.strip():
            raise UsageError(f"--exclude {option!r} has no reason", fix="write COL=WHY")
        excluded[column.strip()] = why.strip()
    return excluded
