"""`trapdb reference`: files of every format become the same catalogue, or are refused in a line."""

import gzip

import astropy.units as u
import numpy as np
import pytest
from astropy.table import Table

from trapdb.database.connection import open_url
from trapdb.reference.column_map import read_column_map
from trapdb.reference.loading import load

# What each format says in its own way: a name, 12:34:56.7 -00:30:00, 1.5 Jy with its error; and a
# source without error or size.
MAP = """
frequency = "150 MHz"
beam = ["30 arcsec", "20 arcsec"]
epochs = [2015.0, 2017.0]
[columns]
designation = "Name"
ra = "RA [deg]"
dec = "Dec [deg]"
flux = "S [mJy]"
flux_err = "e_S [mJy]"
major = "Maj [arcsec]"
"""
RA = 15 * (12 + 34 / 60 + 56.7 / 3600)
ROWS = [("A", RA, -0.5, 1500.0, 3.0, 36.0), ("B", 359.75, 89.9, 2.5, np.nan, np.nan)]
EXPECTED = [
    ("A", RA, -0.5, 1.5, 0.003, 0.01, 150e6, 2016.0),
    ("B", 359.75, 89.9, 0.0025, None, None, 150e6, 2016.0),
]
COLUMNS = ("Name", "RA", "Dec", "S", "e_S", "Maj")
UNITS = {"RA": u.deg, "Dec": u.deg, "S": u.mJy, "e_S": u.mJy, "Maj": u.arcsec}
SELECTED = "designation, ra, dec, flux, flux_err, major, frequency, epoch"


@pytest.fixture
def loaded(trapdb, db):
    """Load a file; return the rows of it, or the line with which it was refused."""

    def load(path, *options, columns=SELECTED, name="cat"):
        answer = trapdb("reference", "add", path, "--as", name, *options)
        if answer.status:
            assert answer.err.count("\n") == 1, answer.err
            assert db.execute("select count(*) from trap.reference_catalogue").fetchone() == (0,)
            return answer.err.strip()
        return db.execute(
            f"select {columns} from trap.reference_source order by catalogue_id, reference_id"
        ).fetchall()

    return load


@pytest.fixture
def column_map(tmp_path):
    """Write a column map; return its path."""

    def write(text=MAP):
        path = tmp_path / "map.toml"
        path.write_text(text)
        return path

    return write


def table():
    made = Table(rows=ROWS, names=COLUMNS, units=UNITS)
    for name in ("e_S", "Maj"):
        made[name] = np.ma.masked_invalid(made[name])
        made[name].unit = UNITS[name]
    return made


def write_text(path):
    path.write_text("".join(f"{line}\n" for line in [
        "Name,RA,Dec,S,e_S,Maj",
        "A,12:34:56.7,-00:30:00,1500,3,36",
        "B,23 59 00,+89 54 00.0,2.5,,<40",
    ]))  # fmt: skip


def write_vizier(path):
    path.write_text(
        "#\n#   a comment\n#\n"
        "Name\tRA\tDec\tS\te_S\tMaj\n"
        ' \t"h:m:s"\t"d:m:s"\tmJy\tmJy\tarcsec\n'
        "----\t----\t----\t---\t---\t---\n"
        "A\t12 34 56.7\t-00 30 00\t1500.0\t  3.0\t36\n"
        "B\t23 59 00\t+89 54 00\t   2.5\t     \t  \n"
    )


def write_binary_votable(path):
    from astropy.io.votable import from_table, writeto

    writeto(from_table(table()), str(path), tabledata_format="binary2")


def write_gzip(path):
    write_text(path)
    path.write_bytes(gzip.compress(path.read_bytes()))


