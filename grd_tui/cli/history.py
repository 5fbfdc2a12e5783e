"""`grd history`, `grd search` and `grd verify`: what happened, found again, and still true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grd_tui.cli.alike import say_alike
from grd_tui.cli.output import current_study, json_option, print_json, say, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grd_core.history.tree import Branch


@click.command()
@click.option("--narrative", "part", flag_value="narrative", help="We believed, tried, it said.")
@click.option("--decisions", "part", flag_value="decisions", help="What was decided, and why.")
@click.option("--tree", "part", flag_value="tree", help="The experiments by what they follow.")
@json_option
def history(part: str | None, as_json: bool) -> None:
    """What happened, in order; the decisions, the tree, or the study's narrative."""
    from grd_core.history.snapshot import history_snapshot
    from grd_core.history.story import narrative
    from grd_core.history.tree import branches

    snapshot = history_snapshot(current_study())
    if as_json:
        whole = to_json(snapshot)
        print_json(whole | {"narrative": narrative(snapshot)} if part == "narrative" else whole)
    elif part == "narrative":
        for line in narrative(snapshot).splitlines():
            say(line)
    elif part == "decisions":
        for decided in snapshot.decisions:
            say(f"{_moment(decided.at)}  {decided.kind:<9}  {decided.about}  ({decided.author})")
            say(f"    {decided.text}")
    elif part == "tree":
        for grown, branch in zip(snapshot.tree, branches(snapshot.tree), strict=True):
            said = " ".join(word for word in (grown.state, grown.verdict, grown.outcome) if word)
            say(f"{_drawn(branch)}{grown.name}  {grown.related}  {said}")
    else:
        for event in snapshot.events:
            say(f"{event.id:>4}  {_moment(event.at)}  {event.what}  ({event.author})")


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--similar",
    is_flag=True,
    help="Instead, the hypotheses most alike to an EXPERIMENT or to a TEXT in words.",
)
@json_option
def search(words: tuple[str, ...], similar: bool, as_json: bool) -> int:
    """Search hypotheses, notes, objectives, reasons and lessons; the best hit first.

    All WORDS must be there, in any order and case. `"a phrase"`, `begin*`, `this OR that`,
    `NOT this`; `kind:lesson`, `outcome:refuted`, `verdict:revise`, `state:archived` and
    `experiment:4` narrow it down, and `lesson:weather` is a word in a lesson.

    Exits 0 when something is found, 1 otherwise.
    """
    return _similar(" ".join(words), as_json) if similar else _search(words, as_json)


def _search(words: tuple[str, ...], as_json: bool) -> int:
    from grd_core.history.searching import search as search_study

    hits = search_study(current_study(), " ".join(words))
    if as_json:
        print_json({"words": words, "hits": hits})
    else:
        for hit in hits:
            fate = f"  ({hit.fate})" if hit.fate else ""
            say(f"{hit.at[:10]}  {hit.kind:<10}  {hit.where}{fate}")
            say(f"    {marked(hit.text, hit.marks)}")
        if not hits:
            say("nothing holds all of these words; `word*` finds what begins so")
    return 0 if hits else 1


def _similar(said: str, as_json: bool) -> int:
    from grd_core.errors import UsageError
    from grd_core.history.similar import similar, similar_to
    from grd_core.runs.experiments import find_experiment

    study = current_study()
    try:
        found = similar_to(study, find_experiment(study, said).number)
    except UsageError:  # not the name of one: a text
        found = similar(study, "", said)
    if as_json:
        print_json({"like": said, "similar": found})
    else:
        say_alike(found)
        if not found:
            say("no earlier hypothesis is alike")
    return 0 if found else 1


def marked(text: str, marks: Sequence[tuple[int, int]]) -> str:
    """An excerpt with what was found in «quotes»."""
    for first, last in reversed(marks):
        text = f"{text[:first]}«{text[first:last]}»{text[last:]}"
    return text


def _moment(at: str) -> str:
    return at[:19].replace("T", " ")


def _drawn(branch: Branch) -> str:
    """The lines of a tree before a name."""
    above = f"⋯{branch.hidden} " if branch.hidden else ""
    if not branch.ended:
        return above
    trunk = "".join("   " if ends else "│  " for ends in branch.ended[:-1])
    return f"{above}{trunk}{'└─ ' if branch.ended[-1] else '├─ '}"


@click.command()
@json_option
def verify(as_json: bool) -> int:
    """Replay the ledger, compare it with its anchors, hash again what is locked and frozen.

    Exits 0 when all is as it was written, 1 when something wants eyes, 6 on a fault.
    """
    from grd_core.gate.integrity import check_integrity

    found = check_integrity(current_study())
    if as_json:
        print_json(
            {
                "sound": found.sound,
                "events": found.events,
                "anchors": found.anchors,
                "head": found.head,
                "faults": found.faults,
                "notes": found.notes,
            }
        )
    else:
        for fault in found.faults:
            say(f"✖ {fault.where}: {fault.what}")
        for noted in found.notes:
            say(f"! {noted.where}: {noted.what}")
        word = "sound" if found.sound else "NOT sound"
        say(f"{word}: {found.events} events replayed, {found.anchors} anchors compared")
        say(f"head {found.head}")
    if found.faults:
        return 6
    return 1 if found.notes else 0
