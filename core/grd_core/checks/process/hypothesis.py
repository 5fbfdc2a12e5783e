"""HYPOTHESIS.md: what an experiment must say before it is run, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grd_core.checks.process.sections import COMMENT, Section, sections_of


@dataclass(frozen=True, slots=True)
class Part:
    """A section a hypothesis needs: its heading, other names for it, and what it asks."""

    key: str
    heading: str
    others: tuple[str, ...]
    asks: str


PARTS: tuple[Part, ...] = (
    Part(
        "belief",
        "What we believe",
        ("hypothesis", "belief", "what do we believe"),
        "one claim that could be false, with the quantity it is about",
    ),
    Part(
        "why",
        "Why",
        ("why we believe it", "reason", "rationale"),
        "the mechanism or the earlier result that makes it plausible",
    ),
    Part(
        "disproof",
        "What would disprove it",
        ("disproof", "falsification", "what would refute it", "what would prove it wrong"),
        "the observation that would make you give it up: a metric, a comparison, a number",
    ),
    Part(
        "test",
        "How this tests it",
        ("test", "how we test it", "how this experiment tests it"),
        "what is run and compared, so that the observation above could occur",
    ),
    Part(
        "expected",
        "Expected result",
        ("expected", "expectation", "expected results", "prediction"),
        "the number you expect, written before the run",
    ),
    Part(
        "new",
        "What is new",
        ("what's new", "what is different", "new", "what is new since the last verdict"),
        "what differs from every earlier experiment and since the last verdict",
    ),
)
"""What is asked of a hypothesis, in the order of the template."""

HYPOTHESIS_TEMPLATE = "# TITLE\n\n" + "\n".join(
    f"## {part.heading}\n\n<!-- {part.asks} -->\n" for part in PARTS
)
"""The text a new experiment starts from; `TITLE` stands for its title."""

COMPARISONS = (
    "above", "at least", "at most", "below", "beyond", "differ", "differs", "difference", "drop",
    "drops", "equal", "equals", "exceed", "exceeds", "fall", "falls", "fewer", "greater", "higher",
    "increase", "increases", "decrease", "decreases", "interval", "larger", "less", "lower", "more",
    "no gain", "rise", "rises", "same", "smaller", "than", "within", "zero",
)  # fmt: skip
"""Words that compare: with one of them a sentence says what would be seen."""

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_COMPARING = re.compile(
    r"[<>≤≥=]|\b(?:" + "|".join(re.escape(word) for word in COMPARISONS) + r")\b", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![^\W\d_])\d")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hypothesis says under one heading; `line` is 0 when the heading is missing."""

    part: Part
    line: int
    text: str

    @property
    def words(self) -> int:
        """How many words are left once comments are gone; 0 for the template's own text."""
        if _folded(self.text) == _folded(self.part.asks):
            return 0
        return len(_WORD.findall(self.text))


def answers(hypothesis: str) -> tuple[Answer, ...]:
    """What HYPOTHESIS.md says on each part, in the template's order.

    Headings count in any level and case, with numbering or a colon; deeper headings
    belong to the part they stand under. Comments are not text.
    """
    found: dict[str, Section] = {}
    part, depth = "", 0
    for section in _sections(hypothesis):
        key = _KEYS.get(_folded(section.title), "")
        if key and key not in found:
            found[key], part, depth = section, key, section.level
        elif part and section.level > depth:
            found[part] = _joined(found[part], section)
        else:
            part = ""
    return tuple(
        Answer(item, found[item.key].line, found[item.key].text)
        if item.key in found
        else Answer(item, 0, "")
        for item in PARTS
    )


def observables(text: str) -> tuple[str, ...]:
    """What in a text could be observed: a metric of the catalogue, a number, a comparison."""
    return tuple(_observables(text))


def _observables(text: str) -> Iterator[str]:
    # Every list of experiments reads hypotheses; few ask what could be observed.
    from grd_core.statistics.metrics import CATALOGUE

    folded = f" {_folded(text)} "
    for metric in CATALOGUE:
        names = (metric.name, metric.title, *metric.aliases)
        if any(f" {_folded(name)} " in folded for name in names):
            yield metric.name
    if _NUMBER.search(text):
        yield "a number"
    if _COMPARING.search(text):
        yield "a comparison"


def _sections(hypothesis: str) -> tuple[Section, ...]:
    text = re.sub(r"\r\n?", "\n", hypothesis.removeprefix("\ufeff"))
    front = _FRONT_MATTER.match(text)
    skipped = front.group(0).count("\n") if front else 0
    prose = text[front.end() :] if front else text
    # A comment leaves its line ends behind, so that headings keep their lines.
    prose = COMMENT.sub(lambda comment: "\n" * comment.group(0).count("\n"), prose)
    return sections_of(prose, skipped + 1)


def _joined(outer: Section, inner: Section) -> Section:
    text = f"{outer.text}\n{inner.title}\n{inner.text}".strip()
    return Section(outer.title, outer.level, outer.line, text)


def _folded(text: str) -> str:
    """Lower case, words and digits only, without leading numbering."""
    words = re.findall(r"[^\W_]+", text.lower().replace("’", "'").replace("'", ""))
    while words and words[0].isdigit():
        words.pop(0)
    return " ".join(words)


_KEYS = {_folded(name): part.key for part in PARTS for name in (part.heading, *part.others)}
