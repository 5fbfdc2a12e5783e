"""TensorBoard's event files: scalars as simple values and as tensors of one number.

An event is a protocol buffer: wall_time (1), step (2), summary (5) of values, each with tag
(1), simple_value (2) or tensor (8). Source: tensorflow/core/util/event.proto,
tensorflow/core/framework/{summary,tensor,types}.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from grd_core.runs.journal_reader import Batch
from grd_core.runs.readers.contract import Memory, Taken
from grd_core.runs.readers.counters import is_name, unix_seconds
from grd_core.runs.readers.tfrecord import Records

DAMAGED = "a record's length does not agree with its checksum; what follows cannot be found"

_DOUBLE = struct.Struct("<d")
_FLOAT = struct.Struct("<f")
_SIXTY_FOUR = 2**64
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_CONTENT_FORMAT = {1: "<f", 2: "<d", 3: "<i", 4: "<B", 5: "<h", 6: "<b", 9: "<q", 19: "<e"}
"""How `tensor_content` holds one number: DT_FLOAT, DT_DOUBLE, DT_INT32, DT_UINT8, DT_INT16,
DT_INT8, DT_INT64, DT_HALF."""
_VALUE_FIELDS = {1: (5, "<f"), 2: (6, "<d"), 3: (7, ""), 4: (7, ""), 5: (7, ""), 6: (7, ""),
                 9: (10, "")}  # fmt: skip
"""The field that holds a typed number by its type, and its form where it is not a varint."""

_KNOWN_PREFIXES_LIMIT = 4096

Field = tuple[int, int, int | bytes]
"""Number, wire type, and the value: an int for a varint, bytes for all others."""


def take_events(data: bytes, memory: Memory, batch: Batch, seen_at: float) -> Taken:
    """Take up the whole records of `data`; see `contract.Format`."""
    records = Records(data, memory)
    prefixes: dict[bytes, str] = {}
    series = batch.points
    for record in records:
        batch.lines += 1
        # Almost all events are time, step, and one simple value: all but time, step and the
        # last four bytes is then the same each time.
        at = _summary_at(record)
        name = prefixes.get(record[at:-4]) if at else None
        if name is None:
            _take_event(record, at, prefixes, batch, seen_at)
            continue
        (time,) = _DOUBLE.unpack_from(record, 1)
        if not 1e9 <= time < 1e10:
            time = seen_at
        found = series[name]
        found.steps.append(_step(record, at))
        found.times.append(time)
        found.values.append(_FLOAT.unpack_from(record, len(record) - 4)[0])
    return Taken(records.consumed, DAMAGED if records.is_damaged else "")


def _summary_at(record: bytes) -> int:
    """Where the summary begins in an event that is laid out as usual; 0 in any other."""
    if len(record) < 16 or record[0] != 0x09:
        return 0
    at = 9
    if record[9] == 0x10:
        at = 10
        while record[at] & 0x80:
            at += 1
            if at > 14:
                return 0
        at += 1
    return at if record[at] == 0x2A else 0


def _step(record: bytes, at: int) -> int:
    """The step of an event as `_summary_at` takes it apart: at most 35 bits."""
    step = 0
    for byte in reversed(record[10:at]):
        step = step << 7 | byte & 0x7F
    return step


def _take_event(
    record: bytes, at: int, prefixes: dict[bytes, str], batch: Batch, seen_at: float
) -> None:
    """Take up any event; one that is damaged adds nothing."""
    time, step = seen_at, 0
    points: list[tuple[str, float, bool]] = []
    try:
        for number, wire, value in _fields(record):
            if number == 1 and wire == _FIXED64 and type(value) is bytes:
                time = unix_seconds(_DOUBLE.unpack(value)[0], seen_at)
            elif number == 2 and type(value) is int:
                step = value - _SIXTY_FOUR if value >= _SIXTY_FOUR // 2 else value
            elif number == 5 and type(value) is bytes:
                points.extend(_summary(value))
    except (ValueError, IndexError, struct.error):
        return
    for name, scalar, _ in points:
        if is_name(name):
            batch.series(name).add(step, time, scalar)
    if len(points) != 1 or len(prefixes) >= _KNOWN_PREFIXES_LIMIT:
        return
    name, _, is_simple = points[0]
    if at and is_simple and name in batch.points and _is_last(record, at):
        prefixes[record[at:-4]] = name


def _is_last(record: bytes, at: int) -> bool:
    """Whether the event ends in its summary, that in its value, and that in a simple value."""
    try:
        length, begin = _varint(record, at + 1)
        if begin + length != len(record) or record[begin] != 0x0A:
            return False
        length, begin = _varint(record, begin + 1)
        return begin + length == len(record) and _ends_in_simple_value(record[begin:])
    except (ValueError, IndexError):
        return False


def _ends_in_simple_value(value: bytes) -> bool:
    length, begin = _varint(value, 1)
    end = begin + length
    return value[0] == 0x0A and len(value) == end + 5 and value[end] == 0x15


def _summary(data: bytes) -> Iterator[tuple[str, float, bool]]:
    """Name and number of each scalar of a summary, and whether it is a simple value."""
    for number, _, value in _fields(data):
        if number == 1 and type(value) is bytes:
            name, found, is_simple = "", None, False
            for field, wire, content in _fields(value):
                if type(content) is not bytes:
                    continue
                if field == 1 and wire == _BYTES:
                    name = content.decode("utf-8", errors="replace")
                elif field == 2 and wire == _FIXED32:
                    found, is_simple = float(_FLOAT.unpack(content)[0]), True
                elif field == 8 and wire == _BYTES:
                    found, is_simple = _tensor(content), False
            if found is not None:
                yield name, found, is_simple


def _tensor(data: bytes) -> float | None:
    """The number of a tensor that holds exactly one; None for any other."""
    fields = list(_fields(data))
    dtype = next((value for number, wire, value in fields if (number, wire) == (1, _VARINT)), 0)
    if type(dtype) is not int or dtype not in _CONTENT_FORMAT:
        return None
    for number, wire, shape in fields:
        if number == 2 and wire == _BYTES and type(shape) is bytes and _count(shape) != 1:
            return None
    for number, _, value in fields:
        if number == 4 and type(value) is bytes:
            form = _CONTENT_FORMAT[dtype]
            if len(value) == struct.calcsize(form):
                return float(struct.unpack(form, value)[0])
            return None
    wanted, form = _VALUE_FIELDS.get(dtype, (0, ""))
    typed = [value for number, _, value in fields if number == wanted]
    if not typed:
        return 0.0 if wanted else None  # a zero may be left out
    return _typed(typed, form)


def _typed(values: list[int | bytes], form: str) -> float | None:
    """The one number among the values of a typed field: by itself, or packed."""
    if len(values) != 1:
        return None
    value = values[0]
    if isinstance(value, bytes):
        if form:
            fits = len(value) == struct.calcsize(form)
            return float(struct.unpack(form, value)[0]) if fits else None
        found, end = _varint(value, 0)
        if end != len(value):
            return None
    else:
        found = value
    return float(found - _SIXTY_FOUR if found >= _SIXTY_FOUR // 2 else found)


def _count(shape: bytes) -> int:
    """How many numbers a tensor of this shape holds; 1 for a scalar."""
    count = 1
    for number, _, dimension in _fields(shape):
        if number == 2 and type(dimension) is bytes:
            size = next((value for field, _, value in _fields(dimension) if field == 1), 0)
            count *= size if type(size) is int else 0
    return count


def _fields(data: bytes) -> Iterator[Field]:
    """The fields of a message.

    Raises:
        ValueError, IndexError: it is not one.
    """
    at, size = 0, len(data)
    while at < size:
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == _FIXED64:
            length = 8
        elif wire == _FIXED32:
            length = 4
        elif wire == _BYTES:
            length, at = _varint(data, at)
        else:
            raise ValueError("no such wire type")
        if at + length > size:
            raise ValueError("a field goes past its message")
        yield number, wire, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
