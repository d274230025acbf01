"""The addresses of the explorer."""

from starlette.routing import Route

from trapdb.web.explorer.archive import archive, footprints, tally
from trapdb.web.explorer.candidates import candidates, details, listed
from trapdb.web.explorer.defining import definition
from trapdb.web.explorer.image import image, shown
from trapdb.web.explorer.live import live
from trapdb.web.explorer.overview import field, images, offsets, overview, transients
from trapdb.web.explorer.query import dictionary, query
from trapdb.web.explorer.rating import label, labels
from trapdb.web.explorer.source import beams, light_curve, source
from trapdb.web.explorer.tiles import stamp, tile
from trapdb.web.explorer.variability import plane, plane_points, usual, variability
from trapdb.web.explorer.writing import session, sign_in, sign_out
from trapdb.web.static import asset

ROUTES = [
    Route("/", archive),
    Route("/dataset/{dataset}", overview),
    Route("/dataset/{dataset}/variability", variability),
    Route("/dataset/{dataset}/candidates", candidates),
    Route("/source/{source}", source),
    Route("/image/{image}", image),
    Route("/query", query, methods=["GET", "POST"]),
    Route("/data/dictionary", dictionary),
    Route("/data/footprints", footprints),
    Route("/data/tally/{dataset}", tally),
    Route("/data/field/{dataset}", field),
    Route("/data/images/{dataset}", images),
    Route("/data/transients/{dataset}", transients),
    Route("/data/offsets/{dataset}", offsets),
    Route("/data/candidates/{dataset}", listed),
    Route("/data/candidate-details/{dataset}", details),
    Route("/data/plane/{dataset}", plane),
    Route("/data/plane-points/{dataset}", plane_points),
    Route("/data/usual/{dataset}", usual),
    Route("/data/labels/{source}", labels),
    Route("/label/{source}", label, methods=["POST"]),
    Route("/definition/{name}", definition, methods=["POST"]),
    Route("/session", session),
    Route("/session", sign_in, methods=["POST"]),
    Route("/session", sign_out, methods=["DELETE"]),
    Route("/data/live/{dataset}", live),
    Route("/data/light-curve/{source}", light_curve),
    Route("/data/beams/{source}", beams),
    Route("/data/image/{image}", shown),
    Route("/data/tile/{image}/{stretch}/{level}/{x}/{y}", tile),
    Route("/data/stamp/{image}/{source}/{beams}/{stretch}", stamp),
    Route("/assets/{version}/{name}", asset),
]
