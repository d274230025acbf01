"""``trapdb candidates``."""

from typing import TYPE_CHECKING, Any

import click

from trapdb.cli.options import COUNT, database_option, dataset_option, listing_option

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

RANKED = ["place", "score", "anomaly", "source_id", "name", "ra", "dec", "band_id", "stokes"]
RANKED += ["n", "snr_max", "max_significance", "label_rating", "reasons"]
COLUMNS = ["source_id", "name", "ra", "dec", "band_id", "stokes", "n", "n_blind", "snr_max"]
COLUMNS += ["max_significance", "eta_int_significance", "is_new", "margin_local", "edge_beams"]
COLUMNS += ["neighbours", "brighter_beams", "noise_chance", "reference_class", "label_rating"]


@click.command(context_settings={"show_default": True})
@dataset_option
@click.option("--rank", "ranked", is_flag=True, help="All sources, by how unusual they are.")
@click.option("--limit", type=COUNT, default=10, help="So many, the first ones.")
@listing_option
@database_option
def candidates(
    dataset: str | None, ranked: bool, limit: int, form: str | None, database: str | None
) -> None:
    """List candidates with what judges them, those to look at first at the top.

    Without --rank they are what `trapdb transients` lists, the largest max_significance first.

    With --rank they are all sources of the data set, the most unlike the others first: by how
    rare their figures are, which `reasons` names (flare 1:2000 is a flare as one source in 2000
    has). Those with a rating are at the end. Look at the first ten, say what they are by
    `trapdb label add`, and ask again: sources like an artefact have gone down.

    \b
    Examples:
      trapdb candidates
      trapdb candidates --rank
      trapdb label add J100012.3+300102 --rating artefact
      trapdb candidates --rank
    """
    from trapdb.cli.listing import show
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        name = resolve_dataset(conn, dataset)
        (found,) = call(conn, "dataset_id_of", dataset=name)
        if ranked:
            show(_ranked(conn, name, found.dataset_id_of, limit), RANKED, form)
        else:
            show(_transients(conn, name, found.dataset_id_of, limit), COLUMNS, form)


def _transients(conn: "Connection", name: str, dataset_id: int, limit: int) -> list[Any]:
    """Return what judges the first transients, each in the band in which it is listed."""
    from trapdb.database.connection import call

    listed = call(conn, "transient", dataset=name)
    keys = [(row.source_id, row.band_id, row.stokes) for row in listed]
    return _judged(conn, dataset_id, keys, limit)


def _ranked(conn: "Connection", name: str, dataset_id: int, limit: int) -> list[Any]:
    """Return the first sources of the ranking, those that nobody rated before the others."""
    from types import SimpleNamespace

    import numpy as np

    from trapdb.classify.ranking import rank

    ranking = rank(conn, name)
    first = np.lexsort([-ranking.score, ranking.is_labelled])[:limit].tolist()
    keys = [(int(ranking.source_id[n]), int(ranking.band_id[n]), ranking.stokes[n]) for n in first]
    judged = {
        (row.source_id, row.band_id, row.stokes): row
        for row in _judged(conn, dataset_id, keys, limit)
    }
    rows: list[Any] = []
    for n, key in zip(first, keys, strict=True):
        if key not in judged:  # an ingest that goes on has changed it meanwhile
            continue
        figures = {
            "place": len(rows) + 1,
            "score": round(float(ranking.score[n]), 4),
            "anomaly": round(float(ranking.anomaly[n]), 4),
            "reasons": ranking.reasons(n),
        }
        rows.append(SimpleNamespace(**judged[key]._asdict(), **figures))
    return rows


def _judged(
    conn: "Connection", dataset_id: int, keys: list[tuple[int, int, str]], limit: int
) -> list[Any]:
    """Return what judges the first of sources, each in a band and Stokes parameter."""
    from trapdb.classify.statements import statement

    arguments = {
        "dataset_id": dataset_id,
        "source_ids": [key[0] for key in keys],
        "band_ids": [key[1] for key in keys],
        "stokes": [key[2] for key in keys],
        "limit": limit,
    }
    return conn.execute(statement("judged"), arguments).fetchall()
