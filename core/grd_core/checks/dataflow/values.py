"""What is known about a value without running the code that makes it."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, NamedTuple

from grd_core.checks.dataflow.columns import ALL, NONE, Columns, narrowed, surely_holds
from grd_core.checks.dataflow.rows import Site

MAX_ALTERNATIVES = 24


class Shape(Enum):
    """What kind of container a value is, where that decides what a method means."""

    OTHER = auto()
    SERIES = auto()
    FRAME = auto()
    ARRAY = auto()  # as read, rows when iterated
    ROW = auto()  # one row, or one element: its mean says nothing of other rows
    GROUPS = auto()
    WINDOW = auto()  # looks back only
    INDICES = auto()
    MASK = auto()
    MAPPING = auto()  # iterates over its keys
    PARTS = auto()  # tables by name, each with rows of its own
    NAMES = auto()  # column names: those in `columns`


class Nature(Enum):
    """What kind of knowledge about other rows a statistic is."""

    AGGREGATE = auto()  # about all of its rows
    EARLIER = auto()  # each row holds something of earlier rows
    LATER = auto()  # each row holds something of later rows
    FILLED_BACK = auto()  # gaps are filled from later rows
    CUTOFF = auto()  # a threshold that its rows' labels suggest


class Forecast(Enum):
    """What a prediction consists of."""

    LABELS = auto()  # classes of a classifier
    SCORES = auto()  # probabilities and the like
    NUMBERS = auto()  # of a regression, or of a model nothing is known about


class Absent(Enum):
    """The type of the mark for «no constant is known»."""

    UNKNOWN = auto()


UNKNOWN: Final = Absent.UNKNOWN
Constant = str | bytes | int | float | complex | bool | None | Absent


class Taint(NamedTuple):
    """A statistic in a value: in which of its columns, and about which columns it was.

    `by_choice` says that the statistic only chose columns, it is not a number in them.
    """

    statistic: int
    where: Columns = ALL
    about: Columns = NONE
    by_choice: bool = False


@dataclass(frozen=True, slots=True)
class Statistic:
    """A number or a fitted transformer computed over row sets.

    `what` is the statistic's name, or the transformer's class when it is `fitted`;
    `supervised` says that it was given the target explicitly.
    """

    site: Site
    what: str
    rows: frozenset[int]
    supervised: bool
    subject: ast.expr | None
    holder: ast.expr | None
    nature: Nature = Nature.AGGREGATE

    @property
    def fitted(self) -> bool:
        """True for a fitted transformer or model."""
        return self.holder is not None


class Loop(NamedTuple):
    """A loop or comprehension that is being run, `depth` calls below the module."""

    node: ast.AST
    depth: int


class Moment(NamedTuple):
    """When in a pass something happens: the call, and the calls and loops around it."""

    call: ast.Call | None = None
    stack: tuple[Hashable, ...] = ()
    loops: tuple[Loop, ...] = ()


NOWHERE = Moment()


@dataclass(frozen=True, slots=True)
class Fit:
    """A call that trained something: on which rows, with what in them.

    `in_target` are the statistics in the target, if it was given one apart; `through` the
    unknown calls its rows went through on their way; `features` and `label` what it was given,
    `classes` those of the model and its parts.
    """

    site: Site
    rows: frozenset[int]
    taints: frozenset[Taint]
    target: Columns
    subject: ast.expr | None
    statistic: int
    has_target: bool = True
    in_target: frozenset[Taint] = frozenset()
    through: frozenset[int] = frozenset()
    moment: Moment = NOWHERE
    features: Value | None = field(default=None, compare=False)
    label: Value | None = field(default=None, compare=False)
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimator:
    """Anything with a fit: its class and, for a pipeline, the classes inside.

    `told` says that an argument tells it what it would learn from rows.
    """

    name: str
    parts: tuple[str, ...] = ()
    told: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function or lambda of the files under review, with the scopes it can see."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scopes: tuple[int, ...]
    path: str
    receiver: Value | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the files under review."""

    name: str
    methods: tuple[tuple[str, Function], ...]
    attributes: tuple[tuple[Hashable, Value], ...]

    def method(self, name: str) -> Function | None:
        """The method with this name, bases included."""
        return next((method for known, method in self.methods if known == name), None)


