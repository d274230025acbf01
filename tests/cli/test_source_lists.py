"""Source lists of other finders: read in their units, ingested with their images or without."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.io.votable.tree import Param
from astropy.table import Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import extractor
from extractor.errors import ExtractorError, ImageError
from trapdb.configuration.keys import Configuration
from trapdb.measuring.measurer import measure
from trapdb.measuring.source_list import image_beside, read_alone
from trapdb.simulate import simulate
from trapdb.source_list.columns import FINDERS
from trapdb.source_list.table import read_table
from trapdb.timing import Timings

SHARED = Path(__file__).parents[2].parent / "shared/data/catalogues"
ARCSEC = 3600
# Of each finder's columns, how many of its units one of ours has, by the documentation.
SELAVY = {"ra_err": ARCSEC, "dec_err": ARCSEC, "major": ARCSEC, "minor": ARCSEC,
          "peak_flux": 1e3, "peak_flux_err": 1e3, "int_flux": 1e3, "int_flux_err": 1e3,
          "local_rms": 1e3}  # fmt: skip
SCALES = {
    "selavy": SELAVY,
    "pybdsf": {},
    "aegean": {"major": ARCSEC, "minor": ARCSEC},
    "pyse": {"major": ARCSEC / 2, "minor": ARCSEC / 2},
}
SAME = ("ra", "dec", "ra_err", "dec_err", "peak_flux", "peak_flux_err", "int_flux",
        "int_flux_err", "major", "minor", "pa")  # fmt: skip


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists") / "field"
    return simulate(folder, epochs=3, size=192, sources=6)


def found_in(path):
    """What trapdb finds, with the fit's errors alone, as finders have them."""
    found = extractor.open(path).extract()
    columns = {name: getattr(found, name) for name in SAME} | {
        "ra_err": found.ra_fit_err,
        "dec_err": found.dec_fit_err,
        "local_rms": found.local_rms,
    }
    return Table(columns)


def as_of(finder, found):
    """Write what was found with a finder's names and units."""
    written = Table()
    for name, column in FINDERS[finder][0].items():
        if name in found.colnames:
            values = np.asarray(found[name]) * SCALES[finder].get(name, 1)
            if column.is_ra_difference:
                values = values / np.cos(np.radians(found["dec"]))
            written[column.name] = values
    return written


HEADER = {"DATE-OBS": "2026-01-01T00:00:00", "RESTFRQ": 1e8, "BMAJ": 0.01, "BMIN": 0.01, "BPA": 0.0,
          "CRVAL1": 150.0, "CRVAL2": 30.0}  # fmt: skip


def alone(**sections):
    sections.setdefault("image", {"header": HEADER})
    return Configuration.model_validate(
        {"extraction": {"radius": 1.0}, "source_list": {"finder": "aegean"}} | sections
    )


@pytest.mark.parametrize("finder", sorted(FINDERS))
def test_finders_write_fluxes_in_the_unit_of_the_image(finder, field, tmp_path):
    """PyBDSF 1.14.1, Aegean 2.3.5 and PySE 0.7.1 do not look at BUNIT; Selavy does.

    Seen by running them on one image in mJy/beam: findings/units-of-source-lists.sh.
    """
    with fits.open(field.paths[0]) as hdus:
        hdus[0].data *= 1e3
        hdus[0].header["BUNIT"] = "mJy/beam"
        hdus.writeto(tmp_path / "a.fits")
    found = found_in(tmp_path / "a.fits")
    written = found.copy()
    for name in ("peak_flux", "peak_flux_err", "int_flux", "int_flux_err", "local_rms"):
        written[name] = found[name] * (1.0 if finder == "selavy" else 1e3)
    table = as_of(finder, written)
    if finder == "pybdsf":
        table["Peak_flux"].unit, table["Total_flux"].unit = "Jy/beam", "Jy"
    table.write(tmp_path / "a.vot", format="votable")
    measured = measure(
        str(tmp_path / "a.vot"), alone(source_list={"finder": finder}), Timings()
    ).measurements
    for name in ("peak_flux", "peak_flux_err", "int_flux", "int_flux_err"):
        assert getattr(measured, name) == pytest.approx(np.asarray(found[name]), rel=1e-6)
    header = HEADER | {"CRVAL1": found["ra"][0], "CRVAL2": found["dec"][0], "BUNIT": "mJy/beam"}
    if finder != "pyse":  # whose lists have no noise
        assert measured.local_rms == pytest.approx(np.asarray(found["local_rms"]), rel=1e-6)
    _, _, by_header, _, _ = read_alone(
        str(tmp_path / "a.vot"),
        alone(source_list={"finder": finder, "rms": 1e-3}, image={"header": header}),
    )
    assert by_header.peak_flux == pytest.approx(np.asarray(found["peak_flux"]), rel=1e-6)


