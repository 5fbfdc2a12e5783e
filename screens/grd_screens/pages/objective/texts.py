"""What stands above the lists of the Objective's page, and the rows that are no change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.pages.objective.content import FILE, ObjectiveContent, Version
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, sides, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.objective.snapshot import ObjectiveSnapshot, ProblemLine

_INDENT = 13
_SIDE = "file on disk"
_ITEM = "\N{MIDDLE DOT} "
"""How an item of the rule in plain words begins."""


def head_lines(content: ObjectiveContent, glyphs: Glyphs, width: int) -> list[Content]:
    """How the objective stands, and what can be done about it."""
    state = content.state
    if state.state == "none":
        return _standing("not yet", "no objective", "", glyphs, width)
    if state.state == "draft":
        return _draft(content, glyphs, width)
    lines = _locked(content, glyphs, width)
    if content.shows_document:
        lines += _compared(content, glyphs, width)
    return lines


def refusal_lines(sentence: str, glyphs: Glyphs, width: int) -> list[Content]:
    """Why the file was not opened to be edited; nothing where it was."""
    return _standing("blocked", "refused", printable(sentence), glyphs, width) if sentence else []


def empty_rows() -> tuple[Row, ...]:
    """What an empty page teaches."""
    sentences = (
        "Nothing says yet what is asked and what would count as an answer.",
        "i drafts OBJECTIVE.md from the declared data; e edits it here, E in your editor; it is"
        " checked line by line as you write.",
        "L locks it by its bytes, before any result: from then on every difference is shown"
        " as drift.",
    )
    return tuple(Row("", _wrapped(text(sentence, MUTED))) for sentence in sentences)


def problem_rows(problems: tuple[ProblemLine, ...], glyphs: Glyphs) -> tuple[Row, ...]:
    """What is wrong with the file, by line, each with what to do."""
    if not problems:
        return ()
    rows = [heading("PROBLEMS", "enter edits the line")]
    rows += [
        Row(
            f"problem:{at}",
            _problem(problem, glyphs),
            f"line {problem.line} {problem.field} {problem.message} {problem.fix}",
        )
        for at, problem in enumerate(problems)
    ]
    return tuple(rows)


def version_rows(versions: tuple[Version, ...], glyphs: Glyphs) -> tuple[Row, ...]:
    """The lock and its amendments, the newest first."""
    if not versions:
        return ()
    note = "enter shows what an amendment changed" if len(versions) > 1 else ""
    rows = [heading("VERSIONS", note)]
    rows += [
        Row(
            f"version:{version.number}",
            _version(version),
            f"v{version.number} {version.author} {version.reason}",
        )
        for version in reversed(versions)
    ]
    return tuple(rows)


def rule_rows(rule: tuple[str, ...], title: str, glyphs: Glyphs) -> tuple[Row, ...]:
    """The decision rule in plain words, a row a sentence so that the cursor can read it."""
    if not rule:
        return ()
    rows = [heading("THE RULE IN PLAIN WORDS", title)]
    rows += [
        Row(f"rule:{at}", _sentence(sentence, glyphs), sentence)
        for at, sentence in enumerate(rule)
        if sentence.strip()
    ]
    return tuple(rows)


def heading(title: str, note: str) -> Row:
    """A heading over rows."""

    said = f"  {note}" if note else ""

    def lines(width: int) -> list[Content]:
        return Content.assemble((title, "bold"), (said, MUTED)).wrap(max(width, 1))

    return Row("", lines)


def side_name(name: str) -> str:
    """How a side of the comparison is called."""
    return _SIDE if name == FILE else name


def _draft(content: ObjectiveContent, glyphs: Glyphs, width: int) -> list[Content]:
    state = content.state
    refusals = state.refusals
    warnings = len(state.problems) - refusals
    warned = f", {warnings} {_plural('warning', warnings)}" if warnings else ""
    if refusals:
        verb = "keeps" if refusals == 1 else "keep"
        said = f"{refusals} {_plural('problem', refusals)} {verb} it from being locked{warned}"
        lines = _standing("attention", "draft", said, glyphs, width)
    elif content.frozen:
        lines = _standing("now", "draft", f"L locks it{warned}", glyphs, width)
    else:
        said = f"sound{warned}; L locks it when the data is frozen: 1, then f"
        lines = _standing("now", "draft", said, glyphs, width)
    return lines + _question(state, width)


def _locked(content: ObjectiveContent, glyphs: Glyphs, width: int) -> list[Content]:
    state = content.state
    name = f"v{state.version}"
    if state.drift_state == "file missing":
        said = f"OBJECTIVE.md is gone: R puts {name} back as it was locked"
        return _standing("blocked", "missing", said, glyphs, width)
    if state.drift_state == "unreadable":
        # The list below says where and why; without it, the head has to.
        why = "" if state.problems else f": {printable(state.fault)}"
        said = f"OBJECTIVE.md cannot be read{why}; e opens it, R puts {name} back"
        return _standing("blocked", "unreadable", said, glyphs, width)
    if state.drift_state == "drifted":
        count = len(state.changes)
        said = (
            f"{count} {_plural('change', count)} no amendment records: a amends, R restores {name}"
        )
        return _standing("attention", "drifted", said, glyphs, width)
    said = f"OBJECTIVE.md is {name}{_history(content.versions)}"
    lines = _standing("done", "in sync", said, glyphs, width)
    return lines if content.shows_document else lines + _question(state, width)


def _history(versions: tuple[Version, ...]) -> str:
    """When the newest version was fixed, and what its author could have seen by then."""
    if not versions:
        return ""
    newest = versions[-1]
    verb = "locked" if len(versions) == 1 else "amended"
    return f", {verb} {newest.at[:10]} {_seen(newest.results)}"


def _compared(content: ObjectiveContent, glyphs: Glyphs, width: int) -> list[Content]:
    """Which two versions stand below, and what was known when the first was locked."""
    comparison = content.comparison
    if comparison is None:
        return []
    left, right = comparison.left, comparison.right
    first = next((one for one in content.versions if one.number == left.version), None)
    known = f" ({first.at[:10]}, {_seen(first.results)})" if first is not None else ""
    since = f"LOCK {left.name}" if left.version == 1 else side_name(left.name)
    title = Content.assemble((f"CHANGES SINCE {since}", "bold"), (known, MUTED))
    between = f"{side_name(left.name)} {glyphs.arrow} {side_name(right.name)}"
    return sides(title, (text(between, MUTED),), width)


def _question(state: ObjectiveSnapshot, width: int) -> list[Content]:
    if not state.question:
        return []
    lines = hanging(text("question", MUTED), text(printable(state.question)), _INDENT, width)
    if state.refuted_if:
        refuted = Parts(tuple(text(printable(one)) for one in state.refuted_if), " or ")
        lines += hanging(text("refuted if", MUTED), refuted, _INDENT, width)
    return lines


def _standing(standing: str, word: str, sentence: str, glyphs: Glyphs, width: int) -> list[Content]:
    label = text(f"{glyphs.standing[standing]} {word}", STYLES[standing])
    return hanging(label, text(sentence), _INDENT, width)


def _problem(problem: ProblemLine, glyphs: Glyphs) -> Callable[[int], list[Content]]:
    standing = "blocked" if problem.severity == "refuse" else "attention"
    where = f"line {problem.line}" if problem.line else "the file"
    label = text(f"{glyphs.standing[standing]} {where}", STYLES[standing])
    field = f"{printable(problem.field)}: " if problem.field else ""
    body = Content.assemble((field, "bold"), printable(problem.message))

    def lines(width: int) -> list[Content]:
        found = hanging(label, body, _INDENT, width)
        return found + hanging(Content(""), text(printable(problem.fix), MUTED), _INDENT, width)

    return lines


def _version(version: Version) -> Callable[[int], list[Content]]:
    label = text(f"v{version.number} {version.at[:10]}", "bold")
    facts = [text(f"by {printable(version.author)}"), text(_seen(version.results))]
    if version.loosened:
        facts.append(text(f"{version.loosened} loosened"))
    if version.post_hoc:
        facts.append(text(f"{version.post_hoc} post hoc", "bold $warning"))
    if version.reason:
        facts.append(text(printable(version.reason)))
    facts.append(text(f"sha256 {version.sha256[:16]}", MUTED))
    return lambda width: hanging(label, Parts(tuple(facts)), _INDENT + 2, width)


def _sentence(sentence: str, glyphs: Glyphs) -> Callable[[int], list[Content]]:
    said = sentence.strip()
    item = said.removeprefix(_ITEM)
    if item == said:
        return _wrapped(text(printable(said)))
    label = text(f"  {glyphs.separator}", MUTED)
    return lambda width: hanging(label, text(printable(item)), 4, width)


def _wrapped(content: Content) -> Callable[[int], list[Content]]:
    return lambda width: content.wrap(max(width, 1))


def _seen(results: int) -> str:
    if not results:
        return "before any result"
    return f"after {results} {_plural('result', results)}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