@dataclass(frozen=True, slots=True)
class Module:
    """A file under review that another imports: its global scope."""

    scope: int


Thing = Estimator | Function | Class | Module


class Value(NamedTuple):
    """An abstract value. The empty one says: nothing is known.

    A named tuple, since a pass makes some hundred thousand of them: to make, change or compare
    one takes a quarter of a frozen dataclass's time.

    `rows` are the row sets its rows may be; `fields` its items by key, where known
    (tuple, list, dict, instance); `each` what iterating it yields; `selects` which rows
    an index or mask picks; `location` where its latest contents are kept, 0 for none;
    `latent` the rows it may hold where an unknown call made it, or made it of its rows;
    `copies` the columns it is computed from row by row; `forecast` says that it is a model's
    prediction; `added` are the columns that the program stored in it.
    """

    shape: Shape = Shape.OTHER
    rows: frozenset[int] = frozenset()
    columns: Columns = NONE
    taints: frozenset[Taint] = frozenset()
    constant: Constant = UNKNOWN
    symbol: str = ""
    fields: tuple[tuple[Hashable, Value], ...] | None = None
    each: Value | None = None
    selects: Hashable = None
    thing: Thing | None = None
    fits: tuple[Fit, ...] = ()
    instance: Class | None = None
    location: int = 0
    latent: frozenset[int] = frozenset()
    copies: Columns = NONE
    forecast: Forecast | None = None
    added: frozenset[str] = frozenset()

    @property
    def origin(self) -> frozenset[int]:
        """Its rows, or those it may have brought from a call nothing is known about."""
        return self.rows or self.latent

    def holds_added(self, name: str) -> bool:
        """True when a column that the program computes is surely in it, not in a copy alone."""
        known = name in self.added or not self.columns.complement
        return known and surely_holds(self.columns, name)

    def field(self, key: Hashable) -> Value | None:
        """The item stored under a key, if known."""
        return next((item for known, item in self.fields or () if known == key), None)

    def with_field(self, key: Hashable, item: Value) -> Value:
        """A copy in which `key` holds `item`."""
        kept = tuple(pair for pair in self.fields or () if pair[0] != key)
        return self._replace(fields=(*kept, (key, item)))

    @property
    def names(self) -> frozenset[str]:
        """The text constants in it: one name, or the names in a list."""
        if isinstance(self.constant, str):
            return frozenset((self.constant,))
        return frozenset(
            item.constant for item in self.iterated or () if isinstance(item.constant, str)
        )

    @property
    def iterated(self) -> list[Value] | None:
        """What iterating yields, one after the other, where it is known."""
        if self.fields is None:
            return None
        if self.shape is Shape.MAPPING:
            return [Value(constant=key) for key, _ in self.fields if isinstance(key, str | int)]
        return [item for _, item in self.fields]


NOTHING = Value()


def sequence(items: Iterable[Value]) -> Value:
    """A tuple or list of known items; rows and taints are those of any item."""
    listed = tuple(items)
    return mix(listed)._replace(fields=tuple(enumerate(listed)), columns=NONE)


def mix(values: Iterable[Value]) -> Value:
    """The value a computation on these yields when nothing more is known about it."""
    rows: set[int] = set()
    latent: set[int] = set()
    taints: set[Taint] = set()
    columns = copies = NONE
    forecasts: set[Forecast | None] = set()
    added: frozenset[str] = frozenset()
    for value in values:
        if value.rows or value.latent:
            forecasts.add(value.forecast)
            rows |= value.rows
            latent |= value.latent
        if value.taints:
            taints |= value.taints
        if value.columns is not NONE:
            columns = columns.union(value.columns)
        if value.copies is not NONE:
            copies = copies.union(value.copies)
        if value.added:
            added |= value.added
    if not (forecasts or taints or columns is not NONE or copies is not NONE):
        return NOTHING
    return Value(
        rows=_few(rows),
        taints=_few_taints(taints),
        columns=columns,
        latent=_few(latent),
        copies=copies,
        forecast=forecasts.pop() if len(forecasts) == 1 else None,
        added=added,
    )


