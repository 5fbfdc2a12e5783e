"""What notebooks hold besides Python: magics, shell lines and questions, taken out line by line.

Lines keep their numbers. What a magic only times or captures is Python and stays.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "snakeviz", "heat"})
"""Magics whose argument or cell is run as Python in the notebook's own names."""

_COLUMNS = 10_000
_CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w*)")
_LINE = re.compile(r"(?P<indent>\s*)(?P<mark>[%!,;/?])(?P<rest>.*)", re.DOTALL)
_TIMED = re.compile(r"(?P<name>\w+)(?:\s+-\w+(?:[= ]?\d+)?)*\s+(?P<code>[^\s-].*)", re.DOTALL)
_ASSIGNED = re.compile(r"(?P<targets>\s*[\w.,\[\]'\" ]+?=\s*)[%!](?![=]).*")
_QUESTION = re.compile(r"\s*\?{0,2}\s*%{0,2}[\w.*]+(?:\[[^\]]*\])?\s*\?{1,2}\s*;?\s*$")
_PIECES = re.compile(
    r"#.*|\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[()\[\]{}]|\\$", re.DOTALL
)


def cell_language(text: str) -> str:
    """What a cell is written in: empty for Python, else the name of its magic."""
    found = _CELL_MAGIC.match(text)
    return "" if found is None or found["name"] in PYTHON_MAGICS else found["name"] or "%%"


def without_magics(text: str) -> str:
    """The text with every line that only a notebook understands replaced, one line for one."""
    return "\n".join(_replaced(text.split("\n")))


def dedented(text: str) -> str:
    """The cell as a notebook runs it: what its first line is indented by counts in no line."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(indent) for line in lines) if indent else text


def _replaced(lines: list[str]) -> Iterator[str]:
    quote, depth, goes_on, dropped = "", 0, False, False
    for line in lines:
        if dropped:
            dropped = line.rstrip().endswith("\\")
            yield ""
            continue
        if not quote and not depth and not goes_on:
            plain = _plain(line)
            if plain is not None:
                dropped = line.rstrip().endswith("\\")
                yield plain
                continue
        quote, depth, goes_on = _state(line, quote, depth)
        yield line


def _plain(line: str) -> str | None:
    """The Python that stands for a line of a notebook; None where the line is Python."""
    assigned = _ASSIGNED.fullmatch(line)
    if assigned:
        return f"{assigned['targets']}..."
    indent = line[: len(line) - len(line.lstrip())]
    if _QUESTION.fullmatch(line):
        return f"{indent}pass"
    found = _LINE.match(line)
    if found is None:
        return None
    timed = _TIMED.fullmatch(found["rest"].removeprefix("%")) if found["mark"] == "%" else None
    if timed and timed["name"] in PYTHON_MAGICS - {"capture"} and found["rest"][:1] != "%":
        return f"{indent}{timed['code']}"
    return f"{indent}pass"


def _state(line: str, quote: str, depth: int) -> tuple[str, int, bool]:
    """After a line: the quotes still open, how deep in brackets, and whether a \\ ends it."""
    position, goes_on = 0, False
    while True:
        if quote:
            end = line.find(quote, position)
            if end < 0:
                return quote, depth, False
            position, quote = end + 3, ""
        found = _PIECES.search(line, position)
        if found is None:
            return "", depth, goes_on
        piece, position = found.group(), found.end()
        if piece in ('"""', "'''"):
            quote = piece
        elif piece in "([{":
            depth += 1
        elif piece in ")]}":
            depth = max(0, depth - 1)
        goes_on = piece == "\\"


def expand(tree: ast.Module) -> ast.Module:
    """Put the Python that an exported magic quotes in its place, on the line of the magic.

    `get_ipython().run_cell_magic('time', '', 'model.fit(X)')` becomes `model.fit(X)`.
    """
    if any(_is_magic(statement) for statement in tree.body):
        tree.body = [inner for statement in tree.body for inner in _expanded(statement)]
    return tree


def _is_magic(statement: ast.stmt) -> bool:
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    func = statement.value.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr in ("run_cell_magic", "run_line_magic", "magic")
        and isinstance(func.value, ast.Call)
        and isinstance(func.value.func, ast.Name)
        and func.value.func.id == "get_ipython"
    )


def _expanded(statement: ast.stmt) -> list[ast.stmt]:
    if not (
        _is_magic(statement)
        and isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
    ):
        return [statement]
    words = [a.value for a in statement.value.args if isinstance(a, ast.Constant)]
    texts = [word for word in words if isinstance(word, str)]
    if len(texts) == 1:  # magic("time model.fit(X)")
        name, _, code = texts[0].partition(" ")
    else:
        name, code = (texts[0], texts[-1]) if texts else ("", "")
    if name.strip("%") not in PYTHON_MAGICS:
        return [statement]
    try:
        body = ast.parse(without_magics(code)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [statement]
    for inner in body:
        for node in ast.walk(inner):
            if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword):
                # a place is a line of the file, and what tells two calls apart its column
                node.col_offset += _COLUMNS * node.lineno
                node.lineno = node.end_lineno = statement.lineno
    return body
