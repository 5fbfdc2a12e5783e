"""The Objective's page as it looks: none, draft, locked, drifted, gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

SIZES = ((80, 24), (120, 40))
Compare = Callable[..., bool]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", ["none", "draft", "locked", "drifted", "unreadable", "missing"])
def test_objective(
    snap_compare: Compare,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    show: Callable[..., object],
    fed: Callable[..., object],
    state: str,
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    run = show(request.getfixturevalue(state))
    assert snap_compare(fed(), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_change_gone_to_in_the_document(
    snap_compare: Compare,
    show: Callable[..., object],
    fed: Callable[..., object],
    drifted: object,
    size: tuple[int, int],
) -> None:
    run = show(drifted, "enter", "n", "n", "f")
    assert snap_compare(fed(), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_ascii(
    snap_compare: Compare,
    show: Callable[..., object],
    fed: Callable[..., object],
    drifted: object,
    size: tuple[int, int],
) -> None:
    app = fed(ascii=True)
    assert snap_compare(app, terminal_size=size, run_before=show(drifted, "n"))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("colour", ["in colour", "NO_COLOR"])
def test_every_kind_of_change(
    snap_compare: Compare,
    show: Callable[..., object],
    fed: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    every: object,
    colour: str,
    size: tuple[int, int],
) -> None:
    if colour == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    run = show(every, "enter", "n", "f")
    assert snap_compare(fed(), terminal_size=size, run_before=run)


def test_without_colour(
    snap_compare: Compare,
    show: Callable[..., object],
    fed: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    drifted: object,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(fed(), terminal_size=(120, 40), run_before=show(drifted, "n"))
