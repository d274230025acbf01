"""Errors of fits against an oracle: least squares in noise of known correlation, in sky terms.

The oracle knows what the documentation says and shares no line with the extractor: the parameters
are peak, offset to east and north, axes and position angle; derivatives are differences.
"""

import numpy as np
import pytest
from synthetic import BEAM_PX, RMS, SCALE_DEG, add_sources, grid, image, match, noise

from extractor import Beam
from extractor.geometry.ellipses import shape_matrix

SIZE = 512
MIRROR = np.diag([-1.0, 1.0])  # pixel x runs towards the west
PEAK = 1000 * RMS  # so bright that the fit is where the truth is
PLACE = 256.2, 255.7


def gaussian(parameters, east, north):
    """Gaussian of peak, place, axes and angle, at offsets in pixels of the sky."""
    peak, east0, north0, major, minor, pa = parameters
    along = (east - east0) * np.sin(pa) + (north - north0) * np.cos(pa)
    across = (east - east0) * np.cos(pa) - (north - north0) * np.sin(pa)
    return peak * np.exp(-4 * np.log(2) * ((along / major) ** 2 + (across / minor) ** 2))


def differences(function, parameters):
    """Derivatives of a function by each parameter, (..., parameters)."""
    steps = 1e-5 * np.maximum(np.abs(parameters), 1e-2)
    return np.stack(
        [
            (function(parameters + step) - function(parameters - step)) / (2 * step.max())
            for step in np.diag(steps)
        ],
        axis=-1,
    )


def pixels(shape, resolved):
    """Offsets east and north of the pixels of the fit, about the nearest one.

    Those above half the peak of the beam, or a tenth of that of a resolved source; of wide ones,
    every second, third... so that there are at most 11 x 11.
    """
    reach = 0.9 if resolved else 0.5
    extent = reach * np.sqrt(np.diag(shape))
    stride = np.ceil(extent / 5)
    east, north = np.meshgrid(*(step * np.arange(-5, 6) for step in stride))
    offset = np.stack([east.ravel(), north.ravel()])
    inside = np.einsum("in,ij,jn->n", offset, np.linalg.inv(shape), offset) <= reach**2
    return offset[:, inside]


def expected_errors(beam, source, width, resolved, peak=PEAK, at=PLACE):
    """Errors of a Gaussian with axes and angle `source` in noise `width` times as wide as the beam.

    In pixels of the sky and units of the peak and integrated flux.
    """
    beam_matrix, matrix = (shape_matrix(*axes) for axes in (beam, source))
    east, north = pixels(matrix if resolved else beam_matrix, resolved)
    place = np.array([-(at[0] - round(at[0])), at[1] - round(at[1])])
    parameters = np.array([peak, *place, source[0], source[1], np.radians(source[2])])
    slopes = differences(lambda p: gaussian(p, east, north), parameters)
    lag = np.stack([east[:, None] - east, north[:, None] - north], -1)
    inverse = np.linalg.inv(beam_matrix * width**2)
    # the noise's autocorrelation is a Gaussian
    correlation = np.exp(-4 * np.log(2) * np.einsum("pqi,ij,pqj->pq", lag, inverse, lag))
    normal = np.linalg.inv(slopes.T @ slopes)
    covariance = RMS**2 * normal @ slopes.T @ correlation @ slopes @ normal

    def figures(p):
        area = p[3] * p[4] / np.sqrt(np.linalg.det(beam_matrix))
        difference = shape_matrix(p[3], p[4], np.degrees(p[5])) - beam_matrix
        squares, vectors = np.linalg.eigh(difference)
        angle = np.arctan2(vectors[0, 1], vectors[1, 1]) % np.pi
        return np.array(
            [
                p[1],
                p[2],
                p[0],
                p[0] * area,
                p[3],
                p[4],
                p[5],
                *np.sqrt(np.maximum(squares[::-1], 0)),
                angle,
            ]
        )

    slope = differences(figures, parameters)
    return dict(zip(NAMES, np.sqrt(np.diag(slope @ covariance @ slope.T)), strict=True))


OF_THE_FIT = ("ra_fit_err", "dec_fit_err", "peak_flux_err", "int_flux_err",
              "major_err", "minor_err", "pa_err")  # fmt: skip
OF_THE_SOURCE = ("deconvolved_major_err", "deconvolved_minor_err", "deconvolved_pa_err")
NAMES = OF_THE_FIT + OF_THE_SOURCE
LENGTHS = [name for name in NAMES if "flux" not in name and "pa_" not in name]


def found_and_expected(beam, source, width=1.0, *, resolved, peak=PEAK, seed=3):
    major, minor, pa = beam
    noise_axes = (width * major, width * minor, pa)
    in_pixels = MIRROR @ shape_matrix(*source) @ MIRROR
    data = add_sources(noise(SIZE, seed, noise_axes), [PLACE[0]], [PLACE[1]], [peak], [in_pixels])
    picture = image(data, beam=Beam(major * SCALE_DEG, minor * SCALE_DEG, pa))
    sources = picture.extract(det=100)
    assert len(sources) == 1
    found = {name: getattr(sources, name)[0] for name in NAMES}
    for name in LENGTHS:
        found[name] /= SCALE_DEG
    found = {k: np.radians(v) if "pa_" in k else v for k, v in found.items()}
    return found, expected_errors(beam, source, width, resolved, peak)


