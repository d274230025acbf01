"""Coverage of reference catalogues: MOCs of every form say the same, or are refused in a line."""

import gzip
import json

import numpy as np
import pytest
from astropy.io import fits

from trapdb.errors import InputError
from trapdb.reference.coverage import read_coverage

# A MOC, and its cells of order 6: what each form has to say.
CELLS = {2: [1], 3: [1, 2, 3, 8, 9, 10], 4: [1800], 6: [40000, 40001, 49151]}
FINE = {
    n for order, cells in CELLS.items() for cell in cells
    for n in range(cell * 4 ** (6 - order), (cell + 1) * 4 ** (6 - order))
}  # fmt: skip
TEXT = "2/1 3/1-3,8 9-10\n4/1800 6/40000,40001 49151"


def table(values, **header):
    """Write the FITS of a MOC as the recommendation has it."""
    made = fits.BinTableHDU.from_columns([fits.Column("UNIQ", "1K", array=np.array(values))])
    made.header.update({"MOCVERS": "2.0", "MOCDIM": "SPACE", "COORDSYS": "C"} | header)
    return fits.HDUList([fits.PrimaryHDU(), made])


def write_uniq(path, **header):
    values = [4 * 4**order + cell for order, cells in CELLS.items() for cell in cells]
    table(values, **{"ORDERING": "NUNIQ"} | header).writeto(path)


def write_ranges(path):
    size = 4 ** (29 - 6)
    starts = sorted(n for n in FINE if n - 1 not in FINE)
    ends = sorted(n + 1 for n in FINE if n + 1 not in FINE)
    values = np.transpose([starts, ends]).ravel() * size
    table(values, ORDERING="RANGE").writeto(path)


def write_nameless(path):
    """As programs wrote it before names of columns were asked for."""
    write_uniq(path)
    path.write_bytes(path.read_bytes().replace(b"TTYPE1  =", b"COMMENT  "))


def write_gzip(path):
    write_uniq(path)
    path.write_bytes(gzip.compress(path.read_bytes()))


FORMS = {
    "uniq": write_uniq,
    "ranges": write_ranges,
    "nameless": write_nameless,
    "gzip": write_gzip,
    "json": lambda path: path.write_text(json.dumps(CELLS)),
    "json with a comment": lambda path: path.write_text(f"#MOCORDER 6\n{json.dumps(CELLS)}"),
    "text": lambda path: path.write_text(TEXT),
    "text with its order": lambda path: path.write_text(f"{TEXT} 9/\n"),
}


def fine(moc):
    """The cells of order 6 of a MOC as it is handed to the database."""
    order, _, rows = moc.partition("/")
    assert order == "6"
    bounds = [row.split("-") for row in rows.split(",")]
    return {n for row in bounds for n in range(int(row[0]), int(row[-1]) + 1)}


@pytest.mark.parametrize("form", FORMS)
def test_a_moc_of_every_form_says_the_same(tmp_path, form):
    path = tmp_path / "moc"
    FORMS[form](path)
    assert fine(read_coverage(str(path))) == FINE


def test_a_moc_on_the_command_line():
    assert fine(read_coverage(TEXT)) == FINE
    assert fine(read_coverage(json.dumps(CELLS))) == FINE
    assert read_coverage("3/1-10 4/5") == "3/1-10"
    assert read_coverage("0/0-11") == "0/0-11"
    assert read_coverage("29/0,3458764513820540927") == "29/0,3458764513820540927"
    assert read_coverage("5/4-7 5/7 4/2") == "4/1-2"


