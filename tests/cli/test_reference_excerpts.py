"""Excerpts of real catalogues load and agree with another reading of them, column by column."""

import re
from pathlib import Path

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Angle, SkyCoord
from astropy.table import Table
from astropy.time import Time

CATALOGUES = Path(__file__).parents[3] / "shared/data/catalogues"
NUMBERS = (
    *("ra", "dec", "ra_err", "dec_err", "flux", "flux_err", "frequency", "major", "minor", "pa"),
    *("spectral_index", "pm_ra", "pm_dec", "parallax", "epoch"),
)
pytestmark = pytest.mark.skipif(
    not CATALOGUES.exists(), reason="excerpts of catalogues are not part of the project"
)


@pytest.fixture
def loaded(trapdb, db):
    """Load an excerpt; return its columns, NaN where they are unknown."""

    def load(name, *options):
        answer = trapdb("reference", "add", CATALOGUES / name, "--as", "cat", *options)
        assert answer.status == 0, answer.err
        rows = db.execute(
            f"select designation, {', '.join(NUMBERS)} from trap_data.reference_source"
            " order by reference_id"
        ).fetchall()
        columns = list(zip(*rows, strict=True))
        numbers = {n: np.array(c, float) for n, c in zip(NUMBERS, columns[1:], strict=True)}
        return {"designation": list(columns[0]), **numbers}

    return load


def unmasked(column, unit=None):
    values = np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)
    return values * (1 if unit is None else (1 * unit[0]).to_value(unit[1]))


def assert_agrees(found, ra, dec, **others):
    """Compare all columns: what is not expected has to be unknown."""
    here = SkyCoord(found["ra"] * u.deg, found["dec"] * u.deg)
    assert len(here) == len(ra)
    assert here.separation(SkyCoord(ra * u.deg, dec * u.deg)).to_value(u.mas).max() < 0.1
    for name in set(NUMBERS) - {"ra", "dec"}:
        expected = np.broadcast_to(others.get(name, np.nan), len(ra))
        np.testing.assert_allclose(found[name], expected, rtol=1e-6, atol=0, err_msg=name)


def positive(values):
    return np.where(values > 0, values, np.nan)


def test_gaia(loaded):
    found = loaded("gaia-edr3.vot", "--catalogue", "gaia")
    table = Table.read(CATALOGUES / "gaia-edr3.vot", format="votable")
    assert found["designation"] == list(table["designation"])
    mas = (u.mas, u.deg)
    both = np.isfinite(unmasked(table["pmra"])) & np.isfinite(unmasked(table["pmdec"]))
    assert_agrees(
        found,
        unmasked(table["ra"]),
        unmasked(table["dec"]),
        ra_err=unmasked(table["ra_error"], mas),
        dec_err=unmasked(table["dec_error"], mas),
        pm_ra=np.where(both, unmasked(table["pmra"]), np.nan),
        pm_dec=np.where(both, unmasked(table["pmdec"]), np.nan),
        parallax=unmasked(table["parallax"]),
        epoch=unmasked(table["ref_epoch"]),
    )


def test_pulsars(loaded):
    found = loaded("psr_catalog.txt", "--catalogue", "atnf")
    text = (CATALOGUES / "psr_catalog.txt").read_text()
    lines = [line.split(";") for line in text.splitlines()[2:]]

    def column(place):
        return np.array([np.nan if line[place] == "*" else float(line[place]) for line in lines])

    ra = Angle([line[5] for line in lines], u.hourangle).deg
    dec = Angle([line[8] for line in lines], u.deg).deg
    assert found["designation"] == [line[3] for line in lines]
    pm = np.array([column(11), column(14)])
    pm[:, np.isnan(pm).any(axis=0)] = np.nan
    assert_agrees(
        found,
        ra,
        dec,
        ra_err=positive(column(6)) * 15 / 3600 * np.cos(np.radians(dec)),
        dec_err=positive(column(9)) / 3600,
        flux=column(47) / 1e3,
        flux_err=positive(column(48)) / 1e3,
        pm_ra=pm[0],
        pm_dec=pm[1],
        parallax=column(17),
        epoch=Time(np.nan_to_num(column(20), nan=50000), format="mjd", scale="tt").jyear
        + 0 * column(20),
    )


def test_aegean(loaded):
    """Without units; an error of -1 is none, those of sizes are of no use here."""
    found = loaded("racs-aegean-comp.fits", "--catalogue", "aegean")
    table = Table.read(CATALOGUES / "racs-aegean-comp.fits")
    arcsec = (u.arcsec, u.deg)
    columns = {
        name: unmasked(table[name]) for name in table.colnames if table[name].dtype.kind == "f"
    }
    errors = {name: np.where(columns[name] < 0, np.nan, columns[name]) for name in columns}
    assert found["designation"] == list(table["uuid"])
    assert_agrees(
        found,
        columns["ra"],
        columns["dec"],
        ra_err=errors["err_ra"],
        dec_err=errors["err_dec"],
        flux=columns["int_flux"],
        flux_err=positive(columns["err_int_flux"]),
        major=unmasked(table["a"], arcsec),
        minor=unmasked(table["b"], arcsec),
        pa=columns["pa"],
    )
    assert np.isnan(found["ra_err"]).sum() > 0


