"""A TensorBoard event file of many scalars, written at once: records of one length, in numpy.

The format: a record is its length (8 bytes, little-endian), a masked CRC-32C of those bytes,
the data, a masked CRC-32C of the data. The data is an Event message: wall time (field 1, a
double), step (2, a varint), a Summary (5) with one Value: tag (1) and simple_value (2, a float).
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TAGS = ("loss0", "loss1", "loss2", "loss3", "loss4")
"""As long as each other, as all records are."""
FIRST_STEP = 1 << 14
"""The first step whose varint takes three bytes; the last one is 2**21 - 1."""

_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8


def write_scalars(path: Path, count: int) -> None:
    """Write `count` scalars: at each step one of every tag, in the order of `TAGS`."""
    version = b"\x09" + struct.pack("<d", 1e9) + b"\x1a\x0dbrain.Event:2"
    head = np.frombuffer(version, dtype=np.uint8)[None, :]
    path.write_bytes(_records(head).tobytes() + _records(_events(count)).tobytes())


def _events(count: int) -> NDArray[np.uint8]:
    """One row of bytes for each event."""
    index = np.arange(count)
    step = FIRST_STEP + index // len(TAGS)
    assert step[-1] < 1 << 21
    varint = np.stack([step & 0x7F | 0x80, step >> 7 & 0x7F | 0x80, step >> 14], axis=1)
    tags = np.frombuffer("".join(TAGS).encode(), dtype=np.uint8).reshape(len(TAGS), -1)
    length = tags.shape[1]
    value = 2 + length + 5
    return np.concatenate(
        [
            _constant(count, 0x09),
            _bytes(1e9 + index * 1e-3, "<f8"),
            _constant(count, 0x10),
            varint.astype(np.uint8),
            _constant(count, 0x2A, value + 2, 0x0A, value, 0x0A, length),
            tags[index % len(TAGS)],
            _constant(count, 0x15),
            _bytes(np.sin(index), "<f4"),
        ],
        axis=1,
    )


def _records(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each row of data as a record."""
    length = _bytes(np.full(len(data), data.shape[1]), "<u8")
    return np.concatenate([length, _masked_crc(length), data, _masked_crc(data)], axis=1)


def _masked_crc(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    crc = np.full(len(data), 0xFFFFFFFF, dtype=np.uint32)
    for column in data.T:
        crc = _TABLE[(crc ^ column) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return _bytes((crc >> 15 | crc << 17) + np.uint32(_MASK), "<u4")


def _table() -> NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ _POLYNOMIAL, table >> 1).astype(np.uint32)
    return table


_TABLE = _table()


def _constant(count: int, *values: int) -> NDArray[np.uint8]:
    return np.tile(np.array(values, dtype=np.uint8), (count, 1))


def _bytes(numbers: NDArray[np.generic], kind: str) -> NDArray[np.uint8]:
    return numbers.astype(kind).view(np.uint8).reshape(len(numbers), -1)
