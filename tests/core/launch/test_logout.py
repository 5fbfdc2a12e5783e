"""A machine that ends processes at logout says so before a long run is started on it."""

from __future__ import annotations

import pytest

from grd_core.launch import logout
from grd_core.launch.logout import logout_warning


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setenv("XDG_SESSION_ID", "3")
    monkeypatch.setattr(logout, "_own_cgroup", lambda: "0::/user.slice/session-3.scope\n")


def test_a_machine_that_kills_at_logout_is_named(session, tmp_path):
    (tmp_path / "logind.conf").write_text("[Login]\n#KillUserProcesses=no\nKillUserProcesses=yes\n")
    assert "systemd-run --user --scope" in logout_warning(tmp_path)


def test_the_last_drop_in_counts(session, tmp_path):
    (tmp_path / "logind.conf").write_text("KillUserProcesses=yes\n")
    (tmp_path / "logind.conf.d").mkdir()
    (tmp_path / "logind.conf.d" / "50-keep.conf").write_text("KillUserProcesses=no\n")
    assert logout_warning(tmp_path) == ""


def test_nothing_is_said_by_default_outside_a_session_or_in_a_lasting_scope(
    session, tmp_path, monkeypatch
):
    assert logout_warning(tmp_path) == ""
    (tmp_path / "logind.conf").write_text("KillUserProcesses=yes\n")
    monkeypatch.setattr(logout, "_own_cgroup", lambda: "0::/user.slice/user@0.service/run.scope\n")
    assert logout_warning(tmp_path) == ""
    monkeypatch.delenv("XDG_SESSION_ID")
    monkeypatch.setattr(logout, "_own_cgroup", lambda: "0::/\n")
    assert logout_warning(tmp_path) == ""
