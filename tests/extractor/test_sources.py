import dataclasses

import numpy as np
import pytest
from scipy.spatial import cKDTree
from synthetic import (
    BEAM_PX,
    MIRROR,
    RMS,
    SCALE_DEG,
    add_sources,
    beam_px,
    grid,
    image,
    mad,
    match,
    noise,
)

import extractor
from extractor import ExtractorError, Flag
from extractor.fitting.bias import bias_of_integrated_flux
from extractor.fitting.detection_threshold import fdr_threshold
from extractor.geometry.ellipses import area_ratio, axes, shape_matrix


def field(x, y, peak, seed=1, size=512, shape=None, **where):
    return image(add_sources(noise(size, seed), x, y, peak, shape), **where)


@pytest.mark.parametrize(
    ("ra", "dec"), [(10.0, 40.0), (0.0, 30.0), (77.0, 89.7), (5.0, 90.0), (200.0, -89.95)]
)
def test_every_source_is_found_once_at_its_place_and_flux(ra, dec):
    x, y = grid(512, 60, 3)
    picture = field(x, y, np.full(len(x), 20 * RMS), ra=ra, dec=dec)
    sources = picture.extract()
    row = match(sources, x, y)
    assert len(sources) == len(x)
    assert sorted(row) == list(range(len(x)))
    found = sources.select(row)
    true_ra, true_dec = extractor.geometry.sky.to_sky(picture.wcs, x, y)
    east = (found.ra - true_ra + 180) % 360 - 180
    assert np.abs(east * np.cos(np.radians(true_dec)) / found.ra_fit_err).max() < 5
    assert np.abs((found.dec - true_dec) / found.dec_fit_err).max() < 5
    assert np.abs((found.peak_flux - 20 * RMS) / found.peak_flux_err).max() < 5
    assert np.abs((found.int_flux - 20 * RMS) / found.int_flux_err).max() < 5
    assert found.usable.all()
    assert not found.flags.any()


