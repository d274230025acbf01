"""Images and pieces of them, by SODA, from a service."""

import asyncio
import io
import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest
import requests
from anyio import move_on_after
from astropy import units as u
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
from pyvo.dal import TAPService
from pyvo.dal.adhoc import DatalinkResults, SodaQuery
from pyvo.io import vosi

import extractor
from tests.web import serving as web_server
from trapdb.errors import TrapdbError
from trapdb.web.cutouts import regions, soda
from trapdb.web.cutouts.images import NoImage, Stored
from trapdb.web.faults import Busy, Refused
from trapdb.web.service import serving
from trapdb.web.settings import Limits, Settings


@pytest.fixture(scope="module")
def http(service_address):
    with httpx.Client(base_url=service_address.removesuffix("/tap"), timeout=300) as client:
        yield client


@pytest.fixture(scope="module")
def image(database):
    """The row of an image of the field, and its file."""
    (row,) = database.query(
        """SELECT i.path, i.image_id, i.taken_at, i.duration, i.freq_eff, o.* FROM trap.image AS i,
        ivoa.obscore AS o WHERE o.obs_collection = 'field' AND i.dataset = 'field'
        AND o.obs_publisher_did LIKE '%/' || CAST(i.image_id AS VARCHAR)
        AND i.path LIKE '%epoch0001_band01.fits'"""
    )
    return row


@pytest.fixture(scope="module")
def ask(http, image):
    def ask(**parameters):
        asked = {"ID": image["obs_publisher_did"], **parameters}
        return http.get("/soda", params={key: one for key, one in asked.items() if one is not None})

    return ask


def opened(reply):
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "image/fits"
    with fits.open(io.BytesIO(reply.content)) as hdus:
        hdus.verify("exception")
        return hdus[0].header.copy(), hdus[0].data[0, 0].astype("f4")


def middle(image):
    return " ".join(repr(float(image[name].to_value(u.deg))) for name in ("s_ra", "s_dec"))


@pytest.mark.parametrize("way", ["CIRCLE", "POS"])
def test_a_circle(ask, image, way):
    whole = extractor.open(image["path"])
    asked = f"{middle(image)} 0.05"
    header, pixels = opened(ask(**{way: asked if way == "CIRCLE" else f"CIRCLE {asked}"}))
    wcs = WCS(header).celestial
    (place,) = wcs.wcs_pix2world([[0, 0]], 0)
    ((column, row),) = np.round(whole.wcs.wcs_world2pix([place], 0)).astype(int)
    there = whole.data[row : row + pixels.shape[0], column : column + pixels.shape[1]]
    kept = np.isfinite(pixels)
    assert 0.7 < kept.mean() < 0.9
    assert pixels[kept].tobytes() == there[kept].tobytes()
    assert header["BUNIT"] == "Jy/beam"
    assert header["CRVAL3"] == pytest.approx(image["freq_eff"].to_value(u.Hz))


def test_the_whole(ask, image):
    _, pixels = opened(ask())
    assert pixels.tobytes() == extractor.open(image["path"]).data.tobytes()


def test_by_post_and_in_lower_case(http, image):
    asked = {"id": image["obs_publisher_did"], "circle": f"{middle(image)} 0.01"}
    opened(http.post("/soda", data=asked))


def test_pyvo(http, image):
    query = SodaQuery(f"{http.base_url}/soda", id=image["obs_publisher_did"])
    query.circle = (image["s_ra"], image["s_dec"], 0.02 * u.deg)
    with fits.open(io.BytesIO(query.execute_raw())) as hdus:
        assert 100 < hdus[0].data.size < 5000


def test_pyvo_by_the_descriptor_of_the_links(http, image, service_address):
    """As a client does that knows of nothing but the row."""
    with requests.Session() as session:
        found = TAPService(service_address, session=session).search(
            f"SELECT * FROM ivoa.obscore WHERE obs_publisher_did = '{image['obs_publisher_did']}'"
        )
        links = DatalinkResults.from_result_url(found[0]["access_url"], session=session)
        piece = links.get_first_proc().process(circle=(image["s_ra"], image["s_dec"], 0.02 * u.deg))
        with fits.open(io.BytesIO(piece.read())) as hdus:
            assert 100 < hdus[0].data.size < 5000


