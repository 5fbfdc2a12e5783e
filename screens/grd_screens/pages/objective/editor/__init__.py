"""OBJECTIVE.md edited in place: the text, what is wrong with it, and how it is saved."""

from grd_screens.pages.objective.editor.door import EditorDoor

__all__ = ["EditorDoor"]
