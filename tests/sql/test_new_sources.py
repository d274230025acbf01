"""Sources that appear where an earlier image should have shown them.

The original decides when it ingests, with a margin of 3 sigma here: type 1 is a margin_worst above
it, type 0 a margin_best above it, and a source below both is not entered. Here every source that
an earlier image covered is entered with its two margins, and the margin is applied when asked. Both
take the limits of images of the same band in earlier time steps.
"""

import numpy as np
import pytest

from tests.feeding import measurements
from tests.sql.catalogue import close, curve, fit, history, image, kinds, sources, variability

RELIABLE, BARELY = 0.01313, 0.0101
CENTRE = (123.0, 10.0)
ASKED = """
    select new.*, image.path
    from trap.new_source as new
    inner join trap.image as image on limiting_image_id = image.image_id
    where margin_best > 3 order by source_id
"""
VARIABLE = "select from trap.variability where eta_int >= 1 and abs(v_int) >= 0.1"
FORCED = "select from trap.lightcurve where kind = 'null_detection'"


@pytest.fixture
def sky(original):
    """A data set in which what is above 10 sigma at the least noise is found, the rest measured."""
    feeder = original(de_ruiter_limit=3.7)

    def observe(fluxes, rms=(1e-3, 1e-3), **facts):
        """Store an image of sources {position: flux}; return its number in order of processing."""
        found = {place: flux for place, flux in fluxes.items() if flux / rms[0] > 10}
        columns = {"int_flux": list(found.values()), "int_flux_err": 5e-4}
        blind = fit([p[0] for p in found], [p[1] for p in found], **columns)

        def force(image, requests):
            truth = [
                next((f for p, f in fluxes.items() if np.allclose(p, place)), 0.0)
                for place in zip(requests.ra, requests.dec, strict=True)
            ]
            return measurements(requests.ra, requests.dec, int_flux=truth, int_flux_err=5e-4)

        facts = {"rms_min": rms[0], "rms_max": rms[1], "detection_threshold": 10.0} | facts
        (image_id,) = feeder.step(image(blind, **facts), force=force)
        return image_id

    observe.feeder = feeder
    observe.asked = lambda: feeder.conn.execute(ASKED).fetchall()
    observe.count = lambda query: feeder.conn.execute(query).rowcount
    return observe


def margins(row):
    return row.margin_best, row.margin_worst


def test_t1_a_steady_source_is_neither_new_nor_variable(sky):
    for _ in range(4):
        sky({CENTRE: RELIABLE})
    assert sky.asked() == []
    (source,) = sources(sky.feeder)
    assert kinds(sky.feeder, source.source_id) == ["new"] + ["one_to_one"] * 3
    assert variability(sky.feeder, source.source_id).eta_int == close(0)
    assert sky.count(VARIABLE) == 0


def test_t2_a_bright_source_of_one_epoch_is_new(sky):
    first = sky({})
    sky({})
    sky({CENTRE: RELIABLE})
    (new,) = sky.asked()
    # the first of equals limits
    assert (new.limiting_image_id, new.limiting_rms_min, new.limiting_rms_max) == (
        first,
        1e-3,
        1e-3,
    )
    assert margins(new) == close((3.13, 3.13))
    flux = variability(sky.feeder, new.source_id)
    assert (flux.n, flux.v_int, flux.eta_int) == (1, 0, 0)
    sky({})
    flux = variability(sky.feeder, new.source_id)
    assert (flux.n, flux.v_int, flux.eta_int) == close((2, 1.41421356237, 344.7938))
    (source,) = sources(sky.feeder)
    assert (source.n_blind, source.n_forced) == (1, 1)
    assert kinds(sky.feeder, source.source_id) == ["new", "null_detection"]
    fluxes = [point.int_flux for point in curve(sky.feeder, source.source_id)]
    assert (max(fluxes), np.mean(fluxes), np.median(fluxes)) == close((0.01313, 0.006565, 0.006565))
    # the original's sigma_rms_min and _max
    assert (margins(new)[0] + 10, margins(new)[1] + 10) == close((13.13, 13.13))


