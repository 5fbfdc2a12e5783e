"""What changed in a study: a fingerprint of its files, and a wait that ends when one changes.

The fingerprint is the truth: it is taken from `stat` alone, and works on every file system.
Events of the kernel (inotify, through watchdog) only end the wait early. They are deaf on
NFS, GPFS and CIFS, where studies on shared machines live; a queue of them can overflow; so
whatever they miss is found at the next look.
"""

from __future__ import annotations

from grd_core.watch.fingerprint import WARM_S, Fingerprint
from grd_core.watch.watch import EVENTS_POLL_S, POLL_S, Mode, Watch

__all__ = ["EVENTS_POLL_S", "POLL_S", "WARM_S", "Fingerprint", "Mode", "Watch"]
