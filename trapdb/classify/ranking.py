"""Which sources to look at first: those unlike the others, and unlike what was found to be nothing.

How unusual a source is, is told by how rare each of its figures is among all sources of the data
set, so that nothing has to be trained or tuned. What people say of the first ones moves those that
are like them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from trapdb.classify.statements import statement
from trapdb.database.connection import call

Connection = psycopg.Connection[Any]
Numbers = NDArray[np.float64]

# Of so many rows at once are the distances to all that is labelled computed.
BLOCK = 4096
# What one in fewer has is no reason.
TELLING = 20
# How rare they are the database tells; of the others, which tell artefacts from sources, it gives
# what they are.
OF_CURVES = ("flare", "dip", "scatter", "contrast", "brevity", "smoothness")


@dataclass(frozen=True)
class Ranking:
    """The sources of a data set in the order in which to look at them; n of them.

    Attributes
    ----------
    source_id, band_id
        Source, and the band in which it is the most unusual, shape (n,).
    stokes
        Its Stokes parameter, shape (n,).
    anomaly
        How unusual it is, 0 to 1, shape (n,).
    score
        The same with what people said of sources like it, 0 to 1, shape (n,); the largest is first.
    rare
        How rare its figures are, as `rarity` has it, shape (n, k).
    names
        Of the k figures.
    is_labelled
        Whether somebody rated it, shape (n,).
    """

    source_id: NDArray[np.int64]
    band_id: NDArray[np.int64]
    stokes: list[str]
    anomaly: Numbers
    score: Numbers
    rare: Numbers
    names: list[str]
    is_labelled: NDArray[np.bool_]

    def reasons(self, n: int) -> str:
        """Name the three rarest figures of a source, each with one in how many has as much."""
        rare = self.rare[n]
        telling = [k for k in np.argsort(-rare, kind="stable")[:3] if rare[k] > np.log(TELLING)]
        return ", ".join(f"{self.names[k]} 1:{np.exp(rare[k]):.0f}" for k in telling)


def rank(conn: Connection, dataset: str) -> Ranking:
    """Rank the sources of a data set, by the labels that there are.

    Parameters
    ----------
    conn
        Connection as reader.
    dataset
        Name of the data set.

    Raises
    ------
    DatabaseError
        There is none of that name.
    """
    (found,) = call(conn, "dataset_id_of", dataset=dataset)
    (row,) = conn.execute(statement("ranked"), {"dataset": dataset}).fetchall()
    ratings = conn.execute(statement("ratings"), {"dataset_id": found.dataset_id_of}).fetchall()
    said = {one.source_id: one.label_rating for one in ratings}
    columns = row._asdict()
    source_id = np.array(columns.pop("source_id") or [], np.int64)
    band_id = np.array(columns.pop("band_id") or [], np.int64)
    stokes = columns.pop("stokes") or []
    given = {name: np.array(values or [], np.float64) for name, values in columns.items()}
    worth = {"real": 1.0, "artefact": 0.0}
    label = np.array([worth.get(said.get(one, ""), np.nan) for one in source_id.tolist()])
    anomaly = given.pop("anomaly")
    names = list(given)
    rare = np.array([one if name in OF_CURVES else rarity(one) for name, one in given.items()]).T
    score = with_labels(rare, anomaly, label)
    # of a source the row that is most unusual
    order = np.lexsort([band_id, source_id, -anomaly, -score])
    _, first = np.unique(source_id[order], return_index=True)
    chosen = order[np.sort(first)]
    return Ranking(
        source_id[chosen],
        band_id[chosen],
        [stokes[n] for n in chosen],
        anomaly[chosen],
        score[chosen],
        rare[chosen],
        names,
        np.array([one in said for one in source_id[chosen].tolist()], bool),
    )


def rarity(values: Numbers) -> Numbers:
    """Return how rare it is that a figure is as large, as ``trap.unusual`` does.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The figure of each row; NaN: not known.

    Returns
    -------
    ndarray, shape (n,)
        -ln of the share of rows with as much; 0 where it is not known.
    """
    known = ~np.isnan(values)
    ordered = np.sort(values[known])
    as_much = ordered.size - np.searchsorted(ordered, values[known], "left")
    rare = np.zeros(values.size)
    rare[known] = np.log(ordered.size / as_much)
    return rare


def with_labels(rare: Numbers, anomaly: Numbers, label: Numbers) -> Numbers:
    """Return how much each row is worth a look, with what people said of those like it.

    Lochner & Bassett 2021, Astronomy and Computing 36, 100481, section 2.3: the anomaly times
    tanh(exp(d / d0) - 1 + artanh(u)), where d is the distance to the nearest label, d0 its mean,
    and u what the labels near it say, 0 for artefacts and 1 for what is real. Far from all labels
    that is the anomaly itself, and beside one it is that times u.

    Parameters
    ----------
    rare : ndarray, shape (n, k)
        Places, as `rarity` gives them.
    anomaly : ndarray, shape (n,)
        How unusual they are.
    label : ndarray, shape (n,)
        1 or 0; NaN: nobody said anything.
    """
    said = ~np.isnan(label)
    if not said.any():
        return anomaly
    nearest, opinion = np.empty(label.size), np.empty(label.size)
    for start in range(0, label.size, BLOCK):
        part = rare[start : start + BLOCK]
        square = (
            np.sum(part**2, axis=1)[:, None]
            + np.sum(rare[said] ** 2, axis=1)
            - 2 * part @ rare[said].T
        ).clip(0)
        # who lies nearer counts for more, and who lies there for all
        weight = 1 / (square + 1e-6) ** 2
        nearest[start : start + BLOCK] = np.sqrt(square.min(axis=1))
        opinion[start : start + BLOCK] = weight @ label[said] / weight.sum(axis=1)
    typical = nearest.mean()
    distance = np.exp(nearest / typical) if typical > 0 else np.ones(label.size)
    with np.errstate(divide="ignore"):
        return anomaly * np.tanh(distance - 1 + np.arctanh(opinion.clip(0, 1)))
