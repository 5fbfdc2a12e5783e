"""The wall clock, in one place so that a test can hold it still."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """The current time, UTC, ISO 8601 with microseconds: `2026-01-31T09:00:00.000000Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
