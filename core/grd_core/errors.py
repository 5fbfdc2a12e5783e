"""What can go wrong, as one small tree.

Every error is one sentence to the researcher: what is wrong, where, and what to do
next. The command line prints it to stderr and exits with `exit_code`; a screen shows
it in place. Nothing here is ever raised with an empty remedy.
"""


class GrdError(Exception):
    """The root. `what` is the fault, `where` the place, `fix` the next step."""

    exit_code = 6

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def sentence(self) -> str:
        """The whole message on one line: «what (where): fix»."""
        place = f" ({self.where})" if self.where else ""
        remedy = f": {self.fix}" if self.fix else ""
        return " ".join(f"{self.what}{place}{remedy}".split())

    def __str__(self) -> str:
        return self.sentence()


class UsageError(GrdError):
    """The request itself cannot be understood: an unknown name, a missing option."""

    exit_code = 2


class ConfigError(UsageError):
    """grd.toml, OBJECTIVE.md's front matter or another file a person wrote is malformed."""


class StudyNotFoundError(UsageError):
    """No study here or in any folder above."""


class RefusedError(GrdError):
    """The method forbids it now: not locked, not frozen, over budget, drifted."""


class DataError(GrdError):
    """Declared data or a prediction table cannot be read as what it claims to be."""


class LedgerError(GrdError):
    """The ledger cannot be opened, read or trusted."""


class JobError(GrdError):
    """A worker crashed, hung or was stopped; its result does not exist."""


class LaunchError(GrdError):
    """A run could not be started or stopped."""