@pytest.mark.parametrize("error", ["err_ra", "err_dec", "err_peak_flux", "err_int_flux"])
@pytest.mark.parametrize("value", [-1.0, 0.0, np.nan, None])
def test_what_lacks_an_error_is_not_usable(error, value, field, tmp_path):
    table = as_of("aegean", found_in(field.paths[0]))
    if value is None:
        table.remove_column(error)
        bad = np.ones(len(table), bool)
    else:
        table[error][0] = value
        bad = np.arange(len(table)) == 0
    table.write(tmp_path / "list.csv")
    _, _, measurements, _, rows = read_alone(str(tmp_path / "list.csv"), alone())
    of_position = error in ("err_ra", "err_dec")
    if value == 0.0 and of_position:  # less than the digits show
        assert (measurements.usable.all(), rows) == (True, {})
        systematic = 0.001  # a tenth of the beam
        assert getattr(measurements, error[4:] + "_err")[0] == pytest.approx(systematic)
        return
    what = "the position" if of_position else "the peak or integrated flux"
    assert rows == {f"not usable, without an error of {what}": np.count_nonzero(bad)}
    np.testing.assert_array_equal(measurements.usable, ~bad)


def test_without_a_systematic_error_a_position_needs_its_own(field, tmp_path):
    table = as_of("aegean", found_in(field.paths[0]))
    table["err_ra"] = 0.0
    table.write(tmp_path / "list.csv")
    exact = alone(extraction={"radius": 1.0, "systematic_error_arcsec": 0.0})
    _, _, measurements, _, rows = read_alone(str(tmp_path / "list.csv"), exact)
    assert not measurements.usable.any()
    assert rows == {"not usable, without an error of the position": len(table)}


