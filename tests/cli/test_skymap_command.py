"""`trapdb skymap`: sky maps of each form, what is in them, and what is refused."""

import gzip
import json
from datetime import UTC, datetime

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy_healpix import HEALPix

from trapdb.watching.ring import nested_of_ring
from trapdb.watching.sky_map import read_sky_map

ORDER = 5
FACTS = {
    "OBJECT": "S260101a",
    "DATE-OBS": "2026-01-01T00:00:00.25",
    "DISTMEAN": 240.7,
    "DISTSTD": 26.1,
    "ORIGIN": "LIGO/Virgo/KAGRA",
    "CREATOR": "made up",
}
NESTED = {"ORDERING": "NESTED", "COORDSYS": "C", "NSIDE": 2**ORDER, "INDXSCHM": "IMPLICIT"}


def gaussian(order=ORDER):
    """Return the probability of the cells of an order, nested, about the simulated field."""
    healpix = HEALPix(2**order, order="nested")
    sky = SkyCoord(*healpix.healpix_to_lonlat(np.arange(healpix.npix)))
    away = sky.separation(SkyCoord(150, 30, unit="deg")).deg
    density = np.exp(-((away / 5) ** 2) / 2)
    density[away > 60] = 0
    return density / density.sum()


def write(path, columns, **keywords):
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column(name, form, array=np.asarray(values), unit=unit)
            for name, form, unit, values in columns
        ]
    )
    table.header.update(keywords)
    table.writeto(path)


def write_flat(path, values=None, form="D", name="PROB", **keywords):
    values = gaussian() if values is None else values
    write(path, [(name, form, "pix-1", values)], **NESTED | FACTS | keywords)


def write_ring(path):
    ring = gaussian()[nested_of_ring(ORDER)]
    write_flat(path, ring, ORDERING="RING")


def write_rows_of_many(path):
    write_flat(path, gaussian().reshape(-1, 1024), "1024D", "PROBABILITY", ORDERING="NESTED")


def write_uniq(path):
    """Cells of order 5; in one base cell of no probability the largest of all."""
    probability = gaussian()
    number = np.arange(len(probability))
    density = probability / HEALPix(2**ORDER).pixel_area.to_value(u.sr)
    empty = number // 4**ORDER == 11
    assert not probability[empty].any()
    uniq = np.append(4 ** (ORDER + 1) + number[~empty], 4 + 11)
    density = np.append(density[~empty], 0)
    shuffled = np.random.default_rng(1).permutation(len(uniq))
    write(
        path,
        [("UNIQ", "K", None, uniq[shuffled]), ("PROBDENSITY", "D", "sr-1", density[shuffled])],
        ORDERING="NUNIQ", COORDSYS="C", MOCORDER=ORDER, **FACTS,
    )  # fmt: skip


def write_packed(path):
    plain = path.with_name("plain")
    write_uniq(plain)
    path.write_bytes(gzip.compress(plain.read_bytes()))


def refined(path):
    """Each cell in four of the next order, as flat maps are made of others."""
    write_flat(path, np.repeat(gaussian() / 4, 4), NSIDE=2 ** (ORDER + 1))


@pytest.mark.parametrize(
    "form", [write_uniq, write_flat, write_ring, write_rows_of_many, write_packed, refined]
)
def test_a_sky_map_is_read_in_each_form(trapdb, db, tmp_path, form):
    path = tmp_path / "map"
    form(path)
    answer = trapdb("skymap", "add", "event", path)
    assert answer.status == 0, answer.err
    (row,) = trapdb("skymap", "list").rows
    area = float(row["area_90"])
    cells = np.sort(gaussian())[::-1]
    each = 41252.96125 / len(cells)
    assert area == pytest.approx((np.searchsorted(np.cumsum(cells), 0.9) + 1) * each)
    assert answer.out == (
        f"stored event: {np.sum(cells > 0)} cells, nine tenths of the probability within "
        f"{area:.6g} deg^2; next: trapdb skymap hits event\n"
    )
    held = db.execute(
        "select healpix_cell, probability from trap.skymap_cell where healpix_order = %s", [ORDER]
    ).fetchall()
    assert len(held) == np.sum(cells > 0)
    number, probability = np.transpose(held)
    assert probability == pytest.approx(gaussian()[number.astype(int)], rel=1e-12)
    shown = {row["key"]: row["value"] for row in trapdb("skymap", "show", "event").rows}
    expected = {"event": "S260101a", "event_at": "2026-01-01T00:00:00.250000Z",
                "distance_mean": "240.7", "distance_std": "26.1", "origin": "LIGO/Virgo/KAGRA",
                "creator": "made up", "path": str(path)}  # fmt: skip
    assert shown.items() >= expected.items()