def derived(value: Value, rows: frozenset[int] | None = None, shape: Shape | None = None) -> Value:
    """The same contents as a new object, perhaps with other rows or in another container."""
    return Value(
        shape=value.shape if shape is None else shape,
        rows=value.rows if rows is None else rows,
        columns=value.columns,
        taints=value.taints,
        latent=value.latent,
        selects=value.selects,
        copies=value.copies,
        forecast=value.forecast,
        added=value.added,
    )


def shuffled(value: Value) -> Value:
    """The value when its rows no longer hold what these rows held before."""
    return value._replace(copies=NONE, forecast=None)


def join(one: Value, other: Value) -> Value:
    """What is known where two paths of the program meet."""
    if one is other or one == other:
        return one
    if one.constant is None or one == NOTHING:
        return other
    if other.constant is None or other == NOTHING:
        return one
    return Value(
        shape=one.shape if one.shape is not Shape.OTHER else other.shape,
        rows=_few(one.rows | other.rows),
        columns=_join_columns(one.columns, other.columns),
        taints=_few_taints(one.taints | other.taints),
        constant=one.constant if one.constant == other.constant else UNKNOWN,
        symbol=one.symbol or other.symbol,
        fields=_join_fields(one, other),
        each=_join_optional(one.each, other.each),
        selects=one.selects if one.selects == other.selects else (one.selects, other.selects),
        thing=one.thing or other.thing,
        fits=tuple(dict.fromkeys((*one.fits, *other.fits)))[:MAX_ALTERNATIVES],
        instance=one.instance or other.instance,
        location=one.location if one.location == other.location else 0,
        latent=_few(one.latent | other.latent),
        copies=one.copies if one.copies == other.copies else NONE,
        forecast=one.forecast if one.forecast is other.forecast else None,
        added=one.added | other.added,
    )


def join_all(values: Iterable[Value]) -> Value:
    """The join of any number of values; nothing for none."""
    joined: Value | None = None
    for value in values:
        joined = value if joined is None else join(joined, value)
    return joined or NOTHING


def restricted(taints: frozenset[Taint], columns: Columns) -> frozenset[Taint]:
    """The taints that remain when only these columns are kept."""
    return frozenset(taint for taint in taints if taint.where.meets(columns))


def moved(taints: frozenset[Taint], where: Columns) -> frozenset[Taint]:
    """The taints of a value once it is stored in these columns."""
    return frozenset(taint._replace(where=where) for taint in taints)


def _join_columns(one: Columns, other: Columns) -> Columns:
    """All that may be there; what only one of them holds is not sure."""
    return one if one == other else narrowed(one.union(other))


def _join_optional(one: Value | None, other: Value | None) -> Value | None:
    if one is None or other is None:
        return one or other
    return join(one, other)


def _join_fields(one: Value, other: Value) -> tuple[tuple[Hashable, Value], ...] | None:
    if one.fields is None or other.fields is None:
        return one.fields or other.fields or None
    merged = dict(one.fields)
    for key, item in other.fields:
        merged[key] = join(merged[key], item) if key in merged else item
    return tuple(merged.items())


def bounded(value: Value) -> Value:
    """The value with as many alternatives and taints as are followed at all."""
    few = MAX_ALTERNATIVES
    if len(value.taints) <= 4 * few and len(value.rows) <= few and len(value.latent) <= few:
        return value
    return value._replace(
        rows=_few(value.rows), latent=_few(value.latent), taints=_few_taints(value.taints)
    )


def _few(rows: set[int] | frozenset[int]) -> frozenset[int]:
    if len(rows) <= MAX_ALTERNATIVES:
        return frozenset(rows)
    return frozenset(sorted(rows)[:MAX_ALTERNATIVES])


def _few_taints(taints: set[Taint] | frozenset[Taint]) -> frozenset[Taint]:
    if len(taints) <= 4 * MAX_ALTERNATIVES:
        return frozenset(taints)
    by_age = sorted(taints, key=lambda taint: taint.statistic)
    return frozenset(by_age[: 4 * MAX_ALTERNATIVES])
