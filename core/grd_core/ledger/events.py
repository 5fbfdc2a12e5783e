"""The chain: how an event is hashed, and nothing else."""

from __future__ import annotations

from grd_core.identity import canonical_json, sha256_bytes

GENESIS = "0" * 64
"""What the first event names as its predecessor."""


def event_hash(id_: int, at: str, kind: str, author: str, payload: str, prev: str) -> str:
    """sha256 over the canonical JSON list of an event's fields and its predecessor's hash.

    A list of fields, not their concatenation: no two different events share a text.
    """
    return sha256_bytes(canonical_json([id_, at, kind, author, payload, prev]).encode())
