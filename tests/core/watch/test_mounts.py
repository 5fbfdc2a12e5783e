"""Which file systems tell of changes, by the kernel's table of mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.watch.mounts import silent_file_system


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "gpfs", "lustre", "fuse.sshfs", "9p", "beegfs"]
)
def test_network_file_systems_are_silent(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nx {tmp_path} {kind} rw 0 0\n")
    assert silent_file_system(tmp_path, mounts) == kind


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "overlay", "tmpfs", "fuseblk", "zfs"])
def test_local_file_systems_are_not(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/ / nfs rw 0 0\nx {tmp_path} {kind} rw 0 0\n")
    assert silent_file_system(tmp_path, mounts) == ""


def test_the_deepest_and_the_last_mount_counts(tmp_path: Path) -> None:
    folder = tmp_path / "a study"
    folder.mkdir()
    escaped = str(folder).replace(" ", "\\040")
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"x {escaped} ext4 rw 0 0\ny {escaped} nfs4 rw 0 0\nz {tmp_path} ext4 rw 0 0\n"
    )
    assert silent_file_system(folder, mounts) == "nfs4"
    assert silent_file_system(tmp_path, mounts) == ""


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert silent_file_system(tmp_path, tmp_path / "absent") == ""
