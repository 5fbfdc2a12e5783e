"""The command line's root: verbs by name, imported only when they are called.

`grd --help` costs little more than importing click, so this module imports nothing else.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

VERBS: dict[str, tuple[str, str]] = {
    "new": ("studies", "Start a study in a folder, empty or from a sample."),
    "demo": ("studies", "Copy a sample study here and open the cockpit on it."),
    "status": ("studies", "What state the study is in, what is wrong, what is next."),
    "data": ("data", "Declare, profile, split, freeze, verify and unfreeze data."),
    "objective": ("objective", "Draft, check, lock, amend and compare OBJECTIVE.md."),
    "config": ("config", "Show an experiment's config, check it, draft a schema for it."),
    "experiment": ("experiment", "New experiments from a hypothesis; list and show them."),
    "run": ("run", "Start an experiment, supervised and detached; print the run's id."),
    "watch": ("watch", "Follow a run: alarms, metrics, seeds, machine, budget, output."),
    "diff": ("diff", "What differs between two runs: config, code, environment, data, metrics."),
    "note": ("note", "Write a note on a run, kept for ever; or list its notes."),
    "stop": ("run", "Stop a run: ask it to save, then end every process it started."),
    "queue": ("queue", "What waits to be run, and why; drop a request."),
    "budget": ("budget", "Burn-down of the budget: what was spent, on what, until when."),
    "check": ("check", "Check code or bare data files, without a study."),
    "explain": ("check", "Print a check's page, or list the checks."),
    "critic": ("critic", "Review an experiment; record the verdict with --because."),
    "waive": ("critic", "Accept a finding, with a reason, until a date."),
    "evaluate": ("evaluate", "Score the frozen test part once, after PROCEED."),
    "gate": ("gate", "Print the evidence for a decision, in its order."),
    "decide": ("gate", "Seal, iterate or archive an experiment, with a reason."),
    "graduate": ("graduate", "The checklist from exploration to production."),
    "history": ("history", "What happened, or the study's narrative."),
    "search": ("history", "Search hypotheses, notes, decisions, lessons and reasons."),
    "verify": ("history", "Replay the ledger and hash again what is locked and frozen."),
}
"""Verb → the module under grd_tui.cli that holds it, and one line of help."""

EPILOG = """\b
Exit codes:
  0  good (info alone is good)      4  REVISE_DATA
  1  warnings or blocking findings  5  ESCALATE
  2  usage                          6  refused or failed, with the reason
  3  REVISE_METHOD                  130  interrupted

Without a verb, `grd [DIR]` opens the cockpit on the study at DIR; without a terminal it
prints the status.
"""


class _Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"grd_tui.cli.{VERBS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS:
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f"did you mean `grd {near[0]}`?" if near else "`grd --help` lists the verbs"
            raise click.UsageError(f"no verb and no folder {args[0]!r}: {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, line) for name, (_, line) in VERBS.items()])


@click.group(
    cls=_Verbs,
    epilog=EPILOG,
    subcommand_metavar="[DIR] | VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "-C",
    "study",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="The study; by default the one here or in a folder above.",
)
@click.option("--debug", is_flag=True, help="Show a traceback when something fails.")
@click.option("--readonly", is_flag=True, help="Open the cockpit without writing anything.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw the cockpit with ASCII alone.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.version_option(package_name="grd", prog_name="grd")
@click.pass_context
def grd(ctx: click.Context, /, study: Path | None, **flags: bool) -> None:
    """A terminal cockpit for rigorous machine-learning research."""
    ctx.obj = {"study": study, **flags}


def run(arguments: list[str]) -> int:
    """Run the command line; every failure is one sentence on stderr and an exit code."""
    debug, arguments = _debug(arguments)
    if any("\ud800" <= sign <= "\udfff" for argument in arguments for sign in argument):
        return _complain("an argument is not UTF-8: write it in the terminal's encoding", 2)
    try:
        folder = _cockpit_folder(arguments)
        if folder is not None:
            from grd_tui.cli.studies import open_cockpit

            return open_cockpit(folder, arguments)
        # Not `grd.main`, which turns a closed pipe into exit 1: that means warnings here.
        with grd.make_context("grd", arguments) as context:
            code: Any = grd.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return 2
    except click.ClickException as error:
        return _complain(error.format_message(), 2)
    except BrokenPipeError:
        # The reader of a pipe left; that is its right, and nothing is lost.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from grd_core.errors import GrdError

        if debug:
            raise
        if isinstance(error, GrdError):
            return _complain(error.sentence(), error.exit_code)
        fault = f"{type(error).__name__}: {error}"
        return _complain(f"something unforeseen failed ({fault}): repeat with --debug", 6)
    return int(code or 0)


def _debug(arguments: list[str]) -> tuple[bool, list[str]]:
    """Whether --debug is asked for, anywhere before `--`, and the arguments without it."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    own = [argument for argument in arguments[:end] if argument != "--debug"]
    return len(own) < end, [*own, *arguments[end:]]


def _cockpit_folder(arguments: list[str]) -> Path | None:
    """The folder to open, when the arguments name no verb: `grd`, `grd DIR`, options only."""
    if any(option in arguments for option in ("-h", "--help", "--version")):
        return None
    words, folder = [], Path()
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "-C":
            folder = Path(next(remaining, "."))
        elif not argument.startswith("-"):
            words.append(argument)
        elif argument not in ("--readonly", "--ascii", "--no-mouse"):
            return None
    if not words:
        return folder
    return Path(words[0]) if len(words) == 1 and _is_folder(words[0]) else None


def _is_folder(word: str) -> bool:
    return word not in VERBS and Path(word).is_dir()


def _complain(sentence: str, code: int) -> int:
    from grd_screens.printable import printable

    print(f"grd: {printable(sentence)}", file=sys.stderr)
    return code
