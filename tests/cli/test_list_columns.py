"""Every column that is read of a finder's list, compared with what stands in the list.

The lists in tests/data/lists were written by the finders (Aegean 2.3.5, PyBDSF 1.14.1, PySE 0.7.1)
of a simulated image, but for Selavy's, which is in its format. The factors are those of each
finder's own source text.
"""

import gzip
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.table import Table

from extractor.errors import ImageError
from trapdb.source_list.columns import FINDERS, NEEDED, UNITS, mapping
from trapdb.source_list.table import read_columns, read_table

LISTS = Path(__file__).parents[1] / "data/lists"
ARCSEC = 1 / 3600
MILLI = 1e-3
FWHM = 2.3548200450309493  # of a Gaussian, in sigma
COS_DEC = np.cos(np.radians(29.971479))

# One row of each list, as it stands there: the row's number, and the values in trapdb's units.
AEGEAN = {
    "ra": 149.9843578347748,
    "dec": 29.863230240742016,
    "ra_err": 0.00019593341951085525,
    "dec_err": 0.00021885516635222757,
    "peak_flux": 0.01304161648108367,
    "peak_flux_err": 0.0009828917155211266,
    "int_flux": 0.013234621844459653,
    "int_flux_err": 0.0011055057826690144,
    "major": 24.194819262337067 * ARCSEC,
    "minor": 17.846724201700535 * ARCSEC,
    "pa": 34.71951051020507,
    "major_err": 0.6338574602486615 * FWHM * ARCSEC,
    "minor_err": 0.4411950840313515 * FWHM * ARCSEC,
    "pa_err": 0.14443208059783075,
    "local_rms": 0.0010046266252174973,
    "background": 1.151867581938859e-05,
}
PYBDSF = {
    "ra": 150.12235904614815,
    "dec": 29.97148641791838,
    "ra_err": 0.00017669092845,
    "dec_err": 0.00019775631196,
    "peak_flux": 0.01512562762772,
    "peak_flux_err": 0.00103133288212,
    "int_flux": 0.01748307469826,
    "int_flux_err": 0.00198469937776,
    "major": 0.00693133493761,
    "minor": 0.00547498436526,
    "pa": 37.42472422018700,
    "major_err": 0.00052727334531,
    "minor_err": 0.00033461373399,
    "pa_err": 10.40120601654053,
    "local_rms": 0.00100896414369,
    "background": -0.00000484669818,
}
PYSE = {
    "ra": 150.122349,
    "dec": 29.971479,
    "ra_err": 0.000280 * COS_DEC,
    "dec_err": 0.000261,
    "peak_flux": 0.015103,
    "peak_flux_err": 0.001007,
    "int_flux": 0.017588,
    "int_flux_err": 0.001934,
    "major": 2 * 12.550973 * ARCSEC,
    "minor": 2 * 9.870313 * ARCSEC,
    "pa": 36.598869,
    "major_err": 2 * 0.845906 * ARCSEC,
    "minor_err": 2 * 0.651522 * ARCSEC,
    "pa_err": 11.024013,
    "chi2": 1.399638,
}
SELAVY = {
    "ra": 150.020532,
    "dec": -30.016111,
    "ra_err": 0.12 * ARCSEC,
    "dec_err": 0.34 * ARCSEC,
    "peak_flux": 10.25 * MILLI,
    "peak_flux_err": 0.25 * MILLI,
    "int_flux": 12.5 * MILLI,
    "int_flux_err": 0.75 * MILLI,
    "major": 16.25 * ARCSEC,
    "minor": 11.5 * ARCSEC,
    "pa": 150.25,
    "major_err": 0.21 * ARCSEC,
    "minor_err": 0.13 * ARCSEC,
    "pa_err": 1.5,
    "local_rms": 0.24 * MILLI,
}
EXAMPLES = {
    "aegean_comp.csv": ("aegean", 0, AEGEAN),
    "image.pybdsf.srl": ("pybdsf", 0, PYBDSF),
    "image.pybdsf.gaul": ("pybdsf", 0, PYBDSF),
    "pyse.csv": ("pyse", 0, PYSE),
    "selavy.components.txt": ("selavy", 1, SELAVY),
}


