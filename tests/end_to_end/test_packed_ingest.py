"""An ingest long enough that its light curves are packed behind it, taken back and replayed."""

import psycopg
import pytest

from trapdb import cli
from trapdb.simulate import simulate

EPOCHS = 60
CURVES = """
    select
        c.name, l.taken_at, l.freq_eff, l.kind, l.association, l.ra, l.dec, l.int_flux,
        l.int_flux_err, l.peak_flux, l.snr, l.backfilled
    from trap.lightcurve as l
    inner join trap.running_catalogue as c using (source_id)
    where l.dataset = %s
    order by c.name, l.taken_at, l.kind, l.backfilled
"""
CATALOGUE = """
    select name, ra, dec, n_blind, n_forced, first_seen, last_seen
    from trap.running_catalogue
    where dataset = %s
    order by name
"""


@pytest.mark.slow
def test_what_is_packed_behind_an_ingest_is_taken_back_and_comes_again(
    db, db_url, tmp_path, monkeypatch
):
    """The same bits as of a data set that nobody disturbed."""
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)
    truth = simulate(tmp_path / "field", epochs=EPOCHS, size=160, sources=4, one_epoch=2)

    def trapdb(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        assert not left.value.code

    def packed(name):
        query = (
            "select coalesce(sum(cardinality(c.measurement_ids)), 0)::integer"
            " from trap_data.curve_stretch as c inner join trap_data.dataset as d"
            " using (dataset_id) where d.name = %s"
        )
        with psycopg.connect(db_url) as conn:
            return conn.execute(query, [name]).fetchone()[0]

    def told(name):
        with psycopg.connect(db_url) as conn:
            return conn.execute(CURVES, [name]).fetchall(), conn.execute(
                CATALOGUE, [name]
            ).fetchall()

    for name in ("calm", "disturbed"):
        trapdb("ingest", truth.folder, "--dataset", name)
        assert packed(name) >= 27
        trapdb("dataset", "verify", name)
    calm = told("calm")
    assert calm == told("disturbed")
    time = str(truth.images["taken_at"][20])  # in the midst of the first stretches
    trapdb("dataset", "rewind", "disturbed", "--to", time, "--yes")
    assert packed("disturbed") == 0
    trapdb("dataset", "verify", "disturbed")
    trapdb("dataset", "replay", "disturbed")
    trapdb("dataset", "verify", "disturbed")
    assert told("disturbed") == calm
    trapdb("dataset", "compact", "disturbed")
    trapdb("dataset", "verify", "disturbed")
    assert told("disturbed") == calm
