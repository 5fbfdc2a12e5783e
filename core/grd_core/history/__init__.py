"""What happened in a study: its events, experiments and decisions, told, drawn and searched."""

from grd_core.history.searching import Hit, search
from grd_core.history.snapshot import HistorySnapshot, history_snapshot
from grd_core.history.story import narrative

__all__ = ["HistorySnapshot", "Hit", "history_snapshot", "narrative", "search"]
