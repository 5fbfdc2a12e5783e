"""A study's history told as a story, to be sent to a colleague."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grd_core.history.chapters import Chapter, sentence
from grd_core.history.snapshot import HistorySnapshot
from grd_core.history.turns import Turn

# A link or a picture, HTML, an entity: what acts inside a paragraph. A backslash before one would
# take away the one that is put there, so it is doubled with it.
_ACTING = re.compile(
    r"(?<=\])(?P<link>[(\[])|(?P<before>\\*)(?P<sign><(?=[A-Za-z/!?])|&(?=#?\w+;))"
)


def narrative(snapshot: HistorySnapshot) -> str:
    """The story as Markdown: we believed, we tried, it gave, it failed because, so we.

    What moved the question or the data stands where it happened, between the experiments that
    were begun before and after.
    """
    parts = [f"# What was learned in {plain(snapshot.study)}"]
    if snapshot.question:
        parts.append(f"The question, as first locked: {plain(snapshot.question)}")
    if not snapshot.chapters:
        parts.append("No experiment has been made yet.")
    told: list[Chapter | Turn] = [*snapshot.chapters, *snapshot.turns]
    for one in sorted(told, key=lambda one: one.at):
        parts += _turn(one) if isinstance(one, Turn) else _chapter(one, snapshot)
    return "\n\n".join(parts) + "\n"


def plain(said: str) -> str:
    """A person's words inside a paragraph of ours: no link, picture, HTML or entity begins in
    them, and an odd backtick opens no code."""
    said = _ACTING.sub(_at_rest, said)
    return said.replace("`", "\\`") if said.count("`") % 2 else said


def _at_rest(acting: re.Match[str]) -> str:
    return f"{2 * (acting['before'] or '')}\\{acting['link'] or acting['sign']}"


def _turn(turn: Turn) -> Iterator[str]:
    yield f"### {turn.at[:10]}: {plain(turn.what)}"
    if turn.why:
        yield sentence(f"Because: {plain(turn.why)}")
    if turn.changes:
        yield "\n".join(f"- {plain(change)}" for change in turn.changes)


def _chapter(chapter: Chapter, snapshot: HistorySnapshot) -> Iterator[str]:
    yield f"## {plain(chapter.experiment)} ({plain(chapter.related or chapter.kind)})"
    yield _believed(chapter)
    differed = f" From its parent differs: {chapter.differed}." if chapter.differed else ""
    yield f"We tried: {plain(chapter.tried)}.{plain(differed)}"
    if chapter.found:
        yield "It gave:\n\n" + "\n".join(f"- {plain(found)}" for found in chapter.found)
    else:
        yield "It gave: nothing that was judged."
    meanwhile = [turn for turn in snapshot.turns if _is_meanwhile(turn, chapter, snapshot)]
    for turn in meanwhile:
        yield sentence(f"Meanwhile, on {turn.at[:10]}: {plain(turn.what)}")
    if chapter.ended:
        yield sentence(plain(chapter.ended))
    for so in chapter.so or ("nothing has been decided.",):
        yield f"So: {plain(so)}"


def _believed(chapter: Chapter) -> str:
    if not chapter.believed:
        return f"We believed: {sentence(plain(chapter.unsaid))}"
    said = f"We believed: {sentence(plain(chapter.believed))}"
    if chapter.because:
        said += f" Because: {sentence(plain(chapter.because))}"
    if chapter.disproof:
        said += f" It would have been disproved by: {sentence(plain(chapter.disproof))}"
    return said


def _is_meanwhile(turn: Turn, chapter: Chapter, snapshot: HistorySnapshot) -> bool:
    """Whether the question or the data moved between an experiment's begin and its end."""
    ends = [line.at for line in snapshot.decisions if line.about == chapter.experiment]
    return bool(ends) and chapter.at < turn.at < max(ends)
