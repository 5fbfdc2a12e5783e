"""Runs on one line each, straight from the queries: newest ones, pages, one experiment's."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import repeat
from operator import attrgetter
from typing import Any

from grd_core.ledger.read import Reader
from grd_core.study import Study

RECENT = 20
"""How many of each experiment's newest runs a list of experiments comes with."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run on one line; totals in seconds, `age_s` since its supervisor was last heard of.

    `rewritten` counts its journal files that are not the ones that were read, `malformed` the
    lines in them that nobody could read.
    """

    id: int
    name: str
    ordinal: int
    state: str
    seed: int
    started: str
    ended: str
    exit_code: int | None
    detail: str
    wall_s: float
    cpu_s: float
    gpu_s: float
    age_s: float | None
    rewritten: int = 0
    malformed: int = 0


@dataclass(frozen=True, slots=True)
class RunsPage:
    """A piece of a list of runs, newest first: how many there are in all, and where it begins."""

    total: int
    offset: int
    runs: tuple[RunLine, ...]


_LINE = """
SELECT r.id, printf('%03d-%s/%02d', e.number, e.slug, r.ordinal), r.ordinal, s.state, r.seed,
       r.at, CASE s.state WHEN 'started' THEN '' ELSE s.at END,
       json_extract(s.detail_json, '$.exit_code'),
       coalesce(json_extract(s.detail_json, '$.detail'), ''),
       coalesce(p.wall_s, json_extract(s.detail_json, '$.totals.wall_s'), 0.0),
       coalesce(p.cpu_s, json_extract(s.detail_json, '$.totals.cpu_s'), 0.0),
       coalesce(p.gpu_s, json_extract(s.detail_json, '$.totals.gpu_s'), 0.0),
       max(0.0, :now - p.heartbeat),
       (SELECT coalesce(sum(o.status = 'rewritten'), 0) FROM journal_offset o
        WHERE o.run_id = r.id),
       (SELECT coalesce(sum(o.malformed), 0) FROM journal_offset o WHERE o.run_id = r.id)
"""

_FROM = """
FROM run r
JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
JOIN experiment e ON e.id = r.experiment_id
LEFT JOIN run_progress p ON p.run_id = r.id AND s.state = 'started'
"""

_ENDED = """
SELECT r.id, r.experiment_id, r.ordinal, s.state, r.seed, r.at, s.at,
       json_extract(s.detail_json, '$.exit_code'),
       coalesce(json_extract(s.detail_json, '$.detail'), ''),
       coalesce(json_extract(s.detail_json, '$.totals.wall_s'), 0.0),
       coalesce(json_extract(s.detail_json, '$.totals.cpu_s'), 0.0),
       coalesce(json_extract(s.detail_json, '$.totals.gpu_s'), 0.0)
FROM run_state s
CROSS JOIN run r ON r.id = s.run_id
WHERE s.state != 'started'
"""
"""What `_LINE` says of a run that has ended and whose journals have no fault, without a look
into four indices for each: both tables are read from end to end, an end is recorded once."""

_FAULTY = "SELECT DISTINCT run_id FROM journal_offset WHERE status = 'rewritten' OR malformed > 0"

_RECENT_IDS = """
SELECT recent.id FROM experiment x
JOIN run recent ON recent.id IN
     (SELECT id FROM run WHERE experiment_id = x.id ORDER BY id DESC LIMIT :recent)
