"""One at a time chooses GPUs on a machine, whichever study it is for.

A device is seen to be a run's once the run's command runs. Two studies that choose in the time
before that would choose the same one, and the lock of a study's turn knows nothing of others.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 30.0
"""How long another study's start is waited for."""

_LOOK_S = 0.02


@contextmanager
def choosing_gpus(*, patience_s: float = PATIENCE_S) -> Iterator[bool]:
    """Hold this account's right to choose; the value says whether it was had.

    The right is a name that one socket at a time can have. The kernel takes it back from
    whoever dies, there is no file to be stale or unwritable, and no child inherits it.
    """
    name = f"\0grd choosing gpus {os.getuid()}"
    deadline = time.monotonic() + patience_s
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as claim:
        while True:
            try:
                claim.bind(name)
            except OSError:
                if time.monotonic() >= deadline:
                    yield False
                    return
                time.sleep(_LOOK_S)
            else:
                yield True
                return
