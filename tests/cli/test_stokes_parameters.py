"""Images of some Stokes parameters: what is lacking is told in a line, the rest is taken."""

import pytest

from trapdb import cli
from trapdb.database.connection import open_url
from trapdb.simulate import simulate

SMALL = {"epochs": 2, "size": 160, "sources": 6, "flaring": 0, "one_epoch": 0}


def test_q_without_u_and_v_without_i_are_told(tmp_path, db_url, monkeypatch, capsys):
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)
    truth = simulate(tmp_path / "field", **SMALL, stokes="IQUV", polarised=6)
    (u_of_the_first,) = (path for path in truth.paths if path.name == "epoch0000_band00U.fits")
    (i_of_the_second,) = (path for path in truth.paths if path.name == "epoch0001_band00.fits")
    u_of_the_first.unlink()
    i_of_the_second.unlink()
    with pytest.raises(SystemExit) as left:
        cli.main(["ingest", str(truth.folder)])
    told = capsys.readouterr()
    assert not left.value.code
    assert "6 of 6 images taken" in told.out
    same = "of the same time, band, duration and centre"
    for line in (
        f"1 image of Stokes Q without U {same}: no linear polarisation",
        f"1 image of Stokes Q without I {same}: no ratio to it, and no leakage",
        f"1 image of Stokes U without I {same}: no ratio to it, and no leakage",
        f"1 image of Stokes V without I {same}: no ratio to it, and no leakage",
    ):
        assert line in told.err
    with open_url(db_url) as conn:
        warned = conn.execute("select count(*) from trap.run_warning").fetchone()
        rows = conn.execute("select * from trap.polarisation").fetchall()
        fitted = conn.execute("select stokes, is_fitted from trap.image_leakage").fetchall()
    assert warned[0] == 4
    assert len(rows) == 6
    assert {(row.linear_flux, row.angle, row.u_flux) for row in rows} == {(None, None, None)}
    assert all(row.v_over_i is not None and row.q_over_i is not None for row in rows)
    assert sorted(fitted) == [("Q", False), ("V", False)]
