"""The addresses of TAP."""

from starlette.routing import Route

from trapdb.web.tap.capabilities import availability, capabilities
from trapdb.web.tap.examples import examples
from trapdb.web.tap.sync import sync
from trapdb.web.tap.tables import table, tables

ROUTES = [
    Route("/tap/sync", sync, methods=["GET", "POST"]),
    Route("/tap/availability", availability),
    Route("/tap/capabilities", capabilities),
    Route("/tap/tables", tables),
    Route("/tap/tables/{name}", table),
    Route("/tap/examples", examples),
]