def test_racs_gaussians(loaded):
    found = loaded("racs-low-gaussians.fits", "--catalogue", "racs-low")
    table = Table.read(CATALOGUES / "racs-low-gaussians.fits")
    arcsec, mjy = (u.arcsec, u.deg), (u.mJy, u.Jy)
    assert_agrees(
        found,
        unmasked(table["RA"]),
        unmasked(table["Dec"]),
        ra_err=unmasked(table["E_RA"], arcsec),
        dec_err=unmasked(table["E_Dec"], arcsec),
        flux=unmasked(table["Total_flux_Gaussian"], mjy),
        flux_err=unmasked(table["E_Total_flux_Gaussian"], mjy),
        major=unmasked(table["Maj"], arcsec),
        minor=unmasked(table["Min"], arcsec),
        pa=unmasked(table["PA"]),
    )
    # and not that of the whole source, which each of its Gaussians repeats
    assert found["flux"].sum() < table["Total_flux_Source"][0] / 1e3 * 1.01


@pytest.mark.parametrize("name", ["selavy-epoch01.xml", "selavy-epoch01.txt"])
@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_selavy(loaded, name):
    found = loaded(name, "--catalogue", "selavy")
    table = Table.read(CATALOGUES / "selavy-epoch01.xml", format="votable", use_names_over_ids=True)
    arcsec, mjy = (u.arcsec, u.deg), (u.mJy, u.Jy)
    assert found["designation"] == [str(one).strip() for one in table["component_name"]]
    assert_agrees(
        found,
        unmasked(table["ra_deg_cont"]),
        unmasked(table["dec_deg_cont"]),
        ra_err=unmasked(table["ra_err"], arcsec),
        dec_err=unmasked(table["dec_err"], arcsec),
        flux=unmasked(table["flux_int"], mjy),
        flux_err=unmasked(table["flux_int_err"], mjy),
        frequency=unmasked(table["freq"], (u.MHz, u.Hz)),
        major=unmasked(table["maj_axis"], arcsec),
        minor=unmasked(table["min_axis"], arcsec),
        pa=unmasked(table["pos_ang"]),
    )


def test_calibrators_by_a_column_map(loaded, tmp_path):
    """Their units are in capitals, and one of them is none (DEGREEE)."""
    path = tmp_path / "calibrators.toml"
    path.write_text(
        '[columns]\nra = "RAJ2000"\ndec = "DEJ2000"\nflux = "int_flux"\nmajor = "a"\nminor = "b"\n'
        'pa = "pa [deg]"\n'
    )
    found = loaded("nvss-sumss.fits", "--catalogue", path)
    table = Table.read(CATALOGUES / "nvss-sumss.fits", unit_parse_strict="silent")
    columns = {name: unmasked(table[name]) for name in table.colnames}
    assert_agrees(
        found,
        columns["RAJ2000"],
        columns["DEJ2000"],
        flux=columns["int_flux"],
        major=columns["a"],
        minor=columns["b"],
        pa=columns["pa"],
    )


SKY_MODELS = ["a-team.skymodel", "lofar-apparent.sky", "wsclean-sources.txt"]


@pytest.mark.parametrize("name", SKY_MODELS)
def test_sky_models(loaded, name):
    found = loaded(name)
    lines = (CATALOGUES / name).read_text().splitlines()
    names = [part.split("=")[0].strip() for part in lines[0].partition("=")[2].split(",")]
    split = re.compile(r",\s*(?![^\[]*\])")
    rows = [split.split(line) for line in lines[1:] if line.strip() and line[0] not in " #"]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))

    def angle(text):
        """By astropy's own reading, once it is in the words that astropy has."""
        if ":" in text:
            return Angle(text, u.hourangle).wrap_at(360 * u.deg).deg
        degrees, minutes, seconds = text.split(".", 2)
        return Angle(f"{degrees}d{minutes}m{seconds}s").deg

    def numbers(name, default=np.nan):
        return np.array([float(text or default) for text in columns.get(name, [""] * len(rows))])

    logarithmic = np.array([t != "false" for t in columns.get("LogarithmicSI", [""] * len(rows))])
    index = np.array([float(t.strip("[]").split(",")[0]) for t in columns["SpectralIndex"]])
    assert found["designation"] == list(columns["Name"])
    assert_agrees(
        found,
        np.array([angle(text) for text in columns["Ra"]]),
        np.array([angle(text) for text in columns["Dec"]]),
        flux=numbers("I"),
        frequency=numbers("ReferenceFrequency"),
        spectral_index=np.where(logarithmic, index, np.nan),
        major=numbers("MajorAxis") / 3600,
        minor=numbers("MinorAxis") / 3600,
        pa=numbers("Orientation"),
    )
