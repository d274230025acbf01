"""Images corrected for the primary beam, with a file beside them that says how their noise goes."""

import numpy as np
import pytest
from astropy.io import fits

import extractor
from extractor import ImageError
from extractor.difference import Reference, difference, reference_of, write_difference
from extractor.readers.beside import path_beside
from tests.extractor.synthetic import BEAM_PX, RMS, SCALE_DEG, add_sources, grid, header, mad, noise

SIZE = 512
FWHM_PX = 420
RULES = {
    "DETECTON": "-pb -> -flat",
    "WEIGHTIM": "-pb -> -weights",
    "PBEAMIM": "-pb -> -beam-0",
}


def primary_beam(size=SIZE, fwhm=FWHM_PX):
    y, x = np.indices((size, size)) - (size - 1) / 2
    return np.exp(-4 * np.log(2) * (x**2 + y**2) / fwhm**2)


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """A field of sources of true 20 to 200 sigma in its middle, as a telescope leaves it."""
    folder = tmp_path_factory.mktemp("field")
    x, y = grid(SIZE, 40, 3)
    flux = RMS * 10 ** np.random.default_rng(4).uniform(1.3, 2.3, x.size)
    beam = primary_beam()
    at = beam[np.rint(y).astype(int), np.rint(x).astype(int)]
    sky = add_sources(np.zeros((SIZE, SIZE)), x, y, flux)
    flat = sky * beam + noise(SIZE, 5)
    with np.errstate(divide="ignore"):
        corrected = np.where(beam > 0.1, flat / beam, np.nan)
    for name, pixels in {
        "f-pb": corrected,
        "f-flat": flat,
        "f-weights": 7e5 * beam**2,  # in some unit
        "f-beam-0": beam,
    }.items():
        cards = header(pixels.shape)
        if name in ("f-weights", "f-beam-0"):  # which say little of themselves
            for card in ("BMAJ", "BMIN", "BPA", "RESTFRQ", "DATE-OBS", "BUNIT"):
                cards.remove(card)
        fits.writeto(folder / f"{name}.fits", pixels.astype(np.float32), cards)
    return folder, (x, y, flux, at)


def opened(folder, kind):
    return extractor.open(folder / "f-pb.fits", header={kind: RULES[kind]})


@pytest.fixture(scope="module")
def on_flat(field):
    """What is found on the image without correction, by itself."""
    return extractor.open(field[0] / "f-flat.fits").extract(det=8)


@pytest.mark.parametrize("kind", RULES)
def test_sources_are_those_of_the_flat_image_with_true_fluxes(field, on_flat, kind):
    folder, (x, y, flux, at) = field
    found = opened(folder, kind).extract(det=8)
    # where the correction is not blank: in sigma they are the same to the last digits
    tree = [int(np.hypot(on_flat.x - a, on_flat.y - b).argmin()) for a, b in zip(found.x, found.y)]  # noqa: B905
    assert len(set(tree)) == len(found) > 60
    assert found.snr == pytest.approx(on_flat.snr[tree], rel=1e-3)
    assert found.x == pytest.approx(on_flat.x[tree], abs=1e-2)
    assert found.peak_flux_err / found.local_rms == pytest.approx(
        (on_flat.peak_flux_err / on_flat.local_rms)[tree], rel=1e-3
    )
    # and their fluxes are those of the sky
    true = [int(np.hypot(x - a, y - b).argmin()) for a, b in zip(found.x, found.y)]  # noqa: B905
    pull = (found.peak_flux - flux[true]) / found.peak_flux_err
    assert abs(pull.mean()) < 4 / np.sqrt(len(found))
    assert mad(pull) == pytest.approx(1, abs=0.35)
    assert on_flat.peak_flux[tree] / found.peak_flux == pytest.approx(at[true], rel=2e-2)
    # all those that stand out on the flat image are there
    bright = (flux * at > 12 * RMS) & (at > 0.15)
    assert {*np.flatnonzero(bright)} <= {*true}


@pytest.mark.parametrize("kind", RULES)
def test_the_noise_goes_as_one_over_the_primary_beam(field, kind):
    image = opened(field[0], kind)
    background = extractor.background(image)
    beam = primary_beam()
    known = beam > 0.1
    assert np.isnan(image.data[~known]).all()
    _, rms = background.on_grid(*[np.arange(SIZE)] * 2)
    assert rms[known] * beam[known] == pytest.approx(RMS, rel=0.15)
    y, x = np.array([256, 100, 300]), np.array([256, 300, 120])
    assert background.at(x, y)[1] == pytest.approx(rms[y, x], rel=1e-6)
    assert background.at_pixels(x, y)[1] == pytest.approx(rms[y, x], rel=1e-6)
    grid_of = background.noise_grid()
    assert np.nanmax(grid_of.rms) > 3 * np.nanmin(grid_of.rms)
    assert background.rms_min == pytest.approx(RMS / beam.max(), rel=0.15)
    # without the file the noise is measured in tiles, in which the edge is noisier than the rest
    alone = extractor.background(extractor.open(field[0] / "f-pb.fits"))
    _, locally = alone.on_grid(*[np.arange(SIZE)] * 2)
    off, off_alone = (np.abs(one[known] * beam[known] / RMS - 1) for one in (rms, locally))
    assert off.max() < off_alone.max() / 3
    assert off.mean() < off_alone.mean() / 2


