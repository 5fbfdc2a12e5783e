"""Parquet, Arrow and NumPy files: what becomes of their types, and how damage is told."""

from __future__ import annotations

import datetime as dt
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from grd_core.checks.data.tables import column_names, read_table
from grd_core.errors import DataError

TABLE = pa.table({"a": [1, 2], "b": [0.5, None], "w": ["x", "y"]})


def test_folders_named_like_partitions_make_no_columns(tmp_path: Path) -> None:
    folder = tmp_path / "year=2013"
    folder.mkdir()
    pq.write_table(TABLE, folder / "t.parquet")
    assert read_table(folder / "t.parquet").column_names == ["a", "b", "w"]


def test_names_with_dots_are_names(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "a.b": [2]}), tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet", ("a",)).to_pylist() == [{"a": 1}]
    assert read_table(tmp_path / "t.parquet", ("a.b",)).to_pylist() == [{"a.b": 2}]


@pytest.mark.parametrize("name", ["t.feather", "t.arrow"])
def test_arrow_files_and_streams_are_read(name: str, tmp_path: Path) -> None:
    feather.write_feather(TABLE, tmp_path / name, compression="lz4")
    assert read_table(tmp_path / name).equals(TABLE)
    with pa.ipc.new_stream(tmp_path / name, TABLE.schema) as sink:
        sink.write_table(TABLE)
    assert read_table(tmp_path / name, ("w", "a")).equals(TABLE.select(["w", "a"]))
    assert column_names(tmp_path / name) == ("a", "b", "w")


def test_values_come_back_from_categories_runs_and_extensions(tmp_path: Path) -> None:
    words = pa.array(["x", None, "x"])
    table = pa.table(
        {
            "category": words.dictionary_encode(),
            "view": words.cast(pa.string_view()),
            "run": pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["x", "y"])),
            "uuid": pa.array([b"0" * 16] * 3, pa.uuid()),
        }
    )
    with pa.ipc.new_file(tmp_path / "t.arrow", table.schema) as sink:
        sink.write_table(table)
    read = read_table(tmp_path / "t.arrow")
    assert [str(kind) for kind in read.schema.types[:3]] == ["string"] * 3
    assert read.column("run").to_pylist() == ["x", "x", "y"]
    assert str(read.schema.types[3]) == "fixed_size_binary[16]"