"""

_MATCHES = (
    " AND (r.id = {id} OR instr(lower(printf('%03d-%s/%02d', e.number, e.slug, r.ordinal)"
    " || ' ' || replace(s.state, '_', ' ') || ' ' || s.state || ' seed:' || r.seed || ' '"
    " || coalesce(json_extract(s.detail_json, '$.detail'), '')), {word}) > 0)"
)


def recent_runs(ledger: Reader) -> tuple[RunLine, ...]:
    """The newest `RECENT` runs of every experiment, in the order of their ids."""
    return _lines(
        ledger, f"{_LINE}{_FROM} WHERE r.id IN ({_RECENT_IDS}) ORDER BY r.id", recent=RECENT
    )


def runs_of(ledger: Reader, experiment_id: int) -> tuple[RunLine, ...]:
    """All runs of one experiment, in the order of their ids."""
    return _lines(
        ledger,
        f"{_LINE}{_FROM} WHERE r.experiment_id = :experiment_id ORDER BY r.id",
        experiment_id=experiment_id,
    )


def runs_named(ledger: Reader, ids: tuple[int, ...]) -> tuple[RunLine, ...]:
    """The runs of these ids, in the order of their ids."""
    where = " WHERE r.id IN (SELECT value FROM json_each(:ids)) ORDER BY r.id"
    return _lines(ledger, f"{_LINE}{_FROM}{where}", ids=json.dumps(ids))


def all_runs(study: Study) -> tuple[RunLine, ...]:
    """Every run of the study, in the order of their ids."""
    with study.read() as ledger:
        faulty = {row[0] for row in ledger.rows(_FAULTY)}
        ended = _rows(ledger, _ENDED, {})
        if faulty:
            ended = [row for row in ended if row[0] not in faulty]
        others: tuple[RunLine, ...] = ()
        if len(ended) < ledger.value("SELECT count(*) FROM run"):
            known = {row[0] for row in ended}
            ids = (row[0] for row in ledger.rows("SELECT id FROM run"))
            others = runs_named(ledger, tuple(id_ for id_ in ids if id_ not in known))
        names = {
            row["id"]: f"{row['number']:03d}-{row['slug']}/"
            for row in ledger.rows("SELECT id, number, slug FROM experiment")
        }
    lines = [*others, *_ended_lines(ended, names)]
    lines.sort(key=attrgetter("id"))
    return tuple(lines)


def _ended_lines(rows: list[tuple[Any, ...]], names: dict[int, str]) -> list[RunLine]:
    """Rows of `_ENDED` as lines; `names` are the experiments', as a run's name begins."""
    if not rows:
        return []
    ids, experiments, ordinals, *rest = zip(*rows, strict=True)
    named = [f"{names[e]}{o:02d}" for e, o in zip(experiments, ordinals, strict=True)]
    nobody_waits_for, no_fault = repeat(None), repeat(0)
    columns = (ids, named, ordinals, *rest, nobody_waits_for, no_fault, no_fault)
    return _filled(columns, len(rows))


def runs_page(
    study: Study,
    number: int | None,
    *,
    offset: int,
    limit: int,
    words: str = "",
) -> RunsPage:
    """A piece of the runs, newest first.

    Args:
        study: the study.
        number: an experiment's number, or None for the runs of all.
        offset: how many newer ones are passed over, from 0.
        limit: how many there are at most.
        words: what must stand in a run's name, state, seed (`seed:3`) or the word on its
            end, all of them, in any case; a whole number also finds the run of that id.
    """
    where = " WHERE (:number IS NULL OR e.number = :number)"
    named: dict[str, Any] = {"number": number, "offset": max(0, offset), "limit": max(0, limit)}
    for index, word in enumerate(words.lower().split()):
        where += _MATCHES.format(id=f":id{index}", word=f":word{index}")
        # The text goes on with a blank: seed:3 is not seed:30.
        sought = f"{word} " if word.startswith("seed:") else word
        named |= {f"word{index}": sought, f"id{index}": int(word) if _is_id(word) else None}
    with study.read() as ledger:
        counted = f"SELECT count(*) {_FROM}{where}" if words.split() else _COUNT
        total = ledger.driver.execute(counted, named).fetchone()[0]
        runs = _lines(
            ledger, f"{_LINE}{_FROM}{where} ORDER BY r.id DESC LIMIT :limit OFFSET :offset", **named
        )
    return RunsPage(int(total), named["offset"], runs)


_COUNT = """
SELECT count(*) FROM run
WHERE :number IS NULL OR experiment_id IN (SELECT id FROM experiment WHERE number = :number)
"""


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 18


def _lines(ledger: Reader, sql: str, **named: Any) -> tuple[RunLine, ...]:
    return tuple(RunLine(*row) for row in _rows(ledger, sql, {"now": time.time()} | named))


def _rows(ledger: Reader, sql: str, named: dict[str, Any]) -> list[tuple[Any, ...]]:
    cursor = ledger.driver.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, named).fetchall()


_SETTERS = tuple(getattr(RunLine, field.name).__set__ for field in fields(RunLine))


def _filled(columns: Iterable[Iterable[Any]], count: int) -> list[RunLine]:
    """So many lines, filled field by field.

    A frozen class sets each field of each line by a call of its own; for thousands of lines
    that takes as long as their query.
    """
    lines = [object.__new__(RunLine) for _ in range(count)]
    for setter, column in zip(_SETTERS, columns, strict=True):
        deque(map(setter, lines, column), maxlen=0)
    return lines
