"""The commands of this phase."""

from __future__ import annotations

from grd_screens.commands.command import Command

RECON_COMMANDS: tuple[Command, ...] = ()
