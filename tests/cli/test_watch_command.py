"""`trapdb watch`: lists of every format, their hits, and positions that are monitored by them."""

import gzip
import json

import astropy.units as u
import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

ROWS = [("A", 150.02, 30.01, 6.0), ("B", 188.73625, -30.5, 12.0)]
LIST = "name,ra,dec,radius_arcsec\nA,10:00:04.8,+30:00:36,6\nB,12:34:56.7,-30:30:00,12\n"


def table():
    return Table(rows=ROWS, names=("name", "ra", "dec", "radius_arcsec"))


def write_votable(path):
    made = table()
    made["ra"] = made["ra"] * u.deg
    made["radius_arcsec"] = (made["radius_arcsec"] / 60) * u.arcmin
    made.write(path, format="votable")


def write_upper_case(path):
    made = table()
    for name in made.colnames:
        made.rename_column(name, name.upper())
    made.write(path, format="fits")


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_text(LIST),
        lambda path: path.write_text(LIST.replace(",", "\t")),
        lambda path: path.write_bytes(gzip.compress(LIST.encode())),
        lambda path: table().write(path, format="ascii.ecsv"),
        lambda path: table().write(path, format="fits"),
        write_votable,
        write_upper_case,
    ],
)
def test_a_list_is_read_in_each_format(trapdb, tmp_path, write):
    path = tmp_path / "list"
    write(path)
    answer = trapdb("watch", "add", "stars", path)
    assert answer.status == 0, answer.err
    assert answer.out == "stored stars: 2 positions; next: trapdb watch hits stars\n"
    rows = trapdb("watch", "show", "stars").rows
    assert [row["entry"] for row in rows] == ["A", "B"]
    for row, expected in zip(rows, ROWS, strict=True):
        given = [float(row[name]) for name in ("ra", "dec", "radius_arcsec")]
        assert given == pytest.approx(expected[1:], abs=1e-9)
    (row,) = trapdb("watch", "list").rows
    assert (row["kind"], row["n_entries"], row["origin"]) == ("list", "2", str(path))