def write_parquet(path):
    import pyarrow as pa
    from pyarrow import parquet

    columns = {
        name: pa.array(list(values), mask=np.array([v != v for v in values]))
        for name, values in zip(COLUMNS, zip(*ROWS, strict=True), strict=True)
    }
    fields = [
        pa.field(name, column.type, metadata={"unit": str(UNITS.get(name, ""))})
        for name, column in columns.items()
    ]
    parquet.write_table(pa.table(columns, schema=pa.schema(fields)), path)


FORMATS = {
    "votable": lambda path: table().write(path, format="votable"),
    "binary votable": write_binary_votable,
    "fits": lambda path: table().write(path, format="fits"),
    "ecsv": lambda path: table().write(path, format="ascii.ecsv"),
    "ecsv with commas": lambda path: table().write(path, format="ascii.ecsv", delimiter=","),
    "csv": write_text,
    "vizier": write_vizier,
    "gzip": write_gzip,
    "parquet": write_parquet,
}


def assert_same(rows, expected=EXPECTED):
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        for value, what in zip(row, wanted, strict=True):
            number = isinstance(what, float)
            assert value == (pytest.approx(what, rel=1e-12) if number else what), (row, wanted)


@pytest.mark.parametrize("form", FORMATS)
def test_formats_say_the_same(loaded, column_map, tmp_path, form):
    path = tmp_path / "table"
    FORMATS[form](path)
    assert_same(loaded(path, "--catalogue", column_map()))


def test_fixed_width_text_with_its_description(loaded, column_map, tmp_path):
    """Positions in parts, as catalogues in print have them; the sign has a column of its own."""
    path = tmp_path / "table.dat"
    path.write_text("A   123456.7-003000 1500.0  3.0 36\nB   235900.0+895400    2.5\n")
    text = """
    frequency = "150 MHz"
    epochs = [2015, 2017]
    [bytes]
    Name = [1, 4]
    RAh = [5, 6]
    RAm = [7, 8]
    RAs = [9, 12]
    DE- = [13, 13]
    DEd = [14, 15]
    DEm = [16, 17]
    DEs = [18, 19]
    S = [21, 26]
    e_S = [28, 31]
    Maj = [33, 34]
    [columns]
    designation = "Name"
    ra = { columns = ["RAh", "RAm", "RAs"] }
    dec = { columns = ["DE-", "DEd", "DEm", "DEs"] }
    flux = "S [mJy]"
    flux_err = "e_S [mJy]"
    major = "Maj [arcsec]"
    """
    assert_same(loaded(path, "--catalogue", column_map(text)))


