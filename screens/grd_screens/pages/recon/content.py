"""What Recon's page shows, read at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.critic.live_code import LiveFindings
    from grd_core.recon.snapshot import ReconSnapshot
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class ReconContent:
    """The state of Recon, and the pages of the checks that saw a risk, by code."""

    snapshot: ReconSnapshot
    pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def basis(self) -> tuple[str, ...]:
        """What a closer look at a column rests on: it holds while this stays the same."""
        source, freeze = self.snapshot.source, self.snapshot.freeze
        declared = (source.sha256, source.declared_at) if source is not None else ()
        frozen = (freeze.at, *freeze.faults) if freeze is not None else ()
        return (*declared, *frozen, self.snapshot.profiled_at, self.snapshot.trained_at)


def read_recon(study: Study, code: tuple[LiveFindings, ...] = ()) -> ReconContent:
    """The page's content, with the risks that `code` has; opens no data."""
    from grd_core.checks.registry import all_checks, documentation
    from grd_core.critic.code_risks import code_risks
    from grd_core.recon.risks import ranked
    from grd_core.recon.snapshot import recon_snapshot

    snapshot = recon_snapshot(study)
    in_code = code_risks(code)
    if in_code:
        snapshot = replace(snapshot, risks=ranked([*snapshot.risks, *in_code]))
    codes = {risk.origin for risk in snapshot.risks if is_code(risk.origin)}
    if not codes:
        return ReconContent(snapshot)
    known = all_checks()
    pages = {code: documentation(known[code]) for code in codes if code in known}
    return ReconContent(snapshot, pages)


def is_code(origin: str) -> bool:
    """Whether a risk was seen by a check, which has a page of its own."""
    return len(origin) > 1 and origin[0].isalpha() and origin[1:].isdigit()
