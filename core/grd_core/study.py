"""A study on disk: found, created, opened; its folders and its ledger."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.errors import RefusedError, StudyNotFoundError
from grd_core.ledger.migrations.apply import CURRENT, check_schema, migrate
from grd_core.ledger.read import Reader, reading

if TYPE_CHECKING:
    import sqlite3

    from grd_core.config import Config
    from grd_core.ledger.write import Transaction

CONFIG_FILE = "grd.toml"
LEDGER_FILE = Path(".grd") / "ledger.db"

_CONFIG_TEMPLATE = """\
# What this study sets for itself. Every key is optional; `grd --help` names the verbs.
[study]
title = {title}

[run]
command = ["python", "train.py"]
"""

_GITIGNORE = """\
.grd/
data/frozen*/
experiments/**/runs/*/checkpoints/
__pycache__/
"""


@dataclass(frozen=True, slots=True)
class Study:
    """One research project: a folder with grd.toml, OBJECTIVE.md and .grd/ledger.db."""

    root: Path

    @property
    def name(self) -> str:
        """The folder's name: how the study is called on a line."""
        return self.root.name

    @property
    def ledger_path(self) -> Path:
        """The SQLite file that holds what happened."""
        return self.root / LEDGER_FILE

    @property
    def objective_path(self) -> Path:
        """The hypothesis document, a person's file."""
        return self.root / "OBJECTIVE.md"

    @property
    def data_dir(self) -> Path:
        """Where sources lie."""
        return self.root / "data"

    @property
    def frozen_dir(self) -> Path:
        """Where the frozen parts lie."""
        return self.data_dir / "frozen"

    @property
    def experiments_dir(self) -> Path:
        """The folder of exploration, validated and negative_results."""
        return self.root / "experiments"

    @property
    def config(self) -> Config:
        """grd.toml as it stands now.

        Raises:
            ConfigError: it cannot be read or says something unknown.
        """
        from grd_core.config import load_config

        return load_config(self.root / CONFIG_FILE)

    @property
    def title(self) -> str:
        """How the study calls itself in grd.toml; its folder's name where it does not say, or
        where the file cannot be read: whoever acts on the file reads `config` and is told."""
        import tomllib

        try:
            content = tomllib.loads((self.root / CONFIG_FILE).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError):
            return self.name
        section = content.get("study")
        title = section.get("title") if isinstance(section, dict) else None
        return title if isinstance(title, str) and title else self.name

    @property
    def is_writable(self) -> bool:
        """Whether its folder lets anything be recorded."""
        is_mounted_so = bool(os.statvfs(self.root).f_flag & os.ST_RDONLY)
        return os.access(self.ledger_path.parent, os.W_OK) and not is_mounted_so

    def relative(self, path: Path) -> str:
        """A path as it is recorded: relative to the study where it lies inside it.

        Inside is meant as it is written: a folder of the study that links to another disk is
        still the study's.
        """
        written = Path(os.path.normpath(path.absolute()))
        for place in (written, path.resolve()):
            if place.is_relative_to(self.root):
                return str(place.relative_to(self.root))
        return str(written)

    def read(self) -> AbstractContextManager[Reader]:
        """One consistent read of the ledger."""
        return reading(self.ledger_path)

    @contextmanager
    def write(self, kind: str, *, durable: bool = False) -> Iterator[Transaction]:
        """One write transaction, recorded as an event of this kind by the current author."""
        from grd_core.ledger.write import transaction

        self._check_writable()
        _bring_up_to_date(self)
        with transaction(self.ledger_path, kind, author=author(self.root), durable=durable) as tx:
            yield tx

    @contextmanager
    def write_derived(self) -> Iterator[sqlite3.Connection]:
        """One write transaction over derived tables only, through the driver."""
        from grd_core.ledger.write import transaction

        self._check_writable()
        with transaction(self.ledger_path, None, author="") as tx:
            yield tx.driver

    def _check_writable(self) -> None:
        if not self.ledger_path.is_file():
            with self.read():
                pass  # raises the sentence about a missing ledger
        if not self.is_writable:
            raise RefusedError(
                "the study is read-only",
                where=str(self.root),
                fix="copy it to a folder you may write, or use reading verbs only",
            )


def find_study(start: Path) -> Study:
    """The study at `start` or in the nearest folder above it.

    Raises:
        StudyNotFoundError: there is none.
        LedgerError: its ledger is missing, damaged or newer than this program.
    """
    study = Study(find_study_root(start))
    if study.is_writable and os.access(study.ledger_path, os.W_OK):
        _bring_up_to_date(study)
    else:
        _check_schema(study)
    return study


def find_study_root(start: Path) -> Path:
    """The folder of the study at `start` or above it; its ledger is not opened.

    Raises:
        StudyNotFoundError: there is none.
    """
    start = start.resolve()
    if not start.is_dir():
        raise StudyNotFoundError(
            "no such folder", where=str(start), fix="name a study's folder, or `grd new DIR`"
        )
    for folder in (start, *start.parents):
        if (folder / CONFIG_FILE).is_file():
            return folder
    raise StudyNotFoundError(
        "no study here or in any folder above",
        where=str(start),
        fix="`grd new DIR` starts one, `grd demo` opens a sample",
    )


def create_study(directory: Path, *, title: str = "") -> Study:
    """Make a study in `directory`, which may exist already; files of a person stay as they are.

    Raises:
        RefusedError: there is a study already, or the folder cannot be written.
    """
    root = directory.resolve()
    if (root / LEDGER_FILE).exists():
        raise RefusedError(
            "there is a study already", where=str(root), fix=f"open it with `grd {directory}`"
        )
    study = Study(root)
    try:
        study.ledger_path.parent.mkdir(parents=True, exist_ok=True)
        study.data_dir.mkdir(exist_ok=True)
        for folder in ("exploration", "validated", "negative_results"):
            (study.experiments_dir / folder).mkdir(parents=True, exist_ok=True)
        (root / "production").mkdir(exist_ok=True)
        _write_if_absent(
            root / CONFIG_FILE, _CONFIG_TEMPLATE.format(title=_toml_string(title or root.name))
        )
        _write_if_absent(root / ".gitignore", _GITIGNORE)
    except OSError as error:
        raise RefusedError(
            f"the study cannot be created: {error.strerror}",
            where=str(error.filename or root),
            fix="choose a folder you may write",
        ) from error
    migrate(study.ledger_path, author=author(root))
    return study


@lru_cache(maxsize=8)
def author(root: Path) -> str:
    """Who acts: git's user.name and email as seen from the study, else the account's name."""
    name, email = _git(root, "user.name"), _git(root, "user.email")
    if name:
        return f"{name} <{email}>" if email else name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def _git(root: Path, key: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "config", key],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _bring_up_to_date(study: Study) -> None:
    """Refuse what cannot be read; give an older ledger what it lacks."""
    if _check_schema(study) < CURRENT:
        migrate(study.ledger_path, author=author(study.root))


def _check_schema(study: Study) -> int:
    """The ledger's schema; refuses what cannot be read. One that is only read may be older."""
    with study.read() as ledger:
        version = int(ledger.value("PRAGMA user_version"))
    check_schema(version, study.ledger_path)
    return version


def _write_if_absent(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, encoding="utf-8")


def _toml_string(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