def test_sources_and_images_are_listed(filled, tmp_path):
    found = filled("sources").rows
    path = tmp_path / "map.fits"
    write_uniq(path)
    filled("skymap", "add", "event", path)
    rows = filled("skymap", "hits", "event").rows
    assert {row["name"] for row in rows} == {row["name"] for row in found}
    assert {row["dataset"] for row in rows} == {"field"}
    assert all(0 < float(row["enclosed"]) < 0.2 for row in rows)
    assert filled("skymap", "hits", "event", "--probability", "1e-6").rows[0] == rows[0]
    since = "2026-01-01T00:00:01"
    late = filled("skymap", "hits", "event", "--since", since, "--dataset", "field")
    assert {row["name"] for row in late.rows} == {
        row["name"] for row in found if row["first_seen"] > since
    }
    assert 0 < len(late.rows) < len(rows)
    images = json.loads(filled("skymap", "images", "event", "--format", "json").out)
    assert len(images) == 8
    assert {row["dataset"] for row in images} == {"field"}
    assert all(0 < row["probability"] < 0.01 for row in images)
    again = filled("skymap", "add", "other", path)
    assert again.out == f"nothing to do: {path} is there already, as event\n"
    assert filled("skymap", "remove", "event").out == "removed event\n"
    assert filled("skymap", "list").rows == []
    for command in ("remove", "show", "hits", "images"):
        answer = filled("skymap", command, "event")
        assert (answer.status, answer.err.count("\n")) == (2, 1)
        assert "there is no sky map" in answer.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--probability", "0"], "no region holds a probability of 0"),
        (["--probability", "90"], "no region holds a probability of 90"),
        (["--probability", "nan"], "no region holds a probability of NaN"),
        (["--dataset", "none"], 'no data set named "none"'),
    ],
)
def test_what_makes_no_sense_is_told_in_a_line(trapdb, tmp_path, arguments, complaint):
    write_flat(tmp_path / "map")
    trapdb("skymap", "add", "event", tmp_path / "map")
    answer = trapdb("skymap", "hits", "event", *arguments)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert complaint in answer.err


# ---- files


def uniq(path, cells, density, **keywords):
    form = "D" if np.asarray(cells).dtype.kind == "f" else "K"
    write(
        path, [("UNIQ", form, None, cells), ("PROBDENSITY", "D", "sr-1", density)],
        **{"ORDERING": "NUNIQ", "COORDSYS": "C"} | keywords,
    )  # fmt: skip


def flat(change, **keywords):
    """Write a flat map of which something was changed."""

    def write_it(path):
        values = gaussian()
        change(values)
        write_flat(path, values, **keywords)

    return write_it


def one(value):
    return lambda values: values.__setitem__(6, value)


def cut_short(path):
    write_flat(path)
    path.write_bytes(path.read_bytes()[:40_000])


def too_many_rows(path):
    write_flat(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"NAXIS2  =                12288",
                                     b"NAXIS2  =         922337203685"))  # fmt: skip


def image_alone(path):
    fits.PrimaryHDU(np.zeros((2, 2))).writeto(path)


def lists(path):
    values = np.empty(2, object)
    values[:] = [np.array([0.5]), np.array([0.25, 0.25])]
    column = fits.Column("PROB", "PD()", array=values)
    fits.BinTableHDU.from_columns([column]).writeto(path)


def moc(path):
    column = fits.Column("UNIQ", "K", array=np.array([4, 5]))
    fits.BinTableHDU.from_columns([column]).writeto(path)


