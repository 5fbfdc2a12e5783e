"""The list: cursor, headings, filter, and rows that change under it."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from grd_screens.glyphs import UNICODE
from grd_screens.widgets.listing import MOST, Listing, Row


class Listed(App[None]):
    """A list alone; what it says is kept."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        super().__init__()
        self.listing = Listing(UNICODE)
        self._rows = rows
        self.moved: list[str] = []
        self.opened: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.listing

    def on_mount(self) -> None:
        self.theme_variables["cursor"] = "#333333"
        self.listing.set_rows(self._rows)
        self.listing.focus()

    def get_css_variables(self) -> dict[str, str]:
        return {**super().get_css_variables(), "cursor": "#333333"}

    def on_listing_moved(self, event: Listing.Moved) -> None:
        self.moved.append(event.key)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        self.opened.append(event.key)

    def text(self) -> list[str]:
        height = self.listing.size.height
        return [self.listing.render_line(y).text.rstrip() for y in range(height)]


def row(key: str, *lines: str) -> Row:
    said = lines or (key,)
    return Row(key, lambda width: [Content(one) for one in said], " ".join((key, *said)))


def heading(name: str) -> Row:
    return Row("", lambda width: [Content(name)])


ROWS = (heading("RISKS"), row("a", "first", "more"), row("b"), heading("COLUMNS"), row("c"))


async def test_the_cursor_passes_over_headings() -> None:
    app = Listed(ROWS)
    async with app.run_test(size=(40, 10)) as pilot:
        assert app.listing.key == "a"
        await pilot.press("j", "j")
        assert app.listing.key == "c"
        await pilot.press("j")
        assert app.listing.key == "c"
        await pilot.press("g", "k")
        assert app.listing.key == "a"
        await pilot.press("G", "enter")
        assert app.opened == ["c"]


async def test_the_cursor_is_marked_and_rows_keep_their_lines() -> None:
    app = Listed(ROWS)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert app.text()[:5] == ["  RISKS", "▌ first", "▌ more", "  b", "  COLUMNS"]


async def test_rows_that_change_leave_the_cursor_on_its_row() -> None:
    app = Listed(ROWS)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("j")
        app.listing.set_rows((row("new"), *ROWS))
        assert app.listing.key == "b"
        app.listing.set_rows((row("other"),))
        assert app.listing.key == "other"
        app.listing.set_rows(())
        assert app.listing.key == ""
        await pilot.press("j", "k", "G", "enter", "pagedown")
        assert app.opened == []


async def test_the_filter_wants_every_word_in_any_case() -> None:
    app = Listed(tuple(row(str(n), f"Experiment {n} weather" * (n % 2 or 1)) for n in range(30)))
    async with app.run_test(size=(40, 10)):
        app.listing.set_filter("WEATHER 17")
        assert app.listing.count == 1
        assert app.listing.key == "17"
        app.listing.set_filter("")
        assert app.listing.count == 30
        assert app.listing.key == "17"


async def test_more_rows_than_are_shown_are_counted_and_found_by_the_filter() -> None:
    app = Listed(tuple(row(f"r{n}") for n in range(MOST + 200)))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("G")
        assert app.listing.key == f"r{MOST - 1}"
        app.listing.set_filter(f"r{MOST + 100}")
        assert app.listing.key == f"r{MOST + 100}"


async def test_the_row_under_the_cursor_is_always_seen() -> None:
    app = Listed(tuple(row(f"r{n}", f"r{n}", "second line") for n in range(50)))
    async with app.run_test(size=(40, 9)) as pilot:
        for key in ("pagedown", "j", "G", "k", "pageup", "g", "space"):
            await pilot.press(key)
            await pilot.pause()
            assert f"▌ {app.listing.key}" in app.text(), key


@pytest.mark.parametrize("text", ["日本語の列名", "e\u0301tat", "🙂 wide"])
async def test_wide_characters_fill_their_cells(text: str) -> None:
    app = Listed((row("a", text), row("b")))
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.pause()
        strip = app.listing.render_line(0)
        assert strip.cell_length == app.listing.scrollable_content_region.width
        assert text in strip.text


async def test_nothing_is_painted_where_rows_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Listed(ROWS)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        painted: list[object] = []
        monkeypatch.setattr(app.listing, "refresh", lambda *a, **k: painted.append(a))
        app.listing.set_rows((heading("RISKS"), row("a", "first", "more"), *ROWS[2:]))
        assert painted == []
