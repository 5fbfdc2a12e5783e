"""Experiments: numbered by the ledger, each with its hypothesis, its parent and its folder."""

from __future__ import annotations

import re
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.checks.process.hypothesis import HYPOTHESIS_TEMPLATE, PARTS, answers
from grd_core.errors import DataError, RefusedError, UsageError
from grd_core.identity import canonical_json
from grd_core.ledger.read import Reader
from grd_core.study import Study

if TYPE_CHECKING:
    from grd_core.runs.config_inherited import InheritedConfig

KINDS = ("baseline", "refinement", "pivot", "validation", "replication")
"""What an experiment is to its parent; a baseline has none."""

NOT_COPIED = ("runs", "CRITIC_LOG.md", "SCORECARD.json", "__pycache__", ".ipynb_checkpoints")
"""What belongs to one experiment alone and is left behind when another starts from it."""


@dataclass(frozen=True, slots=True)
class ExperimentRecord:
    """An experiment as the ledger knows it; `folder` is where its files should be.

    `parent` is the parent's number or 0; `state` is open, sealed or archived.
    """

    id: int
    number: int
    slug: str
    title: str
    kind: str
    parent: int
    state: str
    folder: Path
    at: str

    @property
    def name(self) -> str:
        """How it is called: `003-lagged-weather`."""
        return f"{self.number:03d}-{self.slug}"

    @property
    def files_gone(self) -> bool:
        """Whether its folder was removed by hand; its records stay."""
        return not self.folder.is_dir()

    @property
    def hypothesis_path(self) -> Path:
        """Its HYPOTHESIS.md, which a person writes."""
        return self.folder / "HYPOTHESIS.md"


_SELECT = """
SELECT e.id, e.number, e.slug, e.title, e.kind, e.at, s.state, s.folder,
       coalesce(p.number, 0) AS parent
FROM experiment e
JOIN experiment_state s ON s.id =
     (SELECT max(id) FROM experiment_state WHERE experiment_id = e.id)
LEFT JOIN experiment p ON p.id = e.parent_id
"""


def list_experiments(study: Study, ledger: Reader) -> tuple[ExperimentRecord, ...]:
    """All experiments in the order of their numbers, archived ones too."""
    return tuple(
        ExperimentRecord(
            id=row["id"],
            number=row["number"],
            slug=row["slug"],
            title=row["title"],
            kind=row["kind"],
            parent=row["parent"],
            state=row["state"],
            folder=study.root / row["folder"],
            at=row["at"],
        )
        for row in ledger.rows(f"{_SELECT} ORDER BY e.number")
    )


