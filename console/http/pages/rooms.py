"""All pages and their addresses."""

from starlette.routing import BaseRoute

from console.http import events
from console.http.pages import (
    acts,
    demo,
    health,
    monitor,
    monitor_acts,
    monitors,
    overview,
    public,
    reports,
    runbooks,
    search,
    services,
    ticket,
    tickets,
)
from console.http.pages.view import routes

ROUTES: list[BaseRoute] = [
    *events.ROUTES,
    *acts.ROUTES,
    *demo.ROUTES,
    *search.ROUTES,
    *monitor_acts.ROUTES,
    *reports.ROUTES,
    *public.ROUTES,
    *routes("/", overview.look),
    *routes("/tickets", tickets.look),
    *routes("/tickets/{number}", ticket.look),
    *routes("/services", services.look),
    *routes("/services/{name}", services.one),
    *routes("/monitors", monitors.look),
    *routes("/monitors/{name}", monitor.look),
    *routes("/runbooks", runbooks.look),
    *routes("/runbooks/{name}", runbooks.one),
    *routes("/runs/{run}", runbooks.run),
    *routes("/reports", reports.look),
    *routes("/health", health.look),
    *routes("/demo", demo.look),
]
