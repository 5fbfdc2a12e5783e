"""A text file as UTF-8, checked while it streams past: encoding, NUL bytes, endless lines.

Readers of Arrow and of Python take their bytes from here, so that a billion-character cell or
a byte that is no text is told with its line before anything holds it in memory.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from grd_core.checks.data.reading.formats import is_compressed
from grd_core.checks.data.reading.places import unreadable
from grd_core.errors import DataError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST_LINE = 1 << 24
"""Bytes of UTF-8 in one line, 16 MiB; nothing that is one value of a table is longer."""
_CHUNK = 1 << 20
_BREAK = b"\n"
_MARK = "\ufeff"
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32 comes first: its little-endian mark begins with that of UTF-16."""
_OTHERWISE: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "is compressed with gzip", "rename it so that it ends in .gz"),
    (b"PK\x03\x04", "is a zip archive, as spreadsheets are", "save the table as CSV"),
    (b"PAR1\x15", "is a Parquet file", "rename it so that it ends in .parquet"),
    (b"ARROW1\0", "is an Arrow file", "rename it so that it ends in .arrow"),
    (b"SQLite format 3\0", "is a SQLite database", "rename it so that it ends in .sqlite"),
    (b"\xfd7zXZ", "is compressed with xz", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd", "unpack it"),
    (b"%PDF-", "is a PDF document", "give the table it was made from"),
)


class TextStream(io.RawIOBase):
    """The bytes of a text file in UTF-8, without a byte order mark.

    `quotes` counts the double quotes that have passed; a file with an odd number of them
    leaves one open.

    Args:
        path: the file; `.gz` is unpacked.
        encoding: the declared one; empty for UTF-8, or what a byte order mark says.

    Raises:
        DataError: while reading: bytes are not of the encoding, a NUL byte or a line longer
            than `LARGEST_LINE` (the line is named), the file is damaged or of another format.
    """

    def __init__(self, path: Path, encoding: str = "") -> None:
        super().__init__()
        self.quotes = 0
        self._chunks = _checked(path, encoding, self)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        found = self.read(len(view))
        view[: len(found)] = found
        return len(found)

    def read(self, size: int = -1, /) -> bytes:
        """Exactly `size` bytes unless the end comes first; all that is left for -1."""
        parts, length = [self._left], len(self._left)
        while size < 0 or length < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            parts.append(chunk)
            length += len(chunk)
        whole = b"".join(parts)
        cut = length if size < 0 else min(size, length)
        self._left = whole[cut:]
        return whole[:cut]


def text_lines(path: Path, encoding: str = "") -> io.TextIOWrapper:
    """The same text for Python's own readers, line ends as they are.

    Raises:
        DataError: while reading, as `TextStream`.
    """
    stream = io.BufferedReader(TextStream(path, encoding), _CHUNK)
    return io.TextIOWrapper(stream, encoding="utf-8", newline="")


def _checked(path: Path, declared: str, stream: TextStream) -> Iterator[bytes]:
    """The text in UTF-8, without what no table of text holds."""
    line, length = 1, 0
    for piece in _in_utf8(path, declared):
        zero = piece.find(b"\0")
        if zero >= 0:
            at = line + piece.count(_BREAK, 0, zero)
            raise DataError(
                "a NUL byte stands where text should: this is no text"
                + ("" if declared else ", or it is UTF-16 without a mark"),
                where=f"{path}:{at}",
                fix="give the table itself, or declare its encoding",
            )
        first = _first_break(piece)
        if length + first > LARGEST_LINE:
            raise _too_long(path, line)
        last = max(piece.rfind(_BREAK), piece.rfind(b"\r"))
        length = length + len(piece) if last < 0 else len(piece) - 1 - last
        line += piece.count(_BREAK)
        stream.quotes += piece.count(b'"')
        yield piece


def _in_utf8(path: Path, declared: str) -> Iterator[bytes]:
    line, encoding = 1, ""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in _raw(path):
        mark = ""
        if decoder is None:
            _refuse_otherwise(path, chunk)
            encoding = _encoding(chunk, declared)
            decoder, mark = codecs.getincrementaldecoder(encoding)("strict"), _MARK
        if encoding == "utf-8" and chunk.isascii() and chunk and not decoder.getstate()[0]:
            piece = chunk  # which is most of most files, and nothing to decode
        else:
            text = _decoded(path, decoder, chunk, encoding, declared, line)
            # UTF-16 whose byte order is declared keeps its mark.
            piece = text.removeprefix(mark).encode("utf-8", "surrogatepass")
        line += piece.count(_BREAK)
        if piece:
            yield piece


def _raw(path: Path) -> Iterator[bytes]:
    """The unpacked bytes, then one empty piece that says the end."""
    try:
        with _opened(path) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
            yield b""
    except (EOFError, zlib.error) as error:
        raise DataError(
            "the compressed file ends early or is damaged",
            where=str(path),
            fix="copy or download it again",
        ) from error
    except gzip.BadGzipFile as error:
        raise DataError(
            f"the file is not sound gzip: {str(error)[:80]}",
            where=str(path),
            fix="copy it again, or rename it if it was never compressed",
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if is_compressed(path) else path.open("rb")


def _encoding(head: bytes, declared: str) -> str:
    if declared:
        return declared
    return next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")


def _decoded(
    path: Path,
    decoder: codecs.IncrementalDecoder,
    chunk: bytes,
    encoding: str,
    declared: str,
    line: int,
) -> str:
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        name = {"utf-8": "UTF-8"}.get(encoding, encoding)
        at = line + error.object[: error.start].count(_BREAK)
        raise DataError(
            f"byte 0x{error.object[error.start]:02x} is not {name}",
            where=f"{path}:{at}",
            fix="declare the encoding it is in"
            if declared
            else "save the file as UTF-8, or declare the encoding it is in, such as cp1252",
        ) from error


def _refuse_otherwise(path: Path, head: bytes) -> None:
    for mark, what, fix in _OTHERWISE:
        if head.startswith(mark):
            raise DataError(f"the file {what}", where=str(path), fix=fix)


def _first_break(passed: bytes) -> int:
    """Where the first line of a piece ends; its whole length where it does not."""
    found = [place for place in (passed.find(b"\n"), passed.find(b"\r")) if place >= 0]
    return min(found, default=len(passed))


def _too_long(path: Path, line: int) -> DataError:
    return DataError(
        f"the line is longer than {LARGEST_LINE >> 20} MiB",
        where=f"{path}:{line}",
        fix="take that value out of the table: a quote may be missing, or this is no table",
    )
