"""Every command of the cockpit by its verb, in the order of the method."""

from __future__ import annotations

from grd_screens.commands.command import Command
from grd_screens.commands.critic import CRITIC_COMMANDS
from grd_screens.commands.evaluation import EVALUATION_COMMANDS
from grd_screens.commands.gate import GATE_COMMANDS
from grd_screens.commands.history import HISTORY_COMMANDS
from grd_screens.commands.loop import LOOP_COMMANDS
from grd_screens.commands.objective import OBJECTIVE_COMMANDS
from grd_screens.commands.reading import GRADUATE_COMMAND, STATUS_COMMAND
from grd_screens.commands.recon import RECON_COMMANDS

COMMANDS: dict[str, Command] = {
    command.verb: command
    for command in (
        STATUS_COMMAND,
        *RECON_COMMANDS,
        *OBJECTIVE_COMMANDS,
        *LOOP_COMMANDS,
        *CRITIC_COMMANDS,
        *EVALUATION_COMMANDS,
        *GATE_COMMANDS,
        GRADUATE_COMMAND,
        *HISTORY_COMMANDS,
    )
}
