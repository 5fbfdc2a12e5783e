"""To import this is to load every check of the package: once, where workers are forked from.

A worker that loads them by itself pays more for that than most checks cost. Plug-ins are left
to the workers: one that cannot be loaded must not take the server with it.
"""

from __future__ import annotations

from grd_core.checks.registry import own_checks

own_checks()
