"""Light curves without gaps: detected, forced, back-filled and monitored, against the truth."""

import numpy as np
import pytest
from scoring import flux_grid, match

from trapdb import cli
from trapdb.database.connection import open_url
from trapdb.simulate import simulate

EPOCHS, BANDS = 5, 2
EMPTY = (149.93, 30.06)


@pytest.fixture
def truth(tmp_path):
    return simulate(
        tmp_path / "field", epochs=EPOCHS, bands=BANDS, size=320, sources=40, minimum_snr=5.0,
        one_epoch=3, flaring=1, variable=1,
    )  # fmt: skip


@pytest.fixture
def conn(truth, tmp_path, db_url, monkeypatch, capsys):
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)

    def trapdb(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        assert not left.value.code, capsys.readouterr().err

    positions = tmp_path / "positions.csv"
    positions.write_text("name,ra,dec\nempty,{},{}\n".format(*EMPTY))
    trapdb("ingest", truth.folder, "--monitor", positions, "--detection-threshold", 6)
    trapdb("backfill")
    trapdb("dataset", "verify", "field")
    with open_url(db_url) as conn:
        yield conn


def test_every_source_has_a_point_in_every_image_and_it_is_true(truth, conn):
    catalogue = conn.execute(
        "select source_id, ra, dec from trap.running_catalogue where not monitored"
        " order by source_id"
    ).fetchall()
    counted = conn.execute(
        "select source_id, count(*) as points, count(distinct image_id) as images,"
        " count(*) filter (where not usable) as failed from trap.lightcurve group by source_id"
    ).fetchall()
    assert len(counted) == len(catalogue) + 1  # the monitored position
    assert {(row.points, row.images, row.failed) for row in counted} == {
        (EPOCHS * BANDS, EPOCHS * BANDS, 0)
    }

    ra, dec = np.array([(row.ra, row.dec) for row in catalogue]).T
    radius = truth.images.meta["beam"][1] / 2
    found, rows = match(truth.sources["ra"], truth.sources["dec"], ra, dec, radius)
    true_flux = flux_grid(truth, "flux")
    order = {(row["epoch"], row["band"]): i for i, row in enumerate(truth.images)}
    points = conn.execute(
        "select source_id, dense_rank() over (order by taken_at) - 1 as epoch,"
        " dense_rank() over (order by freq_eff) - 1 as band, kind, backfilled, peak_flux,"
        " peak_flux_err from trap.lightcurve"
    ).fetchall()
    source_of = {catalogue[row].source_id: source for source, row in zip(found, rows, strict=True)}
    forced = [row for row in points if row.kind == "null_detection" and row.source_id in source_of]
    assert {row.backfilled for row in forced} == {True, False}
    # where a transient was off; what hides below the threshold is fainter than true, by selection
    off = [
        row.peak_flux / row.peak_flux_err
        for row in forced
        if true_flux[order[row.epoch, row.band], source_of[row.source_id]] == 0
    ]
    assert len(off) >= 2 * (EPOCHS - 1) * BANDS
    assert abs(np.mean(off)) < 3 / np.sqrt(len(off))
    assert np.std(off) == pytest.approx(1, abs=3 / np.sqrt(2 * len(off)))
    assert np.abs(off).max() < 4

    monitored = np.array([
        row.peak_flux / row.peak_flux_err for row in points if row.kind == "monitored"
    ])  # fmt: skip
    assert len(monitored) == EPOCHS * BANDS
    assert np.abs(monitored).max() < 4

    # who was there once is named, and nobody who was always there
    named = conn.execute(
        "select distinct ra, dec from trap.transient_by_definition('single_epoch', 'field')"
    ).fetchall()
    ra, dec = np.array([(row.ra, row.dec) for row in named]).T
    found, rows = match(truth.sources["ra"], truth.sources["dec"], ra, dec, radius)
    assert len(rows) == len(named)
    kinds = np.asarray(truth.sources["kind"])
    bright = flux_grid(truth, "snr").max(axis=0) > 8
    once = set(np.flatnonzero((kinds == "one_epoch") & bright))
    assert once
    assert once <= set(found)
    assert {str(kind) for kind in kinds[found]} <= {"one_epoch", "flaring", "variable"}
