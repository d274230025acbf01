"""Candidates: what fulfils a definition or conditions, in an order, a page at a time."""

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from starlette.requests import Request
from starlette.responses import Response

from trapdb.conditions import condition
from trapdb.web.explorer import kept
from trapdb.web.explorer.reading import columns, dataset_of, rows
from trapdb.web.explorer.replies import data, in_data, on_page, page
from trapdb.web.faults import Refused
from trapdb.web.requests import Parameters, parameters_of, service_of

_MOST = 100  # on a page
_DEFINITIONS = 200
_CONDITIONS = 30
_SPARKS = 25  # light curves at once
_POINTS = 80  # of each
# what is asked for where nothing is
_CONDITIONS_AT_FIRST = ("monitored = 0", "max_significance >= 5")
ORDERS = {
    "max_significance": "brightest point above the others",
    "eta_int": "η",
    "eta_int_significance": "significance of η",
    "v_int": "V",
    "int_flux_mean": "mean flux density",
    "peak_flux_max": "largest peak",
    "snr_max": "S/N",
    "n": "points",
    "n_blind": "times found",
    "before_significance": "above what was there before",
    "noise_chance": "chance of noise",
    "first_seen": "first seen",
    "last_seen": "last seen",
}


@dataclass(frozen=True)
class _Asked:
    """What candidates a request asks for.

    Attributes
    ----------
    definition : str or None
        Name of a definition.
    conditions : tuple of str
        Conditions beside it.
    by : str
        Figure by which they are in order.
    ascending : bool
        Whether the smallest comes first.
    after : tuple or None
        The one after which those begin that are wanted: its place, source, band and Stokes
        parameter.
    backwards : bool
        Whether those before it are wanted.
    """

    definition: str | None
    conditions: tuple[str, ...]
    by: str
    ascending: bool
    after: tuple[float, int, int, str] | None
    backwards: bool


@on_page
async def candidates(request: Request) -> Response:
    """Show the page, in whose address all is that is asked for."""
    asked = _asked(await parameters_of(request))
    async with service_of(request).reading() as conn:
        dataset = await dataset_of(request, conn)
        definitions = await rows(conn, "definitions", most=_DEFINITIONS)
        figures = await rows(conn, "figures")
        classes = await rows(conn, "label_classes")
    return page(
        request,
        "candidates.html",
        dataset=dataset,
        asked=asked,
        definitions=definitions,
        figures=figures,
        orders=ORDERS,
        classes=classes,
    )


@in_data
async def listed(request: Request) -> Response:
    """Answer with candidates, and where others are.

    ``next`` is what a request has as ``after=`` for those that follow, or null; ``previous`` what
    one has as ``before=``.
    """
    asked = _asked(await parameters_of(request))
    conditions = [condition(one) for one in asked.conditions]
    place, source_id, band_id, stokes = asked.after or (None, None, None, None)

    async def found(conn: Any, dataset: Any) -> dict[str, Any]:
        found = await rows(
            conn,
            "candidates",
            dataset=dataset.dataset,
            dataset_id=dataset.dataset_id,
            definition=asked.definition,
            conditions=Jsonb(conditions) if conditions else None,
            by=asked.by,
            ascending=asked.ascending,
            place=place,
            source_id=source_id,
            band_id=band_id,
            stokes=stokes,
            backwards=asked.backwards,
            most=_MOST + 1,
        )
        more = len(found) > _MOST
        shown = (found[-_MOST:] if asked.backwards else found[:_MOST]) if more else found
        follow = more if not asked.backwards else bool(found)
        precede = more if asked.backwards else asked.after is not None and bool(found)
        return {
            "candidates": columns(shown),
            "next": _key_of(shown[-1]) if follow else None,
            "previous": _key_of(shown[0]) if precede else None,
        }

    return await kept.of_dataset(request, "candidates", found, asked)


@in_data
async def details(request: Request) -> Response:
    """Answer with curves, labels and classes of candidates, ``?of=SOURCE,BAND,STOKES;...``."""
    given = (await parameters_of(request)).required("OF").split(";")
    if len(given) > _SPARKS:
        raise Refused(f"of: there are more than {_SPARKS}")
    keys = [_key(one.split(","), f"of={one[:60]!r}") for one in given]
    source_ids, band_ids, stokes = map(list, zip(*keys, strict=True))
    async with service_of(request).reading() as conn:
        dataset = await dataset_of(request, conn)
        of = {"dataset_id": dataset.dataset_id, "source_ids": source_ids}
        sparks = await rows(conn, "sparks", **of, band_ids=band_ids, stokes=stokes, most=_POINTS)
        labels = await rows(conn, "verdicts", **of)
        classes = await rows(conn, "held_classes", **of)
    return await data(request, {"points": columns(sparks), "labels": labels, "classes": classes})


def _asked(given: Parameters) -> _Asked:
    conditions = tuple(given.all("WHERE"))
    if len(conditions) > _CONDITIONS:
        raise Refused(f"there are more than {_CONDITIONS} conditions")
    definition = given.one("DEFINITION")
    if definition is None and not conditions:
        conditions = _CONDITIONS_AT_FIRST
    order = given.one("SORT") or "-max_significance"
    by = order.removeprefix("-")
    if by not in ORDERS:
        raise Refused(f"sort={order[:40]!r}: expected one of {', '.join(ORDERS)}, - before it")
    after, before = _place(given, "after"), _place(given, "before")
    if after and before:
        raise Refused("give after or before, not both")
    ascending = not order.startswith("-")
    return _Asked(definition, conditions, by, ascending, after or before, before is not None)


def _key_of(row: Any) -> str:
    return f"{row.place!r},{row.source_id},{row.band_id},{row.stokes}"


def _place(given: Parameters, name: str) -> tuple[float, int, int, str] | None:
    value = given.one(name.upper())
    if value is None:
        return None
    said = f"{name}={value[:60]!r}"
    place, *key = value.split(",")
    try:
        return float(place), *_key(key, said)
    except ValueError:
        raise Refused(f"{said}: expected what an earlier answer had as next or previous") from None


def _key(parts: list[str], said: str) -> tuple[int, int, str]:
    """Return source, band and Stokes parameter of a candidate.

    Raises
    ------
    Refused
        They are none.
    """
    *numbers, stokes = parts or [""]
    if (
        len(numbers) != 2
        or stokes not in ("I", "Q", "U", "V")
        or not all(one.isascii() and one.isdigit() and len(one) < 19 for one in numbers)
    ):
        raise Refused(f"{said}: expected a source, a band and a Stokes parameter")
    return int(numbers[0]), int(numbers[1]), stokes
