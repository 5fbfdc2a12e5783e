"""The state of one pass over a program and what it has learned so far."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from grd_core.checks.dataflow.columns import ALL, NONE, Columns
from grd_core.checks.dataflow.forwards import Forwards
from grd_core.checks.dataflow.library import Library
from grd_core.checks.dataflow.rows import RowSets, Site
from grd_core.checks.dataflow.state import State
from grd_core.checks.dataflow.unit_tests import is_unit_test
from grd_core.checks.dataflow.values import (
    NOTHING,
    NOWHERE,
    Fit,
    Function,
    Loop,
    Moment,
    Nature,
    Statistic,
    Taint,
    Value,
)

MAX_STEPS = 120_000
MAX_DEPTH = 7
MAX_CALLS = 24
MAX_EMPTY_CALLS = 8  # of those that hand on no rows


@dataclass(frozen=True, slots=True)
class Effort:
    """How far a pass follows what repeats: calls of one function, rounds of a loop over what is
    not known, and loops over this many known items one by one."""

    calls: int
    rounds: int
    items: int


THOROUGH = Effort(calls=MAX_CALLS, rounds=2, items=12)
CURSORY = Effort(calls=2, rounds=1, items=0)
"""Enough where nothing is trained: there are no rows to keep apart."""


class ExhaustedError(Exception):
    """The pass has spent its steps; what it learned so far stands."""


SPLIT_INSIDE = "validation_split"
"""The argument by which a training call holds some of its rows out, and the `method` of that."""


@dataclass(frozen=True, slots=True)
class Use:
    """A call of `method` that evaluates a model on rows. `internal`: on parts of its training rows.

    `through` are the unknown calls these rows went through on their way.
    """

    site: Site
    rows: frozenset[int]
    taints: frozenset[Taint]
    subject: ast.expr | None
    internal: bool = False
    method: str = ""
    through: frozenset[int] = frozenset()
    moment: Moment = NOWHERE


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows that a training call measures itself on while it trains, such as an `eval_set`.

    `chooser` is what the call keeps a state of the model by, such as `EarlyStopping`; empty
    where nothing does.
    """

    fit: Fit
    rows: frozenset[int]
    subject: ast.expr
    chooser: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two values of several rows that one operation compares or combines."""

    site: Site
    values: tuple[Value, ...]
    moment: Moment


@dataclass(frozen=True, slots=True)
class Iteration:
    """A loop over something with rows, such as the batches of a loader."""

    node: ast.For | ast.AsyncFor
    over: Value
    moment: Moment


@dataclass(frozen=True, slots=True)
class ModelPair:
    """A training call and an evaluating call of the same model."""

    train: Fit
    evaluate: Use


class Call(NamedTuple):
    """A call in normal form. `opaque`: some arguments come from * or **."""

    node: ast.Call
    site: Site
    args: tuple[Value, ...]
    keywords: Mapping[str, Value]
    opaque: bool

    def argument(self, position: int, *names: str) -> Value | None:
        """The argument at a position or under one of these names."""
        if 0 <= position < len(self.args):
            return self.args[position]
        return next((self.keywords[name] for name in names if name in self.keywords), None)

    def expression(self, position: int, *names: str) -> ast.expr | None:
        """The argument as it is written."""
        if 0 <= position < len(self.node.args):
            return self.node.args[position]
        for keyword in self.node.keywords:
            if keyword.arg in names:
                return keyword.value
        return None

    def constant(self, name: str) -> object:
        """The constant passed under this keyword, None where there is none."""
        value = self.keywords.get(name)
        return None if value is None or value.fields is not None else value.constant

    @property
    def name(self) -> str:
        """The last part of the called name, empty for none."""
        func = self.node.func
        return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")

    @property
    def values(self) -> tuple[Value, ...]:
        """All arguments."""
        return (*self.args, *self.keywords.values())


class LibraryCall(NamedTuple):
    """A call of a library function or class by its dotted name, for checks that list them.

    A method of a value with rows starts with a dot; `owner` is that value.
    """

    symbol: str
    call: Call
    owner: Value = NOTHING
    moment: Moment = NOWHERE


class MethodCall(NamedTuple):
    """A call of a method by its name alone, with what it was called on."""

    name: str
    owner: Value
    call: Call


@dataclass(frozen=True, slots=True)
class Copied:
    """A column that was made of other columns of the same rows, each row from itself."""

    site: Site
    rows: frozenset[int]
    column: str
    sources: Columns


@dataclass(slots=True)
class Facts:
    """What a pass has learned; `learns` says that calls in it may train or judge a model."""

    rows: RowSets = field(default_factory=RowSets)
    statistics: list[Statistic] = field(default_factory=list)
    pairs: dict[ModelPair, None] = field(default_factory=dict)
    calls: list[LibraryCall] = field(default_factory=list)
    fits: dict[Fit, None] = field(default_factory=dict)
    watches: dict[Watch, None] = field(default_factory=dict)
    meetings: list[Meeting] = field(default_factory=list)
    iterations: list[Iteration] = field(default_factory=list)
    methods: list[MethodCall] = field(default_factory=list)
    copied: dict[Copied, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    learns: bool = False


class Machine(ABC):
    """One forward pass: state, facts, and where in the program it is."""

    def __init__(self, facts: Facts, library: Library, effort: Effort) -> None:
        self.library = library
        self.effort = effort
        self.state = State()
        self.facts = facts
        self.rows = facts.rows
        self.forwards = Forwards()
        self.path = ""
        self.scopes: tuple[int, ...] = ()
        self.stack: tuple[Hashable, ...] = ()
        self.active: tuple[ast.AST, ...] = ()
        self.returned: list[Value] = []
        self.yielded: list[Value] = []
        self.adding_again: frozenset[ast.Call] = frozenset()
        self.looping: tuple[Loop, ...] = ()
        self.saved: dict[object, Value] = {}  # models, by the file they were written to
        self.inlined: dict[ast.AST, int] = {}
        self.taped = False  # gradients of what is computed now are asked for
        self.is_left_alone: Callable[[Function], bool] = is_unit_test
        self._steps = 0
        self._statistics: dict[Hashable, int] = {}

    @property
    def loops(self) -> int:
        """How many loops the pass is in."""
        return self.rows.loops

    @loops.setter
    def loops(self, number: int) -> None:
        self.rows.loops = number

    @abstractmethod
    def evaluate(self, node: ast.expr) -> Value:
        """The value of an expression."""

    @abstractmethod
    def execute(self, body: list[ast.stmt]) -> bool:
        """Run statements; False when the end is never reached."""

    @abstractmethod
    def invoke(self, function: Function, call: Call) -> Value:
        """Call a function of the files under review."""

    @abstractmethod
    def store(self, target: ast.expr, value: Value) -> None:
        """Assign to a name, a tuple, an item or an attribute."""

    def step(self) -> None:
        """Count one step; raises ExhaustedError past the limit."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise ExhaustedError

    def site(self, node: ast.expr | ast.stmt) -> Site:
        """Where a node is."""
        return Site(self.path, node.lineno)

    def key(self, node: ast.expr | ast.stmt) -> Hashable:
        """A node in its calling context."""
        return (self.path, node.lineno, node.col_offset, self.stack)

    def moment(self, call: ast.Call | None = None) -> Moment:
        """This moment of the pass."""
        return Moment(call, self.stack, self.looping)

    def entered(self, node: ast.AST) -> Loop:
        """The loop that starts here."""
        return Loop(node, len(self.stack))

    def statistic(
        self,
        node: ast.expr,
        what: str,
        of: Value,
        *,
        supervised: bool = False,
        subject: ast.expr | None = None,
        holder: ast.expr | None = None,
        nature: Nature = Nature.AGGREGATE,
    ) -> int:
        """Record a statistic of rows and return its number."""
        record = Statistic(self.site(node), what, of.origin, supervised, subject, holder, nature)
        # what is fitted in another call of a function is another model
        context = self.stack if holder is not None else ()
        key = (record.site, what, record.rows, supervised, context)
        number = self._statistics.get(key)
        if number is None:
            number = len(self.facts.statistics)
            self.facts.statistics.append(record)
            self._statistics[key] = number
        return number

    def trained(self, fit: Fit, watches: Iterable[Watch]) -> None:
        """Record a training call and what it watches."""
        self.facts.fits.setdefault(fit)
        for watch in watches:
            self.facts.watches.setdefault(watch)

    def pair(self, fit: Fit, use: Use) -> None:
        """Record that a model trained here is evaluated there."""
        self.facts.pairs.setdefault(ModelPair(fit, use))


def taint(number: int, about: Columns = NONE) -> frozenset[Taint]:
    """A value's taint by one statistic, in all its columns."""
    return frozenset((Taint(number, ALL, about),))
