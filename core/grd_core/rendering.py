"""Files the program renders: replaced atomically, and never over a person's edit.

A rendered file is rewritten only while it still equals its last rendering. Where a person
has edited it, theirs stays and the new text is written beside it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from grd_core.identity import sha256_bytes, sha256_file
from grd_core.ledger.read import reading


@dataclass(frozen=True, slots=True)
class Rendered:
    """Where a rendering went, and where it would have gone but for a person's own version."""

    path: Path
    original: Path

    @property
    def beside(self) -> bool:
        """Whether a person's own version was left alone."""
        return self.path != self.original

    def note(self) -> str:
        """A word to the researcher when their version was kept, else empty."""
        if not self.beside:
            return ""
        return f"{self.original.name} was edited by hand and stays; the new one is {self.path.name}"


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, replace: readers see the old bytes or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside, stream = new_beside(path)
    try:
        with stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def new_beside(path: Path) -> tuple[Path, BinaryIO]:
    """A new, hidden file in the same folder, open for writing, that is to replace `path`.

    It follows the umask like any other file of a study, which `tempfile`'s do not; asking for
    the umask would change it for every thread at that moment.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    return beside, beside.open("xb")


def render(ledger_path: Path, root: Path, path: Path, text: str) -> Rendered:
    """Write `text` to `path`, or beside it when a person has edited the last rendering.

    The hash is recorded before the file is replaced: a crash between the two leaves the last
    rendering, which is still known, and never a file that looks like a person's.
    """
    from grd_core.ledger.write import transaction

    content = text.encode()
    places = (path, *(_beside(path, number) for number in range(1, 10_000)))
    target = next(place for place in places if is_untouched(ledger_path, root, place))
    with transaction(ledger_path, None, author="") as tx:
        tx.driver.execute(
            "INSERT INTO rendered (path, sha256, previous, at) VALUES (?, ?, '', ?)"
            " ON CONFLICT (path) DO UPDATE SET"
            " previous = rendered.sha256, sha256 = excluded.sha256, at = excluded.at",
            (_key(root, target), sha256_bytes(content), tx.at),
        )
    write_atomically(target.resolve() if target.is_symlink() else target, content)
    return Rendered(target, original=path)


def is_untouched(ledger_path: Path, root: Path, path: Path) -> bool:
    """Whether the file is absent or still equals one of its last two renderings.

    Anything else in its place (a folder, a link to nowhere) is a person's.
    """
    if not path.is_file():
        return not (path.exists() or path.is_symlink())
    with reading(ledger_path) as ledger:
        last = ledger.one("SELECT sha256, previous FROM rendered WHERE path = ?", _key(root, path))
    return last is not None and sha256_file(path) in (last["sha256"], last["previous"])


def _key(root: Path, path: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _beside(path: Path, number: int) -> Path:
    count = "" if number == 1 else f"-{number}"
    return path.with_name(f"{path.stem}.rendered{count}{path.suffix}")
