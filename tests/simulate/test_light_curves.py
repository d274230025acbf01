"""Light curves of all kinds: pure, integrated, and as the formulas that they cite have them."""

import numpy as np
import pytest

from trapdb.simulate import SimulationError
from trapdb.simulate.light_curves import (
    CLASSES,
    KINDS,
    Images,
    displacement,
    draw_parameters,
    light_curve,
    own_flux,
)
from trapdb.simulate.light_curves.bounds import BOUNDS
from trapdb.simulate.light_curves.chance import normal, uniform

HOUR = 3600.0
SCHEDULE = Images.of(np.arange(60) * 700.0, 600.0, 150e6)


def drawn(name, seed=1, images=SCHEDULE):
    return draw_parameters(name, np.random.default_rng(seed), images)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_finite_and_the_same_again_in_any_selection_of_images(name):
    for seed in range(5):
        parameters = drawn(name, seed)
        flux = light_curve(name, parameters, SCHEDULE)
        assert flux.shape == (60,)
        assert np.isfinite(flux).all()
        some = Images.of(SCHEDULE.start[7:9], 600.0, 150e6)
        assert light_curve(name, parameters, some) == pytest.approx(flux[7:9], rel=1e-6, abs=1e-9)
        assert all(isinstance(value, float) for value in parameters.values())


@pytest.mark.parametrize("name", CLASSES)
def test_no_source_is_negative(name):
    for seed in range(20):
        assert light_curve(name, drawn(name, seed), SCHEDULE).min() > -1e-9


@pytest.mark.parametrize("name", [n for n in KINDS if n not in ("edge", "blended", "bad_scale")])
def test_an_image_has_the_mean_of_the_time_it_integrates(name):
    """By a sum over many instants."""
    long = Images.of(np.arange(10) * 4 * HOUR, 3.5 * HOUR, [150e6, 180e6] * 5)
    parameters = drawn(name, 3, long)
    part = (np.arange(4000) + 0.5) / 4000
    instants = Images.of(
        (long.start[:, None] + 3.5 * HOUR * part).ravel(), 0.0, np.repeat(long.frequency, 4000)
    )
    if name == "ionospheric":
        means = own_flux(name, parameters, instants).reshape(10, -1).mean(axis=1)
        assert own_flux(name, parameters, long) == pytest.approx(means)
        return
    means = light_curve(name, parameters, instants).reshape(10, -1).mean(axis=1)
    assert light_curve(name, parameters, long) == pytest.approx(means, rel=0.01, abs=0.003)


@pytest.mark.parametrize("name", ["single_burst", "flare_star", "synchrotron", "rotating", "step"])
def test_the_peak_is_that_of_the_parameters(name):
    parameters = drawn(name, 5) | {"timescale": HOUR, "start": 5 * HOUR, "peak_flux": 0.25}
    parameters |= {"frequency": 150e6} | ({"recurrence": 1e9} if name == "flare_star" else {})
    fine = Images.of(np.linspace(0, 20 * HOUR, 20001), 0.0, 150e6)
    assert light_curve(name, parameters, fine).max() == pytest.approx(0.25, rel=0.01)


def test_the_timescale_of_a_burst_is_its_duration_above_half_of_the_peak():
    parameters = drawn("single_burst") | {"timescale": HOUR, "start": 2 * HOUR}
    fine = Images.of(np.linspace(0, 6 * HOUR, 6001), 0.0, 150e6)
    above = fine.start[light_curve("single_burst", parameters, fine) >= 0.5]
    assert above[[0, -1]] == pytest.approx([2 * HOUR, 3 * HOUR], abs=8)


def test_a_synchrotron_burst_peaks_later_and_fainter_at_lower_frequencies():
    """At the peak S ~ nu^((7p+3)/(4p+6)) and t ~ nu^-((p+4)/(4p+6)), van der Laan 1966."""
    p = 2.4
    parameters = drawn("synchrotron") | {"electron_index": p, "timescale": HOUR, "start": 0.0}
    parameters["frequency"] = 150e6
    t = np.linspace(0, 12 * HOUR, 200_001)
    high, low = (
        light_curve("synchrotron", parameters, Images.of(t, 0.0, f)) for f in (150e6, 75e6)
    )
    assert high.max() == pytest.approx(1, abs=1e-6)
    assert t[high.argmax()] == pytest.approx(HOUR, rel=1e-3)
    assert low.max() == pytest.approx(0.5 ** ((7 * p + 3) / (4 * p + 6)), rel=1e-4)
    assert t[low.argmax()] / HOUR == pytest.approx(2 ** ((p + 4) / (4 * p + 6)), rel=1e-3)
    assert light_curve("synchrotron", parameters, Images.of(-5.0, 0.0, 150e6)) == [0]


def test_a_lens_takes_and_gives_as_much():
    parameters = drawn("extreme_scattering") | {"lens_strength": 5.0, "source_size": 0.1}
    parameters |= {"timescale": HOUR, "start": 20 * HOUR, "spectral_index": 0.0}
    whole = Images.of(0.0, 41 * HOUR, 150e6)
    assert light_curve("extreme_scattering", parameters, whole) == pytest.approx(1, abs=1e-3)
    middle = Images.of(20.5 * HOUR, 0.0, 150e6)
    # in the middle rays are spread by 1 + alpha: Clegg et al. 1998
    assert light_curve("extreme_scattering", parameters, middle) == pytest.approx(1 / 6, rel=0.03)