def test_positions_in_columns_of_their_parts(loaded, column_map, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(
        "RAh,RAm,RAs,DE-,DEd,DEm,DEs,h\n12,34,56.7,-,00,30,00,12.582416666666667\n0,0,1,+,1,2,3,0\n"
    )
    parts = """
    [columns]
    ra = { columns = ["RAh", "RAm", "RAs"] }
    dec = { columns = ["DE-", "DEd", "DEm", "DEs"] }
    """
    rows = loaded(path, "--catalogue", column_map(parts), columns="ra, dec")
    assert rows[0] == pytest.approx((RA, -0.5), abs=1e-12)
    assert rows[1] == pytest.approx((15 / 3600, 1 + 2 / 60 + 3 / 3600), abs=1e-12)
    hours = '[columns]\nra = "h [h]"\ndec = "DEd [deg]"\n'
    rows = loaded(path, "--catalogue", column_map(hours), columns="ra", name="other")
    assert len(rows) == 4
    assert rows[2] == pytest.approx((RA,), abs=1e-12)


def test_what_stands_for_no_value(loaded, column_map, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(
        "ra,dec,S,e_S,l,Maj,alpha\n"
        "1,2,-1,-1,,5,-99\n"
        "2,2,>3,0,<,5,9999\n"
        "3,2,null,nan,,-99,0.7\n"
        "4,2,<0.5,inf,,--,-0.7\n"
    )
    text = """
    [columns]
    ra = "ra"
    dec = "dec"
    flux = "S"
    flux_err = "e_S"
    major = { column = "Maj", unit = "deg", limit = "l" }
    spectral_index = { column = "alpha", unknown = [-99, 9999] }
    """
    columns = "flux, flux_err, major, spectral_index"
    assert loaded(path, "--catalogue", column_map(text), columns=columns) == [
        (-1, None, 5, None),  # a flux may be negative
        (None, None, None, None),
        (None, None, None, 0.7),
        (None, None, None, -0.7),
    ]


SKY_MODEL = """\
# a sky model
FORMAT = Name, Type, Patch, Ra, Dec, I, ReferenceFrequency='74e6', SpectralIndex='[]', \
MajorAxis, MinorAxis, Orientation, LogarithmicSI='true'

 , , centre, 12:34:56.7, -00.30.00
p1, POINT, centre, 12:34:56.7, -00.30.00, 4.5, , [-0.7, 0.1]
g1, GAUSSIAN, centre, -6:48:16.0, +48.12.30.6, 1, 150e6, [], 36, 18, 90
d1, POINT, centre, 4.5rad, -48.12deg, -0.1, , [0.3, 2.1], , , , false
"""


def test_a_sky_model_needs_no_column_map(loaded, tmp_path):
    path = tmp_path / "field.skymodel"
    path.write_text(SKY_MODEL)
    columns = "designation, ra, dec, flux, frequency, spectral_index, major, pa"
    signed = 360 - 15 * (6 + 48 / 60 + 16 / 3600)
    assert_same(
        loaded(path, columns=columns),
        [
            ("p1", RA, -0.5, 4.5, 74e6, -0.7, None, None),
            ("g1", signed, 48 + 12 / 60 + 30.6 / 3600, 1.0, 150e6, None, 0.01, 90.0),
            ("d1", np.degrees(4.5), -48.12, -0.1, 74e6, None, None, None),  # no power law
        ],
    )


def test_the_older_way_of_writing_the_format(loaded, tmp_path):
    path = tmp_path / "field.skymodel"
    path.write_text(
        "# (Name, Type, Ra, Dec, I, ReferenceFrequency='60e6', SpectralIndex:0='0.0') = format\n"
        "a, POINT, 12:34:56.7, -00.30.00, 2, , -0.8\nb, POINT, 12:34:56.7, +00.30.00, 2\n"
    )
    columns = "designation, dec, frequency, spectral_index"
    assert_same(loaded(path, columns=columns), [("a", -0.5, 6e7, -0.8), ("b", 0.5, 6e7, 0.0)])


SKY_MODEL_MISTAKES = [
    ("a, POINT, 12:61:00, +10.00.00, 1", "row 1, column Ra: '12:61:00' is no angle"),
    ("a, POINT, 12:01:00, +10:00:00, 1", "between colons are hours"),
    ("a, POINT, 2.0, +10.00.00, 1", "row 1, column Ra: '2.0' is no angle (write deg or rad"),
    ("a, POINT, 12:01:00, 0.5, 1", "DP3 takes radians for it, LSMTool degrees"),
    ("a, POINT, 12:01:00, +91.00.00, 1", "row 1, column Dec: 91.0 is no dec: expected -90"),
    ("a, POINT, 12:01:00, +10.00.00, much", "row 1, column I: 'much' is no number"),
    ("a, POINT, 12:01:00, +10.00.00, 1, 2, 3", "row 1 has 7 values, not 5"),
]


def test_a_sky_model_with_a_mistake(loaded, tmp_path):
    path = tmp_path / "field.skymodel"
    for line, why in SKY_MODEL_MISTAKES:
        path.write_text(f"FORMAT = Name, Type, Ra, Dec, I\n{line}\n")
        assert why in loaded(path)


# ---- bad input


BAD = {
    "Name,Dec,S\nA,1,1\n": "it lacks the columns RA, e_S, Maj; it has Name, Dec, S",
    "Name,RA,Dec,S,e_S,Maj\nA,1,1,x,1,1\n": "row 1, column S: 'x' is no number",
    "Name,RA,Dec,S,e_S,Maj\nA,1,1,1,1,1\nB,,1,1,1,1\n": "row 2, column RA: nan is no ra",
    "Name,RA,Dec,S,e_S,Maj\nA,<1,1,1,1,1\n": "row 1, column RA: '<1' is no number",
    "Name,RA,Dec,S,e_S,Maj\nA,361,1,1,1,1\n": "column RA: 361.0 is no ra: expected -180 to 360",
    "Name,RA,Dec,S,e_S,Maj\nA,1,-91,1,1,1\n": "column Dec: -91.0 is no dec: expected -90 to 90",
    "Name,RA,Dec,S,e_S,Maj\nA,12:34:71,1,1,1,1\n": "12:34:71 is no angle in up to three parts",
    "Name,RA,Dec,S,e_S,Maj\nA,1,1,1\n": "row 1 has 4 values, not 6",
    "Name,RA,Dec,S,e_S,Maj\nA,1,1,1,1,1\nB,2,1,1,1,1\nA,1,1,1,1,1\n": (
        "rows 1 and 3 are the same source: A at ra 1 dec 1"
    ),
    "Name,RA,Dec,S,e_S,Maj\n": "it holds no source",
    "1,2,3,4,5,6\n": "no line of it names its columns",
    "": "it is empty",
    "\x00\x01\x02": "neither text, FITS, VOTable nor Parquet",
    "<html><body>404</body></html>": "it is no VOTable with a table in it",
    "<VOTABLE><RESOURCE><TABLE><FIELD name='RA'/><DATA><TABLEDATA><TR>": "it lacks the columns",
    "SIMPLE  =                    T": "it is damaged",
    "PAR1 and no more": "it is damaged",
}


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_bad_input_is_told_in_a_line_and_nothing_is_loaded(loaded, column_map, tmp_path):
    path = tmp_path / "table"
    for text, why in BAD.items():
        path.write_text(text)
        assert why in loaded(path, "--catalogue", column_map())


def test_units_that_are_none(loaded, column_map, tmp_path):
    path = tmp_path / "table.tsv"
    text = '[columns]\nra = "ra"\ndec = "dec"\nflux = "S"\n'
    for unit, why in [
        ("furlong per fortnight", "is no unit; say which"),
        ("kg", "column S cannot be flux"),
    ]:
        path.write_text(f"ra\tdec\tS\ndeg\tdeg\t{unit}\n---\t---\t---\n1\t2\t3\n")
        assert why in loaded(path, "--catalogue", column_map(text))


def test_a_unit_of_the_column_map_stands_in_for_one_that_is_none(loaded, column_map, tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("ra\tdec\tS\nDEGREE\tDEG.\tJANSKIES\n---\t---\t---\n1\t2\t3\n")
    text = '[columns]\nra = "ra"\ndec = "dec [deg]"\nflux = "S [mJy]"\n'
    rows = loaded(path, "--catalogue", column_map(text), columns="ra, dec, flux")
    assert rows == [(1, 2, pytest.approx(0.003))]


COLUMN_MAP_MISTAKES = [
    ('[columns]\nra = "RA"\n', "it needs columns ra and dec"),
    ('[columns]\nra = "RA"\ndec = "Dec"\nfluks = "S"\n', "fluks is not a column"),
    ('[columns]\nra = "RA"\ndec = { collumn = "Dec" }\n', "column dec: expected a name"),
    ('beem = 1\n[columns]\nra = "RA"\ndec = "Dec"\n', "unknown key beem"),
    ('beam = "1 Jy"\n[columns]\nra = "RA"\ndec = "Dec"\n', "beam = '1 Jy': expected a number"),
    ("[columns\n", "not a readable column map"),
    ('kind = "nonsense"\n', "kind nonsense is none of aegean"),
    ('class = ["star"]\n[columns]\nra = "RA"\ndec = "Dec"\n', "class: expected a word"),
    ('[columns]\nclass = { words = "star" }\n', "words of class: expected a table"),
    ("[columns]\nclass = { words = { V = 1 } }\n", "class: expected a word, not 1"),
    ('[columns]\nflux = { words = { V = "star" } }\n', "column flux: expected a name"),
    ('[columns]\nclass = { unit = "Jy" }\n', "with some of column, unknown, words"),
]


def test_a_column_map_with_a_mistake(loaded, column_map, tmp_path):
    path = tmp_path / "table.csv"
    write_text(path)
    for text, why in COLUMN_MAP_MISTAKES:
        assert why in loaded(path, "--catalogue", column_map(text))


def test_a_catalogue_of_no_known_kind(loaded, tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_text(path)
    (tmp_path / "cat").write_text(MAP)
    monkeypatch.chdir(tmp_path)
    assert "say with --catalogue what it is: one of aegean, atnf" in loaded(path)
    why = loaded(path, "--catalogue", "nonsense")
    assert "nonsense: neither a known kind of catalogue (aegean" in why
    assert "there is no such file" in loaded(tmp_path / "none", name="NVSS")


CLASSES = "name,ra,dec,kind\nA,1,2,VARIABLE\nB,2,2,CONSTANT\nC,3,2,\nD,4,2,QSO\n"
POSITION = '[columns]\nra = "ra [deg]"\ndec = "dec [deg]"\n'
MEANT = 'class = { column = "kind", words = { VARIABLE = "variable star", QSO = "quasar" } }\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (POSITION, [None] * 4),
        (POSITION + 'class = "kind"\n', ["VARIABLE", "CONSTANT", None, "QSO"]),
        (POSITION + MEANT, ["variable star", None, None, "quasar"]),
        ('class = "star"\n' + POSITION, ["star"] * 4),
        ('class = "star"\n' + POSITION + MEANT, ["variable star", "star", "star", "quasar"]),
    ],
)
def test_what_a_source_is(loaded, column_map, tmp_path, text, expected):
    path = tmp_path / "table.csv"
    path.write_text(CLASSES)
    rows = loaded(path, "--catalogue", column_map(text), columns="object_class")
    assert [row[0] for row in rows] == expected


def test_what_the_sources_of_known_kinds_are(loaded, column_map, tmp_path):
    """Every pulsar is one, also where a map of one's own names columns; Gaia says but of some."""
    path = tmp_path / "pulsars.csv"
    path.write_text("PSRJ;RAJ;DECJ;S1400;GL\nJ0001+0001;00:01:00;00:01:00;2;0.5\n")
    own = column_map('kind = "atnf"\n[columns]\nspectral_index = "GL"\n')
    for name, options in (("atnf", ()), ("own", ("--catalogue", own))):
        rows = loaded(path, *options, columns="object_class", name=name)
        assert rows[-1] == ("pulsar",)
    path = tmp_path / "gaia.csv"
    path.write_text("ra,dec,phot_variable_flag\n1,1,VARIABLE\n2,2,NOT_AVAILABLE\n")
    rows = loaded(path, columns="object_class", name="gaia")
    assert rows[-2:] == [("variable star",), (None,)]
    path.write_text("ra,dec\n1,1\n")
    rows = loaded(path, "--catalogue", "gaia", columns="object_class", name="without")
    assert rows[-1] == (None,)


# ---- the life of a catalogue


def test_a_catalogue_is_listed_shown_removed_and_comes_back_equal(
    trapdb, loaded, column_map, tmp_path
):
    path = tmp_path / "table.csv"
    write_text(path)
    before = loaded(path, "--catalogue", column_map(), "--version", "DR1")
    (row,) = trapdb("reference", "list").rows
    assert (row["catalogue"], row["version"], row["n_sources"]) == ("cat", "DR1", "2")
    shown = {row["key"]: row["value"] for row in trapdb("reference", "show", "cat").rows}
    assert float(shown["beam_major"]) == pytest.approx(30 / 3600)
    assert float(shown["beam_minor"]) == pytest.approx(20 / 3600)
    assert '"RA"' in shown["column_map"]

    again = trapdb("reference", "add", path, "--as", "other", "--catalogue", column_map())
    assert again.out == f"nothing to do: {path} is there already, as cat version DR1\n"
    path.write_text(path.read_text() + "C,1,1,1,1,1\n")
    answer = trapdb(
        "reference", "add", path, "--as", "cat", "--version", "DR1", "--catalogue", column_map()
    )
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "choose another version or name" in answer.err

    assert trapdb("reference", "remove", "cat", "--yes").out == "removed cat version DR1\n"
    assert trapdb("reference", "list").rows == []
    assert "no reference catalogue named" in trapdb("reference", "show", "cat").err
    write_text(path)
    assert loaded(path, "--catalogue", column_map(), "--version", "DR1") == before


def test_an_interrupted_load_leaves_nothing(db, db_url, column_map, tmp_path):
    path = tmp_path / "table.csv"
    write_text(path)
    relations = "select count(*) from pg_class"
    before = db.execute(relations).fetchone()

    def interrupt(rows):
        raise KeyboardInterrupt

    with open_url(db_url) as conn, pytest.raises(KeyboardInterrupt):
        load(conn, str(path), "cat", "1", read_column_map(str(column_map())), interrupt)
    assert db.execute(relations).fetchone() == before
    assert db.execute("select count(*) from trap.reference_catalogue").fetchone() == (0,)


def test_an_own_deep_image_is_a_kind_with_what_only_its_user_knows(
    loaded, column_map, tmp_path, db
):
    path = tmp_path / "deep.csv"
    path.write_text(
        "RA,E_RA,DEC,E_DEC,Total_flux,E_Total_flux,Peak_flux\n10,0.001,20,0.001,2,.1,2\n"
    )
    text = 'kind = "pybdsf"\nfrequency = "144 MHz"\nflux_limit = "1 mJy"\n'
    rows = loaded(path, "--catalogue", column_map(text), columns="ra, ra_err, flux, frequency")
    assert rows == [(10, 0.001, 2, 144e6)]
    known = "select kind, flux_limit from trap.reference_catalogue"
    assert db.execute(known).fetchone() == ("pybdsf", pytest.approx(0.001))


def test_kinds_are_listed_with_what_they_were_checked_on(run):
    rows = run("reference", "kinds").rows
    assert {"nvss", "racs-low", "racs-mid", "racs-high", "gleam-x", "atnf", "gaia"} <= {
        row["kind"] for row in rows
    }
    assert all(row["checked"] and row["origin"] for row in rows)


def test_blocks_join_without_a_seam(loaded, column_map, tmp_path, monkeypatch):
    """Rows keep their numbers, and a mistake is named by its row in the file."""
    for module in ("text_table", "votable", "fits_table", "parquet"):
        monkeypatch.setattr(f"trapdb.reference.{module}.BLOCK", 3)
    many = Table({"ra": np.arange(10.0), "dec": np.arange(10.0), "S": np.arange(10.0) + 1})
    text = '[columns]\nra = "ra [deg]"\ndec = "dec [deg]"\nflux = "S [Jy]"\n'
    for form in ("fits", "votable", "ascii.csv"):
        path = tmp_path / form
        many.write(path, format=form)
        loaded(path, "--catalogue", column_map(text), name=form)
    columns = "catalogue, reference_id, ra, flux"
    rows = loaded(path, "--catalogue", column_map(text), name=form, columns=columns)
    for form in ("fits", "votable", "ascii.csv"):
        assert [row[1:] for row in rows if row[0] == form] == [(n + 1, n, n + 1) for n in range(10)]