def test_what_there_is_nothing_of_has_no_content(ask, image):
    wavelength = 299792458 / image["freq_eff"].to_value(u.Hz)
    start = Time(image["t_min"], format="mjd").mjd
    for nothing in [
        {"CIRCLE": "10 -80 1"},
        {"POLYGON": "10 -80 11 -80 10 -81"},
        {"POS": "RANGE 0 360 -90 -80"},
        {"BAND": f"{1.1 * wavelength} +Inf"},
        {"TIME": f"-Inf {start - 0.1}"},
        {"POL": "V"},
    ]:
        reply = ask(**nothing)
        assert (reply.status_code, reply.content) == (204, b""), nothing
    something = {"BAND": f"{0.9 * wavelength} {wavelength}", "TIME": f"{start} +Inf"}
    opened(ask(**something, POL=["Q", "I"], CIRCLE=f"{middle(image)} 0.01"))


@pytest.mark.parametrize(
    ("parameters", "status", "told"),
    [
        ({"ID": None}, 400, "UsageError: parameter ID is missing"),
        ({"ID": "ivo://trapdb/image?1/1"}, 404, "UsageError: there is no image"),
        ({"ID": "ivo://trapdb/image?999999999/1"}, 404, "there is no image"),
        ({"ID": "ivo://trapdb/image?9999999999999/999999999999999999999"}, 404, "there is no"),
        ({"ID": "/etc/passwd"}, 404, "there is no image '/etc/passwd'"),
        ({"ID": "ivo://trapdb/image?1/2;select 1"}, 404, "there is no image"),
        ({"ID": "x" * 3000}, 404, "there is no image"),
        ({"CIRCLE": "1 2 nan"}, 400, "UsageError: CIRCLE="),
        ({"CIRCLE": "1 2 1e6"}, 400, "a radius from 0 to 180"),
        ({"POLYGON": "1 0 2 0 3 0"}, 400, "it has no area"),
        ({"POS": "BOX 1 2 3 4"}, 400, "UsageError: POS="),
        ({"BAND": "2 1"}, 400, "the lower limit first"),
        ({"TIME": "now"}, 400, "UsageError: TIME="),
        ({"RESPONSEFORMAT": "png"}, 400, "images come as image/fits"),
        ({"CIRCLE": ["1 2 3", "1 2 4"]}, 400, "MultiValuedParamNotSupported: CIRCLE"),
        ({"ID": ["a", "b"]}, 400, "MultiValuedParamNotSupported: ID"),
        ({"CIRCLE": "1 2 3", "POS": "CIRCLE 1 2 3"}, 400, "MultiValuedParamNotSupported: "),
    ],
)
def test_what_makes_no_sense_is_told_in_the_words_of_the_standard(ask, parameters, status, told):
    reply = ask(**parameters)
    assert reply.status_code == status
    assert reply.headers["content-type"].startswith("text/plain")
    assert told in reply.text
    assert reply.text.count("\n") == 1


def test_a_file_that_is_gone_or_is_another_one(ask, image, truth):
    path = truth.folder / "epoch0001_band01.fits"
    away = path.rename(path.with_suffix(".away"))
    try:
        reply = ask()
        assert reply.status_code == 404
        assert "the file is gone" in reply.text
        assert str(truth.folder) not in reply.text
        path.write_bytes((truth.folder / "epoch0002_band01.fits").read_bytes())
        assert "the file has changed" in ask().text
        path.write_bytes(away.read_bytes()[:30000])
        assert "the file cannot be read any more" in ask().text
    finally:
        away.rename(path)


def test_capabilities(http):
    found = vosi.parse_capabilities(io.BytesIO(http.get("/soda/capabilities").content))
    where = {one.standardid: one.interfaces[0].accessurls[0].content for one in found}
    assert where["ivo://ivoa.net/std/SODA#sync-1.0"] == f"{http.base_url}/soda".replace(
        "//soda", "/soda"
    )
    assert http.get(where["ivo://ivoa.net/std/VOSI#availability"]).status_code == 200


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """An image that takes a while, and as the database would know it."""
    folder = tmp_path_factory.mktemp("large")
    side = 2048
    sky = {
        **{"CTYPE1": "RA---SIN", "CRVAL1": 10.0, "CRPIX1": side / 2, "CDELT1": -0.01},
        **{"CTYPE2": "DEC--SIN", "CRVAL2": 40.0, "CRPIX2": side / 2, "CDELT2": 0.01},
        **{"RESTFRQ": 1.5e8, "BMAJ": 0.04, "BMIN": 0.03, "BPA": 10.0, "BUNIT": "Jy/beam"},
        **{"DATE-OBS": "2024-05-01T12:00:00", "EXPTIME": 60.0},
    }
    data = np.random.default_rng(1).normal(size=(side, side)).astype("f4")
    fits.writeto(folder / "large.fits", data, fits.Header(sky))

    def stored(path):
        taken_at = datetime(2024, 5, 1, 12, tzinfo=UTC)
        beam = (0.04, 0.03, 10.0)
        return Stored(1, str(path), [{}], taken_at, 60.0, 1.5e8, 0.0, "I", beam)

    return folder, stored, data


