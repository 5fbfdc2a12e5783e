"""A tiny writer of TensorBoard event files: known values in, known bytes out."""

from __future__ import annotations

import struct

import numpy as np

from grd_core.runs.readers.tfrecord import masked_crc

BEGAN = 1.7e9


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    crc = struct.pack("<I", masked_crc(length))
    return length + crc + data + struct.pack("<I", masked_crc(data))


def event(step: int, *values: bytes, time: float = BEGAN) -> bytes:
    counted = b"\x10" + varint(step) if step else b""
    summary = b"".join(field(1, value) for value in values)
    return record(b"\x09" + struct.pack("<d", time) + counted + field(5, summary))


def simple(tag: str, value: float) -> bytes:
    return field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, dtype: int, content: bytes) -> bytes:
    """A value as TensorBoard 2 writes it: a tensor, with the metadata of its plugin."""
    metadata = field(9, field(1, field(1, b"scalars")))
    return field(1, tag.encode()) + metadata + field(8, b"\x08" + bytes([dtype]) + content)


def version() -> bytes:
    return record(b"\x09" + struct.pack("<d", BEGAN) + field(3, b"brain.Event:2"))


def as_float32(value: float) -> float:
    return float(np.float32(value))
