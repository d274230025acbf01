"""A field in all Stokes parameters, with leakage, from files to candidates and back."""

import numpy as np
import pytest
from matplotlib.image import imread
from scoring import flux_grid, match

from trapdb import cli
from trapdb.database.connection import open_url
from trapdb.simulate import simulate

EPOCHS, POLARISED = 2, 25


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return simulate(
        tmp_path_factory.mktemp("polarised") / "field", epochs=EPOCHS, size=512, sources=110,
        polarised=POLARISED, leakage=0.01, stokes="IQUV", flaring=0, one_epoch=0, minimum_snr=25.0,
        separation=3.0,
    )  # fmt: skip


@pytest.fixture
def conn(truth, db_url, monkeypatch, capsys):
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)
    trapdb("ingest", truth.folder)
    trapdb("dataset", "verify", "field")
    with open_url(db_url) as conn:
        yield conn


def trapdb(*arguments):
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    assert not left.value.code


def test_it_is_what_was_put_in_and_leakage_is_told_from_it(truth, conn):
    images = conn.execute("select * from trap.image_leakage order by image_id").fetchall()
    assert [row.stokes for row in images] == ["Q", "U", "V"] * EPOCHS
    assert {(row.is_fitted, row.degree) for row in images} == {(True, 2)}

    catalogue = conn.execute("select * from trap.running_catalogue order by source_id").fetchall()
    ra, dec = np.array([(row.ra, row.dec) for row in catalogue]).T
    radius = truth.images.meta["beam"][1] / 2
    found, rows = match(truth.sources["ra"], truth.sources["dec"], ra, dec, radius)
    assert len(found) == len(truth.sources) == len(catalogue)
    number = {catalogue[row].source_id: source for source, row in zip(found, rows, strict=True)}
    peak = {
        (image["epoch"], image["stokes"]): flux
        for image, flux in zip(truth.images, flux_grid(truth, "peak_flux"), strict=True)
    }
    steps = conn.execute(
        "select dense_rank() over (order by taken_at) - 1 as epoch, p.* from trap.polarisation as p"
    ).fetchall()
    assert len(steps) == EPOCHS * len(catalogue)
    true = {
        stokes: np.array([peak[row.epoch, stokes][number[row.source_id]] for row in steps])
        for stokes in "IQUV"
    }
    linear = np.hypot(true["Q"], true["U"])
    angle = np.degrees(np.arctan2(true["U"], true["Q"])) / 2
    got = {name: np.array([getattr(row, name) for row in steps]) for name in (
        "v_over_i", "v_over_i_err", "linear_flux", "linear_err", "linear_over_i",
        "linear_over_i_err", "angle", "angle_err", "v_significance", "v_leakage", "v_leakage_err",
    )}  # fmt: skip
    bright = linear > 7e-3
    assert bright.sum() > 30
    turn = (got["angle"] - angle + 90) % 180 - 90
    pulls = {
        "V/I": (got["v_over_i"] - true["V"] / true["I"]) / got["v_over_i_err"],
        "L": ((got["linear_flux"] - linear) / got["linear_err"])[bright],
        "L/I": ((got["linear_over_i"] - linear / true["I"]) / got["linear_over_i_err"])[bright],
        "angle": (turn / got["angle_err"])[bright],
    }
    for name, pull in pulls.items():
        assert np.std(pull) == pytest.approx(1, abs=3 / np.sqrt(2 * len(pull))), name
        assert abs(np.mean(pull)) < 4 / np.sqrt(len(pull)), name

    # who is polarised is listed, and nobody whom leakage makes look so
    listed = conn.execute(
        "select source_id, stokes from trap.transient_by_definition('circular', 'field')"
    ).fetchall()
    assert {row.stokes for row in listed} == {"V"}
    circular = {number[row.source_id] for row in listed}
    unpolarised = set(range(POLARISED, len(truth.sources)))
    assert not circular & unpolarised
    share = peak[0, "V"] / peak[0, "I"]
    clear = {i for i in range(POLARISED) if abs(share[i]) > 0.07 and abs(peak[0, "V"][i]) > 8e-3}
    assert len(clear) > 3
    assert clear <= circular
    # both hands were found blindly
    blind = conn.execute(
        "select distinct sign(peak_flux) as hand from trap.lightcurve"
        " where stokes = 'V' and kind = 'blind' order by 1"
    ).fetchall()
    assert [row.hand for row in blind] == [-1, 1]
    candidate = conn.execute(
        "select circular_significance, v_over_i, linear_over_i, polarisation_change_significance"
        " from trap.candidate where source_id = %s and stokes = 'V'",
        [next(row.source_id for row in listed)],
    ).fetchone()
    assert candidate.circular_significance > 5
    assert abs(candidate.polarisation_change_significance) < 5

    picture = truth.folder.parent / "circular.png"
    trapdb("plot", "polarisation", "--output", picture)
    assert imread(picture).std() > 0

    # of the same measurements it is the same, to the bit
    trapdb("dataset", "rewind", "field", "--to", images[0].taken_at.isoformat(), "--yes")
    trapdb("dataset", "replay", "field")
    again = conn.execute("select * from trap.image_leakage order by image_id").fetchall()
    assert [row[5:] for row in again] == [row[5:] for row in images]
    assert again[-1].image_id > images[-1].image_id
    trapdb("dataset", "verify", "field")
