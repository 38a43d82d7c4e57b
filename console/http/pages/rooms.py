"""All pages and their addresses."""

from starlette.routing import BaseRoute

from console.http import events
from console.http.pages import overview
from console.http.pages.view import routes

ROUTES: list[BaseRoute] = [*events.ROUTES, *routes("/", overview.look)]