@pytest.mark.parametrize("column", ["peak_flux", "int_flux"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_lacks_a_flux_is_not_usable(column, value, field, tmp_path):
    table = as_of("aegean", found_in(field.paths[0]))
    table[column][1] = value
    table.write(tmp_path / "list.csv")
    _, _, measurements, _, rows = read_alone(str(tmp_path / "list.csv"), alone())
    np.testing.assert_array_equal(measurements.usable, np.arange(len(table)) != 1)
    assert rows == {"not usable, without a peak or integrated flux": 1}


def test_one_line_tells_what_is_missing_without_an_image(field, tmp_path):
    table = as_of("aegean", found_in(field.paths[0]))
    table.remove_column("local_rms")
    table.write(tmp_path / "list.csv")
    configuration = alone(image={"header": {"BMAJ": 0.01}}, extraction={})
    with pytest.raises(ImageError) as raised:
        read_alone(str(tmp_path / "list.csv"), configuration)
    told = str(raised.value)
    assert "\n" not in told
    for what in ("DATE-OBS", "RESTFRQ", "BMIN", "BPA", "CRVAL1", "CRVAL2", "--radius", ".rms"):
        assert what in told
    assert "BMAJ" not in told


def test_metadata_of_the_list_count_and_the_users_come_first(field, tmp_path):
    table = as_of("aegean", found_in(field.paths[0]))
    table.write(tmp_path / "list.csv")
    table.meta |= HEADER
    table.write(tmp_path / "list.ecsv")
    votable = from_table(table)
    for name, value in HEADER.items():
        text = (
            {"datatype": "char", "arraysize": "*"}
            if isinstance(value, str)
            else {"datatype": "double"}
        )
        votable.resources[0].params.append(Param(votable, name=name, value=value, **text))
    votable.to_xml(str(tmp_path / "list.vot"))
    for name in ("list.csv", "list.ecsv", "list.vot"):
        header = HEADER if name == "list.csv" else {}
        image, *_ = read_alone(str(tmp_path / name), alone(image={"header": header}))
        assert (image.freq_eff, image.beam.major, image.ra, image.dec) == (1e8, 0.01, 150.0, 30.0)
    image, *_ = read_alone(str(tmp_path / "list.vot"), alone(image={"header": {"RESTFRQ": 2e8}}))
    assert image.freq_eff == 2e8


@pytest.mark.parametrize(
    ("column", "value"),
    [("ra", np.nan), ("ra", np.inf), ("dec", np.nan), ("dec", 95.0), ("dec", -np.inf)],
)
def test_a_row_without_a_position_is_left_out(column, value, field, tmp_path):
    table = as_of("aegean", found_in(field.paths[0]))
    table[column][2] = value
    table.write(tmp_path / "list.csv")
    _, _, measurements, _, rows = read_alone(str(tmp_path / "list.csv"), alone())
    left = np.delete(np.asarray(table["peak_flux"]), 2)
    np.testing.assert_allclose(measurements.peak_flux, left)
    assert rows == {"left out, without a position": 1}


def test_a_row_far_away_is_left_out(field, tmp_path):
    table = as_of("aegean", found_in(field.paths[0]))
    table["ra"][2], table["dec"][2] = 335.0, -30.0  # beyond what the image's projection can show
    table["ra"][3] += 0.9  # beyond its edge
    table.write(tmp_path / "epoch_comp.csv")
    shutil.copy(field.paths[0], tmp_path / "epoch.fits")
    for mesh_px in (32, 64, 1000):
        configuration = alone(extraction={"radius": 1.0, "mesh_px": mesh_px})
        found = measure(str(tmp_path / "epoch_comp.csv"), configuration, Timings())
        assert len(found.measurements) == len(table) - 2
        assert np.isfinite(found.measurements.background).all()
        assert found.unused_rows == {"left out, outside the image's footprint": 2}
    _, _, measurements, _, rows = read_alone(str(tmp_path / "epoch_comp.csv"), alone())
    assert len(measurements) == len(table) - 1
    assert rows == {"left out, outside the image's footprint": 1}


def test_a_list_without_positions_or_that_is_none_is_refused(field, tmp_path):
    table = as_of("aegean", found_in(field.paths[0]))
    table["ra"] = np.nan
    table.write(tmp_path / "list.csv")
    with pytest.raises(ImageError, match=f"none of its {len(table)} rows has a position on the"):
        read_alone(str(tmp_path / "list.csv"), alone())
    for name in ("broken.fits", "broken.vot", "broken.ecsv"):
        (tmp_path / name).write_bytes(b"\x00no table")
        with pytest.raises(ImageError, match="not a readable table"):
            read_table(str(tmp_path / name))
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ImageError, match="it is no regular file"):
        read_table(str(tmp_path / "pipe.csv"))
    with pytest.raises(ImageError, match="not a readable table"):
        read_table(str(tmp_path / "list.txt"))  # it is not there


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("field.vot", "field.fits"),
        ("field_comp.csv", "field.fits"),
        ("field.pybdsm.srl.fits", "field.fits"),
        ("selavy-field.components.xml", "field.fits"),
        ("field2.vot", None),
        ("field.deep.vot", "field.deep.fits.gz"),
    ],
)
def test_the_image_beside_a_list(tmp_path, name, image):
    for file in ("field.fits", "field.deep.fits.gz", name):
        (tmp_path / file).touch()
    # Tables are images of nothing, though their names would be longer.
    for table in ("field.pybdsm.fits", "field_comp.fits", "selavy.fits"):
        Table({"RA": [1.0]}).write(tmp_path / table)
    found = image_beside(str(tmp_path / name))
    assert found == (image and str(tmp_path / image))


def lists_of(field, folder, with_images):
    folder.mkdir()
    for number, path in enumerate(field.paths):
        found = found_in(path)
        if number == 2:
            found.remove_rows([0])  # a source is not seen
        if with_images:
            shutil.copy(path, folder)
        table = as_of("aegean", found)
        image = extractor.open(path)
        beam = image.beam
        table.meta = {
            "DATE-OBS": image.taken_at.replace(tzinfo=None).isoformat(),
            **{"RESTFRQ": image.freq_eff, "CRVAL1": image.ra, "CRVAL2": image.dec},
            **{"BMAJ": beam.major, "BMIN": beam.minor, "BPA": beam.pa},
        }
        table.write(folder / f"{path.stem}_comp.ecsv")
    return sorted(folder.glob("*.ecsv"))


