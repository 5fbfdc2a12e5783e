"""What happened in a study: its events, experiments and decisions, told, drawn and searched."""

from grd_core.history.searching import Hit, search
from grd_core.history.similar import Alike, similar, similar_to
from grd_core.history.snapshot import HistorySnapshot, history_snapshot
from grd_core.history.story import narrative

__all__ = [
    "Alike",
    "HistorySnapshot",
    "Hit",
    "history_snapshot",
    "narrative",
    "search",
    "similar",
    "similar_to",
]
