"""Files the program renders: replaced atomically, and never over a person's edit.

A rendered file is rewritten only while it still equals its last rendering. Where a person
has edited it, theirs stays and the new text is written beside it.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grd_core.identity import sha256_bytes, sha256_file
from grd_core.ledger.read import reading


@dataclass(frozen=True, slots=True)
class Rendered:
    """Where a rendering went; `beside` says that a person's own version was left alone."""

    path: Path
    beside: bool

    def note(self) -> str:
        """A word to the researcher when their version was kept, else empty."""
        if not self.beside:
            return ""
        original = self.path.name.replace(".rendered", "")
        return f"{original} was edited by hand and stays; the new one is {self.path.name}"


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, replace: readers see the old bytes or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp is private by intent; a study's files follow the umask like any other.
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def render(ledger_path: Path, root: Path, path: Path, text: str) -> Rendered:
    """Write `text` to `path`, or beside it when a person has edited the last rendering."""
    from grd_core.ledger.write import transaction

    content = text.encode()
    key = str(path.relative_to(root))
    target = path if is_untouched(ledger_path, root, path) else _beside(path)
    write_atomically(target, content)
    if target == path:
        with transaction(ledger_path, None, author="") as tx:
            tx.driver.execute(
                "INSERT INTO rendered (path, sha256, at) VALUES (?, ?, ?)"
                " ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, at = excluded.at",
                (key, sha256_bytes(content), tx.at),
            )
    return Rendered(target, beside=target != path)


def is_untouched(ledger_path: Path, root: Path, path: Path) -> bool:
    """Whether the file is absent or still equals its last rendering."""
    if not path.exists():
        return True
    with reading(ledger_path) as ledger:
        last = ledger.value(
            "SELECT sha256 FROM rendered WHERE path = ?", str(path.relative_to(root))
        )
    return str(last) == sha256_file(path)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.rendered{path.suffix}")
