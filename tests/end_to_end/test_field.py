"""From images to light curves: a field of 300 sources, faint ones included, against its truth."""

import numpy as np
import pytest
from scoring import flux_grid, match

from trapdb import cli
from trapdb.database.connection import open_url
from trapdb.simulate import simulate

EPOCHS = 20
FIELDS = {"plain": (150.0, 30.0), "meridian": (0.0, 10.0), "pole": (30.0, 89.7)}


def trapdb(*arguments):
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    return left.value.code or 0


@pytest.fixture(params=FIELDS)
def ingested(request, tmp_path, db_url, monkeypatch):
    ra, dec = FIELDS[request.param]
    truth = simulate(
        tmp_path / "field", epochs=EPOCHS, size=1024, sources=300, minimum_snr=5.0, ra=ra, dec=dec
    )
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)
    assert trapdb("ingest", truth.folder) == 0
    with open_url(db_url) as conn:
        yield truth, conn


def test_every_source_has_one_light_curve_and_nothing_else_has(ingested, capsys):
    truth, conn = ingested
    catalogue = conn.execute("select * from trap.running_catalogue order by source_id").fetchall()
    ra, dec = np.array([(row.ra, row.dec) for row in catalogue]).T
    radius = truth.images.meta["beam"][1] / 2
    found, rows = match(truth.sources["ra"], truth.sources["dec"], ra, dec, radius)

    # no false source, and none twice
    assert len(rows) == len(catalogue)
    # whoever is always above 8 sigma is there, from its first point on in every epoch, once
    snr = flux_grid(truth, "snr").min(axis=0)
    assert np.count_nonzero(snr > 8) >= 100
    assert set(np.flatnonzero(snr > 8)) <= set(found)
    curves = conn.execute(
        "select source_id, count(*) as points, count(distinct image_id) as images,"
        " trap.number_of(min(image_id)) as first from trap.lightcurve group by source_id"
    ).fetchall()
    curves = {row.source_id: row for row in curves}
    for source, row in zip(found, rows, strict=True):
        curve = curves[catalogue[row].source_id]
        if snr[source] > 8:
            assert curve.points == curve.images == EPOCHS + 1 - curve.first
        # noise takes a source of 12 sigma below 8 in one epoch of 30,000
        if snr[source] > 12:
            assert curve.first == 1
    # a forced fit that failed would stand with its flags; in a clean field none does
    assert conn.execute("select count(*) from trap.lightcurve where not usable").fetchone() == (0,)

    capsys.readouterr()
    assert trapdb("transients", "--format", "csv") == 0
    named = {line.split(",")[1] for line in capsys.readouterr().out.splitlines()[1:]}
    changing = [
        i for i, kind in enumerate(truth.sources["kind"]) if kind in ("flaring", "one_epoch")
    ]
    row_of = dict(zip(found, rows, strict=True))
    assert named == {catalogue[row_of[source]].name for source in changing}

    before = conn.execute("select count(*), sum(int_flux) from trap.lightcurve").fetchone()
    assert trapdb("ingest", truth.folder) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert conn.execute("select count(*), sum(int_flux) from trap.lightcurve").fetchone() == before