def test_t3_a_faint_source_of_one_epoch_is_variable_but_never_new(sky):
    for fluxes in ({}, {}, {CENTRE: BARELY}, {}):
        sky(fluxes)
    assert sky.asked() == []
    (source,) = sources(sky.feeder)
    flux = variability(sky.feeder, source.source_id)
    assert (flux.v_int, flux.eta_int) == close((1.41421356237, 204.02))
    assert sky.count(VARIABLE) == 1
    # entered all the same, for who asks with a smaller margin
    (margin,) = sky.feeder.conn.execute("select margin_worst from trap.new_source").fetchone()
    assert margin == close(0.1)


def test_t4_a_flare_and_its_fading(sky):
    variable = []
    for flux in (BARELY, 2 * BARELY, BARELY, 0):
        sky({CENTRE: flux})
        variable.append(sky.count(VARIABLE))
    assert variable == [0, 1, 1, 1]
    assert sky.asked() == []
    (source,) = sources(sky.feeder)
    points = history(sky.feeder, source.source_id)[1:]
    assert [p.v_int for p in points] == close([0.471404520791, 0.433012701892, 0.816496580928])
    assert [p.eta_int for p in points] == close([204.02, 136.013333333, 272.026666667])


@pytest.mark.parametrize(
    ("flux", "best", "worst"),
    [
        pytest.param(0.06565, 22.825, 3.13, id="t5 everywhere above the limit: likely new"),
        pytest.param(0.02626, 3.13, -4.748, id="t6 above the limit where it is deepest: possibly"),
    ],
)
def test_a_new_source_in_an_image_of_half_the_noise(sky, flux, best, worst):
    limiting = sky({}, rms=(2e-3, 5e-3))
    sky({CENTRE: flux}, rms=(1e-3, 2.5e-3))
    (new,) = sky.asked()
    assert new.limiting_image_id == limiting
    assert margins(new) == close((best, worst))


def test_t7_a_source_found_because_the_image_is_deeper_is_not_new(sky):
    sky({}, rms=(2e-3, 5e-3))
    sky({CENTRE: 0.0202}, rms=(1e-3, 2.5e-3))
    assert sky.asked() == []
    assert len(sources(sky.feeder)) == 1


def test_t8_a_steady_source_lost_in_the_noise_is_measured_and_does_not_vary(sky):
    sky({CENTRE: 0.0202}, rms=(2e-3, 5e-3))
    sky({CENTRE: 0.0202}, rms=(4e-3, 1e-2))
    (source,) = sources(sky.feeder)
    assert kinds(sky.feeder, source.source_id) == ["new", "null_detection"]
    flux = variability(sky.feeder, source.source_id)
    assert (flux.n, flux.v_int, flux.eta_int) == close((2, 0, 0))
    assert sky.asked() == []


def test_t9_an_image_of_another_band_is_no_limit(sky):
    sky({}, rms=(1e-3, 2e-3), freq_eff=250e6)
    sky({CENTRE: 0.02626}, rms=(1e-3, 2e-3), freq_eff=50e6)
    assert sky.feeder.conn.execute("select from trap.new_source").rowcount == 0


def test_t10_the_deepest_earlier_image_limits(sky):
    ids = []
    for number in range(8):
        low = 2e-3 * (1.2 if number in (0, 1, 2, 6) else 1) * (0.5 if number == 7 else 1)
        high = 5e-3 * (1.2 if number in (0, 1, 2, 3, 5, 6) else 1) * (0.5 if number == 7 else 1)
        flaring = {CENTRE: 0.06565, (124.0, 10.0): 0.06565} if number == 7 else {}
        ids.append(sky(flaring, rms=(low, high)))
    new = sky.asked()
    assert [n.limiting_image_id for n in new] == [ids[4]] * 2
    for n in new:
        assert margins(n) == close((22.825, 3.13))
    assert sky.count(FORCED) == 0


