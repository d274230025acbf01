"""Images by where, when and at what wavelengths they are."""

import gc
import io
import re

import numpy as np
import pytest
import requests
from astropy import units as u
from astropy.io.votable import parse
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st
from pyvo.dal.sia2 import SIA2Service

from trapdb.web.cutouts.regions import Polygon, Range
from trapdb.web.sia.places import meets

C = 299792458  # m/s
LOW, HIGH = C / 140e6, C / 150e6  # m, of the two bands
FIRST = 55927.0  # MJD of the first of six time steps, a day each, with one image each
IVO = "ivo://trapdb/image?"


@pytest.fixture(scope="module")
def images(look):
    """Identifiers of the images, by data set and in the order in which they were taken."""
    found = {}
    for name, did in look.execute(
        "select dataset, trap.image_did(image_id) from trap.image order by taken_at, image_id"
    ):
        found.setdefault(name, []).append(did)
    assert {len(some) for some in found.values()} == {6}
    return found


def found(http, **parameters):
    reply = http.get("/sia2", params=parameters)
    assert reply.status_code == 200, reply.text
    table = parse(io.BytesIO(reply.content)).get_first_table().to_table()
    return {str(one) for one in table["obs_publisher_did"]}


FIELD, POLE, ALL = ("meridian", "off"), ("pole",), ("meridian", "off", "pole")
# The fields are circles of 5 deg, about RA 0, Dec 0 twice, and about the pole.
PLACES = {
    "CIRCLE 0 0 0": FIELD,
    "CIRCLE 358 -2 0.1": FIELD,
    "CIRCLE 5.5 0 0.4": (),
    "CIRCLE 5.5 0 0.6": FIELD,
    "CIRCLE 77 89 0.1": POLE,
    "CIRCLE 0 45 45": ALL,
    "POLYGON 6 -1 6 1 4.5 0": FIELD,
    "POLYGON 8 -1 8 1 6 0": (),
    "RANGE 350 356 -1 1": FIELD,
    "RANGE 350 354 -1 1": (),
    "RANGE 0 360 84 86": POLE,
    "RANGE 0 360 84 84.9": (),
    "RANGE 0 360 -Inf -84": (),
    "RANGE -Inf +Inf 0 90": ALL,
    "RANGE 0 360 -90 90": ALL,
    "RANGE 20 21 85.5 85.6": POLE,
    "RANGE 2 2 3 3": FIELD,
    "RANGE 200 200 85.5 90": POLE,
}


@pytest.mark.parametrize("place", PLACES)
def test_by_place(http, images, place):
    assert found(http, POS=place) == {did for name in PLACES[place] for did in images[name]}


@given(
    west=st.floats(0, 359), width=st.floats(0.1, 360), south=st.floats(-90, 89),
    height=st.floats(0.1, 180), along=st.floats(-0.2, 1.2), off=st.floats(-0.5, 0.5),
    northern=st.booleans(),
)  # fmt: skip
@settings(max_examples=200)
def test_the_polygons_of_a_range_are_the_range(west, width, south, height, along, off, northern):
    """To 10 arcsec, by which sides along a parallel may be off."""
    region = Range(west, min(width, 360 - west), south, min(south + height, 90.0))
    polygons = [
        Polygon(tuple(zip(*[iter(map(float, numbers.split(",")))] * 2, strict=True)))
        for numbers in re.findall(r"POLYGON\(([^)]*)\)", meets(region))
    ]
    dec = np.clip((region.north if northern else south) + off, -90, 90)
    place = np.array([(west + along * region.width) % 360]), np.array([dec])
    depth = region.depth(*place)[0]
    if abs(depth) > 11 / 3600:
        # between two polygons there is no gap but for rounding
        assert any(one.depth(*place)[0] > -1e-6 for one in polygons) is bool(depth > 0)


def test_one_of_several_places(http, images):
    both = found(http, POS=["CIRCLE 0 0 1", "CIRCLE 0 89 1"], COLLECTION=["off", "pole", "no"])
    assert both == {*images["off"], *images["pole"]}


