"""The sample studies that ship with the program: listed, and copied into a new study."""

from __future__ import annotations

import difflib
import importlib.util
import re
import shutil
from pathlib import Path

from grd_core.errors import LedgerError, RefusedError, UsageError
from grd_core.study import Study, create_study, find_study

_NOT_COPIED = ("__pycache__", "make_data.py", ".ipynb_checkpoints")

_NEEDS = "requirements.txt"
"""What the drafts of a sample import beyond grd's own dependencies, one extra of grd a line."""


def samples_folder() -> Path:
    """Where the samples lie: inside an installed package, or beside the source tree."""
    installed = Path(__file__).parent / "sample_projects"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "sample_projects"


def sample_names() -> tuple[str, ...]:
    """The samples by name."""
    folder = samples_folder()
    if not folder.is_dir():
        return ()
    return tuple(sorted(path.parent.name for path in folder.glob("*/provenance.toml")))


def new_from_sample(name: str, directory: Path) -> Study:
    """A new study at `directory` with a sample's files, its source declared.

    Raises:
        UsageError: no such sample.
        RefusedError: the folder holds something already, or a package is missing that the
            sample trains with.
    """
    from grd_core.recon.sources import declare_from_file

    source = _sample(name)
    _require_packages(source)
    if directory.exists() and any(directory.iterdir()):
        raise RefusedError(
            "the folder is not empty", where=str(directory), fix="name a folder that is not there"
        )
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(
            source, directory, ignore=shutil.ignore_patterns(*_NOT_COPIED), dirs_exist_ok=True
        )
    except OSError as error:
        raise RefusedError(
            f"the sample cannot be copied: {error.strerror}",
            where=str(directory),
            fix="choose a folder you may write",
        ) from error
    study = create_study(directory)
    declare_from_file(study, study.root / "provenance.toml")
    return study


def demo(name: str, beside: Path, *, fresh: str = "keep") -> Study:
    """The sample's study at `beside/grd-demo-NAME`; the same one again, unless a new one is
    asked for with `fresh="another"`, which takes the next free number.

    Raises:
        UsageError: no such sample.
        RefusedError: a package is missing that the sample trains with.
        LedgerError: the folder is there but its ledger is not.
    """
    _sample(name)
    directory = beside / f"grd-demo-{name.replace('_', '-')}"
    if fresh == "another":
        number = 2
        while directory.exists():
            directory = beside / f"grd-demo-{name.replace('_', '-')}-{number}"
            number += 1
    if not directory.exists():
        return new_from_sample(name, directory)
    study = find_study(directory)
    if study.root != directory.resolve():
        raise LedgerError(
            "the folder is there, but it is not a study",
            where=str(directory),
            fix="`grd demo --fresh` makes another",
        )
    return study


def _sample(name: str) -> Path:
    known = sample_names()
    wanted = name.replace("-", "_")
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.3)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
        raise UsageError(f"no sample called {name!r}", fix=hint)
    return samples_folder() / wanted


def _require_packages(sample: Path) -> None:
    """Refuse a sample whose drafts could not run; the packages are looked for, not imported."""
    listed = sample / _NEEDS
    text = listed.read_text(encoding="utf-8") if listed.is_file() else ""
    for package in re.findall(r"^[A-Za-z]\w*", text, re.MULTILINE):
        if importlib.util.find_spec(package) is None:
            raise RefusedError(
                f"the sample {sample.name} trains with {package}, which is not installed here",
                fix=f"`pip install 'grd[{package}]'`; in a clone, `pip install '.[{package}]'`",
            )