CURVES = """
select n_blind, n_forced, ra, dec from trap.running_catalogue where dataset = %s order by dec
"""


def test_lists_with_their_images_are_as_the_extraction(trapdb, field, tmp_path, db):
    lists = lists_of(field, tmp_path / "lists", with_images=True)
    answer = trapdb("ingest", "--finder", "aegean", *lists)
    assert (answer.status, "3 of 3 images taken" in answer.out) == (0, True)
    # one of the transient, and one of the source that was taken out
    assert "2 forced fits, 1 back-filled" in answer.out
    assert "1 forced fits, 1 back-filled" in trapdb("ingest", field.folder).out
    of_lists, of_images = (db.execute(CURVES, [name]).fetchall() for name in ("lists", "field"))
    assert len(of_lists) == len(of_images)
    same = [
        (one, other) for one, other in zip(of_lists, of_images, strict=True) if one[:2] == other[:2]
    ]
    assert len(same) == len(of_images) - 1
    for one, other in same:
        assert one == pytest.approx(other, abs=1e-9)
    paths = db.execute("select path from trap.image where dataset = 'lists'").fetchall()
    assert all(path.endswith(".fits") for (path,) in paths)
    answer = trapdb("ingest", "--finder", "aegean", *lists)
    assert "every image is in the data set already" in answer.out
    assert trapdb("dataset", "verify", "lists").status == 0


def test_lists_without_their_images_are_taken_without_forced_fits(trapdb, field, tmp_path, db):
    lists = lists_of(field, tmp_path / "lists", with_images=False)
    answer = trapdb("ingest", "--finder", "aegean", *lists)
    assert answer.status == 1
    assert answer.err.count("give --radius DEG") == 3
    answer = trapdb("ingest", "--finder", "aegean", "--radius", "0.4", *lists)
    assert (answer.status, "3 of 3 images taken" in answer.out) == (0, True)
    assert "0 forced fits, 0 back-filled" in answer.out
    assert "lost" not in answer.err
    n_blind = [row[0] for row in db.execute(CURVES, ["lists"])]
    assert sorted(n_blind) == [1, 2, *(len(n_blind) - 2) * [3]]
    answer = trapdb("ingest", "--finder", "aegean", "--radius", "0.4", *lists)
    assert "every image is in the data set already" in answer.out
    assert trapdb("backfill", "--dataset", "lists").status == 0
    assert trapdb("dataset", "verify", "lists").status == 0


FORCED = """
select c.source_id, l.peak_flux, l.peak_flux_err, l.local_rms
from trap.running_catalogue as c join trap.lightcurve as l using (source_id)
where l.dataset = 'lists' and l.kind = 'null_detection'
"""


def test_what_is_not_used_of_lists_is_told_at_the_end_and_recorded(trapdb, field, tmp_path, db):
    lists = lists_of(field, tmp_path / "lists", with_images=True)
    for path in lists[:2]:
        table = Table.read(path)
        table["err_peak_flux"][0] = -1.0
        table["dec"][1] = np.nan
        table["ra"][2] = 335.0
        table.write(path, overwrite=True)
    answer = trapdb("ingest", "--finder", "aegean", *lists)
    assert (answer.status, "3 of 3 images taken" in answer.out) == (0, True)
    told = [
        "source lists: 2 rows left out, without a position",
        "source lists: 2 rows left out, outside the image's footprint",
        "source lists: 2 rows not usable, without an error of the peak or integrated flux",
    ]
    assert answer.err.splitlines()[-3:] == told
    assert [row[0] for row in db.execute("select message from trap.run_warning")] == told


