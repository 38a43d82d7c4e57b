"""All pages and their addresses."""

from starlette.routing import BaseRoute

from console.http import events
from console.http.pages import acts, overview, ticket, tickets
from console.http.pages.view import routes

ROUTES: list[BaseRoute] = [
    *events.ROUTES,
    *acts.ROUTES,
    *routes("/", overview.look),
    *routes("/tickets", tickets.look),
    *routes("/tickets/{number}", ticket.look),
]