def test_scintillation_has_the_modulation_and_the_timescale_asked_for():
    parameters = drawn("scintillation") | {"modulation": 0.3, "timescale": HOUR}
    parameters |= {"spectral_index": 0.0, "frequency": 150e6}
    t = np.arange(20_000) * HOUR / 10
    flux = np.concatenate(
        [
            light_curve("scintillation", parameters | {"seed": float(s)}, Images.of(t, 0.0, 150e6))
            for s in range(10)
        ]
    )
    assert flux.mean() == pytest.approx(1, abs=0.03)
    assert flux.std() == pytest.approx(0.3, rel=0.1)
    log = np.log(flux) - np.log(flux).mean()
    assert (log[10:] * log[:-10]).mean() / log.var() == pytest.approx(np.exp(-1), abs=0.05)


def test_pulses_come_back_after_a_period_and_eclipses_too():
    t = np.linspace(0, 0.99 * HOUR, 100)
    for name in ("rotating", "eclipsing"):
        parameters = drawn(name) | {"timescale": HOUR, "start": 300.0}
        here, later = (
            light_curve(name, parameters, Images.of(t + k * HOUR, 1.0, 150e6)) for k in (0, 17)
        )
        assert here == pytest.approx(later, abs=1e-9)
    assert here.min() == pytest.approx(1 - parameters["depth"], abs=1e-3)


def test_what_moves_crosses_the_beam_in_its_timescale_and_what_jumps_is_gone_then():
    parameters = drawn("moving") | {"timescale": HOUR, "start": 2 * HOUR}
    parameters["rate"] = SCHEDULE.beam / HOUR
    flux = light_curve(
        "moving", parameters, Images.of([2 * HOUR, 2.5 * HOUR, 3 * HOUR], 0.0, 150e6)
    )
    assert flux == pytest.approx([0.5, 1, 0.5])
    parameters = drawn("ionospheric") | {"share": 0.3, "jump": SCHEDULE.beam, "side": 0.0}
    start = SCHEDULE.start
    east, north = displacement("ionospheric", parameters, start, start)
    jumped = np.hypot(east, north) > 0
    assert 5 < jumped.sum() < 35
    flux = light_curve("ionospheric", parameters, SCHEDULE)
    assert flux[jumped] == pytest.approx(1 / 16)
    assert flux[~jumped] == pytest.approx(1)
    other = light_curve("ionospheric", parameters | {"side": 1.0}, SCHEDULE)
    assert other[jumped] == pytest.approx(1)
    assert other[~jumped] == pytest.approx(1 / 16)


def test_a_bad_scale_is_that_of_the_images_of_one_moment():
    twice = Images.of(np.repeat(SCHEDULE.start, 2), 600.0, np.tile([140e6, 160e6], 60))
    parameters = drawn("bad_scale", 1, twice) | {"factor": 0.5, "spectral_index": 0.0}
    flux = light_curve("bad_scale", parameters, twice)
    assert sorted(flux)[:3] == [0.5, 0.5, 1]


def test_random_numbers_of_numbers_are_uniform_and_do_not_depend_on_each_other():
    numbers = uniform(7, np.arange(100_000))
    assert np.histogram(numbers, 10, (0, 1))[0] == pytest.approx(np.full(10, 10_000), rel=0.05)
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.02
    assert abs(np.corrcoef(numbers, uniform(8, np.arange(100_000)))[0, 1]) < 0.02
    assert normal(1, [5, -3])[1] == normal(1, -3)


def test_timescales_are_drawn_from_the_range_given():
    rng = np.random.default_rng(1)
    for name in ("single_burst", "rotating", "synchrotron"):
        for _ in range(20):
            parameters = draw_parameters(name, rng, SCHEDULE, (100.0, 200.0))
            assert 100 <= parameters["timescale"] <= 200


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: drawn("quasar"), "no kind of light curve 'quasar': give one of steady, "),
        (lambda: Images.of(np.nan, 1, 1), "a time is not a number"),
        (lambda: Images.of(0, -1, 1), "a duration is not 0 or more"),
        (lambda: Images.of(0, 1, 0), "a frequency is not above 0"),
        (lambda: Images.of(0, 1, 1, 0), "the beam is 0"),
        (
            lambda: draw_parameters("step", np.random.default_rng(), SCHEDULE, (2.0, 1.0)),
            "timescales are 2.0 to 1.0 s",
        ),
        (
            lambda: light_curve(
                "long_period", drawn("long_period") | {"timescale": 1e-6}, SCHEDULE
            ),
            "give a period above",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(make, complaint):
    with pytest.raises(SimulationError, match=complaint.replace("'", ".")):
        make()


@pytest.mark.parametrize("name", KINDS)
def test_a_parameter_is_refused_or_there_is_a_light_curve(name):
    parameters = drawn(name)
    for key in set(parameters) & set(BOUNDS):
        low, high = BOUNDS[key]
        for value in (low, high, low - 1, 2 * high + 1, 1e300, np.nan):
            try:
                flux = light_curve(name, parameters | {key: value}, SCHEDULE)
            except SimulationError:
                continue
            assert low <= value <= high
            assert np.isfinite(flux).all(), (key, value)