def test_t11_a_field_of_several_sources(sky):
    east, west, north = (128.0, 10.0), (118.0, 10.0), (123.0, 15.0)
    variable, new, forced = [], [], []
    for number in range(8):
        fluxes = {CENTRE: BARELY}
        if number == 3:
            fluxes |= {east: RELIABLE, west: BARELY}
        if number in (5, 6):
            fluxes |= {north: BARELY * (1 if number == 5 else 0.95)}
        sky(fluxes)
        variable.append(sky.count(VARIABLE))
        new.append(len(sky.asked()))
        forced.append(sum(len(requests) for requests in sky.feeder.requests))
    assert variable == [0, 0, 0, 0, 2, 2, 2, 3]
    assert new == [0, 0, 0, 1, 1, 1, 1, 1]
    assert forced == [0, 0, 0, 0, 2, 2, 3, 3]
    at = {(s.ra, s.dec): s.source_id for s in sources(sky.feeder)}
    for place, v, eta in [
        (east, [1.4142135, 1.7320508, 2, 2.2360679], [344.7938, 229.8625333, 172.3969, 137.91752]),
        (west, [1.4142135, 1.7320508, 2, 2.2360679], [204.02, 136.0133333, 102.01, 81.608]),
        (north, [0.0362618862147, 0.866879051507], [0.51005, 129.5527]),
    ]:
        points = history(sky.feeder, at[place])[1:]
        assert [p.v_int for p in points] == close(v)
        assert [p.eta_int for p in points] == close(eta)
    assert variability(sky.feeder, at[CENTRE]).n == 8
    assert sky.count(VARIABLE.replace("0.1", "2.0")) == 2
    assert sky.count(VARIABLE.replace(">= 1 ", "> 100 ")) == 2


def test_a_rejected_image_is_no_limit(sky):
    blurred = {"name": "beam", "passed": False, "detail": "too elliptical"}
    sky({}, checks=[blurred])
    sky({CENTRE: RELIABLE})
    assert sky.feeder.conn.execute("select from trap.new_source").rowcount == 0


def test_e14_neither_are_another_field_or_another_band_of_the_same_time_step(sky):
    """Nor an image of the same band and time step, whose time is not earlier."""
    at = {"rms_min": 1e-3, "rms_max": 1e-3}
    sky.feeder.step(image(fit([], []), ra=180.0, **at), image(fit([], []), freq_eff=300e6, **at))
    bright = fit(*CENTRE, int_flux=RELIABLE)
    sky.feeder.step(
        image(fit([], []), freq_eff=139.9e6, **at), image(bright, freq_eff=140.1e6, **at)
    )
    assert sky.feeder.conn.execute("select from trap.band").rowcount == 2
    assert sky.feeder.conn.execute("select from trap.new_source").rowcount == 0


def test_an_image_of_another_stokes_parameter_is_no_limit(sky):
    """The original knows Stokes I alone."""
    sky({}, stokes="V")
    sky({CENTRE: RELIABLE})
    assert sky.feeder.conn.execute("select from trap.new_source").rowcount == 0


def test_the_lowest_threshold_in_flux_limits_not_the_lowest_noise(sky):
    """An image of less noise, searched down to a higher multiple of it, says less."""
    sky({}, rms=(1e-3, 1e-3), detection_threshold=20.0)
    limiting = sky({}, rms=(1.5e-3, 1.5e-3), detection_threshold=8.0)
    sky({CENTRE: 0.05})
    (new,) = sky.asked()
    assert new.limiting_image_id == limiting
    assert margins(new) == close((0.05 / 1.5e-3 - 8, 0.05 / 1.5e-3 - 8))


def test_the_margin_is_that_of_the_peak_flux(sky):
    sky({})
    extended = measurements(*CENTRE, int_flux=0.1, peak_flux=0.015)
    sky.feeder.step(image(extended, rms_min=1e-3, rms_max=1e-3, detection_threshold=10.0))
    (new,) = sky.asked()
    assert margins(new) == close((5, 5))