@pytest.mark.parametrize(
    "deep",
    [
        pa.array([[1, 2], [3]]),
        pa.array([{"x": 1}, {"x": 2}]),
        pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
    ],
    ids=["list", "struct", "map"],
)
@pytest.mark.parametrize("suffix", ["parquet", "feather"])
def test_columns_of_lists_and_structures_stay_as_they_are(
    deep: pa.Array, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"t.{suffix}"
    table = pa.table({"a": [1, 2], "deep": deep})
    (pq.write_table if suffix == "parquet" else feather.write_feather)(table, path)
    assert read_table(path).column("deep").to_pylist() == deep.to_pylist()


def test_repeated_and_empty_names_are_refused(tmp_path: Path) -> None:
    twice = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pa.ipc.new_file(tmp_path / "t.arrow", twice.schema) as sink:
        sink.write_table(twice)
    with pytest.raises(DataError, match="`a` stands twice"):
        read_table(tmp_path / "t.arrow")
    pq.write_table(pa.table({"a": [1], " ": [2]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="column 2 has no name"):
        column_names(tmp_path / "t.parquet")


@pytest.mark.parametrize("suffix", ["parquet", "feather", "npy", "npz"])
def test_a_file_cut_anywhere_or_flipped_is_a_sentence_or_reads(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.{suffix}"
    _write(path)
    whole = path.read_bytes()
    random = np.random.default_rng(3)
    for cut in {1, 7, len(whole) // 2, len(whole) - 1, *random.integers(1, len(whole), 8)}:
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError, match=r"not readable as|is empty|no rows") as told:
            read_table(path)
        assert str(path) in told.value.where
    for place in random.integers(0, len(whole), 24):
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        path.write_bytes(flipped)
        try:
            read_table(path)
        except DataError as error:
            assert error.fix


def _write(path: Path) -> None:
    numbers = np.arange(60.0).reshape(20, 3)
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"a": numbers[:, 0], "w": ["word"] * 20}), path)
    elif path.suffix == ".feather":
        feather.write_feather(pa.table({"a": numbers[:, 0], "w": ["word"] * 20}), path)
    elif path.suffix == ".npy":
        np.save(path, numbers)
    else:
        np.savez(path, x=numbers, y=numbers[:, 0])


def test_a_matrix_has_numbered_columns(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.asfortranarray([[1, 2], [3, 4]]))
    assert read_table(tmp_path / "t.npy").to_pylist() == [
        {"column_0": 1, "column_1": 2},
        {"column_0": 3, "column_1": 4},
    ]
    np.save(tmp_path / "t.npy", np.array([1.5, np.nan]))
    assert column_names(tmp_path / "t.npy") == ("column_0",)


def test_fields_of_a_structured_array_are_columns_in_the_machines_byte_order(
    tmp_path: Path,
) -> None:
    kind = [("n", ">i4"), ("x", ">f2"), ("w", ">U3"), ("s", "S2"), ("at", "M8[h]"), ("ok", "?")]
    rows = [(1, 0.5, "añb", b"k", "2020-01-01T05", True), (2, 1.5, "", b"", "NaT", False)]
    np.save(tmp_path / "t.npy", np.array(rows, dtype=kind))
    first, second = read_table(tmp_path / "t.npy").to_pylist()
    assert (first["n"], float(first["x"]), first["w"], first["s"]) == (1, 0.5, "añb", "k")
    assert first["at"] == dt.datetime(2020, 1, 1, 5)
    assert second["at"] is None


def test_arrays_of_an_archive_are_columns_side_by_side(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "t.npz", X=np.eye(2, dtype="f4"), y=np.array(["a", "b"]))
    table = read_table(tmp_path / "t.npz", ("y", "X_1"))
    assert table.to_pylist() == [{"y": "a", "X_1": 0.0}, {"y": "b", "X_1": 1.0}]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x": np.zeros((2, 2)), "y": np.zeros(3)}, "`y` has 3 rows and `x` 2"),
        ({"x": np.zeros((2, 2, 2))}, r"the array `x` has the shape \(2, 2, 2\)"),
        ({"x": np.float64(3)}, r"the shape \(\)"),
        ({"x": np.zeros(2, dtype=complex)}, "`x` holds complex128"),
        ({"x": np.array([{}, {}], dtype=object)}, "holds Python objects.*pickle"),
        ({"x": np.zeros(2, dtype=[("a", "f4", (3,))])}, r"`a` holds float32"),
        ({"x": np.array([b"\xff", b"a"])}, "which no table column can"),
        ({"x": np.zeros((2, 2)), "x_1": np.zeros(2)}, "`x_1` stands twice"),
        ({"x": np.zeros((0, 2))}, "no rows"),
        ({}, "no columns"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value)[:24],
)
def test_arrays_that_are_no_table_are_refused(
    arrays: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "t.npz", **arrays)
    with pytest.raises(DataError, match=sentence):
        read_table(tmp_path / "t.npz")


class Planted:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("owned",))


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "a.npy", np.array([Planted()], dtype=object))
    (tmp_path / "b.npy").write_bytes(pickle.dumps(Planted()))
    with zipfile.ZipFile(tmp_path / "c.npz", "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Planted()))
    for name in ("a.npy", "b.npy", "c.npz"):
        with pytest.raises(DataError):
            read_table(tmp_path / name)
    assert not (tmp_path / "owned").exists()


def test_an_array_that_claims_to_be_endless_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.zeros((2, 2)))
    content = (tmp_path / "t.npy").read_bytes()
    claimed = b"(2, 99999999999), }"
    (tmp_path / "t.npy").write_bytes(
        content.replace(b"(2, 2), }" + b" " * (len(claimed) - 9), claimed)
    )
    with pytest.raises(DataError):
        read_table(tmp_path / "t.npy")
