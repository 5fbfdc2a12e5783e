"""The command `data split`: its form says what a split would break before it is planned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from grd_screens.commands.command import Given, OpenDocument, Outcome
from grd_screens.critic.documents import Document
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values

if TYPE_CHECKING:
    from grd_core.recon.partition import Strategy
    from grd_core.recon.records import SourceRecord
    from grd_core.recon.splits import SplitPreview
    from grd_core.study import Study

PAGE = 1
STRATEGIES = (
    "temporal",
    "grouped",
    "stratified",
    "grouped_stratified",
    "blocked",
    "random",
)
RECORD, PREVIEW = "record it", "preview it"


def split_form(study: Study, given: Given) -> Form:
    """Prefilled with what the declared roles recommend, or with the split there is.

    Raises:
        RefusedError: nothing is declared, or the data is frozen.
    """
    from grd_core.errors import RefusedError
    from grd_core.recon.records import current_freeze, current_split, require_source
    from grd_core.recon.splits import default_split

    source = require_source(study)
    if current_freeze(study) is not None:
        raise RefusedError(
            "the data is frozen, its split is settled",
            where="data/frozen",
            fix="U takes the freeze back, with a reason that stands beside every score",
        )
    known = current_split(study)
    wanted = default_split(source)
    if known is not None:
        wanted |= {name: known.parameters[name] for name in wanted if name in known.parameters}
        wanted["reason"] = known.reason
    value = {name: "" if found is None else str(found) for name, found in wanted.items()}
    blocked, with_embargo = _is("blocked"), _is("temporal", "blocked")
    drawn = _is(*(name for name in STRATEGIES if name != "temporal"))
    part = "a fraction such as 0.15, or a time"
    return Form(
        "Plan the split",
        intro=(_declared(source),),
        fields=(
            Field("strategy", "strategy", "choice", value["strategy"], choices=STRATEGIES),
            Field("validation", "validation", value=value["validation"], hint=part),
            Field("test", "test", value=value["test"], hint=part),
            Field(
                "embargo",
                "embargo",
                value=value["embargo"],
                hint="kept free before each cut or block: 1d, or 50 rows",
                shown=with_embargo,
            ),
            Field(
                "block",
                "block",
                value=value["block"],
                hint="its length: a span such as 7d, or 500 rows",
                shown=blocked,
            ),
            Field("seed", "seed", value=value["seed"], hint="of the draw", shown=drawn),
            Field(
                "missing_target",
                "no target",
                value=value["missing_target"],
                hint="`drop: why`, where rows have no target",
            ),
            Field(
                "reason",
                "reason",
                "text",
                value["reason"],
                hint="needed where the split breaks declared time or groups",
            ),
            Field(
                "then",
                "then",
                "choice",
                RECORD,
                hint="a preview shows how it comes out and records nothing",
                choices=(RECORD, PREVIEW),
                kept="each time anew",
            ),
        ),
        problems=lambda values: problems(values, source),
        consequence=lambda values: consequence(values, source),
        confirm="Plan it",
    )


def problems(values: Values, source: SourceRecord) -> dict[str, str]:
    """What is not right yet, as far as the declaration tells without reading a row."""
    from grd_core.recon.splits import LEAST_REASON

    found = {
        part: said
        for part in ("validation", "test")
        if (said := _part_problem(values[part], values["strategy"]))
    }
    if not found:
        validation, test = _fraction(values["validation"]), _fraction(values["test"])
        if validation is not None and test is not None and validation + test >= 1:
            found["test"] = "with validation nothing is left to train on"
    if not values["strategy"]:
        found["strategy"] = "choose one"
    if values["strategy"] != "temporal" and not values["seed"].strip().isdigit():
        found["seed"] = "a whole number, 0 or more"
    rule = values["missing_target"].strip()
    verb, _, why = rule.partition(":")
    if rule and (verb.strip() != "drop" or not why.strip()):
        found["missing_target"] = "write `drop: ` and why those rows may be left out"
    if values["strategy"] == "blocked" and not values["block"].strip():
        found["block"] = "needed"
    if values["then"] == PREVIEW:
        return found
    lacking = LEAST_REASON - len(values["reason"].strip())
    if _breaks_time(values, source) and lacking > 0:
        found["reason"] = f"{lacking} characters more: it breaks the declared time"
    return found


def consequence(values: Values, source: SourceRecord) -> str:
    """The sizes where they can be told, and what the split breaks."""
    told = []
    validation, test = _fraction(values["validation"]), _fraction(values["test"])
    if validation is not None and test is not None and validation + test < 1:
        train = 1 - validation - test
        sizes = (("train", train), ("validation", validation), ("test", test))
        told.append(
            "about " + ", ".join(f"{name} {share * source.rows:,.0f}" for name, share in sizes)
        )
    if _breaks_time(values, source):
        told.append(f"breaks the time `{source.roles.time}`: the past is told from the future")
    if source.roles.groups and "grouped" not in values["strategy"]:
        names = ", ".join(source.roles.groups)
        told.append(f"groups ({names}) may cross the parts: if any does, a reason is needed")
    return "; ".join(told)


def split(study: Study, values: Values, progress: Progress) -> Outcome:
    """Plan and record it, or show how it would come out."""
    from grd_core.recon.splits import SplitPreview, plan_split, preview_split

    strategy = values["strategy"]
    has_embargo = strategy in ("temporal", "blocked")
    work = preview_split if values["then"] == PREVIEW else plan_split
    done = work(
        study,
        strategy=cast("Strategy", strategy),
        validation=values["validation"].strip(),
        test=values["test"].strip(),
        embargo=values["embargo"].strip() if has_embargo else "",
        block=values["block"].strip() if strategy == "blocked" else "",
        seed=int(values["seed"]) if strategy != "temporal" else 0,
        reason=values["reason"].strip(),
        missing_target=values["missing_target"].strip(),
        on_progress=progress,
    )
    if isinstance(done, SplitPreview):
        return _shown(done)
    sizes = done.sizes
    told = ", ".join(f"{name} {sizes[name]:,}" for name in ("train", "validation", "test"))
    return Outcome(f"{done.strategy} split: {told} rows", page=PAGE, about="split")


def _shown(found: SplitPreview) -> Outcome:
    from grd_core.recon.split_lines import told_of

    sizes = found.sizes
    lines = []
    for name in ("train", "validation", "test"):
        span = f", {' to '.join(sizes['spans'][name])}" if name in sizes["spans"] else ""
        lines.append(f"- {name}: {sizes[name]:,} rows{span}")
    left_out = sizes["dropped_embargo"] + sizes["dropped_missing_target"]
    if left_out:
        lines.append(f"- left out: {left_out:,} rows")
    lines += ["", *(f"- {line}" for line in told_of(sizes))]
    if found.needs_reason:
        lines += ["", f"It needs a written reason: {found.needs_reason}."]
    lines += ["", "Nothing was recorded: s brings the same form back."]
    page = Document(f"{found.strategy} split, a preview", ("\n".join(lines),), "Preview")
    return Outcome("a preview: nothing was recorded", opens=OpenDocument(page), typed="kept")


def _declared(source: SourceRecord) -> str:
    roles = source.roles
    named = [f"{source.rows:,} rows", f"time {roles.time or 'not declared'}"]
    named.append(f"groups {', '.join(roles.groups) or 'not declared'}")
    return f"Declared: {', '.join(named)}. Nothing is written but the plan; f freezes by it."


def _breaks_time(values: Values, source: SourceRecord) -> bool:
    return bool(source.roles.time and values["strategy"] and values["strategy"] != "temporal")


def _part_problem(text: str, strategy: str) -> str:
    if not text.strip():
        return "needed"
    if _fraction(text) is not None:
        return ""
    try:
        float(text)
    except ValueError:
        return "" if strategy == "temporal" else "a fraction between 0 and 1"
    return "" if strategy == "temporal" else "between 0 and 1"


def _fraction(text: str) -> float | None:
    """The fraction a text states; None where it states a time."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < 1 else None


def _is(*strategies: str) -> Callable[[Values], bool]:
    return lambda values: values["strategy"] in strategies
