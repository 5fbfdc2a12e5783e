"""The calls that a grd.toml declares, as the checks of code take them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grd_core.checks.contract import KnownCall

if TYPE_CHECKING:
    from grd_core.config import Config

CONFIG_FILE = "grd.toml"


def known_calls(config: Config) -> tuple[KnownCall, ...]:
    """The rows of [[dataflow.calls]]."""
    return tuple(
        KnownCall(
            name=call.name,
            effect=call.effect,
            packages=tuple(call.packages),
            data=call.data,
            target=-1 if call.target is None else call.target,
        )
        for call in config.dataflow.calls
    )


def known_calls_at(root: Path) -> tuple[KnownCall, ...]:
    """The rows of the grd.toml in a folder; none where there is no such file or section.

    Raises:
        ConfigError: the file is not acceptable.
    """
    path = root / CONFIG_FILE
    try:
        if b"dataflow" not in path.read_bytes():
            return ()  # most declare none, and to check a file takes longer than to read it
    except OSError:
        return ()
    from grd_core.config import load_config

    return known_calls(load_config(path))


def known_calls_around(path: Path) -> tuple[KnownCall, ...]:
    """The rows of the nearest grd.toml at or above a path.

    Raises:
        ConfigError: that file is not acceptable.
    """
    absolute = path.absolute()
    for folder in (absolute, *absolute.parents):
        if (folder / CONFIG_FILE).is_file():
            return known_calls_at(folder)
    return ()