@pytest.mark.parametrize(
    ("parameters", "which"),
    [
        ({"BAND": f"{LOW}"}, [0, 2, 4]),
        ({"BAND": f"{HIGH} {LOW}"}, range(6)),
        ({"BAND": f"-Inf {HIGH + 0.05}"}, [1, 3, 5]),
        ({"BAND": [f"{HIGH + 0.05} +Inf", "0.1 0.2"]}, [0, 2, 4]),
        ({"TIME": f"{FIRST}"}, [0]),
        ({"TIME": f"{FIRST + 0.9} {FIRST + 2.1}"}, [1, 2]),
        ({"TIME": f"{FIRST + 3.5} +Inf"}, [4, 5]),
        ({"TIME": f"{FIRST + 0.001}"}, [0]),
        ({"POL": "I"}, range(6)),
        ({"POL": ["V", "XX"]}, []),
        ({"FOV": "9 11"}, range(6)),
        ({"FOV": "11 +Inf"}, []),
        ({"SPATRES": "5.9 6.1"}, range(6)),
        ({"SPATRES": "-Inf 5"}, []),
        ({"EXPTIME": "300"}, range(6)),
        ({"EXPTIME": "1 10"}, []),
        ({"SPECRP": "1e9 +Inf"}, []),
        ({"TIMERES": "0 1"}, []),
        ({"CALIB": ["2", "3"]}, range(6)),
        ({"CALIB": "1"}, []),
        ({"DPTYPE": "image"}, range(6)),
        ({"DPTYPE": "cube"}, []),
        ({"DPTYPE": "timeseries"}, []),
        ({"TARGET": "M31"}, []),
        ({"INSTRUMENT": "x' OR '1' = '1"}, []),
        ({"FORMAT": "application/x-votable+xml;content=datalink"}, range(6)),
        ({"FORMAT": "image/fits"}, []),
        ({"TIME": f"{FIRST} {FIRST + 1}", "BAND": f"{HIGH}"}, [1]),
        ({"UNKNOWN": "x", "POS": ""}, range(6)),
    ],
)
def test_by_what_else_is_known(http, images, parameters, which):
    expected = {images["off"][number] for number in which}
    assert found(http, COLLECTION="off", **parameters) == expected


def test_by_identifier_and_telescope(http, images, look):
    assert found(http, ID=images["off"][3]) == {images["off"][3]}
    assert found(http, ID=images["off"][3], COLLECTION="pole") == set()
    ((telescope,),) = look.execute("select distinct telescope from trap.image")
    assert len(found(http, FACILITY=telescope)) == 18


def test_limits_and_formats(http, images):
    cut = http.get("/sia2", params={"MAXREC": 4})
    assert len(parse(io.BytesIO(cut.content)).get_first_table().array) == 4
    assert "OVERFLOW" in cut.text
    assert len(parse(io.BytesIO(http.get("/sia2?MAXREC=0").content)).get_first_table().array) == 0
    assert len(http.get("/sia2", params={"RESPONSEFORMAT": "csv"}).text.splitlines()) == 19
    assert len(http.post("/sia2", data={"format": "x"}).content) > 0


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"POS": "CIRCLE 1 2"}, "CIRCLE"),
        ({"POS": "BOX 1 2 3 4"}, "expected CIRCLE, RANGE or POLYGON"),
        ({"POS": "CIRCLE 0 0 91"}, "radius of 90 deg or less"),
        ({"POS": "CIRCLE 0 0 nan"}, "expected"),
        ({"POS": "RANGE 10 5 0 1"}, "lower limits first"),
        ({"BAND": "a b"}, "BAND='a b'"),
        ({"BAND": "1 2 3"}, "BAND='1 2 3'"),
        ({"TIME": "2 1"}, "expected the lower limit first"),
        ({"CALIB": "x"}, "CALIB='x'"),
        ({"MAXREC": "x"}, "MAXREC"),
        ({"RESPONSEFORMAT": "png"}, "there is no format"),
        ({"COLLECTION": [str(n) for n in range(201)]}, "more than 200 values of COLLECTION"),
    ],
)
def test_mistakes(http, parameters, told):
    reply = http.get("/sia2", params=parameters)
    assert reply.status_code == 400
    assert 'value="ERROR"' in reply.text
    assert told in reply.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_pyvo_finds_images_and_their_links(here, images):
    with requests.Session() as session:
        service = SIA2Service(f"{here}/sia2", session=session)
        rows = service.search(
            pos=(0 * u.deg, 0 * u.deg, 1 * u.deg),
            time=(Time(FIRST, format="mjd"), Time(FIRST + 1, format="mjd")),
            collection="off",
        )
        assert {row.obs_publisher_did for row in rows} == set(images["off"][:2])
        (first, *_) = rows.iter_datalinks()
        proc = first.get_first_proc()
        assert proc.semantics == "#cutout"
        assert {param.name for param in proc.input_params} == {"ID", "CIRCLE", "POLYGON"}
    del service, rows, first, proc
    gc.collect()  # what pyvo leaves open


def test_what_would_be_a_query_without_end_is_refused_before_it_is_written(http):
    ranges = [f"RANGE 0 {300 + n / 10} -89 89" for n in range(200)]
    reply = http.post("/sia2", data={"POS": ranges})
    assert reply.status_code == 400
    assert "the values of POS say too much at once" in reply.text
