"""Who acts on a page: the name that the browser keeps, or the one that stands in the form of a first act."""

from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.http.forms import Form
from console.http.pages.frame import LONGEST_NAME, NAME_COOKIE, who_is
from console.http.refusals import BadRequest, NameNeeded
from watchdesk.definitions.quantities import parse_duration

YEAR_S = 365 * 24 * 3600
Answer = TypeVar("Answer", bound=Response)


def actor(request: Request, form: Form) -> str:
    """Raises NameNeeded when neither the browser nor the form says who it is."""
    name = who_is(request) or (name_in(form.text("who")) if form.text("who") else "")
    if not name:
        raise NameNeeded
    return name


def name_in(text: str) -> str:
    """A name as it is kept. Raises BadRequest for none."""
    name = " ".join(text.split())[:LONGEST_NAME]
    if not name or not name.isprintable():
        message = "a name needs at least one letter"
        raise BadRequest(message)
    return name


def remember(answer: Answer, name: str) -> Answer:
    """The answer, which has the browser keep the name; an empty one changes nothing."""
    if name:
        answer.set_cookie(NAME_COOKIE, quote(name_in(name)), YEAR_S, httponly=True, samesite="strict")
    return answer


def remember_actor(answer: Answer, request: Request, form: Form) -> Answer:
    """The answer to an act, which has the browser keep the form's name unless it keeps one already."""
    return remember(answer, "" if who_is(request) else form.text("who"))


def redirect(form: Form, otherwise: str) -> RedirectResponse:
    """To the page the form stood on; an address of another host is not followed."""
    wanted = form.text("back")
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and not parts.netloc and "\\" not in wanted
    return RedirectResponse(wanted if is_ours else otherwise, status_code=303)


def length_of(text: str) -> timedelta:
    """A duration as people write it, like 2h. Raises BadRequest."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise BadRequest(str(error)) from error
