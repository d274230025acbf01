"""Queries to begin with, as a page that people and programs read.

Source: IVOA Recommendation DALI 1.1, section 2.3 (RDFa terms of a document of examples).
"""

from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.templates import rendered

# Title, what it is for, and the query; the tests run each.
EXAMPLES = (
    (
        "What there is",
        "The data sets, with their images and their last time step.",
        "SELECT dataset, time_steps, images, last_taken_at FROM trap.dataset",
    ),
    (
        "Sources around a place",
        "Everything within 0.1 deg, the nearest first.",
        "SELECT TOP 100 name, ra, dec, n_blind, "
        "DISTANCE(POINT('ICRS', ra, dec), POINT('ICRS', 150, 30)) AS separation "
        "FROM trap.running_catalogue "
        "WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 150, 30, 0.1)) "
        "ORDER BY separation",
    ),
    (
        "What varies most",
        "The sources with the largest reduced chi squared of their integrated flux densities.",
        "SELECT TOP 20 s.name, s.ra, s.dec, v.band_id, v.n, v.v_int, v.eta_int "
        "FROM trap.running_catalogue AS s JOIN trap.variability AS v ON s.source_id = v.source_id "
        "ORDER BY eta_int DESC",
    ),
    (
        "A light curve",
        "All points of one source, with the forced fits where it was looked for and not found.",
        "SELECT taken_at, band_id, kind, int_flux, int_flux_err FROM trap.lightcurve "
        "WHERE source_id = 35184373137408 ORDER BY taken_at",
    ),
    (
        "Images of a place",
        "The images whose footprint covers a position.",
        "SELECT obs_collection, obs_id, t_min, em_min, s_resolution FROM ivoa.obscore "
        "WHERE dataproduct_type = 'image' "
        "AND 1 = CONTAINS(POINT('ICRS', 150, 30), s_region) ORDER BY t_min",
    ),
    (
        "Light curves of a place",
        "A row for each source within 0.1 deg; access_url leads to its points.",
        "SELECT target_name, obs_collection, t_min, t_max, t_xel, access_url FROM ivoa.obscore "
        "WHERE dataproduct_type = 'timeseries' "
        "AND 1 = INTERSECTS(CIRCLE('ICRS', 150, 30, 0.1), s_region)",
    ),
)


async def examples(request: Request) -> Response:
    """Show the examples."""
    page = rendered(request, "examples.html", examples=EXAMPLES)
    return Response(page, media_type="application/xhtml+xml")
