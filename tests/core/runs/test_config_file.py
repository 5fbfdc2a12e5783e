"""Configs as files: three formats, one reading, and everything hostile refused by its line."""

from __future__ import annotations

import os

import pytest

from grd_core.errors import ConfigError
from grd_core.runs.config_file import MOST_BYTES, MOST_DEPTH, parse_config, read_config
from grd_core.runs.config_key import dotted, flat

TOML = b'rate = 0.1\nsince = 2026-01-02\n\n[model]\nwidths = [8, 4]\nname = "line"\n'
YAML = b"rate: 0.1\nsince: 2026-01-02\nmodel:\n  widths: [8,\n    4]\n  name: line\n"
JSON = (
    b'{"rate": 0.1,\n "since": "2026-01-02",\n "model": {\n  "widths": [8,\n 4], "name": "line"}}'
)


@pytest.mark.parametrize(("name", "raw"), [("c.toml", TOML), ("c.yaml", YAML), ("c.json", JSON)])
def test_three_formats_say_the_same_values_and_the_line_of_each(tmp_path, name, raw):
    (tmp_path / name).write_bytes(raw)
    read = read_config(tmp_path / name)
    assert flat(read.values) == {
        "rate": 0.1,
        "since": "2026-01-02",
        "model.widths": [8, 4],
        "model.name": "line",
    }
    lines = raw.decode().splitlines()
    for key in (("rate",), ("since",), ("model",), ("model", "widths"), ("model", "name")):
        assert key[-1] in lines[read.line_of(key) - 1]
    assert read.line_of(("model", "absent")) == read.line_of(("model",))
    assert read.line_of(("absent",)) == 1


def test_json_items_of_a_list_have_lines_of_their_own():
    text = b'{"a": [\n {"b": "}, \\" {"},\n {"b": [],\n  "c": 2}]}'
    _, lines, _ = parse_config(text, "c.json")
    assert {dotted(key): line for key, line in lines.items()} == {
        "(top)": 1, "a": 1, "a[0]": 2, "a[0].b": 2, "a[1]": 3, "a[1].b": 3, "a[1].c": 4,
    }  # fmt: skip


def test_an_empty_config_sets_nothing():
    assert parse_config(b"", "c.toml")[0] == parse_config(b"# x\n", "c.yaml")[0] == {}


@pytest.mark.parametrize(
    ("name", "raw", "what", "where"),
    [
        ("c.toml", b"a = 1\nb = 2\na = 3\n", "`a` is set twice", "c.toml:3"),
        ("c.json", b'{"a": {"b": 1,\n"b": 2}}', "`a.b` is set twice", "c.json:2"),
        ("c.yaml", b"a:\n  b: 1\n  b: 2\n", "`a.b` is set twice", "c.yaml:3"),
        ("c.toml", b"[m]\nrate = nan", "`m.rate` is not a finite number", "c.toml:2"),
        ("c.json", b'{"rate": NaN}', "NaN is no JSON", "c.json"),
        ("c.json", b'{"a":\n1e999}', "`a` is not a finite number", "c.json:1"),
        ("c.yaml", b"a: 1\nrate: -.inf", "`rate` is not a finite number", "c.yaml:2"),
        ("c.toml", b"a = " + b"9" * 5000, "not valid TOML", "c.toml"),
        ("c.json", b'{"a": ' + b"9" * 5000 + b"}", "number that cannot be kept", "c.json"),
        ("c.yaml", b"a: " + b"9" * 5000, "`a` cannot be read", "c.yaml:1"),
        ("c.yaml", b"a: 1\nday: 2026-13-45", "`day` cannot be read", "c.yaml:2"),
        ("c.toml", b"x" * (MOST_BYTES + 1), "larger than", "c.toml"),
        ("c.toml", b"a = 1\nb = '\xff'", "not UTF-8", "c.toml:2"),
        ("c.yaml", "a: 1".encode("utf-16"), "not UTF-8", "c.yaml:1"),
        ("c.yaml", b"a: \x00", "not valid YAML", "c.yaml"),
        ("c.yaml", b"a: [1\nb: 2", "not valid YAML", "c.yaml:2"),
        ("c.json", b'{"a": 1,}', "not valid JSON", "c.json:1"),
        ("c.yaml", b"a: 1\nb: &x 2\nc: *x", "the anchor 'x' hides", "c.yaml:2"),
        ("c.yaml", b"a: !!python/object/apply:os.abort []", "the tag", "c.yaml:1"),
        ("c.yaml", b"a: !secret x", "the tag '!secret'", "c.yaml:1"),
        ("c.yaml", b"a: {<<: {b: 1}}", "the merge key", "c.yaml:1"),
        ("c.yaml", b"on: 1", "the key `on` is no text", "c.yaml:1"),
        ("c.yaml", b"? [a]\n: 1", "is a table or a list", "c.yaml:1"),
        ("c.yaml", b"a: 1\n---\nb: 1", "several documents", "c.yaml:2"),
        ("c.json", b'["a"]', "no table of keys", "c.json:1"),
        ("c.yaml", b"just words", "no table of keys", "c.yaml:1"),
        ("c.json", b'{"a": "\\ud800"}', "half a character", "c.json:1"),
        ("c.json", b'{"\\ud800": 1}', "no text", "c.json:1"),
    ],
)
def test_what_two_readers_could_take_differently_is_refused(name, raw, what, where):
    with pytest.raises(ConfigError) as refused:
        parse_config(raw, name)
    assert what in refused.value.what
    assert refused.value.where == where
    assert refused.value.fix


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("c.json", b"[" * 100_000),
        ("c.json", b'{"a":' * 1000 + b"1" + b"}" * 1000),
        ("c.yaml", b"{" * 100_000),
        ("c.yaml", b"- " * 50_000),
        ("c.toml", b"a = " + b"[" * 100_000),
        ("c.toml", b".".join([b"a"] * (MOST_DEPTH + 2)) + b" = 1"),
    ],
)
def test_depth_ends_in_a_sentence(name, raw):
    with pytest.raises(ConfigError, match="nests deeper"):
        parse_config(raw, name)


def test_a_billion_laughs_are_not_told():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    with pytest.raises(ConfigError, match="anchor"):
        parse_config("\n".join(lines).encode(), "c.yaml")


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="is no file"):
        read_config(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / "absent.toml")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(ConfigError, match=r"cannot be read|is no file"):
        read_config(tmp_path / "folder.json")
