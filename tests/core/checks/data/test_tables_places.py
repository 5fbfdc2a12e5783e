"""Paths that are no files, may not be read, or change: a sentence at once, nothing hangs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grd_core.checks.data.reading.content import content_sha256
from grd_core.checks.data.reading.places import unchanged
from grd_core.checks.data.tables import column_names, read_table
from grd_core.errors import DataError

NOBODY = 65534


@contextmanager
def without_rights() -> Iterator[None]:
    """As somebody whom permissions bind, where the tests run as one whom they do not."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.jsonl", "t.db", "t.npy", "t.arrow"])
def test_a_pipe_is_refused_and_not_waited_for(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    for read in (read_table, column_names, content_sha256):
        with pytest.raises(DataError, match="no regular file but a pipe"):
            read(tmp_path / name)


def test_a_device_under_a_files_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").symlink_to("/dev/zero")
    with pytest.raises(DataError, match="no regular file"):
        read_table(tmp_path / "t.csv")


def test_links_in_a_circle_and_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "c.csv").symlink_to(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"cannot be read.*levels of symbolic links"):
        read_table(tmp_path / "a.csv")
    with pytest.raises(DataError, match="the link points to nothing"):
        read_table(tmp_path / "c.csv")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.db", "t.npz"])
def test_a_file_that_may_not_be_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("a\n1\n")
    path.chmod(0)
    with without_rights(), pytest.raises(DataError, match="permission denied") as told:
        read_table(path)
    assert told.value.exit_code == 6


def test_a_folder_that_may_not_be_entered(tmp_path: Path) -> None:
    (tmp_path / "closed" / "in").mkdir(parents=True)
    (tmp_path / "closed" / "in" / "t.csv").write_text("a\n1\n")
    (tmp_path / "closed" / "in").chmod(0)
    with without_rights():
        for path in (tmp_path / "closed" / "in" / "t.csv", tmp_path / "closed"):
            with pytest.raises(DataError, match="permission denied"):
                read_table(path)
    (tmp_path / "closed" / "in").chmod(0o700)


def test_a_name_that_is_too_long_or_holds_a_zero(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be read.*name too long"):
        read_table(tmp_path / ("x" * 300 + ".csv"))
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "a\0b.csv")


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    with pytest.raises(DataError, match="changed while it was read"), unchanged(path):
        path.write_text("a\n1\n2\n")
    with pytest.raises(DataError, match="changed while it was read"), unchanged(path):
        path.unlink()
    path.write_text("a,b\n1,2\n1")
    with pytest.raises(DataError, match="changed while it was read"), unchanged(path):
        path.write_text("a,b\n1,2\n1,2\n3")
        read_table(path)
