"""What was injected, what of it was found, and that nothing of it can be taken for the sky."""

import json
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest
from astropy.stats import binom_conf_interval

from tests.alerts.flares import flare
from tests.feeding import START
from tests.sql.catalogue import fit, image
from trapdb.database import routines
from trapdb.database.connection import call
from trapdb.errors import DatabaseError, TrapdbError
from trapdb.response import tasks
from trapdb.response.assignment import Assignment

BEAM = 0.01


def injection(number, ra, dec=10.0, **more):
    values = {
        **{"number": number, "kind": "step", "ra": ra, "dec": dec, "peak_flux": 0.01},
        **{"peak_snr": 10.0, "peak_at": START.isoformat(), "timescale": 100.0, "images": 1},
        **{"started_at": START.isoformat(), "centre_distance": 0.1, "beam_major": BEAM},
        "parameters": {"peak_flux": 0.01},
    }
    return values | more


def recalls(conn, **more):
    rows = call(conn, "completeness", dataset="fed", **more)
    return {(row.quantity, row.kind, row.low): row for row in rows}


def test_what_was_found_is_counted_by_what_it_was(new_feeder):
    feeder = new_feeder(tense="injected")
    conn = feeder.conn
    rng = np.random.default_rng(3)
    snr = np.exp(rng.uniform(np.log(3), np.log(100), 40))
    timescale = np.exp(rng.uniform(np.log(1), np.log(1e5), 40))
    distance = rng.uniform(0, 0.5, 40)
    kinds = rng.choice(["step", "steady", "moving"], 40).tolist()
    ra = 123 + 0.05 * np.arange(40)
    given = [
        injection(
            n + 1, ra[n], kind=kinds[n], peak_snr=snr[n], centre_distance=distance[n],
            timescale=None if kinds[n] == "steady" else timescale[n],
        )
        for n in range(40)
    ]  # fmt: skip
    assert routines.add_injections(conn, "fed", given) == 40
    found = snr > 8
    # half a beam off, which counts, and two beams off, which does not
    places = np.where(found, ra + 0.4 * BEAM, ra + 2 * BEAM)
    feeder.step(image(fit(places.tolist(), [10.0] * 40), radius=5.0))
    rows = recalls(conn)
    whole = rows["all", None, None]
    assert (whole.injected, whole.found, whole.recall) == (40, found.sum(), found.mean())
    for kind in ("step", "steady", "moving"):
        of_kind = np.array([one == kind for one in kinds])
        row = rows["kind", kind, None]
        assert (row.injected, row.found) == (of_kind.sum(), found[of_kind].sum())
        only = recalls(conn, kind=kind)
        assert only["all", None, None].found == row.found
    for quantity, values in (("peak_snr", snr), ("timescale", timescale),
                             ("centre_distance", distance)):  # fmt: skip
        counts = np.array(kinds) != "steady" if quantity == "timescale" else np.ones(40, bool)
        bins = [row for (name, _, _), row in rows.items() if name == quantity]
        assert sum(row.injected for row in bins) == counts.sum()
        for row in bins:
            last = quantity == "centre_distance" and row.high == pytest.approx(distance.max())
            inside = counts & (values >= row.low) & ((values < row.high) | last)
            assert (row.injected, row.found) == (inside.sum(), found[inside].sum())
    view = conn.execute("select * from trap.injected_source order by number").fetchall()
    assert [row.source_id is not None for row in view] == found.tolist()
    assert {round(row.separation_arcsec / 3600 / BEAM, 2) for row in view if row.source_id} == {
        round(0.4 * float(np.cos(np.radians(10))), 2)
    }
    assert recalls(conn, snr_min=1e6)["all", None, None].found == 0
    assert recalls(conn, definition="appearing")["all", None, None].found == 0


def test_what_is_negative_is_as_significant(new_feeder):
    feeder = new_feeder(tense="injected")
    routines.add_injections(feeder.conn, "fed", [injection(1, 123.0)])
    blind = fit([123.0], [10.0], int_flux=-0.1, int_flux_err=0.01)
    blind.snr[:] = -10.0
    feeder.step(image(blind, radius=5.0, stokes="V"))
    for snr_min, found in ((9, 1), (11, 0)):
        assert recalls(feeder.conn, snr_min=snr_min)["all", None, None].found == found