BAD = {
    "3/768": "there are no cells 768 to 768 of order 3: expected 0 to 767",
    "3/5-2": "there are no cells 5 to 2 of order 3",
    "30/1": "there is no order 30",
    "3/": "it covers nothing",
    "3/1-": "is no order or cell",
    "3/99999999999999999999": "is no order or cell",
    "1//2": "'1/' is no order or cell",
    "nonsense": "neither a file, nor a MOC as text",
    "/dev/zero": "neither a file",
    "x" * 9000: "neither a file",
    '{"3": 1}': "order 3: expected a list of cells",
    '{"3": [1.5]}': "order 3: 1.5 is no cell",
    '{"3": [true]}': "order 3: True is no cell",
    '{"3": [99999999999999999999]}': "a cell has a number that none has",
    '{"3": [-1]}': "there are no cells -1 to -1",
    '{"three": [1]}': "'three' is no order or cell",
    "{": "it is no JSON",
    '{"3":' + "[" * 100_000: "it is no JSON",
}


@pytest.mark.parametrize("where", BAD)
def test_what_is_no_moc(where):
    with pytest.raises(InputError) as refused:
        read_coverage(where)
    assert BAD[where] in str(refused.value)
    assert len(str(refused.value)) < 300
    assert "\n" not in str(refused.value)


def changed(**header):
    return lambda path: write_uniq(path, **header)


def of_values(values, ordering="NUNIQ"):
    return lambda path: table(values, ORDERING=ordering).writeto(path)


def card(keyword, value):
    """Write a header that no library would."""

    def write(path):
        write_uniq(path)
        content = path.read_bytes()
        begin = content.index(keyword.ljust(8).encode() + b"=", 2880)
        line = f"{keyword:8}= {value:>20}".ljust(80).encode()
        path.write_bytes(content[:begin] + line + content[begin + 80 :])

    return write


def cut(length, packed=False):
    def write(path):
        write_uniq(path)
        content = path.read_bytes()
        path.write_bytes(gzip.compress(content)[:length] if packed else content[:length])

    return write