def jagged():
    """A star of many corners, so that every pixel is looked at, and that takes long."""
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    reach = np.where(np.arange(200) % 2, 8.0, 4.0)
    ra, dec = 10 + reach * np.cos(angle) / np.cos(np.radians(40)), 40 + reach * np.sin(angle)
    return regions.polygon(" ".join(f"{a % 360:.6f} {b:.6f}" for a, b in zip(ra, dec, strict=True)))


def written(archive_url, image, region, *, stop=None, **limits):
    """Cut out what is in a region, within limits; return what came of it, and the turns in use."""

    async def run():
        wanted = soda.Wanted("ivo://a/b", region, None, None, frozenset())
        with tempfile.TemporaryFile() as file:
            async with serving(Settings(), archive_url) as started:
                service = replace(started, settings=Settings(limits=Limits(**limits)))
                found = "given up"
                with move_on_after(stop or 60):
                    try:
                        found = await soda._written(service, image, wanted, file)
                    except TrapdbError as error:
                        found = error
                return found, service.readers.borrowed_tokens, file.seek(0, 2)

    return asyncio.run(run())


def test_who_goes_away_and_what_takes_too_long_ends_the_work(archive_url, large):
    folder, stored, _ = large
    image, star = stored(folder / "large.fits"), jagged()
    assert written(archive_url, image, star, stop=0.2) == ("given up", 0, 0)
    found, turns, size = written(archive_url, image, star, seconds=0.6)
    assert (type(found), turns, size) == (Refused, 0, 0)
    assert "took longer than it may" in str(found)


def test_files_that_claim_more_than_they_are(archive_url, large, tmp_path):
    _, stored, _ = large
    header = fits.Header(
        {"SIMPLE": True, "BITPIX": -32, "NAXIS": 2, "NAXIS1": 10**9, "NAXIS2": 10**9}
    )
    (tmp_path / "huge.fits").write_bytes(header.tostring().encode() + bytes(2880))
    os.mkfifo(tmp_path / "pipe.fits")
    for name in ("huge.fits", "pipe.fits", "."):
        found, turns, size = written(archive_url, stored(tmp_path / name), None)
        assert (type(found), turns, size) == (NoImage, 0, 0)
        assert str(found) == "image 1: the file cannot be read any more"


def test_a_turn_is_waited_for_and_then_told(archive_url, large):
    folder, stored, _ = large
    image = stored(folder / "large.fits")

    async def run():
        settings = Settings(limits=Limits(queries=1, wait=0.1))
        wanted = soda.Wanted("ivo://a/b", None, None, None, frozenset())
        with tempfile.TemporaryFile() as file:
            async with serving(settings, archive_url) as service, service.turn():
                with pytest.raises(Busy, match="try again"):
                    await soda._written(service, image, wanted, file)
                return service.readers.borrowed_tokens

    assert asyncio.run(run()) == 1


def test_a_piece_of_an_image_at_a_url_is_fetched_by_ranges(archive_url, large, monkeypatch):
    pytest.importorskip("fsspec")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder, stored, data = large
    with web_server(folder) as web:
        image = stored(f"{web.url}/ranged/large.fits")
        found, _, size = written(archive_url, image, regions.circle("10 40 0.1"))
        assert found is True
        assert size < 10000
        assert 0 < web.sent < data.nbytes / 5
        gone = stored(f"{web.url}/absent.fits")
        found, turns, _ = written(archive_url, gone, None)
        assert (type(found), turns) == (NoImage, 0)
        assert web.url not in str(found)
