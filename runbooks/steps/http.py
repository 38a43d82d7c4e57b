"""`http`: one request."""

from typing import Annotated, Literal

import requests
from pydantic import AfterValidator, Field

from runbooks.errors import StepCannotRun
from runbooks.model import Effect
from runbooks.steps.deadline import OutOfTime, within
from runbooks.steps.kind import OUTPUT_BYTES, Situation, StepForm, StepResult

SAFE = {"GET", "HEAD", "OPTIONS"}  # RFC 9110 section 9.2.1


def _http_url(text: str) -> str:
    if not text.startswith(("http://", "https://", "${")):
        message = f"'{text}' is not an http or https URL"
        raise ValueError(message)
    return text


class HttpForm(StepForm):
    """The request, and the statuses that are success (200 to 299 when none are named)."""

    url: Annotated[str, AfterValidator(_http_url)]
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    status: list[Annotated[int, Field(ge=100, le=599)]] = Field(default_factory=list)
    follow: bool = False


class Http:
    """Sends one request; the answer's status decides. Proxies and .netrc of the machine are not used."""

    name = "http"
    form = HttpForm
    shorthand = "url"

    def effect(self, form: HttpForm) -> Effect | None:
        return Effect.READONLY if form.method in SAFE else None

    def describe(self, form: HttpForm) -> str:
        return f"{form.method} {form.url}"

    def run(self, form: HttpForm, situation: Situation) -> StepResult:  # noqa: ARG002
        try:
            status, text = within(form.timeout, lambda: _ask(form))
        except OutOfTime:
            return _failed(f"no whole answer within {form.timeout.total_seconds():g} s")
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader) as error:
            message = f"the request cannot be sent: {error}"
            raise StepCannotRun(message) from error
        except (requests.RequestException, OSError) as error:
            return _failed(f"no answer: {error}")
        is_ok = status in form.status if form.status else 200 <= status < 300
        return StepResult(is_ok=is_ok, exit_code=status, output=f"HTTP {status}\n{text}")


def _ask(form: HttpForm) -> tuple[int, str]:
    timeout_s = form.timeout.total_seconds()
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(
            form.method,
            form.url,
            headers=form.headers,
            data=None if form.body is None else form.body.encode(),
            timeout=timeout_s,
            allow_redirects=form.follow,
            stream=True,
        )
        with answer:
            body = bytearray()
            for piece in answer.iter_content(16_384):
                body += piece
                if len(body) > OUTPUT_BYTES:
                    break
            return answer.status_code, bytes(body).decode("utf-8", "replace")


def _failed(why: str) -> StepResult:
    return StepResult(is_ok=False, exit_code=None, output=why)