def read(path, finder, own=None):
    table, _ = read_table(str(path))
    return read_columns(table, mapping(finder, own or {}, table.colnames), str(path))


def assert_row(columns, row, expected):
    for name in set(UNITS) - {"island"}:
        value = expected.get(name, np.nan)
        np.testing.assert_allclose(columns[name][row], value, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_all_columns_are_those_of_the_list(name):
    finder, row, expected = EXAMPLES[name]
    assert_row(read(LISTS / name, finder), row, expected)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("format", ["votable", "fits", "ascii.ecsv", "ascii.csv"])
def test_the_format_makes_no_difference_and_the_name_neither(name, format, tmp_path):
    finder, row, expected = EXAMPLES[name]
    table, _ = read_table(str(LISTS / name))
    known = {column.name for layout in FINDERS[finder] for column in layout.values()}
    numbers = Table()
    for column in table.colnames:
        text = np.asarray(table[column])
        is_number = column in known and column != "island_id"
        numbers[column] = text.astype(float) if is_number else text
        numbers[column].unit = table[column].unit if format != "ascii.csv" else None
    numbers.write(tmp_path / "list", format=format)
    columns = read(tmp_path / "list", finder)
    assert_row(columns, row, expected)
    assert len(set(columns["island"])) == len(table)


def test_the_columns_of_the_script_pyse_py_are_read(tmp_path):
    (tmp_path / "list.csv").write_text(
        "ra, ra_err, dec, dec_err, smaj, smaj_err, smin, smin_err, pa, pa_err, int_flux, "
        "int_flux_err, pk_flux, pk_flux_err, x, y, snr, reduced_chisq\n"
        "150.122349, 0.000280, 29.971479, 0.000261, 12.550973, 0.845906, 9.870313, 0.651522, "
        "36.598869, 11.024013, 0.017588, 0.001934, 0.015103, 0.001007, 51.7, 107.5, 15, 1.399638\n"
    )
    assert_row(read(tmp_path / "list.csv", "pyse"), 0, PYSE)


def test_a_unit_that_the_table_states_counts(tmp_path):
    table = Table.read(LISTS / "aegean_comp.csv")
    table["peak_flux"] = (np.asarray(table["peak_flux"]) * u.Jy / u.beam).to(u.uJy / u.beam)
    table["err_ra"] = (np.asarray(table["err_ra"]) * u.deg).to(u.arcmin)
    table.write(tmp_path / "list.vot", format="votable")
    assert_row(read(tmp_path / "list.vot", "aegean"), 0, AEGEAN)


def test_a_unit_of_fixed_width_text_belongs_to_the_name_above_it(tmp_path):
    text = (LISTS / "selavy.components.txt").read_text()
    assert "   flux_int " in text
    text = text.replace("      [mJy]        [mJy] ", "       [Jy]        [mJy] ")
    (tmp_path / "list.txt").write_text(text)
    columns = read(tmp_path / "list.txt", "selavy")
    assert_row(columns, 1, SELAVY | {"int_flux": 12.5})
    (tmp_path / "list.txt").write_text(text.replace("[Jy]", " Jy]"))
    with pytest.raises(ImageError, match="not a readable table"):
        read(tmp_path / "list.txt", "selavy")


def test_an_error_that_the_digits_do_not_show_is_0_for_a_position_alone():
    columns = read(LISTS / "selavy.components.txt", "selavy")
    assert (columns["ra_err"][0], columns["dec_err"][0]) == (0, 0)
    assert np.isnan([columns["major_err"][0], columns["minor_err"][0]]).all()
    assert columns["pa_err"][0] == 0.01


@pytest.mark.parametrize("word", ["nan", "inf", "-inf", "", "--", "null"])
def test_what_is_no_number_is_unknown(word, tmp_path):
    text = (LISTS / "pyse.csv").read_text()
    for name, value in (("ra", "150.122349"), ("peak_flux", "0.015103"), ("chi2", "1.399638")):
        (tmp_path / "list.csv").write_text(text.replace(value, word))
        assert_row(read(tmp_path / "list.csv", "pyse"), 0, PYSE | {name: np.nan}
                   | ({"ra_err": PYSE["ra_err"]} if name == "ra" else {}))  # fmt: skip


def test_masked_values_are_unknown(tmp_path):
    table = Table.read(LISTS / "aegean_comp.csv", guess=False, format="csv")
    table = Table(table, masked=True)
    for name in ("err_ra", "int_flux", "a", "island"):
        table[name].mask[0] = True
    for format in ("votable", "fits", "ascii.ecsv", "csv"):
        table.write(tmp_path / "list", format=format, overwrite=True)
        unknown = dict.fromkeys(("ra_err", "int_flux", "major"), np.nan)
        assert_row(read(tmp_path / "list", "aegean"), 0, AEGEAN | unknown)


def test_columns_of_ones_own_come_first(tmp_path):
    table = Table.read(LISTS / "aegean_comp.csv")
    table["S"] = np.arange(len(table)) + 1.0
    table["bad"] = 1.0 * u.s
    table.write(tmp_path / "list.ecsv")
    own = read(tmp_path / "list.ecsv", "aegean", {"int_flux": "S [mJy]"})
    np.testing.assert_allclose(own["int_flux"], 1e-3 * (np.arange(len(table)) + 1))
    with pytest.raises(ImageError, match="column bad cannot be read"):
        read(tmp_path / "list.ecsv", "aegean", {"pa": "bad"})
    with pytest.raises(ImageError, match=r"lacks the columns Sint; .*--finder"):
        read(tmp_path / "list.ecsv", "aegean", {"int_flux": "Sint"})


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_list_of_another_finder_is_refused_also_without_rows(name, tmp_path):
    finder = EXAMPLES[name][0]
    others = [other for other in FINDERS if other != finder]
    (tmp_path / "list").write_text(
        "".join(line for line in (LISTS / name).read_text().splitlines(True)[:-2])
        if name == "selavy.components.txt"
        else (LISTS / name).read_text()
    )
    for other in others:
        with pytest.raises(ImageError, match="lacks the columns"):
            read(tmp_path / "list", other)


def names_alone(finder):
    return ",".join(column.name for column in FINDERS[finder][0].values())


@pytest.mark.parametrize("format", ["csv", "votable", "fits", "ascii.ecsv"])
@pytest.mark.parametrize("finder", FINDERS)
def test_a_list_of_no_sources_has_none(finder, format, tmp_path):
    names = names_alone(finder).split(",")
    kinds = ["S8" if name.startswith("island") else "f8" for name in names]
    Table(names=names, dtype=kinds).write(tmp_path / "list", format=format)
    assert all(len(values) == 0 for values in read(tmp_path / "list", finder).values())


def test_what_pybdsf_and_selavy_write_in_place_of_no_sources_is_read(tmp_path):
    Table(names=["Blank"], dtype=["i4"]).write(tmp_path / "list.fits")
    selavy = "".join((LISTS / "selavy.components.txt").read_text().splitlines(True)[:2])
    (tmp_path / "selavy.txt").write_text(selavy)
    for path, finder in (
        (tmp_path / "list.fits", "pybdsf"),
        (LISTS / "empty.pybdsf.srl", "pybdsf"),
        (tmp_path / "selavy.txt", "selavy"),
    ):
        assert all(len(read(path, finder)[name]) == 0 for name in NEEDED)


def test_an_empty_file_and_a_cut_one_are_no_list_of_no_sources(tmp_path):
    (tmp_path / "list.csv").write_text("\n")
    with pytest.raises(ImageError, match="it is empty; a list of no sources has the names"):
        read(tmp_path / "list.csv", "aegean")
    text = (LISTS / "aegean_comp.csv").read_text()
    (tmp_path / "list.csv").write_text(text[: len(text) // 2 - 50])
    with pytest.raises(ImageError, match=r"line \d has \d+ values, not 27"):
        read(tmp_path / "list.csv", "aegean")


@pytest.mark.parametrize("form", ["ascii.csv", "ascii.ecsv", "votable", "fits"])
def test_a_gzipped_list_is_read_as_what_is_packed(form, tmp_path):
    plain = tmp_path / "list"
    Table({"ra": [150.0, 151.0], "dec": [30.0, 31.0], "f": [1.0, 2.0]}).write(plain, format=form)
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    table, _ = read_table(str(packed))
    assert [float(value) for value in table["ra"]] == [150.0, 151.0]
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(ImageError, match="not a readable table"):
        read_table(str(packed))
