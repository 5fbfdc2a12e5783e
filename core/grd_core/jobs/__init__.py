"""Heavy work in killable processes: a job is a dotted name plus JSON arguments.

The caller never imports the function it runs. A job function takes its arguments and a
`progress(fraction, message)` callback and returns a JSON-able dict. Workers come from a
forkserver that has the scientific modules loaded, run one job each, keep their output to
themselves and die with their server; a `Resident` stays for the next job. A crash, a hang
or a kill is a typed result, never an exception from the worker and never silence.

The first start of the forkserver takes about a second: an interface starts it on a thread
with `warm_up`, and stops what it asked for with a `cancel_scope`.
"""

from grd_core.jobs.job import Job, run_job
from grd_core.jobs.many import ManyObserver, run_many
from grd_core.jobs.resident import Resident
from grd_core.jobs.result import (
    Cancelled,
    Done,
    Errored,
    JobResult,
    Progress,
    TimedOut,
    value_of,
)
from grd_core.jobs.scope import CancelledError, CancelScope, cancel_scope, refuse_if_cancelled
from grd_core.jobs.server import PRELOADED, warm_up

__all__ = [
    "PRELOADED",
    "CancelScope",
    "Cancelled",
    "CancelledError",
    "Done",
    "Errored",
    "Job",
    "JobResult",
    "ManyObserver",
    "Progress",
    "Resident",
    "TimedOut",
    "cancel_scope",
    "refuse_if_cancelled",
    "run_job",
    "run_many",
    "value_of",
    "warm_up",
]
