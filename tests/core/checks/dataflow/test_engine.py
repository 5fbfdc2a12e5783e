"""The pass bears any program: it is bounded, it never raises, and it says what it left out."""

from __future__ import annotations

import pytest

from grd_core.checks.contract import CodeContext, SourceFile
from grd_core.checks.dataflow.engine import analyse
from grd_core.checks.dataflow.machine import MAX_CALLS, MAX_STEPS, Facts
from grd_core.checks.dataflow.parse import parse
from grd_core.checks.dataflow.programs import analyse_all


def facts(text: str) -> Facts:
    return analyse(parse(SourceFile("t.py", text)))


def test_calls_that_double_at_every_level_are_cut_off_with_a_note() -> None:
    levels = [f"def f{n}(x):\n    return f{n + 1}(x) + f{n + 1}(x * 2)\n" for n in range(40)]
    start = "import numpy\nmodel.fit(f0(numpy.load('rows')))\n"
    body = "\n".join([*levels, "def f40(x):\n    return x\n", start])

    assert any(f"first {MAX_CALLS} calls" in note for note in facts(body).notes)


def test_calls_that_hand_on_no_rows_are_cut_off_without_one() -> None:
    levels = [f"def f{n}(x):\n    return f{n + 1}(x) + f{n + 1}(x * 2)\n" for n in range(40)]
    read = facts("\n".join([*levels, "import random\nf40 = random.choice\nf0(1)\n"]))

    assert read.notes == []
    assert {call.symbol for call in read.calls} == {"random.choice"}


def test_a_program_that_is_too_long_is_read_in_part_and_says_so() -> None:
    line = f"y = [{', '.join(['a'] * 250)}]\n"
    body = "import random\nrandom.random()\n" + line * (MAX_STEPS // 250)
    read = facts(body)

    assert any(str(MAX_STEPS) in note for note in read.notes)
    assert [call.symbol for call in read.calls] == ["random.random"]


def test_branches_do_not_multiply() -> None:
    body = "x = 0\n" + "if x:\n    x = x + 1\nelse:\n    x = x * 2\n" * 400

    assert facts(body).notes == []


def test_loops_in_loops_do_not_multiply() -> None:
    lines = [f"{'    ' * n}for i{n} in range(9):\n" for n in range(15)]

    assert facts("".join(lines) + "    " * 15 + "x = i0\n").notes == []


def test_a_statement_nested_too_deeply_is_noted_and_the_rest_is_read() -> None:
    body = "x = " + "-".join(["y"] * 900) + "\nimport random\nrandom.random()\n"
    read = facts(body)

    assert any("line" in note or ":1:" in note for note in read.notes)
    assert [call.symbol for call in read.calls] == ["random.random"]


def test_functions_that_call_themselves_end() -> None:
    read = facts(
        "def f(n):\n    return f(n - 1) if n else g(n)\ndef g(n):\n    return f(n)\nf(9)\n"
    )

    assert read.notes == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x[0], *y.z = q",
        "def f(*a, b=1, **k): yield a\n",
        "async def f():\n    async with a as b:\n        await b\n",
        "class A(B, metaclass=C):\n    x: int = 1\n    def f(self): return super().f()\nA().f()\n",
        "match p:\n    case {'a': b}: pass\n    case _: q = 1\n",
        "try:\n    a\nexcept* ValueError as e:\n    raise\n",
        "df.loc[:, ['a', 'b']] += 1\ndel df['a'], x\n",
        "print(f'{a!r:>{width}}')\n(lambda *a, **k: a)(*b, **c)\n",
        "global_ = [*a, *{**b}]\nx = y = z = global_[::2][-1]\n",
        "from . import *\nfrom .a import b as c\nimport d.e as f\n",
        "while True:\n    break\nelse:\n    pass\nwith open(a) as (b, c): pass\n",
        "model.fit()\nmodel.predict()\nx.fit_transform(y).transform()\ntrain_test_split()\n",
        "pd.concat()\ncross_val_score()\nxgb.train()\ndf.drop()\ndf.groupby().agg()\nzip()\n",
        "next()\nlist()\nenumerate()\ndict()\ndf.apply()\ndf.merge()\ndf.append()\ndf.pop()\n",
    ],
)
def test_reads_any_syntax(text: str) -> None:
    assert facts(text).notes == []


def test_sets_magics_and_broken_files_aside() -> None:
    context = CodeContext(
        (
            SourceFile("a.py", "%matplotlib inline\n!pip install x\nx = 1\ndf?\n"),
            SourceFile("b.py", "print 'half a text\n"),
            SourceFile("c.py", "y = 2\0\n"),
        )
    )
    read = analyse_all(context)

    assert [unit.path for unit in read.units] == ["a.py"]
    assert len(read.notes) == 3
    assert "line 1" in next(note for note in read.notes if note.startswith("b.py"))
