"""The texts of a study in SQLite's FTS5, in memory.

Words are not reduced to stems: who searches `organ` means no organization, and names of columns
and metrics are no English. `wea*` finds what begins so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from grd_core.errors import RefusedError
from grd_core.history.query import Wanted
from grd_core.history.texts import Said
from grd_core.history.words import for_index

_GATHERED_BYTES = 2**23
_REBUILT_AT = 1024
"""Texts that may be gone or replaced before the index is made anew."""


class FullText:
    """Texts by row, and which rows hold what is wanted. Used by one thread at a time.

    Raises:
        RefusedError: this Python's SQLite has no full-text search.
    """

    def __init__(self) -> None:
        self._held: tuple[Said, ...] = ()
        self._rows: dict[Said, int] = {}
        self.said: dict[int, Said] = {}
        self._last = 0
        self._gone = 0
        self._driver = _empty_index()

    def hold(self, said: tuple[Said, ...]) -> None:
        """Hold these texts and no others; what is held already is not read again."""
        if said is self._held:
            return
        self._held = said
        now = dict.fromkeys(said)
        gone = self._rows.keys() - now.keys()
        if self._gone + len(gone) > _REBUILT_AT:
            self._rows, self.said, self._gone = {}, {}, 0
            self._driver.close()
            self._driver = _empty_index()
        else:
            # What is gone stays in the index, which holds no text to take it out by.
            for one in gone:
                del self.said[self._rows.pop(one)]
            self._gone += len(gone)
        new = [one for one in now if one not in self._rows]
        numbered = dict(enumerate(new, start=self._last + 1))
        self._last += len(new)
        self.said |= numbered
        self._rows |= {one: row for row, one in numbered.items()}
        self._driver.execute("BEGIN")
        self._driver.executemany(
            "INSERT INTO said (rowid, words) VALUES (?, ?)",
            ((row, for_index(one.text)) for row, one in numbered.items()),
        )
        self._driver.execute("COMMIT")

    def matching(self, wanted: Wanted) -> Iterable[tuple[int, float]]:
        """Rows that hold the words, with their rank; every row where no word is asked for."""
        if wanted.match:
            rows = self._driver.execute(
                "SELECT rowid, rank FROM said WHERE said MATCH ?", (wanted.match,)
            )
            return [(row, rank) for row, rank in rows if row in self.said]
        without = " OR ".join(term.match for term in wanted.without)
        if not without:
            return [(row, 0.0) for row in self.said]
        found = self._driver.execute("SELECT rowid FROM said WHERE said MATCH ?", (without,))
        excluded = {row for (row,) in found}
        return [(row, 0.0) for row in self.said if row not in excluded]


def _empty_index() -> sqlite3.Connection:
    driver = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    try:
        driver.execute("CREATE VIRTUAL TABLE said USING fts5(words, content='', tokenize='ascii')")
        # So many bytes are gathered before they are sorted in: a third less time for many texts.
        driver.execute("INSERT INTO said (said, rank) VALUES ('hashsize', ?)", (_GATHERED_BYTES,))
    except sqlite3.OperationalError as error:
        driver.close()
        raise RefusedError(
            f"this Python's SQLite has no full-text search ({error})",
            fix="use a Python whose SQLite has FTS5, as those of python.org and Debian have",
        ) from error
    return driver
