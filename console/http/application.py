"""The application: its routes, its doorman, its errors."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from console.http import api, events, health, metrics, pings
from console.http.desk import HttpDesk
from console.http.doorman import Doorman
from console.http.lock import require_lock
from console.http.pages import rooms
from console.http.refusals import ERRORS
from console.http.rendering import STATIC


def build(desk: HttpDesk) -> Starlette:
    """The ASGI application. Raises SettingsInvalid when it would stand open without a password."""
    require_lock(desk.settings)
    app = Starlette(
        routes=[
            *rooms.ROUTES,
            Route("/healthz", health.healthz),
            Route("/metrics", metrics.metrics),
            *pings.ROUTES,
            Mount("/api/v1", routes=api.ROUTES),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Doorman, settings=desk.settings), Middleware(GZipMiddleware, compresslevel=4)],
        exception_handlers=ERRORS,
    )
    app.state.desk = desk
    app.state.bulletin = events.bulletin(desk)
    return app
