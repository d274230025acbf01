"""Features of sources: of their own points, as known at any image, with what surrounds them."""

import numpy as np
import psycopg
import pytest

from tests.curves import features
from tests.feeding import START, FedImage, Feeder, measurements
from trapdb.database import routines

EPOCHS, CUT = 7, 4
LEAST = {"source_id", "dataset_id", "band_id", "dataset"}


def sky(seed=3, epochs=EPOCHS, number=40):
    """Images of a crowded field in two bands and Stokes V: forks, blends, new sources."""
    rng = np.random.default_rng(seed)
    ra, dec = 123 + rng.uniform(-0.2, 0.2, number), 10 + rng.uniform(-0.2, 0.2, number)
    steps = []
    for epoch in range(epochs):
        # a neighbour a beam apart from a source that was there before
        ra[:2], dec[:2] = (124.5, 124.56 if epoch >= CUT else 124.5), 10
        images = []
        for freq_eff, stokes in ((50e6, "I"), (150e6, "I"), (150e6, "V")):
            on = rng.random(number) < (0.8 if stokes == "I" else 0.1)
            on[:2] = stokes == "I", stokes == "I" and epoch >= CUT
            shift = rng.normal(0, 8 / 3600, (2, on.sum()))
            sign = 1 if stokes == "I" else -1
            flux = sign * (0.05 + rng.normal(0, 0.002, on.sum()))
            fits = measurements(ra[on] + shift[0], dec[on] + shift[1], int_flux=flux)
            fits.flags[:] = rng.integers(0, 4, on.sum()) + 1024 * rng.integers(0, 2, on.sum())
            fits.major[:] = rng.uniform(0.06, 0.09, on.sum())
            images.append(FedImage(fits, radius=2.0, freq_eff=freq_eff, stokes=stokes))
        steps.append(images)
    return steps


def forced(image, requests):
    """Forced fits that depend on the place alone."""
    flux = 0.01 + 0.001 * np.sin(1e3 * requests.ra)
    return measurements(requests.ra, requests.dec, int_flux=flux)


def fed(conn, name, steps):
    feeder = Feeder(conn, name, backfill=2)
    ids = [feeder.step(*images, force=forced)[-1] for images in steps]
    return feeder, ids


def of(conn, feeder, known_image_id=None):
    """Return the features of all sources of a data set, by number of source, band and Stokes."""
    rows = conn.execute(
        "select f.* from trap.features_of("
        "(select array_agg(s.source_id) from trap.running_catalogue as s where s.dataset_id = %s),"
        " %s) as f",
        [feeder.dataset_id, known_image_id],
    ).fetchall()
    return {
        (row.source_id - (feeder.dataset_id << 44), row.band_id % 2**24, row.stokes): {
            name: value for name, value in row._asdict().items() if name not in LEAST
        }
        for row in rows
    }


def same(found, expected):
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        for name, value in one.items():
            if isinstance(value, float) and found[key][name] is not None:
                assert found[key][name] == pytest.approx(value, rel=1e-9, abs=1e-9), (key, name)
            else:
                assert found[key][name] == value, (key, name)


def test_as_known_at_an_image_is_what_a_data_set_has_that_ends_there(conn):
    """Also of sources that forked, were filled in, or were told to be blends since."""
    steps = sky()
    feeder, ids = fed(conn, "whole", steps)
    cut, _ = fed(conn, "cut", steps[:CUT])
    expected = of(conn, cut)
    assert len(expected) > 40
    blended = conn.execute(
        "select count(*) as n from trap.blended_point where dataset = 'whole'"
        " and known_image_id <= %s and blended_image_id > %s",
        [ids[CUT - 1], ids[CUT - 1]],
    ).fetchone()
    assert blended.n > 0
    same(of(conn, feeder, ids[CUT - 1]), expected)
    now = of(conn, feeder)
    assert now != expected
    same(of(conn, feeder, ids[-1]), now)
    routines.rewind_dataset(conn, "whole", START + (CUT - 1) * (feeder.next_at - START) / EPOCHS)
    same(of(conn, feeder), expected)


def days(taken_at):
    return [(at - START.replace(year=2000)).total_seconds() / 86400 for at in taken_at]


