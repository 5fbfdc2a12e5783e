"""The `grd` command: a cockpit on a terminal, verbs on a shell."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Run what the arguments ask for and exit with the documented code."""
    # Started as `python -m grd_tui`, the working folder comes first on the path: a file of the
    # researcher's named like a library would be imported instead of it, here and in workers.
    if sys.path[0] in ("", str(Path.cwd())):
        del sys.path[0]
    from grd_tui.cli.root import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
