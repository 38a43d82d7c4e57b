"""The errors of runbooks.

RunbookError                   base
├── ParameterInvalid           a value that does not fit its parameter's type; nothing was started
├── StepCannotRun              a step could not be started at all (no such program, no address, a secret is missing)
├── RemediationTakenOver       another worker holds the lease by now; write nothing more
└── PlanStale (also Refused)   the stored plan is not what would run now, or has expired
"""

from watchdesk.errors import Refused, WatchdeskError


class RunbookError(WatchdeskError):
    """Base of the errors of this package."""


class ParameterInvalid(RunbookError, ValueError):
    """A value does not fit the type of its parameter."""


class StepCannotRun(RunbookError):
    """A step could not be started; the message says why and what to do."""


class RemediationTakenOver(RunbookError):
    """The fence has grown: another worker carries this remediation out."""


class PlanStale(RunbookError, Refused):
    """The plan that was approved, or is to be approved, no longer says what would run."""