def test_forced_fits_have_the_noise_of_their_place(field):
    folder, (x, y, flux, at) = field
    image = opened(folder, "WEIGHTIM")
    background = extractor.background(image)
    footprint = extractor.footprint(image)
    inside = at > 0.2
    ra, dec = image.wcs.all_pix2world(x[inside], y[inside], 0)
    forced = extractor.force(image, background, footprint, ra, dec)
    pull = (forced.peak_flux - flux[inside]) / forced.peak_flux_err
    assert mad(pull) == pytest.approx(1, abs=0.35)
    assert forced.local_rms == pytest.approx(RMS / at[inside], rel=0.15)


def test_the_digest_is_of_both_files(field, tmp_path):
    folder, _ = field
    alone = extractor.open(folder / "f-pb.fits")
    digests = {opened(folder, kind).digest for kind in RULES}
    assert alone.digest not in digests
    assert len(digests) == 3
    first = opened(folder, "WEIGHTIM")
    assert first.response_path == str(folder / "f-weights.fits")
    assert (alone.response_path, alone.response_digest) == ("", "")
    for name in ("f-pb", "f-weights"):
        (tmp_path / f"{name}.fits").write_bytes((folder / f"{name}.fits").read_bytes())
    assert opened(tmp_path, "WEIGHTIM").digest == first.digest
    with fits.open(tmp_path / "f-weights.fits", mode="update") as hdus:
        hdus[0].data[3, 3] *= 2
    changed = opened(tmp_path, "WEIGHTIM")
    assert changed.response_digest != first.response_digest
    assert changed.digest != first.digest


def test_the_header_may_name_a_file_of_its_folder(field, tmp_path):
    folder, _ = field
    for name in ("f-pb", "f-weights"):
        (tmp_path / f"{name}.fits").write_bytes((folder / f"{name}.fits").read_bytes())
    path = tmp_path / "f-pb.fits"
    fits.setval(path, "WEIGHTIM", value="f-weights.fits")
    assert extractor.open(path).digest == opened(folder, "WEIGHTIM").digest
    for elsewhere in ("../f-weights.fits", str(folder / "f-weights.fits"), ".."):
        fits.setval(path, "WEIGHTIM", value=elsewhere)
        with pytest.raises(ImageError, match="which is no name of a file beside it"):
            extractor.open(path)
    fits.setval(path, "PBEAMIM", value="f-beam-0.fits")
    with pytest.raises(ImageError, match="WEIGHTIM and PBEAMIM say the same"):
        extractor.open(path)
    assert extractor.open(path, header={"WEIGHTIM": "f-weights.fits"}).response is not None


def other_beam(hdus):
    hdus[0].header["BMAJ"] *= 1.01


def other_place(hdus):
    hdus[0].header["CRPIX1"] += 1


def other_pixels(hdus):
    hdus[0].data = hdus[0].data[:-2]


def other_noise(hdus):
    hdus[0].data = noise(SIZE, 9).astype(np.float32)


def nothing(hdus):
    hdus[0].data[:] = 0


