"""Recon's page as it looks: no data, declared, frozen, frozen and faulty; a risk opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest

SIZES = ((80, 24), (120, 40))
Compare = Callable[..., bool]
Show = Callable[..., object]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", ["undeclared", "declared", "frozen", "faulty"])
def test_recon(
    snap_compare: Compare,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    show: Show,
    fed: Show,
    state: str,
    theme: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("GRD_THEME", theme)
    run = show(request.getfixturevalue(state))
    assert snap_compare(fed(), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("row", [0, 3, 4], ids=["risk", "baseline", "split"])
def test_opened(
    snap_compare: Compare,
    show: Show,
    fed: Show,
    frozen: object,
    row: int,
    size: tuple[int, int],
) -> None:
    assert snap_compare(fed(), terminal_size=size, run_before=show(frozen, *"j" * row, "enter"))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_ascii(
    snap_compare: Compare, show: Show, fed: Show, frozen: object, size: tuple[int, int]
) -> None:
    app = fed(ascii=True)
    assert snap_compare(app, terminal_size=size, run_before=show(frozen, "G"))