def test_order_and_repeatability():
    x, y = grid(512, 60, 3)
    picture = field(np.append(x, x[:9] + 7), np.append(y, y[:9]), np.full(len(x) + 9, 0.05))
    one, two = picture.extract(), picture.extract()
    for name in ("ra", "dec", "int_flux", "chi2", "flags"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert np.array_equal(np.lexsort((one.x, one.y, one.island)), np.arange(len(one)))


def test_errors_of_point_sources_are_true():
    x, y = grid(1024, 24, 3)
    picture = field(x, y, np.full(len(x), 15 * RMS), size=1024)
    sources = picture.extract()
    row = match(sources, x, y)
    assert (row >= 0).all()
    found = sources.select(row)
    ra, dec = extractor.geometry.sky.to_sky(picture.wcs, x, y)
    pulls = {
        "ra": (found.ra - ra) * np.cos(np.radians(dec)) / found.ra_fit_err,
        "dec": (found.dec - dec) / found.dec_fit_err,
        "peak": (found.peak_flux - 15 * RMS) / found.peak_flux_err,
        "integrated": (found.int_flux - 15 * RMS) / found.int_flux_err,
    }
    # The standard error of these widths is 0.03.
    for name, pull in pulls.items():
        assert mad(pull) == pytest.approx(1.0, abs=0.12), name
        assert np.median(pull) == pytest.approx(0.0, abs=0.2), name


def test_resolved_sources():
    x, y = grid(1024, 64, 3)
    n = len(x)
    pa = np.random.default_rng(1).uniform(0, 180, n)
    shape = beam_px() + MIRROR @ shape_matrix(8.0, 4.0, pa) @ MIRROR
    sources = field(x, y, np.full(n, 40 * RMS), size=1024, shape=shape).extract()
    row = match(sources, x, y)
    assert len(sources) == n
    found = sources.select(row)
    area = area_ratio(shape, beam_px())
    assert np.median(found.int_flux / area) == pytest.approx(40 * RMS, rel=0.02)
    assert np.median(found.deconvolved_major) == pytest.approx(8 * SCALE_DEG, rel=0.03)
    assert np.median(found.deconvolved_minor) == pytest.approx(4 * SCALE_DEG, rel=0.05)
    turned = (found.deconvolved_pa - pa + 90) % 180 - 90
    assert np.abs(turned).max() < 20
    true_major = axes(MIRROR @ shape @ MIRROR)[0] * SCALE_DEG
    assert mad((found.major - true_major) / found.major_err) == pytest.approx(0.85, abs=0.3)


@pytest.mark.parametrize("ratio", [1, 3])
def test_pairs_one_and_a_half_beams_apart_are_two(ratio):
    x, y = grid(512, 50, 3)
    along = np.linalg.cholesky(beam_px()) @ np.array([0.6, 0.8]) * 1.5
    peak = np.full(len(x), 12 * RMS)
    picture = field(
        np.append(x, x + along[0]), np.append(y, y + along[1]), np.append(ratio * peak, peak)
    )
    sources = picture.extract()
    assert len(sources) == 2 * len(x)
    first, second = match(sources, x, y), match(sources, x + along[0], y + along[1])
    assert not set(first) & set(second)
    faint = sources.select(second)
    assert np.median(faint.peak_flux) == pytest.approx(12 * RMS, rel=0.05)
    together = sources.island[first] == sources.island[second]
    assert together.mean() > 0.9
    assert np.array_equal((faint.flags & Flag.BLENDED) > 0, together)


def test_bright_sources_are_not_split():
    x, y = grid(512, 60, 3)
    for peak in (30, 300, 3000, 30000):
        assert len(field(x, y, np.full(len(x), peak * RMS)).extract()) == len(x)


def test_thresholds():
    x, y = np.array([100.0, 200.0, 300.0]), np.array([100.0, 200.0, 300.0])
    picture = field(x, y, np.array([5.0, 8.0, 20.0]) * RMS, size=400)
    assert len(picture.extract(det=14)) == 1
    assert len(picture.extract(det=6.5)) == 2
    assert len(picture.extract(det=60)) == 0
    with pytest.raises(ExtractorError, match="threshold"):
        picture.extract(det=2, anl=3)


def test_force_beam():
    x, y = grid(512, 60, 3)
    picture = field(x, y, np.full(len(x), 20 * RMS))
    background, footprint = extractor.background(picture), extractor.footprint(picture)
    sources = extractor.extract(picture, background, footprint, force_beam=True)
    assert len(sources) == len(x)
    assert sources.major == pytest.approx(BEAM_PX[0] * SCALE_DEG, rel=1e-4)
    assert sources.int_flux == pytest.approx(sources.peak_flux)
    assert np.isnan(sources.major_err).all()
    assert sources.usable.all()


def test_edges_are_kept_and_flagged_and_what_is_outside_is_not_returned():
    x = np.array([3.0, 11.0, 60.0, 150.0])
    y = np.array([100.0, 150.0, 200.0, 100.0])
    data = add_sources(noise(256, 1), x, y, np.full(4, 0.05))
    data[80:120, 153:200] = np.nan
    picture = image(data)
    background = extractor.background(picture)
    footprint = extractor.footprint(picture, margin_px=10)
    sources = extractor.extract(picture, background, footprint)
    row = match(sources, x, y)
    assert row[0] == -1
    assert sources.flags[row[1]] & Flag.EDGE
    assert sources.flags[row[2]] == 0
    assert sources.flags[row[3]] & Flag.EDGE
    whole = extractor.footprint(picture, margin_px=0)
    assert match(extractor.extract(picture, background, whole), x, y)[0] >= 0


def test_systematic_error_is_added_in_quadrature():
    x, y = grid(256, 60, 3)
    picture = field(x, y, np.full(len(x), 0.05), size=256)
    background, footprint = extractor.background(picture), extractor.footprint(picture)
    default = extractor.extract(picture, background, footprint)
    tenth = BEAM_PX[0] * SCALE_DEG / 10
    assert default.ra_err == pytest.approx(np.hypot(default.ra_fit_err, tenth))
    chosen = extractor.extract(picture, background, footprint, systematic_error=1e-3)
    assert chosen.dec_err == pytest.approx(np.hypot(default.dec_fit_err, 1e-3))
    apart = extractor.extract(picture, background, footprint, systematic_error=(1e-3, 2e-3))
    assert (apart.ra_err == chosen.ra_err).all()
    assert apart.dec_err == pytest.approx(np.hypot(default.dec_fit_err, 2e-3))
    forced = extractor.force(
        picture, background, footprint, chosen.ra, chosen.dec, systematic_error=(1e-3, 2e-3)
    )
    assert set(forced.ra_err) == {1e-3}
    assert set(forced.dec_err) == {2e-3}


def test_huge_islands_are_measured_by_their_moments():
    y, x = np.indices((512, 512))
    disc = np.where(np.hypot(x - 256, y - 256) < 100, 0.05, 0.0)
    picture = image(noise(512, 1) + disc)
    # In the background of its own image so wide a source would disappear.
    background = dataclasses.replace(extractor.background(image(noise(512, 1))), image=picture)
    sources = extractor.extract(picture, background, extractor.footprint(picture))
    assert len(sources) == 1
    assert sources.flags[0] == Flag.HUGE_ISLAND | Flag.MOMENTS
    assert (sources.x[0], sources.y[0]) == pytest.approx((256, 256), abs=1)


@pytest.mark.parametrize("pa", [30.0, 120.0])
def test_moments_lie_along_the_island(pa):
    """The same, of an ellipse with axes of 280 and 140 pixels, oblique to those of the image."""
    y, x = np.indices((512, 512))
    offset = np.stack([x - 256, y - 256], -1) @ MIRROR
    along = offset @ [np.sin(np.radians(pa)), np.cos(np.radians(pa))]
    across = offset @ [np.cos(np.radians(pa)), -np.sin(np.radians(pa))]
    ellipse = np.where(np.hypot(along / 140, across / 70) < 1, 0.05, 0.0)
    picture = image(noise(512, 1) + ellipse)
    background = dataclasses.replace(extractor.background(image(noise(512, 1))), image=picture)
    (source,) = extractor.extract(picture, background, extractor.footprint(picture))
    assert source.flags & Flag.MOMENTS
    assert source.pa == pytest.approx(pa, abs=2)
    assert source.major / source.minor == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("apart", [0.3, 0.45, 0.7, 1.0])
def test_no_two_sources_of_an_island_are_nearer_than_can_be_told(apart):
    x, y = grid(512, 40, 3)
    along = np.linalg.cholesky(beam_px()) @ np.array([0.6, 0.8]) * apart
    peak = np.full(2 * len(x), 300 * RMS)
    sources = field(np.append(x, x + along[0]), np.append(y, y + along[1]), peak).extract()
    assert distances(sources).min() > 0.6
    if apart < 0.5:
        assert len(sources) == len(x)


@pytest.mark.parametrize(("share", "sources_each"), [(0.04, 1), (0.08, 2)])
def test_a_beam_that_is_no_perfect_gaussian_makes_no_second_source(share, sources_each):
    """A bump a beam and a half beside a bright source may be the beam's own, up to 5 %."""
    x, y = grid(512, 60, 3)
    along = np.linalg.cholesky(beam_px()) @ np.array([0.6, 0.8]) * 1.5
    peak = np.repeat([2000 * RMS, share * 2000 * RMS], len(x))
    sources = field(np.append(x, x + along[0]), np.append(y, y + along[1]), peak).extract()
    assert len(sources) == sources_each * len(x)


def distances(sources):
    """Distances of all from each other in beams; of each from itself, large."""
    to_beam = np.linalg.inv(np.linalg.cholesky(beam_px()))
    place = np.column_stack([sources.x, sources.y]) @ to_beam.T
    return np.linalg.norm(place[:, None] - place, axis=-1) + 10 * np.eye(len(place))


@pytest.mark.parametrize("seed", [0, 1, 2, 10])
def test_in_a_crowd_no_two_sources_of_an_island_are_nearer_than_can_be_told(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(20, 490, (2, 2500))
    sources = field(x, y, RMS * rng.uniform(8, 200, 2500)).extract(det=5)
    together = sources.island[:, None] == sources.island
    assert len(sources) > 300
    assert distances(sources)[together].min() > 0.6


def test_shapes_that_were_held_are_flagged_and_have_no_error():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(20, 490, (2, 1500))
    sources = field(x, y, RMS * rng.uniform(8, 60, 1500)).extract(det=5)
    held = (sources.flags & Flag.SHAPE_LIMIT) > 0
    assert held.sum() > 5
    for name in ("major_err", "minor_err", "pa_err", "deconvolved_major_err"):
        assert np.isnan(getattr(sources, name)[held]).all()
    # What has the very shape of the beam was not fitted one.
    of_the_beam = np.abs(sources.major / (BEAM_PX[0] * SCALE_DEG) - 1) < 1e-6
    assert of_the_beam.any()
    assert held[of_the_beam].all()


def test_use_by_itself():
    x, y = grid(256, 60, 3)
    sources = field(x, y, np.full(len(x), 0.05), size=256).extract(det=10)
    rows = list(sources)
    assert len(rows) == len(sources) == len(x)
    assert [row.flux for row in rows] == sources.int_flux.tolist()
    assert rows[0].ra == sources.ra[0]
    table = sources.to_table()
    assert len(table) == len(x)
    assert table["ra"].unit == "deg"
    assert table["peak_flux"].unit == "Jy / beam"
    assert table["int_flux"].unit == "Jy"


@pytest.mark.parametrize("level", [0.0, 100 * RMS])
def test_negative_sources_are_found_on_request(level):
    x, y = grid(512, 60, 3)
    sign = np.where(np.arange(len(x)) % 2, 1.0, -1.0)
    picture = image(level + add_sources(noise(512, 1), x, y, 20 * RMS * sign))
    background, footprint = extractor.background(picture), extractor.footprint(picture)
    assert len(extractor.extract(picture, background, footprint)) == np.count_nonzero(sign > 0)
    sources = extractor.extract(picture, background, footprint, negative=True)
    found = sources.select(match(sources, x, y))
    assert len(sources) == len(set(sources.island)) == len(x)
    assert picture.extract(negative=True).int_flux.tolist() == sources.int_flux.tolist()
    # where sources have either sign nobody has to ask
    signed = dataclasses.replace(picture, signed=True)
    assert signed.extract().int_flux.tolist() == sources.int_flux.tolist()
    assert (np.sign(found.peak_flux) == sign).all()
    for flux, error in (
        (found.peak_flux, found.peak_flux_err),
        (found.int_flux, found.int_flux_err),
    ):
        assert np.abs((flux - 20 * RMS * sign) / error).max() < 5
    assert found.snr == pytest.approx(found.peak_flux / found.local_rms)
    assert found.usable.all()
    assert found.background == pytest.approx(level, abs=RMS)


@pytest.mark.parametrize("alpha", [0.3, 0.01])
def test_the_false_discovery_rate_is_kept(alpha):
    rng = np.random.default_rng(1)
    false, true = rng.standard_normal(1_000_000), 4 + rng.standard_normal(20_000)
    value = np.append(false, true)
    threshold = fdr_threshold(value[value > 2], value.size, 1.0, alpha)
    share = np.count_nonzero(false >= threshold) / np.count_nonzero(value >= threshold)
    assert share == pytest.approx(alpha, rel=0.15)


def test_the_false_discovery_rate_chooses_the_threshold():
    x, y = grid(1024, 60, 3)
    peak = np.linspace(3, 12, len(x)) * RMS
    picture = field(x, y, peak, size=1024)
    background, footprint = extractor.background(picture), extractor.footprint(picture)
    loose, strict = (
        extractor.extract(picture, background, footprint, fdr_alpha=alpha) for alpha in (0.1, 1e-4)
    )
    assert 100 < len(strict) < len(loose)
    assert len(picture.extract(fdr_alpha=1e-4)) == len(strict)
    nearest = np.hypot(strict.x - x[:, None], strict.y - y[:, None]).min(axis=0)
    assert nearest.max() < 4
    empty = image(noise(512, 5))
    background, footprint = extractor.background(empty), extractor.footprint(empty)
    assert len(extractor.extract(empty, background, footprint, fdr_alpha=0.01)) == 0
    with pytest.raises(ExtractorError, match="false-discovery"):
        extractor.extract(empty, background, footprint, fdr_alpha=1.5)


def test_what_may_be_a_sidelobe_is_flagged():
    x, y = np.array([100.0, 120.0, 100.0, 200.0]), np.array([100.0, 100.0, 125.0, 200.0])
    sources = field(x, y, np.array([2000, 12, 300, 12]) * RMS, size=300).extract()
    flagged = sources.flags[match(sources, x, y)] & Flag.NEAR_BRIGHT
    assert (flagged > 0).tolist() == [False, True, False, False]


# Standard errors of the means are 0.016 and 0.03 rms; in smoothed noise a percent remains.
@pytest.mark.parametrize(("width", "remains"), [(1.0, 0.0), (2**0.5, 0.09)])
def test_peak_and_integrated_flux_are_unbiased(width, remains):
    major, minor, pa = BEAM_PX
    x, y = grid(1536, 24, 3)
    data = noise(1536, 4, (width * major, width * minor, pa))
    sources = image(add_sources(data, x, y, np.full(len(x), 9 * RMS))).extract(det=5)
    found = sources.select(match(sources, x, y))
    # What is fitted is high, by 1.2 % of the peak in noise of the beam's width.
    assert np.mean(found.peak_flux_raw - found.peak_flux) > 0.04 * RMS
    assert np.mean(found.peak_flux) == pytest.approx(9 * RMS, abs=0.05 * RMS)
    assert np.mean(found.int_flux) == pytest.approx(9 * RMS, abs=(0.09 + remains) * RMS)
    assert mad((found.int_flux - 9 * RMS) / found.int_flux_err) == pytest.approx(1.0, abs=0.06)


def test_a_bias_that_is_too_large_to_be_known_is_left_and_flagged():
    picture = image(noise(512, 2))
    sources = picture.extract(det=2.5, anl=2)
    taken_off = sources.peak_flux_raw - sources.peak_flux
    biased = (sources.flags & (Flag.BIASED | Flag.MOMENTS)) > 0
    assert 20 < biased.sum() < len(sources) - 20
    assert not taken_off[biased].any()
    assert (taken_off[~biased] != 0).all()
    assert (np.abs(taken_off[~biased]) < 0.5 * sources.peak_flux_err[~biased]).all()


def test_the_bias_of_the_integrated_flux_is_that_to_second_order():
    """Of peak / sqrt(a c - b²): gradient times bias, and half the trace of Hessian and errors."""
    rng = np.random.default_rng(1)
    components = np.array([10.0, 0, 0, 0.7, 0.2, 0.4]) + 0.05 * rng.standard_normal((20, 6))
    root = 0.1 * rng.standard_normal((20, 6, 6))
    covariance, bias = root @ root.swapaxes(1, 2), rng.standard_normal((20, 6))

    def flux(p):
        return p[0] / np.sqrt(p[3] * p[5] - p[4] ** 2)

    step = 1e-4 * np.eye(6)
    for p, c, b, found in zip(
        components, covariance, bias, bias_of_integrated_flux(components, covariance, bias),
        strict=True,
    ):  # fmt: skip
        gradient = np.array([flux(p + s) - flux(p - s) for s in step]) / 2e-4
        hessian = (
            np.array(
                [
                    [
                        flux(p + s + t) - flux(p + s - t) - flux(p - s + t) + flux(p - s - t)
                        for s in step
                    ]
                    for t in step
                ]
            )
            / 4e-8
        )
        assert found == pytest.approx(gradient @ b + np.sum(hessian * c) / 2, rel=1e-3)


def test_unresolved_sources_have_no_size_but_a_bound_on_it():
    x, y = grid(512, 60, 3)
    sources = field(x, y, np.full(len(x), 50 * RMS)).extract()
    size, error = sources.deconvolved_major, sources.deconvolved_major_err
    assert (error > 0).all()
    assert np.mean(size > 5 * error) < 0.05
    assert np.median(error) < 0.5 * BEAM_PX[0] * SCALE_DEG


@pytest.mark.slow
@pytest.mark.parametrize("width", [1.0, 2**0.5])
@pytest.mark.parametrize("intrinsic", [0.0, 5.0])
@pytest.mark.parametrize("snr", [8.0, 20.0, 100.0])
def test_all_errors_are_true(width, intrinsic, snr):
    major, minor, pa = BEAM_PX
    x, y = grid(2400, 48, 3)
    shape = beam_px() + MIRROR @ shape_matrix(intrinsic, 0.6 * intrinsic, 70.0) @ MIRROR
    area = area_ratio(shape, beam_px())
    data = noise(2400, 4, (width * major, width * minor, pa))
    picture = image(add_sources(data, x, y, np.full(len(x), snr * RMS), shape))
    sources = picture.extract(det=5)
    row = match(sources, x, y)
    found, seen = sources.select(row[row >= 0]), row >= 0
    assert seen.mean() > 0.98
    ra, dec = extractor.geometry.sky.to_sky(picture.wcs, x[seen], y[seen])
    pulls = {
        "ra": (found.ra - ra) * np.cos(np.radians(dec)) / found.ra_fit_err,
        "dec": (found.dec - dec) / found.dec_fit_err,
        "peak": (found.peak_flux - snr * RMS) / found.peak_flux_err,
        "integrated": (found.int_flux - snr * RMS * area) / found.int_flux_err,
    }
    # Standard errors: 0.025 of the width, 0.03 of the median.
    for name, pull in pulls.items():
        assert mad(pull) == pytest.approx(1.0, abs=0.08), name
        assert np.median(pull) == pytest.approx(0.0, abs=0.12), name


def test_a_wing_beside_blank_pixels_is_no_usable_source():
    """Stripes of blank pixels cover the middles of many sources: what is left tells little."""
    x, y = grid(600, 30, seed=7)
    data = add_sources(
        noise(600, seed=7), x, y, RMS * np.random.default_rng(7).uniform(10, 60, x.size)
    )
    for row in range(21, 600, 60):
        data[row : row + 12] = np.nan
    found = image(data).extract(det=6)
    used = found.select(found.usable)
    distance, _ = cKDTree(np.column_stack([x, y])).query(np.column_stack([used.x, used.y]))
    assert (~found.usable).sum() > 50
    assert len(used) > 175
    assert distance.max() < BEAM_PX[0]
    assert (used.peak_flux > 2 * used.peak_flux_err).all()
