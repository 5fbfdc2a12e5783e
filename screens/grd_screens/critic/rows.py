"""The Critic's list: what failed, open, with its proof; what warns; what runs; the rest folded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from grd_screens.critic.numbers import number_parts, number_table
from grd_screens.critic.state import Card, Doing, ReviewState
from grd_screens.glyphs import STYLES, Glyphs
from grd_screens.printable import printable
from grd_screens.typesetting import MUTED, Parts, hanging, sides, text
from grd_screens.widgets.listing import Row

if TYPE_CHECKING:
    from grd_core.checks.contract import CheckResult, Finding

FINDING, CHECK, LISTED, GROUP = "finding:", "check:", "listed:", "group:"
"""How the key of a row begins, by what the row is."""

GROUPS = ("code", "data", "results", "process")
WAIVED = "~"

STATUS_STANDING = {
    "passed": "done",
    "warned": "attention",
    "failed": "blocked",
    "errored": "blocked",
    "not_applicable": "not yet",
    "skipped": "not yet",
}
_SHORT = {"not_applicable": "n/a"}
_HANG = 7
_ROOMY = 90


def finding_key(finding: Finding, at: int) -> str:
    """The key of a finding's row: its check and its place among the check's findings."""
    return f"{FINDING}{finding.check}:{at}"


def code_of(key: str) -> str:
    """The check a row is about; empty for a group."""
    return key.split(":")[1] if key.startswith((FINDING, CHECK, LISTED)) else ""


def finding_of(state: ReviewState, key: str) -> Finding | None:
    """The finding a row is about."""
    if not key.startswith(FINDING):
        return None
    _, code, at = key.split(":")
    result = state.results.get(code)
    return result.findings[int(at)] if result and int(at) < len(result.findings) else None


def review_rows(state: ReviewState, opened: frozenset[str], glyphs: Glyphs) -> tuple[Row, ...]:
    """The rows of a review; `opened` names the groups whose checks are listed."""
    findings = [
        (result, at, finding)
        for card in state.cards
        if (result := state.results.get(card.code)) is not None
        for at, finding in enumerate(result.findings)
        if not finding.waived
    ]
    rows = [
        _failure(result, at, finding, glyphs)
        for result, at, finding in findings
        if finding.severity == "blocking"
    ]
    rows += [
        _errored(state.results[card.code], card, glyphs)
        for card in state.cards
        if card.code in state.results and state.results[card.code].status == "errored"
    ]
    rows += [
        _warning(result, at, finding, glyphs)
        for result, at, finding in findings
        if finding.severity == "warning"
    ]
    titles = {card.code: card.title for card in state.cards}
    rows += [_doing(one, titles.get(one.code, ""), glyphs) for one in state.doing]
    for group in GROUPS:
        rows += _group(state, group, group in opened, glyphs)
    return (*rows, *_counts(state, glyphs))


def _failure(result: CheckResult, at: int, finding: Finding, glyphs: Glyphs) -> Row:
    def lines(width: int) -> list[Content]:
        found = _headline("blocked", finding, glyphs, width)
        found += _under(text(printable(finding.why)), width)
        numbers = number_parts(number_table(finding, result.measurement))
        if numbers:
            found += _under(Parts(numbers), width)
        if finding.method and numbers:
            found += _under(text(printable(finding.method), MUTED), width)
        if finding.places:
            found += _under(Parts(place_parts(finding), f" {glyphs.arrow} "), width)
        return found

    return Row(finding_key(finding, at), lines, _words(finding))


def _warning(result: CheckResult, at: int, finding: Finding, glyphs: Glyphs) -> Row:
    def lines(width: int) -> list[Content]:
        found = _headline("attention", finding, glyphs, width)
        if width >= _ROOMY:
            found += _under(text(printable(finding.why)), width)
        numbers = number_parts(number_table(finding, result.measurement))
        if numbers:
            found += _under(Parts(numbers), width)
        return found

    return Row(finding_key(finding, at), lines, _words(finding))


def _errored(result: CheckResult, card: Card, glyphs: Glyphs) -> Row:
    def lines(width: int) -> list[Content]:
        label = text(f"{glyphs.standing['blocked']} {result.check}", STYLES["blocked"])
        said = text(printable(card.title), "bold") + text("  errored", STYLES["blocked"])
        return [
            *hanging(label, said, _HANG, width),
            *_under(text(printable(result.reason)), width),
        ]

    words = f"{result.check} {card.title} errored {result.reason}"
    return Row(f"{CHECK}{result.check}", lines, words)


def _doing(one: Doing, title: str, glyphs: Glyphs) -> Row:
    def lines(width: int) -> list[Content]:
        label = text(f"{glyphs.standing['now']} {one.code}", STYLES["now"])
        said = text(printable(title))
        if one.message and one.message != title:
            said += text(f"  {printable(one.message)}", MUTED)
        elif one.fraction > 0:
            said += text(f"  {one.fraction:.0%}", MUTED)
        return hanging(label, said, _HANG, width)

    return Row(f"{CHECK}{one.code}", lines, f"{one.code} {title} running")


def _group(state: ReviewState, group: str, is_open: bool, glyphs: Glyphs) -> Iterator[Row]:
    cards = [card for card in state.cards if card.group == group]
    if not cards:
        return
    yield Row(f"{GROUP}{group}", _group_lines(state, group, cards, is_open, glyphs), group)
    if is_open:
        for card in cards:
            result = state.results.get(card.code)
            words = f"{card.code} {card.title} {result.status if result else 'waiting'} {group}"
            yield Row(f"{LISTED}{card.code}", _check_lines(state, card, glyphs), words)


def _group_lines(
    state: ReviewState, group: str, cards: list[Card], is_open: bool, glyphs: Glyphs
) -> Callable[[int], list[Content]]:
    ended = [state.results[card.code] for card in cards if card.code in state.results]
    counts = {status: sum(r.status == status for r in ended) for status in STATUS_STANDING}
    waived = sum(result.status == "waived" for result in ended)
    codes = {card.code for card in cards}
    running = sum(one.code in codes for one in state.doing)
    waiting = len(codes - {one.code for one in state.doing} - state.results.keys())

    def lines(width: int) -> list[Content]:
        parts = []
        for status, standing in STATUS_STANDING.items():
            if counts[status]:
                said = f"{glyphs.standing[standing]} {counts[status]} {_SHORT.get(status, status)}"
                parts.append(text(said, STYLES[standing]))
        if waived:
            parts.append(text(f"{WAIVED} {waived} waived", STYLES["attention"]))
        if running:
            parts.append(text(f"{glyphs.standing['now']} {running} running", STYLES["now"]))
        if waiting:
            parts.append(text(f"{glyphs.standing['not yet']} {waiting} waiting", MUTED))
        fold = glyphs.down if is_open else glyphs.path
        label = text(f"{fold} ", MUTED) + text(group, "bold")
        return hanging(label, Parts(tuple(parts), "  "), 11, width)

    return lines


def _check_lines(state: ReviewState, card: Card, glyphs: Glyphs) -> Callable[[int], list[Content]]:
    def lines(width: int) -> list[Content]:
        result = state.results.get(card.code)
        if result is None:
            label = text(f"  {glyphs.standing['not yet']} {card.code}", MUTED)
            return hanging(label, text(f"{printable(card.title)}  waiting", MUTED), 10, width)
        standing = STATUS_STANDING.get(result.status, "attention")
        sign = WAIVED if result.status == "waived" else glyphs.standing[standing]
        label = text(f"  {sign} {card.code}", STYLES[standing])
        word = _SHORT.get(result.status, result.status.value)
        said = text(printable(card.title)) + text(f"  {word}  {result.seconds:.2f} s", MUTED)
        found = hanging(label, said, 10, width)
        if result.reason:
            found += hanging(text(""), text(printable(result.reason), MUTED), 10, width)
        return found

    return lines


def _counts(state: ReviewState, glyphs: Glyphs) -> Iterator[Row]:
    if not state.cards:
        return
    by_status = [result.status for result in state.results.values()]
    errored = sum(status == "errored" for status in by_status)
    waived = sum(status == "waived" for status in by_status)
    silent = sum(status in ("not_applicable", "skipped") for status in by_status)
    loud = STYLES["blocked"] if errored else MUTED
    parts = (
        text(f"n/a {silent}", MUTED),
        text(f"{glyphs.standing['blocked']} errored {errored}", loud),
        text(f"{WAIVED} waived {waived}", STYLES["attention"] if waived else MUTED),
    )
    yield Row("", lambda width: Parts(parts, "  ").wrap(max(width, 1)))


def _headline(standing: str, finding: Finding, glyphs: Glyphs, width: int) -> list[Content]:
    """Sign, code and title; the severity and the place at the right where they fit."""
    label = text(f"{glyphs.standing[standing]} {finding.check}", STYLES[standing])
    gap = " " * max(1, _HANG - label.cell_length)
    left = label + Content(gap) + text(printable(finding.title), "bold")
    right = text(f"{finding.severity}", STYLES[standing])
    place = place_of(finding)
    if place:
        right += text(f"  {place}")
    if left.cell_length + 2 + right.cell_length <= width:
        return sides(left, (right,), width)
    return [
        *hanging(label, text(printable(finding.title), "bold"), _HANG, width),
        *_under(right, width),
    ]


def place_of(finding: Finding) -> str:
    """`train.py:41`; the name alone, the folder is the experiment's."""
    if not finding.path:
        return ""
    name = printable(finding.path.rsplit("/", 1)[-1])
    return f"{name}:{finding.line}" if finding.line else name


def place_parts(finding: Finding) -> tuple[Content, ...]:
    """The path of the value: each place by its role."""
    return tuple(
        text(f"{place.role} ", MUTED)
        + text(f"{printable(place.path.rsplit('/', 1)[-1])}:{place.line}")
        for place in finding.places
    )


def _under(body: Content | Parts, width: int) -> list[Content]:
    return hanging(Content(""), body, _HANG, width)


def _words(finding: Finding) -> str:
    return f"{finding.check} {finding.title} {finding.severity} {finding.path} {finding.why}"