@pytest.mark.parametrize(
    ("kind", "change", "why"),
    [
        ("DETECTON", other_beam, "has a beam of 23.2"),
        ("DETECTON", other_place, "at other places on the sky"),
        ("DETECTON", other_pixels, "has 512 x 510 pixels, and the image 512 x 512"),
        ("DETECTON", other_noise, "is not the image times a primary beam"),
        ("WEIGHTIM", nothing, "has no positive pixel"),
        ("PBEAMIM", other_place, "at other places on the sky"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_one_line(field, tmp_path, kind, change, why):
    folder, _ = field
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    other = tmp_path / f"f{RULES[kind].split()[-1]}.fits"
    with fits.open(other, mode="update") as hdus:
        change(hdus)
    with pytest.raises(ImageError, match=why) as error:
        opened(tmp_path, kind)
    assert str(error.value).startswith(f"{tmp_path}/f-pb.fits: its image ")
    assert str(other) in str(error.value)
    assert "\n" not in str(error.value)
    other.unlink()
    with pytest.raises(ImageError, match="there is no such file") as error:
        opened(tmp_path, kind)
    assert str(error.value).count(str(other)) == 1
    with pytest.raises(ImageError, match="its name has no '-corr'"):
        extractor.open(tmp_path / "f-pb.fits", header={kind: "-corr -> -x"})
    with pytest.raises(ImageError, match="it is its own"):
        extractor.open(tmp_path / "f-pb.fits", header={kind: "f-pb.fits"})


@pytest.mark.parametrize(
    ("path", "rule", "beside"),
    [
        ("a/x-image-pb.fits", "-image-pb -> -image", "a/x-image.fits"),
        ("a-pb/x-pb-pb.fits", "-pb -> ", "a-pb/x-pb.fits"),
        ("a/x.fits.gz", "{stem}.weights.fits", "a/x.weights.fits"),
        ("a/x.fits", "w/{stem}_w.fits", "a/w/x_w.fits"),
        ("a/x.fits", "/beams/b.fits", "/beams/b.fits"),
        ("https://h/a/x.fits", "beam.fits", "https://h/a/beam.fits"),
        ("a/x.fits", "-pb -> -flat", None),
    ],
)
def test_where_the_file_beside_another_one_is(path, rule, beside):
    assert path_beside(path, rule) == beside


def test_cubes_have_a_plane_for_each_of_theirs_or_one_for_all(tmp_path):
    beam = primary_beam(64, 50)
    planes = np.stack([noise(64, seed) / beam for seed in range(3)]).astype(np.float32)
    cards = header((64, 64))
    cards.update({"CTYPE3": "FREQ", "CRVAL3": 1.4e9, "CDELT3": 1e6, "CRPIX3": 1.0, "CUNIT3": "Hz"})
    cards.remove("RESTFRQ")
    fits.writeto(tmp_path / "c.fits", planes, cards)
    fits.writeto(tmp_path / "one.fits", beam.astype(np.float32), header((64, 64)))
    many = np.stack([beam, beam**2, beam**3]).astype(np.float32)
    fits.writeto(tmp_path / "many.fits", many, cards)
    fits.writeto(tmp_path / "two.fits", many[:2], cards)
    for name, power in (("one", 1), ("many", 3)):
        image = extractor.open(tmp_path / "c.fits[2]", header={"PBEAMIM": f"{name}.fits"})
        assert image.response == pytest.approx(beam**power / (beam**power).max(), rel=1e-5)
        assert image.response_path == str(tmp_path / ("many.fits[2]" if power > 1 else "one.fits"))
    with pytest.raises(ImageError, match="has 2 planes, and the file of the image 3"):
        extractor.open(tmp_path / "c.fits[2]", header={"PBEAMIM": "two.fits"})


def test_a_difference_keeps_how_its_noise_goes(field, tmp_path):
    folder, _ = field
    image = opened(folder, "PBEAMIM")
    other = extractor.open(folder / "f-beam-0.fits", header={  # any other noise of this kind
        "BMAJ": BEAM_PX[0] * SCALE_DEG, "BMIN": BEAM_PX[1] * SCALE_DEG, "BPA": BEAM_PX[2],
        "RESTFRQ": 1.4e9, "DATE-OBS": "2024-05-01T12:00:00", "BUNIT": "Jy/beam",
    })  # fmt: skip
    pixels = (noise(SIZE, 8) / primary_beam()).astype(np.float32)
    before: Reference = reference_of(type(image)(**{**vars_of(other), "data": pixels}), RMS)
    left = difference(image, before)
    write_difference(tmp_path / "d.fits", left, {})
    again = extractor.open(tmp_path / "d.fits")
    assert (again.response == image.response).all()
    _, rms = extractor.background(again).on_grid(*[np.arange(SIZE)] * 2)
    beam = primary_beam()
    here = (beam > 0.15) & (again.added_noise < RMS / 4)
    assert rms[here] * beam[here] == pytest.approx(np.sqrt(2) * RMS, rel=0.25)


def vars_of(image):
    return {name: getattr(image, name) for name in image.__dataclass_fields__}


def test_where_both_are_next_to_nothing_neighbours_tell_the_response(field, tmp_path):
    """As in images of whole numbers, of which small ones are rounded."""
    for name, value in (("f-pb", 1e-12), ("f-flat", 1e-8)):
        with fits.open(field[0] / f"{name}.fits") as hdus:
            hdus[0].data[250, 260] = value
            hdus.writeto(tmp_path / f"{name}.fits")
    image = opened(tmp_path, "DETECTON")
    assert image.response[250, 260] == pytest.approx(image.response[250, 263], rel=0.03)
    assert image.response[256, 256] == pytest.approx(1, rel=0.01)


def test_what_is_not_positive_in_a_part_is_filled_and_never_divided_by(tmp_path):
    cards = header((64, 64))
    cards["RESPPART"] = "R"
    response = primary_beam(64, 60).astype(np.float32)
    for blank in (np.s_[0:8], np.s_[:]):
        response[blank] = 0
        parts = [fits.PrimaryHDU(noise(64, 5), cards), fits.ImageHDU(response, name="R")]
        fits.HDUList(parts).writeto(tmp_path / "sum.fits", overwrite=True)
        if blank != np.s_[:]:
            assert (extractor.open(tmp_path / "sum.fits").response[blank] > 0).all()
    with pytest.raises(ImageError, match="part R, has no positive pixel"):
        extractor.open(tmp_path / "sum.fits")