def spectrum(bands):
    """Weighted least squares through (frequency, points), errors scaled to the scatter."""
    x, y, w = [], [], []
    for freq, points in bands.items():
        flux = np.array([point.int_flux for point in points])
        weight = np.array([point.int_flux_err for point in points]) ** -2.0
        mean = np.average(flux, weights=weight)
        if mean > 0:
            scatter = np.sum(weight * (flux - mean) ** 2) / max(1, len(points) - 1)
            x.append(np.log(freq))
            y.append(np.log(mean))
            w.append(weight.sum() * mean**2 / max(1.0, scatter))
    if len(x) < 2:
        return None, None
    slope = (y[1] - y[0]) / (x[1] - x[0])
    return slope, np.sqrt(1 / w[0] + 1 / w[1]) / abs(x[1] - x[0])


def index_change(low, high):
    """How far the index between two bands changes from time step to time step [sigma]."""
    low, high = ({p.taken_at: p for p in points} for points in (low, high))
    lever = np.log(150e6 / 50e6)
    alpha, w = [], []
    for at in low.keys() & high.keys():
        one, other = low[at], high[at]
        if all(p.peak_flux > 3 * p.peak_flux_err for p in (one, other)):
            alpha.append(np.log(other.peak_flux / one.peak_flux) / lever)
            errors = [p.peak_flux_err / p.peak_flux for p in (one, other)]
            w.append((lever / np.hypot(*errors)) ** 2)
    if len(w) < 2:
        return None
    alpha, w = np.array(alpha), np.array(w)
    eta = np.sum(w * (alpha - np.average(alpha, weights=w)) ** 2) / (w.size - 1)
    part = 2 / (9 * (w.size - 1))
    return (np.cbrt(eta) - (1 - part)) / np.sqrt(part)


def circular_share(circular, total):
    means = []
    for points in (circular, total):
        weight = np.array([p.peak_flux_err for p in points]) ** -2.0
        means.append(np.average([p.peak_flux for p in points], weights=weight))
    return abs(means[0]) / means[1] if means[1] > 3 * weight.sum() ** -0.5 else None


def close(found, expected, what):
    if found is None or expected is None:
        assert found is expected, what
    else:
        assert found == pytest.approx(float(expected), rel=1e-6, abs=1e-9), what


def test_features_are_those_of_each_light_curve_and_of_what_surrounds_it(conn):
    fed(conn, "whole", sky())
    rows = conn.execute("select * from trap.feature where dataset = 'whole'").fetchall()
    curves = {}
    for point in conn.execute(
        "select c.*, m.major from trap.lightcurve as c"
        " inner join trap.measurement as m using (dataset_id, measurement_id)"
        " where c.dataset = 'whole' and c.usable"
    ).fetchall():
        of_source = curves.setdefault(point.source_id, {})
        of_source.setdefault((point.band_id, point.stokes), []).append(point)
    assert len(rows) == sum(map(len, curves.values()))
    ancestors = {
        (row.source_id, row.ancestor_id)
        for row in conn.execute("select * from trap.source_ancestry").fetchall()
    }
    assert ancestors
    seen = {"spectral_change_significance": 0, "v_over_i": 0}
    for row in rows:
        bands = curves[row.source_id]
        points = bands[row.band_id, row.stokes]
        flux = np.array([p.peak_flux for p in points])
        side = -1 if row.stokes == "V" and flux.max() < -flux.min() else 1
        blind = [p for p in points if p.kind == "blind"]
        freq = points[0].freq_eff
        expected = features(
            days(p.taken_at for p in points),
            side * flux,
            [p.peak_flux_err for p in points],
            [p.kind == "blind" for p in points],
        )
        change = expected.pop("fastest_change")
        # in SI: kpc, d, Boltzmann's constant
        kpc, day, boltzmann = 3.0856775814913673e19, 86400.0, 1.380649e-23
        if change is not None:
            kelvin = change * 1e-26 / day**2 * kpc**2 / (2 * np.pi * boltzmann * freq**2)
            expected["brightness_temperature"] = np.log10(kelvin)
        radii = [p.de_ruiter_radius for p in points if p.de_ruiter_radius is not None]
        expected |= {
            "size_beams": np.median([p.major / 0.06 for p in blind]) if blind else None,
            "siblings": np.mean([p.siblings for p in blind]) if blind else None,
            "de_ruiter_rms": np.sqrt(np.mean(np.square(radii)) / 2) if radii else None,
            "near_bright_share": np.mean([p.flags & 1024 != 0 for p in points]),
            "edge_share": np.mean([p.flags & 1 != 0 for p in points]),
            "blended_share": np.mean([p.flags & 2 != 0 for p in points]),
            "n_ancestors": sum(source == row.source_id for source, _ in ancestors),
            "reference_count": 0,
        }
        if row.stokes == "I":
            total = {p[0].freq_eff: p for (_, stokes), p in bands.items() if stokes == "I"}
            expected["spectral_index"], expected["spectral_index_err"] = spectrum(total)
            if len(total) == 2:
                expected["spectral_change_significance"] = index_change(total[50e6], total[150e6])
        if {(row.band_id, "I"), (row.band_id, "V")} <= bands.keys():
            expected["v_over_i"] = circular_share(*(bands[row.band_id, s] for s in "VI"))
        names = set(row._fields) - {"dataset", "dataset_id", "source_id", "band_id", "stokes"}
        assert names >= expected.keys()
        for name in names:
            close(getattr(row, name), expected.get(name), (name, row.stokes, len(points)))
        for name in seen:
            seen[name] += expected.get(name) is not None
    assert min(seen.values()) > 5


