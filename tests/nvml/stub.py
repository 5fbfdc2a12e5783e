"""A machine with GPUs, for programs that a test starts: the stub library and its scene.

The library is found by the loader, as the driver's own is, so everything from `pynvml` on is
the real thing. `libnvidia_ml.c` says what may stand in a scene.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("libnvidia_ml.c")
LIBRARY = "libnvidia-ml.so.1"

A100 = "name=Stub_A100 util=55 used=1073741824 total=17179869184 power=120500 temp=60"


class StubMachine:
    """A folder with the library, a scene in it, and the environment that shows both."""

    def __init__(self, folder: Path, *, defines: tuple[str, ...] = ()) -> None:
        self.scene = folder / "scene.txt"
        self._libraries = folder / "lib"
        self._libraries.mkdir(parents=True)
        shutil.copy(_built(defines, folder.parent), self._libraries / LIBRARY)

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to find the library and its scene."""
        return {
            "LD_LIBRARY_PATH": os.pathsep.join(
                filter(None, (str(self._libraries), os.environ.get("LD_LIBRARY_PATH")))
            ),
            "NVML_STUB_SCENE": str(self.scene),
        }

    def show(self, *lines: str) -> None:
        """Replace the scene at once, so that no call sees half of it."""
        beside = self.scene.with_suffix(".new")
        beside.write_text("".join(f"{line}\n" for line in lines))
        beside.replace(self.scene)

    def without_library(self) -> None:
        """Take the driver's library away."""
        (self._libraries / LIBRARY).unlink()


@functools.cache
def _built(defines: tuple[str, ...], folder: Path) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to build the stub of the driver's library with")
    made = folder / f"nvml{'-'.join(('', *defines))}.so"
    subprocess.run(
        [
            *(compiler, "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"),
            *("-fvisibility=hidden", *(f"-D{name}" for name in defines)),
            *("-o", str(made), str(SOURCE)),
        ],
        check=True,
    )
    return made