def test_bounds_are_those_of_wilson(conn):
    for k, n in ((0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (999, 1000)):
        (row,) = conn.execute("select * from trap.wilson_interval(%s, %s)", [k, n]).fetchall()
        # one sigma
        low, high = binom_conf_interval(k, n, 0.682689492137, interval="wilson")
        assert (row.low, row.high) == pytest.approx((low, high), abs=1e-9)
    (none,) = conn.execute("select * from trap.wilson_interval(0, 0)").fetchall()
    assert (none.low, none.high) == (None, None)


def test_truth_is_stored_once_and_before_the_images(new_feeder):
    feeder = new_feeder(tense="injected")
    one = [injection(1, 123.0), injection(2, 124.0, timescale=None, started_at=None)]
    assert routines.add_injections(feeder.conn, "fed", one) == 2
    feeder.step(image(fit([123], [10])))
    assert routines.add_injections(feeder.conn, "fed", one) == 0
    with pytest.raises(DatabaseError, match="has other injections: give the same"):
        routines.add_injections(feeder.conn, "fed", [injection(1, 123.5)])
    other = new_feeder(name="other", tense="injected")
    other.step(image(fit([123], [10])))
    with pytest.raises(DatabaseError, match="has images already"):
        routines.add_injections(feeder.conn, "other", one)


@pytest.mark.parametrize("tense", ["real", "simulated", "test"])
def test_nothing_is_injected_into_what_is_not_injected(new_feeder, tense):
    feeder = new_feeder(tense=tense)
    with pytest.raises(DatabaseError, match="is not an injected one"):
        routines.add_injections(feeder.conn, "fed", [injection(1, 123.0)])
    with feeder.conn.transaction(force_rollback=True):
        routines.begin_time_step(feeder.conn, feeder.dataset_id, START)
        with pytest.raises(DatabaseError, match="of an injected data set"):
            routines.set_injected(feeder.conn, 1, "x")


@pytest.mark.parametrize("tense", ["injected", "simulated", "test"])
def test_no_copy_of_an_image_becomes_real(new_feeder, tense):
    origin = new_feeder(name="origin", tense=tense)
    (image_id,) = origin.step(image(fit([123], [10])))
    real = new_feeder(name="real")
    with real.conn.transaction(force_rollback=True):
        routines.begin_time_step(real.conn, real.dataset_id, START)
        with pytest.raises(DatabaseError, match="is of a data set that is not real"):
            routines.copy_image(real.conn, real.run_id, image_id)
    for other in {tense, "injected"}:
        same = new_feeder(name=other, tense=other)
        with same.conn.transaction():
            routines.begin_time_step(same.conn, same.dataset_id, START)
            routines.copy_image(same.conn, same.run_id, image_id)
            routines.close_time_step(same.conn)


def test_operators_cannot_say_that_it_is_real(new_feeder, operator_db):
    new_feeder(tense="injected")
    for statement in (
        "update trap_data.dataset set configuration = '{}'",
        "delete from trap_data.injection",
        "update trap_data.event set tense = 'real'",
    ):
        with pytest.raises(Exception, match="permission denied"):
            operator_db.execute(statement)
        operator_db.rollback()


KINDS = [module.name for module in iter_modules(tasks.__path__) if module.name != "statements"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_task_tells_of_what_is_injected(conn, kind):
    """All kinds of tasks that there are: those that tell the world refuse, before anything else."""
    (row,) = conn.execute("select trap.leaves_house(%s) as leaves", [kind]).fetchall()
    assert row.leaves == (kind not in {"file", "stamps", "monitor", "rerun"})
    if row.leaves:
        event = flare(tense="injected")
        given = Assignment(kind, {}, event, 1, "r", "t", 1, 0, "0", 1, {}, {})
        with pytest.raises(TrapdbError, match="the event is injected: of what is not real nothing"):
            import_module(f"trapdb.response.tasks.{kind}").perform(given, None)


def test_the_public_does_not_see_what_was_injected(db):
    for name in ("injection", "injected_source"):
        (row,) = db.execute(
            "select has_table_privilege('trapdb_public', %s, 'select')", [f"trap.{name}"]
        ).fetchall()
        assert row[0] is False


def test_parameters_are_json(new_feeder):
    feeder = new_feeder(tense="injected")
    routines.add_injections(feeder.conn, "fed", [injection(1, 123.0)])
    (row,) = feeder.conn.execute("select parameters from trap.injection").fetchall()
    assert json.loads(row.parameters) == {"peak_flux": 0.01}
