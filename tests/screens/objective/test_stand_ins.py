"""What acts on a terminal is edited as a stand-in, and is itself again afterwards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grd_screens.pages.objective.editor.stand_ins import StandIns
from grd_screens.printable import printable

ACTING = st.sampled_from(
    "\x00\x1b\x7f\x85\x0b\u2028\u200b\u202e\ufe0f\U000f0000\U000f0001\U000e0041"
)
TEXTS = st.text(ACTING | st.characters(), max_size=30)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_every_text_comes_back_as_it_was(texts: list[str]) -> None:
    stand_ins = StandIns()
    shown = [stand_ins.shown(text) for text in texts]
    assert [stand_ins.meant(one) for one in shown] == texts
    assert [len(one) for one in shown] == [len(text) for text in texts]


@given(TEXTS)
def test_what_is_shown_breaks_no_line_and_acts_on_nothing(text: str) -> None:
    shown = StandIns().shown(text)
    assert printable(shown.replace("\n", "").replace("\t", "")) == shown.replace("\n", "").replace(
        "\t", ""
    )
    assert shown.count("\n") == text.count("\n")
    assert len(shown.splitlines()) <= shown.count("\n") + 1


def test_a_text_without_any_is_itself() -> None:
    stand_ins = StandIns()
    assert stand_ins.shown("plain\n\ttext äöü 潮 \U0001f30a") == "plain\n\ttext äöü 潮 \U0001f30a"
    assert not stand_ins.any
