"""The codes of faults in definitions: what each means and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultCode:
    """`title` says what is wrong, `remedy` what to do about it."""

    title: str
    remedy: str


FAULT_CODES: Mapping[str, FaultCode] = {
    "D000": FaultCode(
        "A fault without a class of its own.",
        "Do what the message says.",
    ),
    "D001": FaultCode(
        "The file cannot be read, or is not YAML.",
        "Save it as UTF-8 and correct the syntax at the place shown; a very large file is to be split.",
    ),
    "D002": FaultCode(
        "One key stands twice in one mapping.",
        "Keep one of them; YAML would silently drop the first.",
    ),
    "D003": FaultCode(
        "An environment variable in `${NAME}` is not set.",
        "Set it for every process of Watchdesk, or write `${NAME:-a default}`.",
    ),
    "D004": FaultCode(
        "Something else stands where a mapping or a list belongs.",
        "Write it as the message says; often a dash or an indentation is missing.",
    ),
    "D005": FaultCode(
        "A key is not known here.",
        "Take the spelling that is proposed, or remove the key; unknown keys are never ignored.",
    ),
    "D006": FaultCode(
        "A key is missing.",
        "Add it; the field tables say what may stand there.",
    ),
    "D007": FaultCode(
        "A value is not of its form: a unit is missing, a number is out of bounds, a name has forbidden characters.",
        "Write it like the example in the message.",
    ),
    "D008": FaultCode(
        "A reference names something that is not defined.",
        "Take the spelling that is proposed, or define it.",
    ),
    "D009": FaultCode(
        "A name is defined twice, or is one that is built in.",
        "Rename one; the message says where the other stands.",
    ),
    "D010": FaultCode(
        "Dependencies run in a circle.",
        "Remove one of the arrows that the message lists.",
    ),
    "D011": FaultCode(
        "A monitor has no key that names its kind, has several, or names a kind that is not built.",
        "Give it exactly one of the kinds of `watchdesk docs kinds`.",
    ),
    "D012": FaultCode(
        "A condition under `expect` cannot be understood.",
        "Correct it at the character shown; `watchdesk docs conditions` has the operators and values.",
    ),
    "D013": FaultCode(
        "A Python file of monitors cannot be run.",
        "Correct it at the line shown; it is run once when definitions are read.",
    ),
    "D014": FaultCode(
        "Two heartbeats have the same key.",
        "Give each a secret of its own; otherwise one of them would get the pings of both.",
    ),
    "D020": FaultCode(
        "A monitor names a runbook that is not defined.",
        "Define it, or take the key `runbook` out.",
    ),
    "D021": FaultCode(
        "A monitor names a runbook whose `match` does not name the monitor.",
        "Both sides must agree: add the monitor to `match.monitors`.",
    ),
    "D022": FaultCode(
        "A runbook matches a monitor that is not defined.",
        "Take the spelling that is proposed, or remove it from `match.monitors`.",
    ),
    "D023": FaultCode(
        "A runbook matches a monitor that does not name the runbook.",
        "Both sides must agree: write `runbook: NAME` at the monitor.",
    ),
    "D101": FaultCode(
        "Two runbooks have one id.",
        "Rename one.",
    ),
    "D102": FaultCode(
        "A Python file of runbooks cannot be read or run.",
        "Correct it at the line shown.",
    ),
    "D110": FaultCode(
        "A step does not say its effect.",
        "Write `effect: readonly`, `repeatable`, or `once` with a probe.",
    ),
    "D111": FaultCode(
        "A step names no kind, or several.",
        "Give it exactly one of the kinds of `watchdesk docs steps`.",
    ),
    "D112": FaultCode(
        "A probe is not `run` or `python`.",
        "Write one of them; exit code 0 says that the effect has happened, 1 that it has not.",
    ),
    "D113": FaultCode(
        "Two steps have one id.",
        "Rename one; approvals and transcripts name steps by it.",
    ),
    "D120": FaultCode(
        "A runbook that changes something does not say how its success is proved.",
        "Add `verify: {recheck: origin, within: 60s, stable_for: 10s}`.",
    ),
    "D121": FaultCode(
        "Risk 0 means read-only, but a step changes something.",
        "Raise the risk.",
    ),
    "D122": FaultCode(
        "A monitor stands twice in `match.monitors`.",
        "Keep one.",
    ),
    "D130": FaultCode(
        "A parameter has neither a constant `value` nor a source `from`, or both.",
        "Give it exactly one of the two.",
    ),
    "D131": FaultCode(
        "`choices` and the type `choice` belong together.",
        "Give both or neither.",
    ),
    "D132": FaultCode(
        "A parameter allows everything.",
        "Name what is meant; a runbook acts on what was thought of.",
    ),
    "D133": FaultCode(
        "The value of a parameter is not of its type.",
        "Write it as the message says.",
    ),
    "D140": FaultCode(
        "A step that may happen only once has no probe.",
        "Add `probe`: it tells after a crash whether the effect has happened.",
    ),
    "D141": FaultCode(
        "A time-out of nothing.",
        "Write how long the step may take.",
    ),
    "D150": FaultCode(
        "`${…}` is not a reference.",
        "Write `${params.NAME}`.",
    ),
    "D151": FaultCode(
        "`${params.NAME}` names no parameter of the runbook.",
        "Take the spelling that is proposed, or declare it under `params`.",
    ),
    "D152": FaultCode(
        "A free text or a secret stands in `argv`.",
        "Hand it over by `stdin` or `env`; every process of the machine can read argv.",
    ),
    "D153": FaultCode(
        "A secret stands where it would be seen.",
        "Secrets may stand in env, stdin, headers, body or args only.",
    ),
    "D154": FaultCode(
        "The program of a step comes from a parameter.",
        "Write the program itself; only its arguments may be parameters.",
    ),
    "D155": FaultCode(
        "A parameter is handed to a shell or an interpreter, which would read it again as program text.",
        "Call the program itself; put the logic into a script of your own that takes arguments.",
    ),
    "D156": FaultCode(
        "A pattern or a variable of the shell stands in `argv`; nothing would expand it.",
        "Name what is meant; there is no shell.",
    ),
}
