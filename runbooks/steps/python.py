"""`python`: a function of the operations team, called in a process of its own."""

import json
import sys
from pathlib import Path
from typing import Annotated

from pydantic import Field

from runbooks.model import Effect
from runbooks.steps.kind import OUTPUT_BYTES, Situation, StepForm, StepResult
from runbooks.steps.process import Command, clean_environment, execute
from runbooks.steps.run import SLACK_BYTES, Word, result_of

CALL = Path(__file__).with_name("call.py")
FUNCTION = r"^([A-Za-z_][A-Za-z0-9_.]*|/[^:]+\.py):[A-Za-z_][A-Za-z0-9_]*$"


class PythonForm(StepForm):
    """The function, as `module:function` or `/path/to/file.py:function`, and its keyword arguments, all text.

    A module is looked for beside the runbooks, then in the definitions' folder, then among what is installed. With
    `code`, the SHA-256 of the file, only that version of it is run.
    """

    function: Annotated[str, Field(pattern=FUNCTION)]
    args: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], Word] = Field(default_factory=dict)
    code: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Python:
    """Calls the function. It succeeds unless it raises or returns False; what it prints and returns is the output."""

    name = "python"
    form = PythonForm
    shorthand = "function"

    def effect(self, form: PythonForm) -> Effect | None:  # noqa: ARG002  only the author knows
        return None

    def describe(self, form: PythonForm) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in form.args.items())
        return f"{form.function}({words})"

    def run(self, form: PythonForm, situation: Situation) -> StepResult:
        path = [*situation.python_path, *sys.path]
        request = {"function": form.function, "args": form.args, "path": path, "code": form.code}
        command = Command(
            argv=(sys.executable, "-I", str(CALL)),
            timeout_s=form.timeout.total_seconds(),
            environment=clean_environment() | dict(situation.environment),
            stdin=json.dumps(request).encode(),
            output_bytes=OUTPUT_BYTES + SLACK_BYTES,
        )
        return result_of(execute(command), form.timeout)
