"""TensorFlow's record framing: length, its masked CRC-32C, the record, the record's own CRC.

Only the length is checked: a wrong one would lead astray for good, while a damaged record can
be passed over. Source: tensorflow/core/lib/io/record_writer.h (the format), RFC 3720 B.4 (CRC).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from grd_core.runs.readers.contract import Memory

LONGEST_RECORD = 2**20
"""Bytes; longer records (images, audio, a graph) hold no scalar and are passed over."""

HEADER_BYTES = 12
_FOOTER_BYTES = 4
_MASK_DELTA = 0xA282EAD8
_POLYNOMIAL = 0x82F63B78
_PASSING = "passing_over"
_UNWRITTEN = bytes(HEADER_BYTES)
_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (_POLYNOMIAL if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_TABLE = _table()


def masked_crc(data: bytes) -> int:
    """CRC-32C of `data`, rotated and shifted as the framing stores it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


class Records:
    """The whole records of one piece of a file; `consumed` and `is_damaged` say how it went."""

    __slots__ = ("_data", "_memory", "consumed", "is_damaged")

    def __init__(self, data: bytes, memory: Memory) -> None:
        self._data = data
        self._memory = memory
        self.consumed = 0
        self.is_damaged = False

    def __iter__(self) -> Iterator[bytes]:
        data, size = self._data, len(self._data)
        lengths: dict[bytes, int] = {}
        at = self._pass_over(0)
        while size - at >= HEADER_BYTES:
            header = data[at : at + HEADER_BYTES]
            length = lengths.get(header)
            if length is None:
                if header == _UNWRITTEN:
                    break  # space that was reserved and waits for its bytes
                (length,) = _LENGTH.unpack_from(header)
                if _CRC.unpack_from(header, 8)[0] != masked_crc(header[:8]):
                    self.is_damaged = True
                    break
                lengths[header] = length
            begin = at + HEADER_BYTES
            end = begin + length
            if length > LONGEST_RECORD:
                self._memory[_PASSING] = length + _FOOTER_BYTES
                at = self._pass_over(begin)
                continue
            if end + _FOOTER_BYTES > size:
                break
            yield data[begin:end]
            at = end + _FOOTER_BYTES
        self.consumed = at

    def _pass_over(self, at: int) -> int:
        """Where to go on after what is left of a long record, as far as it is there."""
        left = self._memory.pop(_PASSING, 0)
        passed = min(left, len(self._data) - at)
        if passed < left:
            self._memory[_PASSING] = left - passed
        return at + int(passed)
