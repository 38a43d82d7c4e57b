"""`note`: words for whoever reads the transcript."""

from runbooks.model import Effect
from runbooks.steps.kind import Situation, StepForm, StepResult
from watchdesk.definitions.models import Text


class NoteForm(StepForm):
    """The words."""

    text: Text


class Note:
    """Writes its text into the transcript."""

    name = "note"
    form = NoteForm
    shorthand = "text"

    def effect(self, form: NoteForm) -> Effect:  # noqa: ARG002
        return Effect.READONLY

    def describe(self, form: NoteForm) -> str:
        return f"note: {form.text}"

    def run(self, form: NoteForm, situation: Situation) -> StepResult:  # noqa: ARG002
        return StepResult(is_ok=True, exit_code=None, output=form.text)
