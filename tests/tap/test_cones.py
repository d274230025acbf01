"""Sources around a position, as cone searches have them."""

import gc
import io
import subprocess

import pytest
import requests
from astropy.io.votable import parse
from pyvo.dal import SCSService

PLACE = (0.1, 0.2)


@pytest.fixture(scope="module")
def around(look):
    """The sources of all data sets within 0.5 deg of a place, the nearest first."""
    return look.execute(
        "select source_id, ra, trap.source_did(source_id), name, dataset"
        " from trap.running_catalogue,"
        " lateral (select trap.angular_separation(ra, dec, %s, %s) as apart) as d"
        " where apart <= 0.5 order by apart",
        PLACE,
    ).fetchall()


def ask(http, **parameters):
    return http.get("/scs", params={"RA": PLACE[0], "DEC": PLACE[1], "SR": 0.5, **parameters})


def table_of(reply):
    assert reply.status_code == 200, reply.text
    return parse(io.BytesIO(reply.content)).get_first_table()


def test_the_sources_around_a_place(http, around):
    table = table_of(ask(http))
    found = table.to_table()
    assert found["source_id"].tolist() == [row[0] for row in around]
    assert found["ra"].tolist() == [row[1] for row in around]
    assert [str(one) for one in found["id"]] == [row[2] for row in around]
    main = {
        field.ucd: (field.name, field.datatype)
        for field in table.fields
        if field.ucd and (field.ucd.endswith("_MAIN") or "meta.main" in field.ucd)
    }
    assert main == {
        "ID_MAIN": ("id", "char"), "POS_EQ_RA_MAIN": ("ra", "double"),
        "POS_EQ_DEC_MAIN": ("dec", "double"),
    }  # fmt: skip


@pytest.mark.parametrize("verbosity", ["1", "2", "3"])
def test_as_many_columns_as_are_wanted(http, around, look, verbosity):
    table = table_of(ask(http, VERB=verbosity))
    assert len(table.array) == len(around)
    whole = {name for (name,) in look.execute(
        "select column_name from tap_schema.columns where table_name = 'trap.running_catalogue'"
    )}  # fmt: skip
    names = {field.name for field in table.fields} - {"id", "separation"}
    assert names <= whole
    assert (names == whole) is (verbosity == "3")
    assert (names == {"ra", "dec"}) is (verbosity == "1")


def test_what_else_may_be_said(http, around):
    of_one = [row[0] for row in around if row[4] == "off"]
    assert table_of(ask(http, DATASET="off")).to_table()["source_id"].tolist() == of_one
    cut = ask(http, MAXREC=2)
    assert len(table_of(cut).array) == 2
    assert "OVERFLOW" in cut.text
    lines = ask(http, RESPONSEFORMAT="csv").text.splitlines()
    assert len(lines) == len(around) + 1
    posted = {"ra": PLACE[0], "dec": PLACE[1], "sr": 0.5}
    assert len(table_of(http.post("/scs", data=posted)).array) == len(around)


@pytest.mark.parametrize("parameters", [{"SR": 0}, {"MAXREC": 0}])
def test_columns_alone(http, parameters):
    table = table_of(ask(http, **parameters))
    assert len(table.array) == 0
    assert "id" in {field.name for field in table.fields}


def test_the_whole_sky(http, look):
    ((number,),) = look.execute("select count(*) from trap.running_catalogue")
    assert len(table_of(ask(http, SR=180)).array) == number


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"RA": None}, "parameter RA is missing"),
        ({"DEC": "x"}, "DEC='x': expected a number"),
        ({"DEC": 91}, "DEC=91.0: expected an angle from -90 to 90 deg"),
        ({"RA": "nan"}, "RA=nan"),
        ({"SR": -1}, "SR=-1.0"),
        ({"SR": "inf"}, "SR=inf"),
        ({"VERB": 4}, "VERB='4': it is 1, 2 or 3"),
        ({"RESPONSEFORMAT": "png"}, "there is no format 'png'"),
        ({"MAXREC": -1}, "MAXREC='-1'"),
        ({"DATASET": "o'ff"}, 'there is no data set "o\'ff"'),
    ],
)
def test_errors_are_told_as_the_standards_have_them(http, parameters, told):
    asked = {"RA": PLACE[0], "DEC": PLACE[1], "SR": 0.5, **parameters}
    reply = http.get("/scs", params={k: v for k, v in asked.items() if v is not None})
    assert reply.status_code == 400
    document = parse(io.BytesIO(reply.content))
    (error,) = document.infos
    assert error.name == "Error"
    assert told in error.value
    (status,) = document.resources[0].infos
    assert (status.name, status.value) == ("QUERY_STATUS", "ERROR")
    assert told in status.content


def test_votlint_and_stilts(here, http, stilts, around, tmp_path):
    """votlint knows UCDs of version 1+ only: those that the standard asks for are older."""
    file = tmp_path / "cone.vot"
    file.write_bytes(ask(http, VERB=3).content)
    result = subprocess.run(
        [stilts, "votlint", "ucd=false", f"votable={file}"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (result.returncode, result.stdout.strip()) == (0, ""), result.stdout
    table = tmp_path / "places.csv"
    table.write_text("r,d\n{},{}\n".format(*PLACE))
    result = subprocess.run(
        [
            stilts, "coneskymatch", f"in={table}", "ifmt=csv", "ra=r", "dec=d", "sr=0.5",
            f"serviceurl={here}/scs", "find=all", "ofmt=csv", "ocmd=keepcols name",
        ],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert sorted(result.stdout.split()[1:]) == sorted(row[3] for row in around), result.stderr


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_pyvo_goes_from_a_cone_to_light_curves(here, around):
    with requests.Session() as session:
        found = SCSService(f"{here}/scs", session=session).search(PLACE, 0.5)
        assert [row.id for row in found] == [row[2] for row in around]
        assert found[0].pos.ra.deg == around[0][1]
        linked = list(found.iter_datalinks())
        assert sorted(one.original_row["id"] for one in linked) == sorted(row[2] for row in around)
        curve = next(linked[0].bysemantics("#this", include_narrower=False))
        table = parse(io.BytesIO(curve.getdataset().read())).get_first_table()
        assert len(table.array) >= 2
    del found, linked, curve
    gc.collect()  # what pyvo leaves open
