"""Images that a service gives, by DataLink and SODA; and what gives none."""

import http.server
import threading
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS

from trapdb.archive.images import cut
from trapdb.archive.links import fetch_pixels
from trapdb.archive.positions import Place
from trapdb.errors import ServiceError

SIZE = 64
MIDDLE = Place(150.01, 30.02)
DATALINK = "application/x-votable+xml;content=datalink"


@pytest.fixture
def file():
    """An image of radio astronomy: with axes of frequency and Stokes parameter."""
    header = fits.Header(
        {
            **{"CTYPE1": "RA---SIN", "CRVAL1": 150.0, "CRPIX1": 32.5, "CDELT1": -0.002},
            **{"CTYPE2": "DEC--SIN", "CRVAL2": 30.0, "CRPIX2": 32.5, "CDELT2": 0.002},
            **{"CTYPE3": "FREQ", "CRVAL3": 1.5e8, "CRPIX3": 1, "CDELT3": 1e6},
            **{"CTYPE4": "STOKES", "CRVAL4": 1, "CRPIX4": 1, "CDELT4": 1},
            **{"CUNIT1": "deg", "CUNIT2": "deg", "CUNIT3": "Hz", "BUNIT": "MJY/BEAM"},
        }
    )
    data = np.arange(SIZE**2, dtype=np.float32).reshape(1, 1, SIZE, SIZE)
    return fits.PrimaryHDU(data, header)


def content(hdu):
    buffer = BytesIO()
    hdu.writeto(buffer)
    return buffer.getvalue()


def links(server, pieces):
    """A document of DataLink."""
    service = f"""<RESOURCE type="meta" utype="adhoc:service" ID="soda">
        <PARAM name="accessURL" datatype="char" arraysize="*" value="{server.url}/soda"/>
        <PARAM name="standardID" datatype="char" arraysize="*"
               value="ivo://ivoa.net/std/SODA#sync-1.0"/></RESOURCE>"""
    names = ("ID", "access_url", "service_def", "error_message", "semantics")
    fields = "".join(f'<FIELD name="{name}" datatype="char" arraysize="*"/>' for name in names)
    return f"""<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
        <RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>{fields}
        <DATA><TABLEDATA><TR><TD>i</TD><TD>{server.url}/noise.fits</TD><TD/><TD/>
        <TD>#auxiliary</TD></TR><TR><TD>i</TD><TD>{server.url}/whole.fits</TD><TD/><TD/>
        <TD>#this</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE>
        {service if pieces else ""}</VOTABLE>""".encode()


@pytest.fixture
def server(file):
    """A service with one image: its links with and without pieces, and these."""
    whole = WCS(file.header).celestial

    def soda(query):
        ra, dec, radius = map(float, query["CIRCLE"][0].split())
        middle = whole.wcs_world2pix([[ra, dec]], 0)[0]
        piece = Cutout2D(file.data[0, 0], middle, 2 * radius * u.deg, whole)
        header = piece.wcs.to_header()
        header["BUNIT"] = "MJY/BEAM"
        return content(fits.PrimaryHDU(piece.data, header))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            self.server.asked.append((parts.path, parse_qs(parts.query)))
            answers = {
                "/whole.fits": lambda: content(file),
                "/links": lambda: links(self.server, pieces=True),
                "/file": lambda: links(self.server, pieces=False),
                "/soda": lambda: soda(parse_qs(parts.query)),
                "/page": lambda: b"<html>hello</html>",
                "/cube": lambda: content(fits.PrimaryHDU(np.zeros((2, 3, 4)), file.header)),
                "/empty": lambda: content(fits.PrimaryHDU()),
            }
            if parts.path in answers:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answers[parts.path]())
            else:
                self.send_response(404)
                self.send_header("Content-Type", "text/plain")
                self.end_headers()
                self.wfile.write(b"the file\nis gone")

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        found.url = f"http://127.0.0.1:{found.server_port}"
        found.asked = []
        thread = threading.Thread(target=found.serve_forever, args=[0.01])
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def facts(server, path, form=DATALINK):
    return {
        "access_url": f"{server.url}{path}",
        "access_format": form,
        "obs_publisher_did": "ivo://trapdb/image?1/2",
    }


@pytest.mark.parametrize(
    ("path", "form"), [("/links", DATALINK), ("/file", DATALINK), ("/whole.fits", "image/fits")]
)
def test_an_image_whole_and_a_piece(server, file, path, form):
    whole = fetch_pixels("tap", facts(server, path, form), MIDDLE, None)
    assert np.allclose(whole.data, file.data[0, 0] / 1000, rtol=1e-6)

    piece = fetch_pixels("tap", facts(server, path, form), MIDDLE, 0.03)
    expected = cut(whole, MIDDLE, 0.03)
    assert piece.data.shape == (15, 15)
    assert np.array_equal(piece.data, expected.data)
    corners = [[0, 0], [14, 14]]
    assert np.allclose(
        piece.wcs.wcs_pix2world(corners, 0), expected.wcs.wcs_pix2world(corners, 0), atol=1e-9
    )


def test_a_piece_is_asked_for_as_such(server):
    fetch_pixels("tap", facts(server, "/links"), MIDDLE, 0.03)
    (_, (path, query)) = server.asked
    assert path == "/soda"
    assert query["ID"] == ["ivo://trapdb/image?1/2"]
    ra, dec, radius = map(float, query["CIRCLE"][0].split())
    assert (ra, dec) == (MIDDLE.ra, MIDDLE.dec)
    assert radius == pytest.approx(0.015 * np.sqrt(2), rel=0.01)


@pytest.mark.parametrize(
    ("path", "form", "told"),
    [
        ("/gone", DATALINK, r"/gone: the file is gone$"),
        ("/page", DATALINK, "no document of DataLink"),
        ("/page", "image/fits", "no image in FITS"),
        ("/empty", "image/fits", "there is no image in it"),
        ("/cube", "image/fits", "its image has 3 axes"),
    ],
)
def test_what_gives_no_image_is_one_line(server, path, form, told):
    with pytest.raises(ServiceError, match=told) as refused:
        fetch_pixels("tap", facts(server, path, form), MIDDLE, None)
    assert "\n" not in str(refused.value)


def test_a_row_that_leads_nowhere(server):
    row = {**facts(server, "/links"), "access_url": np.ma.masked}
    with pytest.raises(ServiceError, match=r"does not tell where ivo://trapdb/image\?1/2 is"):
        fetch_pixels("tap", row, MIDDLE, None)
