"""An objective written out and read back is the same rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.objective.canonical import front_matter, scalar
from grd_core.objective.document import Document, parse
from grd_core.objective.fields import compare_fields
from grd_core.objective.frontmatter import FrontMatter, read_front_matter
from tests.objectives import objective_of, texts, whole_objectives


def read(text: str) -> Document:
    document = parse(text.encode())
    assert isinstance(document, Document), document
    return document


@settings(max_examples=50, deadline=None)
@given(whole_objectives())
def test_reading_what_was_rendered_keeps_every_field(values: dict[str, Any]) -> None:
    objective = objective_of(values)
    rendered = front_matter(objective)
    again = read(rendered).objective
    assert list(compare_fields(objective, again)) == []
    assert front_matter(again) == rendered, "what is canonical stays as it is"


def test_a_file_rendered_says_its_defaults_and_weights(text: str) -> None:
    bare = text.replace("    weight: 0.75\n", "").replace("    weight: 0.25\n", "")
    bare = bare.replace("  - name: mae", "  - name: mean_absolute_error")
    bare = bare.replace("    direction: lower\n", "").replace("  alpha: 0.05\n", "")
    rendered = front_matter(read(bare).objective)
    assert "  - name: mae\n    role: primary\n    direction: lower\n" in rendered
    assert "weight: 1.0" in rendered and "alpha: 0.05" in rendered
    assert rendered.count("weight: 0.0") == 1, "the secondary metric; a guard has none"


@settings(max_examples=100, deadline=None)
@given(texts | st.text(st.characters(blacklist_categories=("Cs",)), max_size=8))
def test_any_text_survives_as_a_value(text: str) -> None:
    front = read_front_matter(f"---\nkey: {scalar(text)}\n---\n".encode())
    assert isinstance(front, FrontMatter), front
    assert front.values["key"] == text


@pytest.mark.parametrize("word", ["yes", "No", "null", "1e3", "", "# x", "a: b", "- a", "~", "@a"])
def test_what_could_be_something_else_is_quoted(word: str) -> None:
    assert scalar(word).startswith('"')