def find_experiment(study: Study, reference: str) -> ExperimentRecord:
    """The experiment a researcher means by `3`, `003`, `003-lagged-weather` or `lagged-weather`.

    Raises:
        UsageError: there is none, or the name fits several.
    """
    with study.read() as ledger:
        known = list_experiments(study, ledger)
    wanted = reference.strip().rstrip("/").rsplit("/", 1)[-1]
    number = re.match(r"0*(\d+)(?:-|$)", wanted)
    found = [
        record
        for record in known
        if (number and record.number == int(number.group(1))) or record.slug == wanted
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(record.name for record in (found or known)[-6:])
    raise UsageError(
        f"{'several experiments are' if found else 'no experiment is'} called {reference!r}",
        fix=f"use a number: {names}" if names else "`grd experiment new TITLE` makes the first",
    )


def stated(experiment: ExperimentRecord, part: str) -> str:
    """What HYPOTHESIS.md says on a part (belief, why, disproof…), on one line.

    Empty when the file, the heading or the text is missing.
    """
    path = experiment.hypothesis_path
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    said = next(answer for answer in answers(text) if answer.part.key == part)
    return " ".join(said.text.split()) if said.words else ""


def new_experiment(
    study: Study,
    title: str,
    *,
    kind: str,
    parent: str = "",
    template: Path | None = None,
    belief: str = "",
) -> ExperimentRecord:
    """Number a new experiment and lay out its folder, from a template folder if one is given.

    What is believed already is written into its HYPOTHESIS.md, where none is copied.

    Without a template it starts from the config of the validated baseline, byte for byte,
    where there is one (`config_inherited.validated_config`).

    Raises:
        RefusedError: the objective is not locked, or there is no baseline yet.
        UsageError: an unknown kind, or no usable title.
    """
    if kind not in KINDS:
        raise UsageError(f"unknown kind {kind!r}", fix=f"choose one of {', '.join(KINDS)}")
    slug = _slug(title)
    if template is not None and not template.is_dir():
        raise UsageError("no such folder", where=str(template), fix="name a folder to start from")
    parent_id = _parent_id(study, kind, parent)
    start = _starting_config(study) if template is None and kind != "baseline" else None
    with study.write(f"experiment created: {title}") as tx:
        number = int(tx.value("SELECT coalesce(max(number), 0) + 1 FROM experiment"))
        # Numbers only grow, even past folders that somebody made by hand.
        while _folder_of_number(study, number):
            number += 1
        folder = study.experiments_dir / "exploration" / f"{number:03d}-{slug}"
        from grd_core.ledger.tables import Experiment, ExperimentState

        id_ = tx.insert(
            Experiment(number=number, slug=slug, title=title, kind=kind, parent_id=parent_id)
        )
        tx.insert(
            ExperimentState(
                experiment_id=id_,
                state="open",
                folder=study.relative(folder),
                detail_json=canonical_json({}),
            )
        )
        _lay_out(folder, _hypothesis(title, belief), template, start)
    return find_experiment(study, str(number))


def _parent_id(study: Study, kind: str, parent: str) -> int:
    with study.read() as ledger:
        if not ledger.value("SELECT count(*) FROM objective_lock"):
            raise RefusedError(
                "the objective is not locked: an experiment would test a question that can"
                " still move",
                where="OBJECTIVE.md",
                fix="`grd objective check`, then `grd objective lock`",
            )
        baseline = ledger.value("SELECT max(id) FROM experiment WHERE kind = 'baseline'")
    if kind == "baseline":
        return 0
    if baseline is None:
        raise RefusedError(
            "there is no baseline yet: a gain over nothing cannot be stated",
            fix="make one first: `grd experiment new TITLE --kind baseline`",
        )
    return find_experiment(study, parent).id if parent else int(baseline)


def _starting_config(study: Study) -> InheritedConfig | None:
    # Which baseline is validated is told by the records of experiments, which stand here.
    from grd_core.runs.config_inherited import validated_config

    return validated_config(study)


def _lay_out(
    folder: Path, draft: str, template: Path | None, start: InheritedConfig | None
) -> None:
    try:
        if template is None:
            folder.mkdir(parents=True)
        else:
            shutil.copytree(template, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
        if start is not None:
            (folder / start.name).write_bytes(start.content)
        hypothesis = folder / "HYPOTHESIS.md"
        if not hypothesis.exists():
            hypothesis.write_text(draft, encoding="utf-8")
        (folder / "runs").mkdir(exist_ok=True)
    except OSError as error:
        raise DataError(
            f"the experiment's folder cannot be made: {error.strerror}",
            where=str(error.filename or folder),
            fix="check the folder's permissions and free space",
        ) from error


def _hypothesis(title: str, belief: str) -> str:
    """The text a new experiment starts from: what is believed stands where that is asked."""
    asked = f"<!-- {PARTS[0].asks} -->"
    head, _, tail = HYPOTHESIS_TEMPLATE.partition(asked)
    return f"{head.replace('TITLE', title)}{belief or asked}{tail}"


def _folder_of_number(study: Study, number: int) -> bool:
    return any(study.experiments_dir.glob(f"*/{number:03d}-*"))


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    if not slug:
        raise UsageError(
            f"{title!r} is not a title", fix="use a few words with letters, for its folder"
        )
    return slug
