"""The command `diff`: any two runs held against each other, as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, OpenDocument, Outcome
from grd_screens.commands.runs import PAGE
from grd_screens.critic.documents import Document, Verbatim
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required
from grd_screens.printable import printable

if TYPE_CHECKING:
    from grd_core.runs.run_difference import Change, FileChange, RunDifference
    from grd_core.study import Study

DIFFERENT, EVERYTHING = "what differs", "everything"

_SIGNS = {"same": "=", "changed": "~", "added": "+", "removed": "-"}


def _form(study: Study, given: Given) -> Form:
    """Asks which two, unless it is known.

    Raises:
        RefusedError: there are no two runs.
    """
    from grd_core.errors import RefusedError
    from grd_core.runs.watching import runs_of_interest

    if given.get("run"):
        return Form("Compare runs")
    runs = [one.run for one in runs_of_interest(study)]
    if len(runs) < 2:
        raise RefusedError("there are no two runs to compare", fix="r on the Loop starts one")
    known = tuple(str(run.id) for run in runs)
    return Form(
        "Compare two runs",
        intro=tuple(
            f"{run.id}: {run.name} seed {run.seed}, {run.state.replace('_', ' ')}" for run in runs
        ),
        fields=(
            Field("run", "run", value=known[0], hint="its number, or 3/1", completions=known),
            Field(
                "other",
                "with",
                hint="empty: the newest run before it of the experiment it follows",
                completions=known,
            ),
            Field("shown", "show", "choice", DIFFERENT, choices=(DIFFERENT, EVERYTHING)),
        ),
        problems=lambda values: required(values, "run"),
        confirm="Compare",
    )


def _diff(study: Study, values: Values, progress: Progress) -> Outcome:
    """Compare, the run that is named as the other one first.

    Raises:
        UsageError: there is no such run, or none to compare with.
    """
    from grd_core.runs.run_difference import run_before, run_difference

    run = values["run"].strip()
    other = values.get("other", "").strip() or run_before(study, run)
    found = run_difference(study, other, run)
    is_whole = values.get("shown") == EVERYTHING
    return Outcome(
        "",
        opens=OpenDocument(difference_document(found, found if is_whole else found.changed_only())),
    )


def difference_document(found: RunDifference, shown: RunDifference) -> Document:
    """Two runs compared, part by part.

    Args:
        found: everything that was compared.
        shown: what of it is to be read.
    """
    parts: list[str | Verbatim] = [
        "~ changed, + only in the second, - only in the first, = the same",
        *(f"\n! {note}" for note in found.notes),
    ]
    for name in ("config", "code", "environment", "data", "metrics"):
        compared, listed = getattr(found, name), getattr(shown, name)
        parts.append(f"\n# {_heading(name, listed, compared)}")
        parts += _files(listed) if name == "code" else _values(listed)
    return Document(
        f"run {found.left_id} {found.left} → run {found.right_id} {found.right}",
        tuple(parts),
        "Diff",
    )


def _heading(
    name: str, listed: Sequence[Change | FileChange], compared: Sequence[Change | FileChange]
) -> str:
    if not compared:
        return f"{name}: nothing recorded"
    if not listed:
        return f"{name}: the same"
    differing = sum(one.how != "same" for one in compared)
    return f"{name}: {differing} of {len(compared)} differ"


def _values(changes: Sequence[Change]) -> Iterator[str]:
    from grd_core.runs.config_key import value_text

    for one in changes:
        sides = {"same": (one.after,), "added": (one.after,), "removed": (one.before,)}.get(
            one.how, (one.before, one.after)
        )
        said = " → ".join(value_text(side) for side in sides)
        # What a config holds must not begin a paragraph of the page.
        yield f"- {_SIGNS[one.how]} {printable(f'{one.key}: {said}')}"


def _files(files: Sequence[FileChange]) -> Iterator[str | Verbatim]:
    for file in files:
        counts = f"  +{file.added} -{file.removed}" if file.diff else ""
        remark = f"  ({file.note})" if file.note else ""
        yield f"- {_SIGNS[file.how]} {printable(file.path)}{counts}{remark}"
        if file.diff:
            yield Verbatim(file.diff, "diff")


DIFF_COMMAND = Command("diff", "what differs between two runs", PAGE, "reads", _form, _diff)