# How well the noise and its correlation are measured in an image of this size.
KNOWN = 0.06


@pytest.mark.parametrize("width", [1.0, 2**0.5])
@pytest.mark.parametrize("pa", [0.0, 90.0, 35.0])
def test_errors_of_point_sources_with_a_long_beam(pa, width):
    beam = (9.0, 3.5, pa)
    found, expected = found_and_expected(beam, beam, width, resolved=False)
    for name in OF_THE_FIT:
        assert found[name] == pytest.approx(expected[name], rel=KNOWN), name


@pytest.mark.parametrize(
    ("beam", "source"),
    [
        ((4.6, 3.7, 35.0), (18.0, 6.0, 80.0)),
        ((4.6, 3.7, 35.0), (18.0, 6.0, 140.0)),
        ((6.0, 3.0, 0.0), (14.0, 8.0, 45.0)),
        ((6.0, 3.0, 90.0), (10.0, 7.0, 10.0)),
    ],
)
@pytest.mark.parametrize("width", [1.0, 2**0.5])
def test_errors_of_sources_longer_than_the_beam_and_oblique_to_it(beam, source, width):
    found, expected = found_and_expected(beam, source, width, resolved=True)
    for name in NAMES:
        assert found[name] == pytest.approx(expected[name], rel=KNOWN), name


@pytest.mark.parametrize(
    ("source", "width", "own"),
    [
        ((6.4, 4.2, 20.0), 1.0, False),
        ((7.5, 5.0, 20.0), 1.0, True),
        ((7.5, 5.0, 20.0), 2**0.5, False),
        ((9.0, 6.0, 20.0), 2**0.5, True),
    ],
)
def test_wider_noise_takes_wider_sources_for_resolved(source, width, own):
    """From 1.3 areas of the beam on, times the noise's width, a source has pixels of its own."""
    found, expected = found_and_expected((6.0, 4.0, 20.0), source, width, resolved=own)
    for name in ("peak_flux_err", "int_flux_err", "major_err", "minor_err"):
        assert found[name] == pytest.approx(expected[name], rel=KNOWN), name


@pytest.mark.parametrize("peak", [1e3, 1e4, 1e5])
@pytest.mark.parametrize("seed", range(4))
def test_however_bright_a_source_is_it_is_fitted_on_its_own_pixels(peak, seed):
    """At the minimum itself, rounding decides whether a step is better."""
    found, expected = found_and_expected(
        (6.0, 3.0, 90.0), (10.0, 7.0, 10.0), resolved=True, peak=peak * RMS, seed=seed
    )
    for name in ("ra_fit_err", "dec_fit_err", "peak_flux_err", "int_flux_err"):
        assert found[name] == pytest.approx(expected[name], rel=2 * KNOWN), name


@pytest.mark.parametrize(
    ("source", "width"), [(BEAM_PX, 1.0), ((9.0, 7.0, 80.0), 1.0), ((9.0, 7.0, 80.0), 2**0.5)]
)
def test_errors_of_faint_sources_are_those_at_the_flux_that_is_quoted(source, width):
    """Against those of bright sources in the same noise; fitted peaks are 2 % higher.

    What is taken off goes as 1 / peak: where noise adds to the peak it is less, so that the
    quoted peak scatters by as much more.
    """
    major, minor, pa = BEAM_PX
    resolved = source != BEAM_PX
    x, y = grid(1024, 64, 1)
    faint = np.arange(len(x)) % 2 == 0
    data = noise(1024, 1, (width * major, width * minor, pa))
    in_pixels = MIRROR @ shape_matrix(*source) @ MIRROR
    data = add_sources(data, x, y, np.where(faint, 8, 1000) * RMS, in_pixels)
    sources = image(data).extract(det=5)
    raised, ratio = [], []
    for some in (faint, ~faint):
        found = sources.select(match(sources, x[some], y[some]))
        area = found.major * found.minor / (major * minor * SCALE_DEG**2)
        found = found.select(area > 1.8 if resolved else area < 1)  # on pixels of one kind
        assert len(found) > 40
        shapes = zip(found.major / SCALE_DEG, found.minor / SCALE_DEG, found.pa, strict=True)
        places = zip(found.x, found.y, strict=True)
        expected = [
            expected_errors(BEAM_PX, shape, width, resolved, peak, at)
            for shape, peak, at in zip(shapes, found.peak_flux, places, strict=True)
        ]
        raised.append(np.median(found.peak_flux_raw / found.peak_flux))
        ratio.append(
            {
                name: np.median(getattr(found, name) / [one[name] for one in expected])
                for name in OF_THE_FIT
            }
        )
    assert raised[0] > 1.012 > 1.001 > raised[1]
    assert ratio[0].pop("peak_flux_err") == pytest.approx(
        ratio[1].pop("peak_flux_err") * raised[0], rel=0.008
    )
    assert ratio[0] == pytest.approx(ratio[1], rel=0.008)