def test_an_epoch_without_sources_limits_and_asks_for_forced_fits(trapdb, field, tmp_path, db):
    """Also where an empty list comes first: what then appears was not there before."""
    first, second, third = lists_of(field, tmp_path / "lists", with_images=True)
    for empty in (first, third):
        empty.unlink()
        empty.with_suffix(".csv").write_text("ra,dec,peak_flux,int_flux\n")
    listed = len(Table.read(second))
    lists = [first.with_suffix(".csv"), second, third.with_suffix(".csv")]
    answer = trapdb("ingest", "--finder", "aegean", *lists)
    assert (answer.status, "3 of 3 images taken" in answer.out) == (0, True)
    assert f"{listed} forced fits, {listed} back-filled" in answer.out
    rms = 1e-3
    for _, flux, error, local_rms in db.execute(FORCED):
        assert local_rms == pytest.approx(rms, rel=0.2)
        assert error == pytest.approx(local_rms, rel=0.3)
        assert np.isfinite(flux)
    new = db.execute("select count(*) from trap.new_source where dataset = 'lists'").fetchone()
    assert new == (listed,)


def test_a_forced_fit_beside_a_listed_source_is_free_of_it(trapdb, tmp_path, db):
    """A list says less of its sources than an extraction: their shapes may be unknown."""
    images = tmp_path / "lists"
    truth = simulate(images, epochs=2, size=192, sources=1, flaring=0, one_epoch=0, minimum_snr=100)
    ra, dec, flux = (float(truth.sources[name][0]) for name in ("ra", "dec", "flux"))
    row = {
        **{"ra": ra, "dec": dec, "peak_flux": flux, "int_flux": flux},
        **{"err_ra": 1e-4, "err_dec": 1e-4, "err_peak_flux": 1e-3, "err_int_flux": 1e-3},
    }
    beside = {"dec": dec + 1.8 * extractor.open(truth.paths[0]).beam.major}
    both = Table(rows=[row, row | beside])
    one = Table(rows=[row])
    lists = [images / f"{path.stem}_comp.csv" for path in truth.paths]
    for table, path in zip((both, one), lists, strict=True):
        table.write(path)
    answer = trapdb("ingest", "--finder", "aegean", *lists)
    assert (answer.status, "1 forced fits" in answer.out) == (0, True)
    ((_, flux, error, _),) = db.execute(FORCED)
    assert abs(flux) < 5 * error


@pytest.mark.skipif(not SHARED.is_dir(), reason="real catalogues are not part of the project")
@pytest.mark.parametrize("name", ["selavy-epoch01.xml", "selavy-epoch01.txt"])
def test_all_rows_of_a_real_selavy_list_are_usable(name):
    header = HEADER | {"CRVAL1": 150.0, "CRVAL2": -30.0}
    configuration = alone(image={"header": header}, source_list={"finder": "selavy"})
    _, _, measurements, noise, rows = read_alone(str(SHARED / name), configuration)
    assert (measurements.usable.tolist(), rows) == ([True] * 4, {})
    np.testing.assert_allclose(measurements.ra_err, 0.001)
    assert noise == pytest.approx((0.965e-3, 0.936e-3, 1.066e-3), abs=1e-6)


def test_source_lists_are_given_as_files(trapdb, field):
    answer = trapdb("ingest", "--finder", "selavy", field.folder)
    assert (answer.status, "not by directories" in answer.err) == (2, True)
    answer = trapdb("ingest", "--follow", "--finder", "selavy", field.folder)
    assert (answer.status, "neither followed nor listened for" in answer.err) == (2, True)


@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
@pytest.mark.parametrize("suffix", [".fits", ".vot", ".ecsv", ".csv"])
def test_a_damaged_list_is_read_or_refused_in_a_line(field, tmp_path, suffix, data):
    path = tmp_path / f"list{suffix}"
    whole = tmp_path / f"whole{suffix}"
    if not whole.exists():
        table = as_of("aegean", found_in(field.paths[0]))
        table.meta |= HEADER if suffix == ".ecsv" else {}
        table.write(whole, format="votable" if suffix == ".vot" else None)
    damaged = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    header = {} if suffix == ".ecsv" else HEADER
    told = ""
    try:
        _, _, measurements, noise, _ = read_alone(str(path), alone(image={"header": header}))
    except ExtractorError as error:
        told = str(error)
    assert "\n" not in told
    assert told or (len(measurements.usable) == len(measurements) and min(noise) > 0)
