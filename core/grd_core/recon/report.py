"""DATA_REPORT.md: what is known of the data, on two pages at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grd_core.ledger.in_force import all_unfrozen
from grd_core.recon.records import (
    FreezeRecord,
    ProfileRecord,
    SourceRecord,
    SplitRecord,
    read_freeze,
    read_profile,
    read_source,
    read_split,
)
from grd_core.recon.report_parts import (
    MOST_COLUMNS,
    baseline_lines,
    check_lines,
    column_lines,
    missingness_lines,
    provenance_lines,
    risk_lines,
    split_lines,
    structure_lines,
    target_lines,
)
from grd_core.recon.risks import Risk, plain, ranked, risk_from_json
from grd_core.rendering import Rendered, render

if TYPE_CHECKING:
    from grd_core.ledger.read import Reader
    from grd_core.study import Study

REPORT_FILE = "DATA_REPORT.md"
MOST_REVISIONS = 6
MOST_LINES = 110
"""Two pages of 55."""


def render_report(study: Study) -> Rendered | None:
    """Write DATA_REPORT.md from the ledger alone; None where nothing is declared.

    A person's edit of the file stays; the new text is then written beside it.
    """
    with study.read() as ledger:
        source = read_source(ledger, study.root)
        if source is None:
            return None
        text = report_text(
            source,
            read_profile(ledger, "structure"),
            read_split(ledger),
            read_freeze(ledger),
            read_profile(ledger, "training"),
            _revisions(ledger),
        )
    return render(study.ledger_path, study.root, study.root / REPORT_FILE, text)


def report_text(
    source: SourceRecord,
    structure: ProfileRecord | None,
    split: SplitRecord | None,
    freeze: FreezeRecord | None,
    training: ProfileRecord | None,
    revisions: list[str],
) -> str:
    """The report's text. Holds nothing computed from frozen labels, since no profile does."""
    about = structure.content if structure else None
    learned = training.content if training else None
    risks, text = _risks(about, learned), ""
    # What is worth least gives way first: columns that no risk names, then old revisions.
    for columns, shown in ((MOST_COLUMNS, MOST_REVISIONS), (5, 4), (0, 2)):
        sections = [
            (f"# Data report: {plain(source.name, 90)}", provenance_lines(source)),
            ("## Risks, worst first", risk_lines(risks)),
            ("## Time, groups and repeated rows", structure_lines(about)),
            ("## Target, on the training part", target_lines(learned, source.roles)),
            ("## Missing values", missingness_lines(about, learned)),
            ("## Baseline signal, inside the training part", baseline_lines(learned)),
            ("## Split", split_lines(source, split, freeze)),
            ("## Data checks", check_lines(learned)),
            ("## Columns", column_lines(source, about, risks, most=columns)),
            ("## What was read", _read_lines(about, learned)),
            ("## Revisions", _latest(revisions, shown)),
        ]
        text = "\n".join("\n".join([title, "", *lines, ""]) for title, lines in sections if lines)
        if text.count("\n") < MOST_LINES:
            break
    return text


def _latest(revisions: list[str], most: int) -> list[str]:
    """The newest ones; the oldest fold together."""
    hidden = len(revisions) - most
    if hidden <= 0:
        return revisions
    return [f"- {hidden} earlier, in `grd history`", *revisions[-most:]]


def _risks(*contents: dict[str, Any] | None) -> tuple[Risk, ...]:
    return ranked(
        [risk_from_json(risk) for content in contents if content for risk in content["risks"]]
    )


def _read_lines(*contents: dict[str, Any] | None) -> list[str]:
    return [f"- {plain(content['read'], 300)}" for content in contents if content]


def _revisions(ledger: Reader) -> list[str]:
    """What made the report what it is, oldest first."""
    rows = ledger.rows(
        "SELECT at, 'data version ' || id || ' declared' AS what FROM data_version"
        " UNION ALL SELECT at, scope || ' profile, ' || json_extract(content_json, '$.trigger')"
        " FROM profile"
        " UNION ALL SELECT at, strategy || ' split declared' FROM split"
        " UNION ALL SELECT at, 'frozen' FROM freeze ORDER BY at"
    )
    told = [(row["at"], row["what"]) for row in rows]
    told += [
        (one.at, f"unfrozen, because {plain(one.reason, 200)}") for one in all_unfrozen(ledger)
    ]
    return [f"- {at[:16].replace('T', ' ')} {what}" for at, what in sorted(told)]