def test_a_radius_may_be_given_for_all_that_have_none(trapdb, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,ra,dec,radius_arcsec\nA,1,2,\nB,3,4,2.5\n")
    answer = trapdb("watch", "add", "stars", path)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "row 1 (A): no radius: give one in radius_arcsec, or --radius for all" in answer.err
    assert trapdb("watch", "add", "stars", path, "--radius", "5").status == 0
    rows = trapdb("watch", "show", "stars").rows
    assert [row["radius_arcsec"] for row in rows] == ["5.0", "2.5"]


def test_hits_are_listed(filled, tmp_path):
    found = filled("sources").rows
    path = tmp_path / "list.csv"
    rows = [f"s{number},{row['ra']},{row['dec']}\n" for number, row in enumerate(found)]
    path.write_text("name,ra,dec\n" + "".join(rows[::2]))
    filled("watch", "add", "some", path, "--radius", "3")
    hits = filled("watch", "hits", "some").rows
    assert {hit["name"] for hit in hits} == {row["name"] for row in found[::2]}
    assert {hit["dataset"] for hit in hits} == {"field"}
    assert all(float(hit["separation_arcsec"]) < 1e-6 for hit in hits)
    later = filled("watch", "hits", "some", "--since", "2026-01-01T00:00:01", "--format", "json")
    late = {row["name"] for row in found[::2] if row["first_seen"] > "2026-01-01T00:00:00Z"}
    assert {hit["name"] for hit in json.loads(later.out)} == late
    answer = filled("watch", "hits", "others")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    answer = filled("watch", "hits", "some", "--dataset", "none")
    assert (answer.status, answer.err.count("\n")) == (2, 1)

    centre = found[0]
    answer = filled("watch", "add", "around", "--cone", centre["ra"], centre["dec"], "0.001")
    assert answer.out == "stored around: a cone; next: trapdb watch hits around\n"
    assert [hit["name"] for hit in filled("watch", "hits", "around").rows] == [centre["name"]]
    shown = {row["key"]: row["value"] for row in filled("watch", "show", "around").rows}
    assert (shown["kind"], shown["n_entries"]) == ("cone", "1")
    assert filled("watch", "remove", "around").out == "removed around\n"
    answer = filled("watch", "remove", "around")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert [row["watch"] for row in filled("watch", "list").rows] == ["some"]


def test_a_cone_may_be_in_the_south(trapdb):
    assert trapdb("watch", "add", "crux", "--cone", "12:26:36", "-63:05:57", "2").status == 0
    (row,) = trapdb("watch", "list").rows
    assert row["origin"] == "--cone 12:26:36 -63:05:57 2"


def test_a_list_feeds_monitored_positions(filled, tmp_path):
    path = tmp_path / "list.csv"
    text = (
        "name,ra,dec,pm_ra,pm_dec,epoch\nstill,150.02,30.01,,,\nfast,150.02,29.97,-8e5,2e3,2026\n"
    )
    path.write_text(text)
    filled("watch", "add", "stars", path, "--radius", "5")
    assert "2 added, 0 changed, 0 unchanged" in filled("watch", "monitor", "stars").out
    rows = {row["name"]: row for row in filled("monitor", "list").rows}
    assert (rows["fast"]["pm_ra_mas_yr"], rows["fast"]["pm_dec_mas_yr"]) == ("-800000.0", "2000.0")
    assert rows["fast"]["epoch"] == "2026-01-01T00:00:00Z"
    assert (rows["still"]["moving"], rows["still"]["epoch"]) == ("False", "")
    filled("monitor", "end", "still", "--at", "2026-03-01")
    answer = filled("watch", "monitor", "stars", "--dataset", "field")
    assert "0 added, 0 changed, 2 unchanged" in answer.out
    (ended,) = [row for row in filled("monitor", "list").rows if row["name"] == "still"]
    assert ended["active_until"] == "2026-03-01T00:00:00Z"

    path.write_text(text.replace("150.02,30.01", "150.02,30.02"))
    filled("watch", "add", "stars", path, "--radius", "5")
    answer = filled("watch", "monitor", "stars")
    assert answer.out.splitlines() == [
        "monitored positions: 0 added, 1 changed, 1 unchanged",
        "still is moved by 36 arcsec",
    ]
    filled("watch", "remove", "stars")
    assert len(filled("monitor", "list").rows) == 2
    assert filled("dataset", "verify", "field").status == 0


def test_what_cannot_be_monitored_is_refused(filled, tmp_path):
    places = tmp_path / "mars.csv"
    places.write_text("taken_at,ra,dec\n2026-01-01,150.0,30.0\n2026-01-02,150.02,30.02\n")
    filled("monitor", "add", "Mars", "--ephemeris", places)
    path = tmp_path / "list.csv"
    for name, complaint in [
        ("Mars", "Mars is monitored already, by an ephemeris"),
        ("17", "'17' cannot name a monitored position"),
    ]:
        path.write_text(f"name,ra,dec\nA,150,30\n{name},150,30\n")
        filled("watch", "add", "stars", path, "--radius", "5")
        answer = filled("watch", "monitor", "stars")
        assert (answer.status, answer.err.count("\n")) == (2, 1)
        assert complaint in answer.err
    filled("watch", "add", "map", "--cone", "150", "30", "1")
    assert "map is a cone, and has no positions" in filled("watch", "monitor", "map").err
    assert [row["name"] for row in filled("monitor", "list").rows] == ["Mars"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it is empty"),
        ("name,ra,dec\n", "no position in it"),
        ("name,ra\nA,1\n", "it lacks the column dec; it has name, ra"),
        ("ra,dec\n1,2\n", "it lacks the column name"),
        ("name,ra,dec\nA,1,2\nB,400,2\n", "row 2, column ra"),
        ("name,ra,dec\nA,1,2\nB,x,2\n", "row 2, column ra: 'x' is no number"),
        ("name,ra,dec\nA,1,2\n,3,4\n", "row 2 (): it has no name"),
        ("name,ra,dec\nA,1,2\nB,1,2\nA,3,4\n", "row 3 (A): that name stands in row 1 already"),
        ("name,ra,dec,radius\nA,1,2,3\n", "unknown column radius, did you mean radius_arcsec?"),
        ("name,ra,dec,pmra\nA,1,2,3\n", "unknown column pmra, did you mean pm_ra?"),
        ("name,ra,dec,epoch\nA,1,2,51544\n", "row 1, column epoch"),
        ("name,ra,dec,pm_ra,pm_dec\nA,1,2,3,4\n", "row 1 (A): a proper motion, but no epoch"),
        ("name,ra,dec\nA,1,2,3\n", "row 1 has 4 values, not 3"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_in_a_line(trapdb, db, tmp_path, text, complaint):
    path = tmp_path / "list.csv"
    path.write_text(text)
    answer = trapdb("watch", "add", "stars", path, "--radius", "5")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert complaint in answer.err
    assert db.execute("select count(*) from trap.watch_list").fetchone() == (0,)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "give one of a file, --cone, --polygon and --moc"),
        (["nowhere.csv", "--cone", "1", "2", "3"], "give one of"),
        (["nowhere.csv", "--radius", "5"], "nowhere.csv: there is no such file"),
        (["--cone", "1", "2", "3", "--radius", "5"], "a map has none, and a cone its own"),
        (["--cone", "400", "2", "3"], "--cone: right ascension 400"),
        (["--cone", "1", "-91", "3"], "--cone: declination -91"),
        (["--cone", "1", "2", "90"], "--cone: '90' is no radius"),
        (["--cone", "1", "2", "wide"], "--cone: 'wide' is no radius"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_line(trapdb, arguments, complaint):
    answer = trapdb("watch", "add", "stars", *arguments)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert complaint in answer.err


# ---- maps

# Cells 1 to 3 and 7 of order 5, and 40 of order 6, as ranges of cells of order 29.
MOC = "5/1-3 7 6/40"
RANGES = [(4**24, 4 * 4**24 - 1), (7 * 4**24, 8 * 4**24 - 1), (40 * 4**23, 41 * 4**23 - 1)]


def moc_in_fits(path, values, **keywords):
    columns = [fits.Column("UNIQ", "1K", array=np.array(values, np.int64))]
    table = fits.BinTableHDU.from_columns(columns)
    table.header.update(keywords)
    table.writeto(path)


def write_uniq(path):
    uniq = [4**6 + cell for cell in (1, 2, 3, 7)] + [4**7 + 40]
    moc_in_fits(path, uniq, ORDERING="NUNIQ", COORDSYS="C", MOCORDER=6)


def write_ranges(path):
    ends = [end for first, last in RANGES for end in (first, last + 1)]
    moc_in_fits(path, ends, ORDERING="RANGE", MOCDIM="SPACE", MOCORD_S=6)


@pytest.mark.parametrize(
    "write",
    [
        write_uniq,
        write_ranges,
        lambda path: path.write_text("5/1-3,7\n6/40\n29/\n"),
        lambda path: path.write_text("s6/40 4-15 28-31 5/2"),  # in pieces that overlap
        lambda path: path.write_text('{"5": [1, 2, 3, 7], "6": [40]}'),
        lambda path: path.write_bytes(gzip.compress(MOC.encode())),
    ],
)
def test_a_moc_is_read_in_each_form(trapdb, db, tmp_path, write):
    path = tmp_path / "map"
    write(path)
    ranges = "select first_cell, last_cell from trap_data.watch_cell order by first_cell"
    for given in (path, MOC):
        answer = trapdb("watch", "add", "map", "--moc", given)
        assert answer.out == "stored map: a moc of 3 ranges of cells; next: trapdb watch hits map\n"
        assert db.execute(ranges).fetchall() == RANGES[:1] + sorted(RANGES[1:])
    (row,) = trapdb("watch", "list").rows
    assert (row["kind"], row["origin"]) == ("moc", f"--moc {MOC}")
    assert float(row["area"]) == pytest.approx(4.25 * 41252.96125 / (12 * 4**5))


def test_a_map_has_hits(filled):
    names = {row["name"] for row in filled("sources").rows}
    answer = filled("watch", "add", "around", "--polygon", "149,29 151,29 151,31 149,31")
    assert answer.out == "stored around: a polygon of 4 corners; next: trapdb watch hits around\n"
    hits = filled("watch", "hits", "around").rows
    assert {hit["name"] for hit in hits} == names
    assert {(hit["entry"], hit["separation_arcsec"]) for hit in hits} == {("", "")}
    filled("watch", "add", "half", "--polygon", "10:12:00,29 150,29 150,31 10:12:00,31")
    east = {row["name"] for row in filled("sources").rows if float(row["ra"]) > 150}
    assert {hit["name"] for hit in filled("watch", "hits", "half").rows} == east != names
    shown = {row["key"]: row["value"] for row in filled("watch", "show", "half").rows}
    assert shown["kind"] == "polygon"
    assert json.loads(shown["vertex_ra"]) == pytest.approx([153, 150, 150, 153])
    filled("watch", "add", "sky", "--moc", "0/0-11")
    assert {hit["name"] for hit in filled("watch", "hits", "sky").rows} == names


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--polygon", "1,2 3"], "--polygon: '3' is no corner: expected RA,DEC"),
        (["--polygon", "1,2 3,4"], "less than three corners"),
        (["--polygon", "1,2 3,400 5,6"], "--polygon: declination 400"),
        (["--polygon", "0,0 10,10 10,0 0,10"], "make no polygon: expected sides that do not cross"),
        (["--moc", "nowhere.fits"], "--moc nowhere.fits: neither a file, nor a MOC as text"),
        (["--moc", ""], "neither a file, nor a MOC as text"),
        (["--moc", "5/"], "--moc 5/: it covers nothing"),
        (["--moc", "5/12288"], "there are no cells 12288 to 12288 of order 5: expected 0 to 12287"),
        (["--moc", "30/1"], "there is no order 30: expected 0 to 29"),
        (["--moc", "5/3-1"], "there are no cells 3 to 1 of order 5"),
        (["--moc", "5/1-"], "'' is no order or cell"),
        (["--moc", "5/1", "--cone", "1", "2", "3"], "give one of"),
    ],
)
def test_what_is_no_map_is_told_in_a_line(trapdb, arguments, complaint):
    answer = trapdb("watch", "add", "map", *arguments)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert complaint in answer.err
    assert trapdb("watch", "list").rows == []


def image_alone(path):
    fits.PrimaryHDU(np.zeros((2, 2))).writeto(path)


def sky_map(path):
    columns = [fits.Column(name, "1D", array=[1.0]) for name in ("UNIQ", "PROBDENSITY")]
    fits.BinTableHDU.from_columns(columns).writeto(path)


def cut_short(path):
    write_ranges(path)
    path.write_bytes(path.read_bytes()[:5800])


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        (image_alone, "it holds no table"),
        (sky_map, "its table is none of a MOC: expected one column, of integers"),
        (cut_short, "it is damaged"),
        (lambda path: moc_in_fits(path, [3], ORDERING="NUNIQ"), "3 is no UNIQ"),
        (lambda path: moc_in_fits(path, [5], MOCDIM="TIME.SPACE"), "a MOC of TIME.SPACE"),
        (lambda path: moc_in_fits(path, [5, 5], ORDERING="RANGE"), "there are no cells 5 to 4"),
        (lambda path: path.write_text("t61/1 s5/3"), "it is no MOC: expected FITS, JSON, or text"),
        (lambda path: path.write_text("name,ra,dec\nA,1,2\n"), "it is no MOC"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0"), "neither FITS, JSON nor text"),
        (lambda path: path.write_bytes(b"\x1f\x8bnothing"), "it cannot be read"),
    ],
)
def test_what_is_wrong_with_a_moc_is_told_in_a_line(trapdb, tmp_path, write, complaint):
    path = tmp_path / "moc"
    write(path)
    answer = trapdb("watch", "add", "map", "--moc", path)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert complaint in answer.err
    assert trapdb("watch", "list").rows == []
