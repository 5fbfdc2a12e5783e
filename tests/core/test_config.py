"""Given a grd.toml, it is read, or the line, the key and the nearest valid key are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.config import Config, load_config
from grd_core.errors import ConfigError


def read(tmp_path: Path, text: str | bytes) -> Config:
    path = tmp_path / "grd.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_config(path)


def refusal(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, text)
    assert refused.value.exit_code == 2
    return refused.value.sentence()


def test_an_empty_file_is_enough(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Config()


def test_what_is_set_is_read(tmp_path: Path) -> None:
    config = read(tmp_path, '[study]\ntitle = "Tides"\n[critic]\ncheck_limit_s = 60\n')
    assert config.study.title == "Tides"
    assert config.critic.check_limit_s == 60


def test_an_unknown_key_names_the_nearest_and_its_line(tmp_path: Path) -> None:
    said = refusal(tmp_path, '[study]\ntitle = "x"\n\n[run]\ncomand = ["python"]\n')
    assert "grd.toml:5" in said
    assert "`run.comand`" in said
    assert "`command`" in said


def test_an_unknown_section_names_the_nearest(tmp_path: Path) -> None:
    said = refusal(tmp_path, "[critik]\ncheck_limit_s = 60\n")
    assert "grd.toml:1" in said
    assert "`critic`" in said


def test_a_value_out_of_range_is_named_with_its_line(tmp_path: Path) -> None:
    said = refusal(tmp_path, "[critic]\n# how long\ncheck_limit_s = 1\n")
    assert "grd.toml:3" in said
    assert "`critic.check_limit_s`" in said


@pytest.mark.parametrize(
    "text",
    ["[study", 'title = "a\n', b"\xff\xfe", "[study]\ntitle = 3\n"],
    ids=["no bracket", "open string", "not UTF-8", "wrong type"],
)
def test_what_cannot_be_read_gets_a_sentence(tmp_path: Path, text: str | bytes) -> None:
    assert "grd.toml" in refusal(tmp_path, text)


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"grd\.toml is missing"):
        load_config(tmp_path / "grd.toml")


def test_a_byte_order_mark_is_not_a_fault(tmp_path: Path) -> None:
    assert read(tmp_path, b'\xef\xbb\xbf[study]\r\ntitle = "x"\r\n').study.title == "x"


def test_how_often_the_loop_may_turn_is_no_setting(tmp_path: Path) -> None:
    assert "`critic.loops`" in refusal(tmp_path, "[critic]\nloops = 10\n")


def test_calls_of_an_own_library_are_read(tmp_path: Path) -> None:
    text = '[[dataflow.calls]]\nname = ".refit"\neffect = "fit"\n'
    (call,) = read(tmp_path, text).dataflow.calls
    assert (call.name, call.effect, call.packages, call.data, call.target) == (
        ".refit",
        "fit",
        [],
        0,
        None,
    )


@pytest.mark.parametrize(
    ("second", "where", "said"),
    [
        ('name = "x y"\neffect = "read"', "grd.toml:5", "'x y' is no name"),
        ('name = ".load"\neffect = "read"', "grd.toml:5", "a method cannot read"),
        ('name = "load"\neffect = "fit"', "grd.toml:5", "a function cannot fit"),
        ('name = ".a"\neffect = "fit"\npackages = ["b"]', "grd.toml:5", "has no packages"),
        ('name = "a"\neffect = "statistic"\ntarget = 0', "grd.toml:5", "rows and target in one"),
        ('name = "a"\neffect = "read"\nefect = ""', "grd.toml:8", "did you mean"),
        ('name = "a"\neffect = "read"\ndata = -1', "grd.toml:8", "`dataflow.calls.1.data`"),
        ('effect = "read"', "grd.toml:5", "`dataflow.calls.1.name`"),
    ],
)
def test_a_call_that_cannot_be_gets_a_sentence(
    tmp_path: Path, second: str, where: str, said: str
) -> None:
    first = '[[dataflow.calls]]\nname = "load"\neffect = "read"\n\n'
    refused = refusal(tmp_path, f"{first}[[dataflow.calls]]\n{second}\n")
    assert where in refused
    assert said in refused
