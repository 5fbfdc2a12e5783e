"""A locked version as it was, and the rule it is read as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_core.errors import LedgerError, UsageError
from grd_core.objective.canonical import front_matter
from grd_core.objective.document import parse
from grd_core.objective.frontmatter import Malformed
from grd_core.objective.versions import LockedVersion, all_versions

if TYPE_CHECKING:
    from grd_core.study import Study


def locked_version(study: Study, version: int | None = None) -> LockedVersion:
    """A locked version by its number; the newest where none is given.

    Raises:
        RefusedError: nothing is locked.
        UsageError: there is no such version.
    """
    versions = all_versions(study)
    if version is None:
        return versions[-1]
    found = next((one for one in versions if one.version == version), None)
    if found is None:
        raise UsageError(
            f"there is no version {version} of the objective",
            where=study.objective_path.name,
            fix=f"one of 1 to {versions[-1].version}",
        )
    return found


def rule_of(version: LockedVersion) -> str:
    """The canonical front matter of a locked version: defaults, directions and weights resolved.

    Raises:
        LedgerError: this program cannot read the locked bytes.
    """
    document = parse(version.raw)
    if isinstance(document, Malformed):
        raise LedgerError(
            f"objective v{version.version} cannot be read: {document.problems[0].sentence()}",
            where=f"objective v{version.version}",
            fix="`grd objective show` prints its bytes; `grd verify` says whether it was touched",
        )
    return front_matter(document.objective)