BASE = np.arange(4, 16)
EVEN = np.full(12, 1 / (4 * np.pi))


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        (lambda path: path.write_text("name,ra,dec\n"), "it is no sky map: expected FITS"),
        (lambda path: path.write_bytes(b""), "it is no sky map: expected FITS"),
        (lambda path: path.write_bytes(b"\x1f\x8bnothing"), "it cannot be read"),
        (cut_short, "it is damaged"),
        (too_many_rows, "it is damaged"),
        (image_alone, "it holds no table"),
        (moc, "expected columns UNIQ and PROBDENSITY, or a column PROB, and it has UNIQ"),
        (lists, "its column PROB holds no numbers"),
        (flat(one(np.nan)), "row 7: a probability of nan"),
        (flat(one(np.inf)), "row 7: a probability of inf"),
        (flat(one(-1e-9)), "row 7: a probability of -1e-09"),
        (flat(one(-1.6375e30)), "row 7: a probability of -1.6375e+30"),
        (flat(one(1e300)), "row 7: a probability of 1e+300"),
        (flat(one(1.5)), "its probabilities add up to 2.5"),
        (flat(lambda values: values.fill(0)), "its probabilities add up to 0.000000, not to 1"),
        (flat(lambda values: values.__imul__(0.5)), "add up to 0.500000, not to 1"),
        (flat(one(0), COORDSYS="G"), "COORDSYS is G: expected C"),
        (flat(one(0), ORDERING="NUNIQ"), "ORDERING is NUNIQ: expected NESTED or RING"),
        (flat(one(0), ORDERING=""), "ORDERING is missing"),
        (flat(one(0), NSIDE=64), "it has 12288 cells, but NSIDE is 64"),
        (flat(one(0), INDXSCHM="EXPLICIT"), "INDXSCHM is EXPLICIT"),
        (lambda path: write_flat(path, gaussian()[:-1]), "it has 12287 cells: expected 12, or"),
        (lambda path: write_flat(path, []), "it has 0 cells"),
        (lambda path: uniq(path, [3], [1.0]), "3 is no UNIQ of a cell of order 0 to 29"),
        (lambda path: uniq(path, [-5], [1.0]), "-5 is no UNIQ"),
        (lambda path: uniq(path, [4**31], [1.0]), "is no UNIQ of a cell of order 0 to 29"),
        (lambda path: uniq(path, [4.0], [1.0]), "does not hold a whole number"),
        (lambda path: uniq(path, BASE, EVEN * [np.nan, *[1] * 11]), "row 1: a probability of nan"),
        (lambda path: uniq(path, BASE, EVEN * [*[1] * 11, -1]), "row 12: a probability of -0.08"),
        (lambda path: uniq(path, [*BASE[:11], 4], EVEN), "cell 0 of order 0 is part of another"),
        (lambda path: uniq(path, [*BASE, 16], [*EVEN, 1e-9]), "cell 0 of order 1 is part of"),
        (lambda path: uniq(path, BASE, EVEN / 3283), "its probabilities add up to 0.000305"),
        (lambda path: uniq(path, BASE, EVEN, COORDSYS="E"), "COORDSYS is E"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_a_line(trapdb, db, tmp_path, form, complaint):
    path = tmp_path / "map"
    form(path)
    answer = trapdb("skymap", "add", "event", path)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert answer.err.startswith(f"trapdb: {path}: ")
    assert complaint in answer.err
    for table in ("skymap", "skymap_cell"):
        assert db.execute(f"select count(*) from trap_data.{table}").fetchone() == (0,)


def test_a_file_that_is_not_there_and_a_name_that_is(trapdb, tmp_path):
    assert "no-map: there is no such file" in trapdb("skymap", "add", "event", "no-map").err
    write_flat(tmp_path / "one")
    write_uniq(tmp_path / "other")
    trapdb("skymap", "add", "event", tmp_path / "one")
    answer = trapdb("skymap", "add", "event", tmp_path / "other")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert 'there is a sky map named "event" already, of another file' in answer.err


@pytest.mark.parametrize(("largest", "most"), [(30_000, 12288), (1024**3, 12287)])
def test_what_is_too_large_is_not_read(trapdb, tmp_path, monkeypatch, largest, most):
    from trapdb.watching import sky_map

    monkeypatch.setattr(sky_map, "LARGEST", largest)
    monkeypatch.setattr(sky_map, "MOST", most)
    path = tmp_path / "map"
    plain = tmp_path / "plain"
    write_flat(plain)
    path.write_bytes(gzip.compress(plain.read_bytes()))
    answer = trapdb("skymap", "add", "event", path)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "degrade it to fewer cells" in answer.err


@pytest.mark.parametrize(
    ("keywords", "event_at"),
    [
        ({"DATE-OBS": "2026-01-01T00:00:00"}, datetime(2026, 1, 1, tzinfo=UTC)),
        ({"DATE-OBS": "", "MJD-OBS": 61041.5}, datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ({"DATE-OBS": "yesterday", "MJD-OBS": 61041.5}, datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ({"DATE-OBS": "2026-01-01T00:00:37", "TIMESYS": "TAI"}, datetime(2026, 1, 1, tzinfo=UTC)),
        ({"DATE-OBS": "yesterday", "MJD-OBS": 1e300}, None),
        ({"DATE-OBS": "yesterday", "MJD-OBS": "x"}, None),
        ({"DATE-OBS": "2026-01-01T00:00:00", "TIMESYS": "MARS"}, None),
    ],
)
def test_when_the_event_was(tmp_path, keywords, event_at):
    path = tmp_path / "map"
    write_flat(path, **keywords)
    assert read_sky_map(str(path)).event_at == event_at


def test_what_a_header_does_not_tell_is_not_known(tmp_path):
    path = tmp_path / "map"
    write_flat(path, OBJECT="", DISTMEAN="inf", DISTSTD=-1.0, ORIGIN=" ", CREATOR="")
    with fits.open(path, mode="update") as file:
        file[0].header["OBJECT"] = "GRB 260101A"
    held = read_sky_map(str(path))
    assert held.event == "GRB 260101A"
    told = (held.distance_mean, held.distance_std, held.origin, held.creator)
    assert told == (None,) * 4


@pytest.mark.parametrize("order", range(8))
def test_cells_along_rings_are_numbered_as_nested_ones(order):
    ring, nested = (HEALPix(2**order, order=scheme) for scheme in ("ring", "nested"))
    places = ring.healpix_to_lonlat(np.arange(ring.npix))
    assert (nested_of_ring(order) == nested.lonlat_to_healpix(*places)).all()
