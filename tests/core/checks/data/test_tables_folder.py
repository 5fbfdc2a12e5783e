"""A folder of files as a table, and what may not lie in one."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from grd_core.checks.data.reading.content import content_sha256, content_size
from grd_core.checks.data.reading.folder_manifest import hidden_below
from grd_core.checks.data.tables import column_names, read_table, table_format
from grd_core.errors import DataError, UsageError


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    for name in ("cat/1.PNG", "cat/deep/2.png", "dog/1.png", ".git/config", "dog/.cache"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"pixels of {name}")
    return folder


def test_each_file_is_a_row_with_its_hash_and_its_class(images: Path) -> None:
    assert table_format(images) == "folder"
    first, second, third = read_table(images).to_pylist()
    assert first == {
        "path": "cat/1.PNG",
        "size_bytes": 19,
        "sha256": hashlib.sha256(b"pixels of cat/1.PNG").hexdigest(),
        "suffix": ".png",
        "label": "cat",
    }
    assert (second["path"], second["label"], third["label"]) == ("cat/deep/2.png", "cat", "dog")
    assert hidden_below(images) == 2
    assert column_names(images) == ("path", "size_bytes", "sha256", "suffix", "label")
    assert read_table(images, ("label", "path")).column_names == ["label", "path"]


def test_files_without_folders_have_no_label(images: Path) -> None:
    assert column_names(images / "dog") == ("path", "size_bytes", "sha256", "suffix")
    (images / "alone.txt").touch()
    assert read_table(images, ("label",)).column("label").to_pylist()[0] is None


def test_the_hash_is_that_of_names_and_contents(images: Path) -> None:
    first = content_sha256(images)
    assert first == content_sha256(images)
    assert content_size(images) == sum(
        len(f"pixels of {n}") for n in ("cat/1.PNG", "dog/1.png")
    ) + (len("pixels of cat/deep/2.png"))
    (images / ".git" / "config").write_text("changed")
    assert content_sha256(images) == first
    seen = {first}
    (images / "dog" / "1.png").write_text("Pixels of dog/1.png")
    seen.add(content_sha256(images))
    (images / "dog" / "1.png").rename(images / "dog" / "2.png")
    seen.add(content_sha256(images))
    (images / "dog" / "3.png").touch()
    seen.add(content_sha256(images))
    assert len(seen) == 4


@pytest.mark.parametrize("files", [400, pytest.param(10_000, marks=pytest.mark.soak)])
def test_many_files_are_a_table(files: int, tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(files // 2):
            os.close(os.open(tmp_path / label / f"{number}.txt", os.O_CREAT | os.O_WRONLY))
    table = read_table(tmp_path)
    assert table.num_rows == files
    assert table.column("path")[0].as_py() == "a/0.txt"


def test_a_link_to_a_file_inside_is_that_file(images: Path) -> None:
    (images / "link.png").symlink_to(images / "cat" / "1.PNG")
    rows = {row["path"]: row["sha256"] for row in read_table(images).to_pylist()}
    assert rows["link.png"] == rows["cat/1.PNG"]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("../outside.txt", "leads out of the folder"),
        ("/etc", "leads out of the folder"),
        ("cat", "points to another folder"),
        (".", "points to another folder"),
        ("nowhere", "to nothing or in a circle"),
        ("link", "to nothing or in a circle"),
    ],
)
def test_links_that_lead_astray_are_refused(target: str, sentence: str, images: Path) -> None:
    (images.parent / "outside.txt").touch()
    (images / "link").symlink_to(target)
    with pytest.raises(DataError, match=sentence) as told:
        read_table(images)
    assert told.value.where.endswith("images/link")


def test_what_is_no_file_is_refused(images: Path) -> None:
    os.mkfifo(images / "pipe")
    with pytest.raises(DataError, match=r"a pipe.*images/pipe"):
        content_sha256(images)
    (images / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(images / "s"))
        with pytest.raises(DataError, match="a socket"):
            read_table(images)


def test_a_name_that_is_no_text_is_refused(images: Path) -> None:
    os.close(os.open(os.fsencode(images) + b"/\xff.png", os.O_CREAT | os.O_WRONLY))
    with pytest.raises(DataError, match="is not UTF-8"):
        read_table(images)


def test_a_folder_without_files_and_one_named_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "parts.parquet").mkdir()
    with pytest.raises(UsageError, match="as if it were a file"):
        read_table(tmp_path / "parts.parquet")
    with pytest.raises(DataError, match="holds no files"):
        read_table(tmp_path)
