"""The folders of a study whose changes are news, and which names count in each."""

from __future__ import annotations

from enum import Enum

DOCUMENTS = ("OBJECTIVE.md", "grd.toml", "DECISION_LOG.md")
"""Files at the root of a study that a person or another process may change."""

EXPERIMENT_FILES = ("HYPOTHESIS.md",)
"""Documents of an experiment that a snapshot tells of."""

CODE_SUFFIXES = (".py", ".ipynb", ".toml", ".yaml", ".yml", ".json")
"""What is code or config by its name."""

RENDERED = ("SCORECARD",)
"""How the names of files begin that the program itself writes among code and config."""


class Place(Enum):
    """What a watched folder is, which decides what in it is news."""

    ROOT = "root"
    PASSAGE = "passage"  # only the folders in it count
    EXPERIMENT = "experiment"
    FROZEN = "frozen"
    JOURNAL = "journal"
    SOURCE = "source"
    BESIDE = "beside"  # only names that were asked for count


def is_code(name: str) -> bool:
    """Whether a file is code or config by its name, and a person's."""
    return name.endswith(CODE_SUFFIXES) and not name.startswith(RENDERED)


def is_searched(folder: str) -> bool:
    """Whether a folder below an experiment may hold code: hidden ones and caches do not."""
    return not folder.startswith((".", "__pycache__"))


def matters(place: Place, name: str) -> bool:
    """Whether a file of this name, written in such a folder, is news."""
    match place:
        case Place.ROOT:
            return name in DOCUMENTS or is_code(name)
        case Place.EXPERIMENT:
            return name in EXPERIMENT_FILES or is_code(name)
        case Place.PASSAGE | Place.BESIDE:
            return False
        case Place.FROZEN | Place.JOURNAL | Place.SOURCE:
            return True
