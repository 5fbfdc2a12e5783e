"""What must be said of a source besides its path, so that every later read is the same one."""

from __future__ import annotations

import codecs
import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grd_core.errors import UsageError

if TYPE_CHECKING:
    from grd_core.checks.data.reading.formats import TableFormat

_SPOKEN = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "space": " ",
}
_NO_SEPARATOR = "\"'\r\n\0"
_NO_ENCODING = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)
_OF_FORMAT: dict[str, tuple[str, ...]] = {
    "csv": ("encoding", "separator"),
    "jsonl": ("encoding",),
    "sqlite": ("query", "table"),
}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is read where its bytes do not say it; empty means told from the file.

    `encoding` is a codec's name, `separator` one character; `query` is one SELECT and `table`
    the name of a table or view, of which at most one is given.
    """

    encoding: str = ""
    separator: str = ""
    query: str = ""
    table: str = ""

    def as_json(self) -> dict[str, str]:
        """What is stated, by name; empty where nothing is."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value}


PLAIN = ReadOptions()
"""Nothing is stated: all is told from the file."""


def options_from_json(stated: Mapping[str, Any] | None) -> ReadOptions:
    """The reverse of `as_json`; None is nothing stated."""
    return ReadOptions(**{name: str(value) for name, value in (stated or {}).items()})


def meant_for(kind: TableFormat | None) -> tuple[str, ...]:
    """The names of what can be said of a file of this format; empty where nothing can."""
    return _OF_FORMAT.get(kind, ()) if kind is not None else ()


def checked_options(options: ReadOptions, kind: TableFormat, *, where: str) -> ReadOptions:
    """The options as they are recorded: spoken separators as characters, codecs by their name.

    Raises:
        UsageError: an option says nothing about this format, there is no such encoding, the
            separator is not one character, or both a query and a table are given.
    """
    meant = _OF_FORMAT.get(kind, ())
    for name in options.as_json():
        if name not in meant:
            raise UsageError(
                f"`{name}` says nothing about a file of the format {kind}",
                where=where,
                fix=f"leave it out; of this format {' and '.join(meant) or 'nothing'} can be said",
            )
    if options.query and options.table:
        raise UsageError(
            "both a query and a table are given", where=where, fix="leave one of them out"
        )
    return dataclasses.replace(
        options,
        encoding=_encoding(options.encoding, where),
        separator=_separator(options.separator, where),
        query=options.query.strip().rstrip(";").rstrip(),
        table=options.table.strip(),
    )


def _separator(said: str, where: str) -> str:
    found = _SPOKEN.get(said.lower(), said)
    if len(found) > 1 or not found.isascii() or (found and found in _NO_SEPARATOR):
        raise UsageError(
            f"{said!r} cannot separate fields",
            where=where,
            fix="give one character, such as `;` or `|`, or the word tab",
        )
    return found


def _encoding(said: str, where: str) -> str:
    if not said:
        return ""
    try:
        found = codecs.lookup(said)
    except (LookupError, ValueError):
        found = None
    if found is None or found.name in _NO_ENCODING or not _is_text(found.name):
        known = ("utf-8", "utf-16", "cp1252", "latin-1", "iso-8859-15", "shift_jis", "gb18030")
        near = difflib.get_close_matches(said.lower(), known, n=1)
        raise UsageError(
            f"there is no text encoding {said!r}",
            where=where,
            fix=f"did you mean {near[0]}?" if near else f"say one of {', '.join(known)}",
        )
    return found.name


def _is_text(name: str) -> bool:
    """Whether the codec is one of text, and not base64, rot13 or zip, which `decode` refuses."""
    try:
        b"a".decode(name)
    except LookupError:
        return False
    except UnicodeDecodeError:
        # One byte may be too few.
        return True
    return True
