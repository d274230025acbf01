"""The data sets that the explorer is tried on.

field     of images: two bands, Stokes V beside I, a flare and a transient, an image that is
          rejected, a file that is none
forked    sources that fork
one       one image
published one that does not change any more
empty     none
and HOSTILE names, each with an image
"""

import os
from pathlib import Path
from unittest import mock

import numpy as np
import psycopg
import pytest
from astropy.io import fits
from psycopg.rows import namedtuple_row

from tests.feeding import FedImage, Feeder, measurements
from trapdb import cli
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.simulate import simulate

HOSTILE = [
    "<script>alert('name')</script>",
    "\"'&{{ 7 * 7 }}</title><img src=x onerror=alert(1)>",
    "a/b/../c",
    "..",
    "~1",
    "שמיים \u202eabc",
    "x" * 300,
    "100% + ? # ; \\ \n tab\t",
]


def fill(operator_url: str, admin_url: str, folder: Path) -> None:
    """Make the data sets."""
    images(folder)
    with (
        mock.patch.dict(os.environ, {"TRAPDB_DATABASE_URL": operator_url}),
        pytest.raises(SystemExit) as left,
    ):
        cli.main(["ingest", str(folder), "--dataset", "field"])
    assert left.value.code in (0, 1), left.value.code
    with psycopg.connect(admin_url, autocommit=True, row_factory=namedtuple_row) as conn:
        feed(conn)
        conn.execute("analyze")


def images(folder: Path) -> None:
    """Simulate a field in two bands and two Stokes parameters, with what goes wrong."""
    truth = simulate(folder, size=256, sources=25, epochs=6, bands=2, seed=5)
    rng = np.random.default_rng(1)
    for number, path in enumerate(truth.paths):
        with fits.open(path) as file:
            hdu = file[0]
            if number % 2 == 0:
                noise = rng.normal(0, 1e-3, hdu.data.shape)
                header = hdu.header.copy()
                header["CRVAL4"] = 4.0  # Stokes V
                fits.writeto(folder / f"{path.stem}-V.fits", noise.astype("f4"), header)
            if number == 7:
                noise = rng.normal(0, 200.0, hdu.data.shape)
                fits.writeto(path, (hdu.data + noise).astype("f4"), hdu.header, overwrite=True)
    (folder / "<img src=x onerror=alert(1)>.fits").write_bytes(b"SIMPLE  =")


def feed(conn: psycopg.Connection) -> None:
    """Feed what needs no pixels."""
    forked = Feeder(conn, "forked")
    for east in ([0.0], [-12.0, 12.0], [-11.0, 13.0], [0.0]):
        forked.blind(123 + np.array(east) / 3600, 10.0, ra_err=8 / 3600, dec_err=8 / 3600)
    Feeder(conn, "one").blind([123.0, 123.5], [10.0, 10.1])
    Feeder(conn, "published").blind([123.0], [10.0])
    routines.publish_dataset(
        conn, "published", "1", title="<i>A title</i>", creator="<i>A. Author</i>",
        licence="CC-BY-4.0", doi="10.5281/zenodo.1",
    )  # fmt: skip
    routines.open_dataset(conn, "empty", Configuration().model_dump(mode="json"))
    for name in HOSTILE:
        check = {
            "name": "<i>check</i>", "value": 1.0, "low": None, "high": 0.5, "passed": False,
            "detail": f"{name} <script>alert('detail')</script>",
        }  # fmt: skip
        feeder = Feeder(conn, name)
        feeder.step(FedImage(measurements([123.0], [10.0]), digest=f"{name}<u>digest</u>"))
        feeder.step(FedImage(checks=[check], digest=f"{name}<s>rejected</s>"))
        routines.log_warning(conn, feeder.run_id, f"{name}: <script>alert('warning')</script>")