FILES = {
    "galactic": (changed(COORDSYS="G"), "its COORDSYS is G, expected C: ICRS"),
    "of time": (changed(MOCDIM="TIME"), "it is a MOC of TIME"),
    "of another order": (changed(ORDERING="NESTED"), "its ORDERING is NESTED"),
    "no uniq": (of_values([3]), "3 is no UNIQ of a cell"),
    "negative": (of_values([-1]), "-1 is no UNIQ of a cell"),
    "beyond": (of_values([2**62]), "is no UNIQ of a cell"),
    "ranges without an end": (of_values([0, 4, 8], "RANGE"), "its ranges have no end"),
    "ranges turned round": (of_values([8, 4], "RANGE"), "there are no cells 8 to 3"),
    "ranges beyond": (of_values([0, 2**62], "RANGE"), "there are no cells"),
    "empty": (of_values([], "RANGE"), "it covers nothing"),
    "many rows": (card("NAXIS2", 10**15), "it is damaged"),
    "rows below none": (card("NAXIS2", -5), "it is damaged"),
    "wide": (card("TFORM1", "'999999999K'"), "it is damaged"),
    "floats": (card("TFORM1", "'1D'"), "expected one column, of integers"),
    "of lists": (card("TFORM1", "'1PJ'"), "expected one column, of integers"),
    "of columns": (card("TFIELDS", 999), "expected one column, of integers"),
    "cut in its header": (cut(3000), "it holds no table"),
    "cut in its data": (cut(5800), "it is damaged"),
    "cut and packed": (cut(60, packed=True), "it cannot be read"),
    "an image": (lambda path: fits.PrimaryHDU(np.zeros((2, 2))).writeto(path), "holds no table"),
    "html": (lambda path: path.write_text("<html>404</html>"), "it is no MOC: expected FITS"),
    "nothing": (lambda path: path.write_text(""), "it is no MOC: expected FITS"),
    "bytes": (lambda path: path.write_bytes(bytes(range(256))), "neither FITS, JSON nor text"),
    "a bomb": (lambda path: path.write_bytes(gzip.compress(bytes(2**26))), "larger than 32 MiB"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_moc(tmp_path, name):
    write, why = FILES[name]
    path = tmp_path / "moc"
    write(path)
    with pytest.raises(InputError) as refused:
        read_coverage(str(path))
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_moc_of_more_rows_than_a_search_can_bear(monkeypatch):
    monkeypatch.setattr("trapdb.reference.moc.MOST_RANGES", 3)
    with pytest.raises(InputError, match="it has 4 rows of adjacent cells, more than 3"):
        read_coverage("5/1,3,5,7")


# ---- with a catalogue

MAP = '[columns]\nra = "ra [deg]"\ndec = "dec [deg]"\nflux = "S [Jy]"\n'


@pytest.fixture
def survey(tmp_path):
    """A list of 2,000 sources all over the sky, and its column map."""
    rng = np.random.default_rng(1)
    ra, dec = rng.uniform(0, 360, 2000), np.degrees(np.arcsin(rng.uniform(-1, 1, 2000)))
    path = tmp_path / "survey.csv"
    rows = zip(ra, dec, rng.uniform(1, 2, 2000), strict=True)
    path.write_text("ra,dec,S\n" + "".join(f"{r!s},{d!s},{s!s}\n" for r, d, s in rows))
    (tmp_path / "map.toml").write_text(MAP)
    return path, tmp_path / "map.toml"


def known(db):
    return db.execute("select coverage, n_outside, area from trap.reference_catalogue").fetchone()


def test_a_catalogue_is_loaded_with_its_coverage(trapdb, db, survey, tmp_path):
    path, column_map = survey
    moc = tmp_path / "moc.json"
    moc.write_text(json.dumps({"0": [*range(10)], "1": [40]}))
    answer = trapdb("reference", "add", path, "--as", "cat", "--catalogue", column_map,
                    "--coverage", moc)  # fmt: skip
    coverage, n_outside, area = known(db)
    assert coverage == "0/0-9 1/40"
    assert area == pytest.approx(41252.96 * (10 / 12 + 1 / 48), rel=1e-6)
    assert answer.out == (
        f"cat version 1: 2000 sources in {area:.6g} deg^2, {n_outside} of them outside of it\n"
    )
    assert 200 < n_outside < 400
    (row,) = trapdb("reference", "list").rows
    assert float(row["area"]) == pytest.approx(area)


def test_coverage_is_told_later(trapdb, db, survey):
    path, column_map = survey
    answer = trapdb("reference", "add", path, "--as", "cat", "--catalogue", column_map)
    assert "what it covers is not known (`trapdb reference coverage` sets it)" in answer.out
    assert known(db) == (None, None, None)
    assert trapdb("reference", "coverage", "cat", "all").out == (
        "cat version 1: 2000 sources in 41253 deg^2\n"
    )
    assert known(db)[0] == "0/0-11"
    assert trapdb("reference", "coverage", "cat", "sources", "--version", "1").status == 0
    assert known(db)[1] == 0
    again = trapdb("reference", "add", path, "--as", "cat", "--catalogue", column_map,
                   "--coverage", "all")  # fmt: skip
    assert again.out.splitlines()[1] == "its coverage is set by `trapdb reference coverage`"


@pytest.mark.parametrize(
    ("where", "why"),
    [("3/768", "there are no cells"), ("5/0", "lie outside of that coverage")],
)
def test_a_coverage_that_is_refused_leaves_nothing(trapdb, db, survey, where, why):
    path, column_map = survey
    add = ("reference", "add", path, "--as", "cat", "--catalogue", column_map)
    answer = trapdb(*add, "--coverage", where)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert why in answer.err
    assert known(db) is None
    trapdb(*add, "--coverage", "all")
    answer = trapdb("reference", "coverage", "cat", where)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert known(db)[0] == "0/0-11"
    assert "no reference catalogue named" in trapdb("reference", "coverage", "none", "all").err


def test_a_column_map_says_what_is_covered(trapdb, db, survey):
    path, column_map = survey
    column_map.write_text(f"coverage = {{ dec = [-30, 90], galactic_latitude = 10 }}\n{MAP}")
    assert trapdb("reference", "add", path, "--as", "cat", "--catalogue", column_map).status == 0
    # what is north of -30 less the belt of the galaxy, as it would be without the border's cut
    assert 41253 * 0.55 < known(db)[2] < 41253 * 0.68
    column_map.write_text(f"coverage = '0/0-10'\n{MAP}")
    trapdb("reference", "add", path, "--as", "cat", "--version", "2", "--catalogue", column_map)


@pytest.mark.parametrize(
    "coverage",
    ["1", "{ dec = 3 }", "{ dec = [3] }", "{ dec = [3, -3] }", "{ dec = [-91, 0] }",
     "{ ra = [0, 1] }", "{ galactic_latitude = 90 }", "{ galactic_latitude = 'x' }", "[1]"],
)  # fmt: skip
def test_a_column_map_with_a_coverage_that_is_none(trapdb, survey, coverage):
    path, column_map = survey
    column_map.write_text(f"coverage = {coverage}\n{MAP}")
    answer = trapdb("reference", "add", path, "--as", "cat", "--catalogue", column_map)
    assert "expected all, sources, a MOC, or a table such as" in answer.err
    assert answer.err.count("\n") == 1


NVSS = "NVSS,RAJ2000,DEJ2000,e_RAJ2000,e_DEJ2000,S1.4,e_S1.4,MajAxis,MinAxis,PA"


@pytest.mark.parametrize("whole", [True, False])
def test_an_excerpt_of_a_survey_does_not_cover_what_the_survey_does(trapdb, db, tmp_path, whole):
    rng = np.random.default_rng(2)
    dec = np.degrees(np.arcsin(rng.uniform(np.sin(np.radians(-39.9 if whole else 20)), 1, 3000)))
    path = tmp_path / "nvss.csv"
    lines = [f"{n},{15 * rng.uniform(0, 24):.5f},{d:.5f},1,1,10,1,1,1,1" for n, d in enumerate(dec)]
    path.write_text("\n".join([NVSS, *lines]))
    answer = trapdb("reference", "add", path, "--as", "NVSS")
    assert answer.status == 0, answer.err
    if whole:
        assert known(db)[2] == pytest.approx(33_885, rel=1e-3)
    else:
        assert "what it covers is not known" in answer.out


# ---- of a data set


def test_a_data_set_becomes_a_catalogue(trapdb, db, field):
    assert trapdb("ingest", field.folder, "--dataset", "field").status == 0
    answer = trapdb("reference", "add", "--from-dataset", "field", "--as", "deep")
    assert "say a frequency of one of them" in answer.err
    bands = db.execute("select freq_central from trap.band order by 1").fetchall()
    band = f"{bands[0][0] / 1e6} MHz"
    add = ("reference", "add", "--from-dataset", "field", "--band", band, "--as", "deep")
    assert trapdb(*add).out.startswith("deep version 1: ")
    (row,) = trapdb("reference", "list").rows
    assert float(row["frequency"]) == bands[0][0]
    assert int(row["n_sources"]) >= 6
    assert float(row["area"]) > 0
    assert trapdb(*add).out == "nothing to do: field is there already, as deep version 1\n"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ([], "give a FILE, or --from-dataset"),
        (["x.csv", "--from-dataset", "field"], "give a FILE, or --from-dataset"),
        (["--from-dataset", "field", "--coverage", "all"], "a data set says both"),
        (["x.csv", "--band", "144 MHz"], "--band is for --from-dataset"),
        (["--from-dataset", "field", "--band", "144"], "144 is no frequency"),
        (["--from-dataset", "field", "--band", "-1 MHz"], "-1 MHz is no frequency"),
    ],
)
def test_what_makes_no_sense_together(run, options, why):
    answer = run("reference", "add", "--as", "cat", *options)
    assert answer.status == 2
    assert why in answer.err
