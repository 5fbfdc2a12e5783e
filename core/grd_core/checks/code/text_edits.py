"""Edits of a program's text at the places its syntax tree names; all else stays as written."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Positioned = ast.expr | ast.stmt
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def lines_of(text: str) -> list[str]:
    """The lines with their ends, as the syntax tree counts them: a line feed ends one."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` of the text become `new`."""

    start: int
    end: int
    new: str


class Source:
    """A program's text with its tree: where nodes stand, and what surrounds them."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text = text
        self.tree = tree
        self._lines = lines_of(text)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._parents = {
            child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)
        }

    def span(self, node: Positioned) -> tuple[int, int]:
        """First and one past the last character of a node."""
        end_line, end_column = node.end_lineno, node.end_col_offset
        return self._at(node.lineno, node.col_offset), self._at(
            end_line or node.lineno, end_column or node.col_offset
        )

    def written(self, node: Positioned, changes: Mapping[ast.expr, str] | None = None) -> str:
        """The node as it stands in the text, with some nodes inside it written anew."""
        start, end = self.span(node)
        edits = [self.replaced(inner, new) for inner, new in (changes or {}).items()]
        text = apply(self.text[:end], [edit for edit in edits if edit.start >= start])
        return text[start:]

    def replaced(self, node: Positioned, new: str) -> Edit:
        """The edit that writes a node anew."""
        return Edit(*self.span(node), new)

    def removed(self, statement: ast.stmt) -> Edit | None:
        """The edit that removes the statement's lines; None where it shares them."""
        start, end = self.span(statement)
        first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
        before = self.text[self._starts[first] : start]
        after = self.text[end : self._starts[last + 1]].strip()
        if before.strip() or (after and not after.startswith("#")):
            return None
        if len(self.block_of(statement)) == 1:
            return None
        return Edit(self._starts[first], self._starts[last + 1], "")

    def inserted_after(self, statement: ast.stmt, lines: Iterable[str]) -> Edit:
        """The edit that adds lines below a statement, indented as it is."""
        last = (statement.end_lineno or statement.lineno) - 1
        indent = self.indent(statement)
        lead = "" if self._lines[last].endswith("\n") else "\n"
        new = lead + "".join(f"{indent}{line}\n" for line in lines)
        return Edit(self._starts[last + 1], self._starts[last + 1], new)

    def inserted_before(self, statement: ast.stmt, lines: Iterable[str]) -> Edit:
        """The edit that adds lines above a statement, indented as it is."""
        at, indent = self._starts[statement.lineno - 1], self.indent(statement)
        return Edit(at, at, "".join(f"{indent}{line}\n" for line in lines))

    def indent(self, statement: ast.stmt) -> str:
        """The white space before a statement."""
        line = self._lines[statement.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement around a node."""
        while not isinstance(node, ast.stmt):
            node = self._parents[node]
        return node

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around a node."""
        return self._parents.get(node)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Every node around a node, the innermost first."""
        while node in self._parents:
            node = self._parents[node]
            yield node

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which a statement stands."""
        parent = self._parents.get(statement)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and statement in block:
                return block
        return [statement]

    def function_of(self, node: ast.AST) -> ast.AST:
        """The function around a node, or the module."""
        return next((up for up in self.above(node) if isinstance(up, FUNCTIONS)), self.tree)

    def names(self, name: str, inside: ast.AST) -> list[ast.Name]:
        """Every use of a name below a node, in the order of the text."""
        found = [n for n in ast.walk(inside) if isinstance(n, ast.Name) and n.id == name]
        return sorted(found, key=self.span)

    def is_free(self, name: str) -> bool:
        """True when nothing in the program has this name."""
        return not any(
            name in (getattr(n, "id", ""), getattr(n, "arg", ""), getattr(n, "name", ""))
            for n in ast.walk(self.tree)
        )

    def _at(self, line: int, column: int) -> int:
        """The tree counts UTF-8 bytes of a line, the text characters."""
        before = self._lines[line - 1].encode()[:column]
        return self._starts[line - 1] + len(before.decode(errors="replace"))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap; of two at one place the first comes first."""
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def root(node: ast.expr) -> ast.expr:
    """What a chain of items, attributes and methods starts from: a name, or a function's call."""
    while True:
        if isinstance(node, ast.Subscript | ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("concat", "concatenate", "vstack", "row_stack"):
                return node
            node = node.func.value
        else:
            return node
