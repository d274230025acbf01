"""Noise maps and stamps, which a service gives out of the database."""

import gzip
import io
import shutil
import subprocess

import httpx
import numpy as np
import psycopg
import pytest
from astropy.io import fits
from astropy.io.votable import parse
from astropy.wcs import WCS


@pytest.fixture(scope="module")
def http(service_address):
    with httpx.Client(base_url=service_address.removesuffix("/tap"), timeout=300) as client:
        yield client


@pytest.fixture(scope="module")
def look(archive_url):
    with psycopg.connect(archive_url) as conn:
        yield conn


@pytest.fixture(scope="module")
def image(look):
    """An image: its identifier, number and middle."""
    return look.execute(
        "select trap.image_did(image_id), image_id, ra, dec from trap.image order by 2 limit 1"
    ).fetchone()


def links(http, identifier, semantics):
    reply = http.get("/datalink", params={"ID": identifier})
    table = parse(io.BytesIO(reply.content)).get_first_table().to_table()
    return [str(row["access_url"]) for row in table if row["semantics"] == semantics]


def test_the_noise_of_an_image_is_where_the_database_has_it(http, look, image):
    did, number, ra, dec = image
    (address,) = links(http, did, "#noise")
    with fits.open(io.BytesIO(http.get(address).content)) as hdus:
        hdus.verify("exception")
        header, data = hdus[0].header, hdus[0].data
    ((l0, m0, dl, dm, rms),) = look.execute("select * from trap.noise_map(%s)", [number])
    stored = np.array(rms, np.float32)
    assert np.array_equal(data, stored, equal_nan=True)
    assert header["BUNIT"] == "Jy/beam"
    row, column = np.argwhere(np.isfinite(stored))[[0, -1]].T
    places = WCS(header).wcs_pix2world(np.transpose([column, row]), 0)
    for (y, x), (place_ra, place_dec) in zip(np.transpose([row, column]), places, strict=True):
        ((l, m),) = look.execute(  # noqa: E741
            "select l, m from trap.direction_cosines(%s, %s, %s, %s) as d",
            [ra, dec, float(place_ra), float(place_dec)],
        )
        assert (l, m) == pytest.approx((l0 + x * dl, m0 + y * dm), abs=1e-9)


def test_the_stamps_of_a_source_are_those_that_are_kept(http, look):
    rows = look.execute(
        "select source_id, image_id, fits from trap.stamp where dataset = 'field'"
    ).fetchall()
    kept = {(source, image): bytes(file) for source, image, file in rows}
    source = rows[0][0]
    found = links(http, str(source), "#preview-image")
    assert len(found) == sum(of == source for of, _ in kept)
    for address in found:
        image = int(address.partition("&IMAGE=")[2])
        reply = http.get(address)
        assert reply.headers["content-type"] == "image/fits"
        assert reply.content == gzip.decompress(kept[source, image])
        with fits.open(io.BytesIO(reply.content)) as hdus:
            assert hdus[0].data is not None


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/noise", 400),
        ("/noise?ID=17", 404),
        ("/noise?ID=ivo://trapdb/image?7/117440513", 404),
        ("/stamp?ID=17", 400),
        ("/stamp?ID=17&IMAGE=1", 404),
        ("/stamp?ID=x&IMAGE=99999999999999999999", 400),
    ],
)
def test_what_is_not_there(http, address, status):
    reply = http.get(address)
    assert reply.status_code == status
    assert 'value="ERROR"' in reply.text


@pytest.mark.parametrize(
    ("image", "told"),
    [({}, "parameter IMAGE is missing"), ({"IMAGE": "-1"}, "expected 0 or more, in 18 digits")],
)
def test_an_image_that_is_none_is_told_as_one(http, image, told):
    assert told in http.get("/stamp", params={"ID": "17"} | image).text


def test_datalinklint_finds_no_fault_of_these_links(http, look, image):
    stilts = shutil.which("stilts")
    if not stilts:
        pytest.skip("stilts is not installed: on Debian, apt install stilts")
    ((source,),) = look.execute("select min(source_id) from trap.stamp")
    for identifier in (image[0], source):
        result = subprocess.run(
            [stilts, "datalinklint", f"votable={http.base_url}/datalink?ID={identifier}"],
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        told = [one for one in result.stdout.splitlines() if one.startswith(("E-", "W-", "F-"))]
        assert told == []
        assert "Errors: 0" in result.stdout
