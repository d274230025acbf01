"""Steady sources in images that are partly blank: nothing is new or variable, nothing is missed."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from trapdb import cli
from trapdb.database import routines
from trapdb.database.connection import open_url

SIZE, CELL = 160, 5 / 3600
BEAM = (20 / 3600, 15 / 3600)
CENTRE = (150.0, 30.0)
EPOCHS = 3
# offsets of the steady sources from the centre, pixels, and of one that shines in the last epoch
STEADY = [(-50, -48), (2, -55), (51, -50), (-52, 3), (0, 0), (52, -2), (-49, 50), (3, 53), (48, 51)]
TRANSIENT = (25, 22)
Y, X = np.indices((SIZE, SIZE)) - SIZE // 2


def beam(x, y):
    return np.exp(-4 * np.log(2) * (((X - x) / 4) ** 2 + ((Y - y) / 3) ** 2))


def write(folder, epoch, blank, value, *, scaled=False, transient=False):
    """One epoch: sources of about 50 sigma in noise of 1 mJy/beam, with blank pixels."""
    white = np.random.default_rng(epoch).standard_normal((SIZE, SIZE))
    kernel = np.fft.rfft2(np.fft.ifftshift(beam(0, 0) ** 2))
    field = np.fft.irfft2(np.fft.rfft2(white) * kernel, s=white.shape)
    data = 1e-3 * field / field.std()
    for number, place in enumerate(STEADY + [TRANSIENT] * transient):
        data += (0.05 + 0.002 * number) * beam(*place)
    data[blank] = value
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---SIN", "DEC--SIN"]
    wcs.wcs.cdelt, wcs.wcs.crval, wcs.wcs.crpix = [-CELL, CELL], CENTRE, [SIZE // 2 + 1] * 2
    header = wcs.to_header()
    header["BMAJ"], header["BMIN"], header["BPA"] = *BEAM, 90.0
    header["RESTFRQ"], header["RESTBW"], header["BUNIT"] = 1.4e9, 1e8, "Jy/beam"
    header["DATE-OBS"] = f"2024-01-01T0{epoch}:00:00"
    image = fits.PrimaryHDU(data.astype(np.float64 if scaled else np.float32), header)
    if scaled:
        image.scale("int16", bscale=4e-6, bzero=0.05)
    image.writeto(folder / f"epoch{epoch}.fits")


@pytest.fixture
def ingest(tmp_path, db_url, monkeypatch, capsys):
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)
    folder = tmp_path / "series"
    folder.mkdir()

    def ingest(blanks, value=np.nan, **settings):
        """Ingest a series of which these epochs are blank there; return a connection."""
        for epoch in range(EPOCHS):
            last = epoch == EPOCHS - 1
            blank = blanks.get(epoch, X > SIZE)
            write(folder, epoch, blank, value, transient=last, **settings)
        for command in (["ingest", folder], ["backfill"], ["dataset", "verify", "series"]):
            with pytest.raises(SystemExit) as left:
                cli.main([str(word) for word in command])
            assert not left.value.code, capsys.readouterr().err
        return open_url(db_url)

    return ingest


AREAS = {
    "beyond a circle": np.hypot(X, Y) > 40,
    "left half": X < -10,
    "hole": np.hypot(X, Y) < 15,
    "edge": Y < -40,
    "columns": (abs(X - 50) < 6) | (abs(X + 50) < 6),
}


def steady(conn):
    """Check the sources: each once, steady, with a point where it was seen and nowhere else."""
    assert conn.execute("select count(*) from trap.running_catalogue").fetchone()[0] == (
        len(STEADY) + 1
    )
    (found,) = conn.execute("select * from trap.transient('series')").fetchall()
    x, y = TRANSIENT
    assert found.ra == pytest.approx(CENTRE[0] - x * CELL / np.cos(np.radians(30)), abs=1e-3)
    assert found.dec == pytest.approx(CENTRE[1] + y * CELL, abs=1e-3)
    fluxes = conn.execute(
        "select peak_flux, peak_flux_err from trap.lightcurve where source_id <> %s and usable",
        [found.source_id],
    ).fetchall()
    assert all(row.peak_flux > 0.04 for row in fluxes)
    # the images were asked for every source: none is read again for what is not to be had
    dataset = routines.find_dataset(conn, "series").dataset_id
    everything = routines.backfill_sources(conn, dataset, new=False)
    assert routines.backfill_images(conn, dataset, everything) == []
    return found, len(fluxes)


@pytest.mark.parametrize("name", AREAS)
@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_what_was_blank_makes_no_source_new(ingest, name, value):
    with ingest({0: AREAS[name]}, value) as conn:
        found, points = steady(conn)
        (new,) = conn.execute("select * from trap.new_source").fetchall()
        assert new.source_id == found.source_id
        seen = not AREAS[name][SIZE // 2 + TRANSIENT[1], SIZE // 2 + TRANSIENT[0]]
        assert new.covering_images == EPOCHS - 2 + seen
        blank = sum(AREAS[name][SIZE // 2 + y, SIZE // 2 + x] for x, y in STEADY)
        assert points == EPOCHS * len(STEADY) - blank


def test_zeros_of_integers_are_blank_too(ingest):
    with ingest({1: AREAS["left half"]}, 0.0, scaled=True) as conn:
        _, points = steady(conn)
        assert points == EPOCHS * len(STEADY) - 3


def test_two_tiles_limit_each_other_where_both_have_pixels(ingest):
    tiles = [np.hypot(X - shift, Y) > 66 for shift in (-25, 25)]
    with ingest({0: tiles[0], 1: tiles[1], 2: tiles[0]}) as conn:
        found, _ = steady(conn)
        (new,) = conn.execute("select source_id, covering_images from trap.new_source").fetchall()
        assert (new.source_id, new.covering_images) == (found.source_id, 2)
        regions = conn.execute("select has_blanks from trap.sky_region").fetchall()
        assert [row.has_blanks for row in regions] == [True, True]


def test_a_source_without_its_middle_has_no_point(ingest):
    with ingest({1: (abs(X) < 3) & (abs(Y) < 3)}) as conn:
        _, points = steady(conn)
        assert points == EPOCHS * len(STEADY) - 1
        forks = conn.execute("select from trap.lightcurve where association = 'fork'").fetchall()
        assert not forks


def test_the_noise_is_not_known_where_an_image_is_blank(ingest):
    with ingest({0: AREAS["left half"]}) as conn:
        rms = [
            conn.execute(
                "select trap.local_rms(image_id, %s, %s) as rms from trap.image order by taken_at",
                [CENTRE[0] - x * CELL / np.cos(np.radians(30)), CENTRE[1] + y * CELL],
            ).fetchall()
            for x, y in ((-40, 10), (-5, 10))
        ]
    assert rms[0][0].rms is None
    known = [row.rms for row in rms[0][1:] + rms[1]]
    assert known == pytest.approx([1e-3] * len(known), rel=0.15)
