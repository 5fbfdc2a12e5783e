"""Finding checks: one module per check under checks/<group>/, plus entry points.

A module of a group package whose name starts with the code's letter (`c101_…`) holds
one class with that code. Plug-ins register a check class under the entry point group
`grd.checks`; their codes are namespaced by package (`mypkg/X001`).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from functools import cache
from importlib import metadata
from typing import cast

from grd_core.checks.contract import Check, Group
from grd_core.errors import UsageError

_MODULE = re.compile(r"^[a-z]\d{3}_\w+$")


@cache
def all_checks() -> dict[str, Check]:
    """Every registered check by code, in the order of the codes."""
    found = dict(own_checks())
    for point in metadata.entry_points(group="grd.checks"):
        check = _namespaced(point.load(), point.dist.name if point.dist else point.name)
        found[check.code] = check
    return dict(sorted(found.items()))


@cache
def own_checks() -> dict[str, Check]:
    """The checks of this package by code, without anybody's plug-ins."""
    found: dict[str, Check] = {}
    for group in Group:
        package = importlib.import_module(f"grd_core.checks.{group.value}")
        for module in pkgutil.iter_modules(package.__path__):
            if _MODULE.match(module.name):
                check = _check_in(f"{package.__name__}.{module.name}")
                found[check.code] = check
    return found


def find_check(code: str) -> Check:
    """The check with this code, in any case; a near miss is named in the error."""
    checks = all_checks()
    wanted = {known.upper(): known for known in checks}.get(code.upper())
    if wanted is None:
        import difflib

        near = difflib.get_close_matches(code.upper(), checks, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"no check {code!r}", fix=f"{hint}`grd explain` lists them all")
    return checks[wanted]


def documentation(check: Check) -> str:
    """The check's page: its docstring, cleaned."""
    return inspect.cleandoc(type(check).__doc__ or "")


def _namespaced(kind: type[Check], package: str) -> Check:
    """A plug-in's check that calls itself, in results and findings too, by its full code."""
    code = f"{package}/{kind.code}"
    return cast(Check, type(kind.__name__, (kind,), {"code": code, "__doc__": kind.__doc__})())


def _check_in(module_name: str) -> Check:
    module = importlib.import_module(module_name)
    classes = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module_name and hasattr(value, "code")
    ]
    if len(classes) != 1:
        raise AssertionError(f"{module_name} must define exactly one check, found {len(classes)}")
    return cast(Check, classes[0]())
