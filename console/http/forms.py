"""A form as a browser sends it, urlencoded and bounded."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from console.http.refusals import BadRequest

MOST_BYTES = 256 * 1024
MOST_FIELDS = 500
URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields in their order."""

    fields: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str:
        """The last value of that name, trimmed; empty when there is none."""
        return next((value.strip() for key, value in reversed(self.fields) if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of that name."""
        return [value for key, value in self.fields if key == name]


async def read_form(request: Request) -> Form:
    """The form of a request. Raises BadRequest for another content type, and for more than 256 KiB."""
    if request.headers.get("content-type", URLENCODED).partition(";")[0].strip() != URLENCODED:
        message = f"send the form as {URLENCODED}"
        raise BadRequest(message)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            message = f"the form is larger than {MOST_BYTES >> 10} KiB; shorten the text"
            raise BadRequest(message)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        message = f"the form cannot be read: {error}"
        raise BadRequest(message) from error
    return Form(tuple(pairs))
