"""Names and objects at one point of the program, with branches that meet again.

A branch is an undo log, not a copy, so its cost is what it wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grd_core.checks.dataflow.values import (
    NOTHING,
    UNKNOWN,
    Class,
    Function,
    Module,
    Value,
    bounded,
    join,
)

Key = tuple[int, str] | int
Changes = Mapping[Key, Value]


class State:
    """Variables by (scope, name), and the contents of objects by location."""

    def __init__(self) -> None:
        self._cells: dict[Key, Value] = {}
        self._logs: list[dict[Key, Value | None]] = []
        self._locations = 0
        self._scopes = 0

    def new_scope(self) -> int:
        """A number for a fresh scope."""
        self._scopes += 1
        return self._scopes

    def lookup(self, scopes: tuple[int, ...], name: str) -> Value | None:
        """The variable's latest value, innermost scope first."""
        for scope in reversed(scopes):
            found = self._cells.get((scope, name))
            if found is not None:
                return self.latest(found)
        return None

    def latest(self, value: Value) -> Value:
        """The value with the contents its object has now."""
        if value.location:
            return self._cells.get(value.location, value)
        return value

    def bind(self, scope: int, name: str, value: Value) -> Value:
        """Give a variable a value; an object without a location gets one."""
        bound = value if value.location or _unchangeable(value) else self.placed(value)
        self._set((scope, name), bound)
        return bound

    def placed(self, value: Value) -> Value:
        """The value as an object that can be changed in place."""
        if value.location:
            return value
        self._locations += 1
        placed = value._replace(location=self._locations)
        self._set(placed.location, placed)
        return placed

    def overwrite(self, target: Value, contents: Value) -> Value:
        """Change an object in place; without a location nobody else can see it."""
        if not target.location:
            return contents
        changed = contents._replace(location=target.location)
        self._set(target.location, changed)
        return changed

    def forget(self, scope: int, name: str) -> None:
        """`del name`."""
        self._set((scope, name), NOTHING)

    def names(self, scope: int) -> list[str]:
        """The variables of a scope."""
        return [key[1] for key in self._cells if isinstance(key, tuple) and key[0] == scope]

    def fork(self) -> None:
        """Start a branch."""
        self._logs.append({})

    def rewind(self) -> Changes:
        """End the branch: what it changed, with the state as it was before."""
        log = self._logs.pop()
        changes = {key: self._cells[key] for key in log}
        for key, before in log.items():
            if before is None:
                del self._cells[key]
            else:
                self._cells[key] = before
        return changes

    @property
    def depth(self) -> int:
        """How many branches are open."""
        return len(self._logs)

    def unwind(self, depth: int) -> None:
        """Close branches that were left by an error, keeping what they wrote."""
        while len(self._logs) > depth:
            log = self._logs.pop()
            for key, before in log.items():
                if self._logs:
                    self._logs[-1].setdefault(key, before)

    def merge(self, branches: Iterable[Changes]) -> None:
        """Continue after branches: each cell holds what any of them left in it."""
        listed = list(branches)
        if len(listed) == 1:
            for key, value in listed[0].items():
                self._set(key, value)
            return
        for key in {key: None for changes in listed for key in changes}:
            self._set(key, self._met(key, listed))

    def _met(self, key: Key, branches: list[Changes]) -> Value:
        met: Value | None = None
        for changes in branches:
            value = changes.get(key) or self._cells.get(key)
            if value is None:  # this branch did not write it and it was not there before
                continue
            if isinstance(key, tuple) and value.location:
                value = changes.get(value.location) or self.latest(value)
            met = value if met is None else join(met, value)
        met = met or NOTHING
        if isinstance(key, tuple):
            return met if _unchangeable(met) else self.placed(met)
        return met if met.location == key else met._replace(location=key)

    def _set(self, key: Key, value: Value) -> None:
        if self._logs:
            self._logs[-1].setdefault(key, self._cells.get(key))
        self._cells[key] = bounded(value)


def _unchangeable(value: Value) -> bool:
    """True for what no call can change in place: constants, functions, names of libraries."""
    if value.fields is not None or value.origin or value.taints:
        return False
    return (
        value is NOTHING
        or value.constant is not UNKNOWN
        or isinstance(value.thing, Function | Class | Module)
        or bool(value.symbol and value.thing is None)
    )
