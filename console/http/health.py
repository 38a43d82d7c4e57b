"""`/healthz`: whether this console can answer, and whether anybody watches."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.http.desk import desk_of
from console.migrations.schema_version import require_current
from watchdesk import shifts


def healthz(request: Request) -> Response:
    """200 while the database answers and has the right schema, else 503 with the reason. `watching` is only told:
    a console without a shift is still a healthy console.
    """
    desk = desk_of(request)
    require_current(desk.database)
    with desk.database.reading() as session:
        watching = shifts.on_duty(session, desk.clock.now()) is not None
    return JSONResponse({"ok": True, "watching": watching})
