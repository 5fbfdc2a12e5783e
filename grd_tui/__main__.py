"""The `grd` command: a cockpit on a terminal, verbs on a shell."""

from __future__ import annotations

import sys


def main() -> None:
    """Run what the arguments ask for and exit with the documented code."""
    from grd_tui.cli.root import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
