"""`run`: a program with its arguments, on this machine or, over OpenSSH, on the item."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from runbooks.errors import StepCannotRun
from runbooks.model import Effect
from runbooks.steps.kind import OUTPUT_BYTES, Situation, StepForm, StepResult
from runbooks.steps.process import Command, Ended, clean_environment, execute
from runbooks.steps.ssh import SshTarget, remote_argv

SLACK_BYTES = 4096  # read beyond the cap, so that a secret is whole when it is redacted before the cut


def _plain_number_as_text(given: object) -> object:
    return str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given


Word = Annotated[str, BeforeValidator(_plain_number_as_text)]
Variable = Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")]


class RunForm(StepForm):
    """A program and its arguments. `env` is added to a clean environment; `stdin` is closed when nothing is given."""

    argv: list[Word] = Field(min_length=1)
    env: dict[Variable, Word] = Field(default_factory=dict)
    stdin: Word | None = None
    folder: Annotated[str, Field(pattern=r"^/")] = "/"


class Run:
    """Runs a program; exit code 0 is success."""

    name = "run"
    form = RunForm
    shorthand = "argv"

    def effect(self, form: Any) -> Effect | None:  # noqa: ARG002  a program does what it does
        return None

    def describe(self, form: RunForm) -> str:
        return " ".join(_quoted(word) for word in form.argv)

    def run(self, form: RunForm, situation: Situation) -> StepResult:
        return result_of(execute(_command(form, situation)), form.timeout)


def result_of(ended: Ended, timeout: timedelta) -> StepResult:
    """The result of a command that ran, with a line about what ended it when that was not the command itself."""
    text = ended.output.decode("utf-8", "replace")
    if ended.exit_code is None:
        text += f"\nended: it took longer than {timeout.total_seconds():g} s"
    return StepResult(is_ok=ended.exit_code == 0, exit_code=ended.exit_code, output=text)


def _command(form: RunForm, situation: Situation) -> Command:
    environment = clean_environment() | dict(situation.environment)
    argv, item = tuple(form.argv), situation.item
    if item is not None and not item.is_local:
        if form.env or form.folder != "/":
            message = "'env' and 'folder' do not travel over SSH; give a secret by 'stdin', the rest as arguments"
            raise StepCannotRun(message)
        target = SshTarget(address=item.address or "", config=situation.ssh_config)
        argv = remote_argv(target, argv, form.timeout)
    return Command(
        argv=argv,
        timeout_s=form.timeout.total_seconds(),
        environment=environment | form.env,
        stdin=None if form.stdin is None else form.stdin.encode(),
        folder=form.folder,
        output_bytes=OUTPUT_BYTES + SLACK_BYTES,
    )


def _quoted(word: str) -> str:
    """A word for people's eyes: quoted when it is not one plain word."""
    return word if word and all(sign.isalnum() or sign in "-_./:=@,+%" for sign in word) else repr(word)
