"""SQL: the first row of a query."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints, TypeAdapter
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from monitors.probes.forms import Line
from monitors.probes.lanes import Lane
from watchdesk.definitions.models import Definition


def _check_url(url: str) -> str:
    if url.startswith("secret:"):
        return url
    try:
        make_url(url)
    except (ArgumentError, ValueError) as error:
        message = "not a database URL; write one like postgresql://user:secret:db-password@host/name"
        raise ValueError(message) from error
    return url


class SqlForm(Definition):
    """What stands under `sql`. The query runs read-only; `secret:NAME` in the URL is filled in when connecting."""

    url: Annotated[Line, AfterValidator(_check_url)]
    query: Annotated[str, StringConstraints(min_length=1, max_length=65536)]


name = "sql"
lane = Lane.THREAD
form: TypeAdapter[SqlForm] = TypeAdapter(SqlForm)
values = {"*": "json"}


def title(form: SqlForm) -> str:
    return f"The query “{' '.join(form.query.split())[:60]}” is answered"
