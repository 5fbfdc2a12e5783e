"""What makes two things the same: canonical JSON and sha256 of raw bytes."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any


def canonical_json(value: Any) -> str:
    """One text for one value: keys sorted, no spaces, UTF-8 kept, NaN refused.

    Raises:
        ValueError: for NaN and infinities, which JSON cannot carry.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def one_line(text: str) -> str:
    """A person's text as one line of a log: white space folded, control characters left out.

    What is written into a rendered file can then neither begin a line of its own nor steer
    the terminal that shows it.
    """
    kept = (c for c in " ".join(text.split()) if not unicodedata.category(c).startswith("C"))
    return "".join(kept)


def sha256_bytes(content: bytes) -> str:
    """Lower-case hexadecimal sha256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: Path) -> str:
    """Lower-case hexadecimal sha256 of a file's bytes, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