def test_only_the_light_curves_of_the_sources_that_are_asked_for_are_read(conn):
    feeder = Feeder(conn, "wide")
    east, north = (axis.ravel() for axis in np.meshgrid(np.arange(50.0), np.arange(50.0)))
    for _ in range(4):
        feeder.blind(120 + east / 10, 8 + north / 10)
    ids = [
        row.source_id
        for row in conn.execute("select s.source_id from trap.running_catalogue as s").fetchall()
    ]
    conn.execute("analyze")
    for known, points in ((None, 4), (feeder.dataset_id * 2**24 + 2, 4)):
        with conn.transaction():
            before = handled(conn)
            rows = conn.execute("select * from trap.features_of(%s, %s)", [ids[:9], known])
            assert {row.source_id for row in rows.fetchall()} == set(ids[:9])
            read = handled(conn)
        for name, there in read.items():
            assert 0 < there - before[name] <= 9 * points


def handled(conn):
    """Rows read so far in this transaction, by scans of the table or of an index."""
    rows = conn.execute(
        "select regexp_replace(relname, '_[0-9]+$', '') as name,"
        " sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as n"
        " from pg_stat_xact_user_tables where relname ~ '^(association|measurement)_[0-9]+$'"
        " group by 1"
    ).fetchall()
    return {row.name: row.n for row in rows}


def test_sources_of_two_data_sets_are_refused_and_nothing_has_no_features(conn):
    one, _ = fed(conn, "one", sky(epochs=1))
    two, _ = fed(conn, "two", sky(epochs=1))
    ids = [one.dataset_id << 44, two.dataset_id << 44]
    with pytest.raises(psycopg.Error, match="one data set at a time") as refused:
        conn.execute("select * from trap.features_of(%s)", [ids])
    assert refused.value.sqlstate == "TR004"
    empty = conn.execute("select * from trap.features_of('{}')").fetchall()
    assert empty == conn.execute("select * from trap.features_of(%s)", [ids[:1]]).fetchall() == []


def test_the_set_of_features_is_told_with_its_version(conn):
    """Whoever changes the set gives it another version, and this test another list."""
    rows = conn.execute("select * from trap.feature_name order by place").fetchall()
    (version,) = conn.execute("select trap.feature_set_version() as n").fetchone()
    assert version == 2
    assert [row.place for row in rows] == list(range(1, len(rows) + 1))
    given = features([0.0], [1.0], [1.0], [True]).keys()
    assert {row.name for row in rows if row.of_curve} == given - {"fastest_change"}
    assert {row.name for row in rows if row.of_survey} == {
        *("n", "n_blind", "n_forced", "span_days", "before_n", "after_n"),
        *("peak_flux", "peak_flux_err", "median_flux", "weighted_mean", "weighted_mean_err"),
    }
    assert len(rows) == 66
