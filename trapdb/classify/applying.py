"""What classifiers say of the sources of a data set, into the database."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from trapdb.classify.model import Model, classify
from trapdb.classify.statements import statement
from trapdb.classify.stored import unpacked
from trapdb.database.connection import call
from trapdb.errors import InputError

Connection = psycopg.Connection[Any]

# Sources of which features are asked for together.
BATCH = 5000


def load(conn: Connection, name: str) -> Model:
    """Return a classifier of the database, examined.

    Raises
    ------
    DatabaseError
        There is none of that name.
    InputError
        It was changed, or takes other features than the database has.
    """
    (row,) = call(conn, "classifier_content", name=name)
    model = unpacked(bytes(row.classifier_content), f"classifier {name}")
    require_feature_set(conn, model, f"classifier {name}")
    return model


def require_feature_set(conn: Connection, model: Model, what: str) -> None:
    """Refuse a model that takes other features than the database has for models.

    Raises
    ------
    InputError
        It does.
    """
    (row,) = call(conn, "feature_set_version")
    if model.feature_set != row.feature_set_version:
        raise InputError(
            f"{what} takes features of version {model.feature_set}, and the database has version "
            f"{row.feature_set_version}: train it anew (trapdb classify train)"
        )
    known = {one.name for one in conn.execute(statement("names")).fetchall()}
    if unknown := [name for name in model.features if name not in known]:
        raise InputError(
            f"{what} takes {unknown[0]}, which is no feature of trap.feature_name that tells what "
            "a source is"
        )


def judge(
    conn: Connection, name: str, model: Model, source_ids: Sequence[int], known_image_id: int
) -> int:
    """Store what a classifier says of sources by what was known at an image.

    Parameters
    ----------
    conn
        Connection as operator.
    name, model
        The classifier.
    source_ids
        Sources of one data set.
    known_image_id
        The image.

    Returns
    -------
    int
        Of how many sources it is new.
    """
    stored = 0
    for start in range(0, len(source_ids), BATCH):
        batch = list(source_ids[start : start + BATCH])
        rows = call(conn, "features_of", source_ids=batch, known_image_id=known_image_id)
        chosen = telling_rows(rows)
        if not chosen:
            continue
        answer = classify(model, as_matrix(chosen, model.features))
        (row,) = call(
            conn,
            "add_classifications",
            name=name,
            known_image_id=known_image_id,
            source_ids=[one.source_id for one in chosen],
            probabilities=answer.probabilities.ravel().tolist(),
            novelty=answer.novelty.tolist(),
            reasons=(answer.reasons + 1).ravel().tolist(),
            moved=answer.moved.ravel().tolist(),
        )
        stored += row.add_classifications
    return stored


def telling_rows(rows: Sequence[Any]) -> list[Any]:
    """Return of each source the band by which it is judged: of Stokes I, where it stands out most.

    Where there are no images of Stokes I, of what there is.
    """

    def place(row: Any) -> tuple[Any, ...]:
        snr = -np.inf if row.snr_max is None else row.snr_max
        return row.source_id, row.stokes != "I", -snr, row.band_id

    chosen: dict[int, Any] = {}
    for row in sorted(rows, key=place):
        chosen.setdefault(row.source_id, row)
    return list(chosen.values())


def as_matrix(rows: Sequence[Any], features: Sequence[str]) -> NDArray[np.float64]:
    """Return features of rows of ``trap.feature`` as numbers, shape (m, f); NaN for NULL."""
    values = [[getattr(row, name) for name in features] for row in rows]
    found: NDArray[np.float64] = np.array(values, dtype=np.float64)  # None becomes NaN
    return found.reshape(len(rows), len(features))
