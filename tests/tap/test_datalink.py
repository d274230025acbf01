"""Links of images and light curves, and answers that lead to them."""

import gc
import io
import subprocess

import pytest
import requests
from astropy.io.votable import parse
from astropy.time import Time
from pyvo.dal import TAPService

DATALINK = "application/x-votable+xml;content=datalink"


@pytest.fixture(scope="module")
def ids(look):
    """The identifiers of an image and of a light curve."""
    ((image,),) = look.execute(
        "select trap.image_did(min(image_id)) from trap.image where dataset = 'off'"
    )
    ((source, curve),) = look.execute(
        "select min(source_id), trap.source_did(min(source_id)) from trap.running_catalogue"
        " where dataset = 'off'"
    )
    return {"image": image, "source": str(source), "curve": curve}


def rows_of(reply):
    assert reply.status_code == 200, reply.text
    found = parse(io.BytesIO(reply.content)).get_first_table().to_table()
    return [{name: str(row[name]) for name in found.colnames} for row in found]


def services_of(content):
    """The services that a document describes: their facts, and the parameters that they take."""
    return {
        one.ID: (
            {param.name: str(param.value) for param in one.params},
            {param.name: param.ref for group in one.groups for param in group.entries},
        )
        for one in parse(io.BytesIO(content)).resources
        if one.utype == "adhoc:service"
    }


def test_an_image(http, here, ids):
    reply = http.get("/datalink", params={"ID": ids["image"]})
    assert reply.headers["content-type"] == DATALINK
    whole, piece, measured = rows_of(reply)
    assert {row["ID"] for row in (whole, piece, measured)} == {ids["image"]}
    assert [row["semantics"] for row in (whole, piece, measured)] == [
        "#this", "#cutout", "#derivation",
    ]  # fmt: skip
    assert whole["access_url"].startswith(f"{here}/soda?ID=ivo")
    facts, taken = services_of(reply.content)[piece["service_def"]]
    assert facts["accessURL"] == f"{here}/soda"
    assert facts["standardID"] == "ivo://ivoa.net/std/SODA#sync-1.0"
    assert taken == {"ID": "ID", "CIRCLE": None, "POLYGON": None}
    table = parse(io.BytesIO(http.get(measured["access_url"]).content)).get_first_table()
    assert len(table.array) > 100


@pytest.mark.parametrize("way", ["curve", "source"])
def test_a_light_curve(http, here, ids, way):
    rows = rows_of(http.get("/datalink", params={"ID": ids[way]}))
    assert {row["ID"] for row in rows} == {ids[way]}
    assert [row["semantics"] for row in rows] == ["#this", "#auxiliary", "#progenitor"]
    for row in rows:
        reply = http.get(row["access_url"])
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith(row["content_type"])
    assert len(parse(io.BytesIO(reply.content)).get_first_table().array) == 6


def test_many_identifiers_each_with_what_is_wrong_of_it(http, ids):
    asked = [
        ids["image"],
        "ivo://trapdb/image?7/117440513",
        "ivo://trapdb/image?1/99999999999999999999",
        ids["image"].replace("?2", "?3"),
        "99999999999",
        "'; drop table x",
        ids["curve"],
    ]
    rows = rows_of(http.post("/datalink", data={"ID": asked}))
    assert list(dict.fromkeys(row["ID"] for row in rows)) == asked
    errors = {row["ID"]: row["error_message"].partition(":")[0] for row in rows}
    assert errors == {
        asked[0]: "", asked[1]: "NotFoundFault", asked[2]: "UsageFault", asked[3]: "UsageFault",
        asked[4]: "NotFoundFault", asked[5]: "UsageFault", asked[6]: "",
    }  # fmt: skip


def test_none_and_too_many(http):
    assert rows_of(http.get("/datalink")) == []
    assert http.post("/datalink", data={"ID": ["1"] * 1000}).status_code == 200
    reply = http.get("/datalink", params={"ID": "1", "RESPONSEFORMAT": "csv"})
    assert reply.status_code == 400
    assert "links are told in VOTable" in reply.text
    assert "DataLink#links-1.1" in http.get("/datalink/capabilities").text


@pytest.mark.parametrize("kind", ["image", "curve", "none"])
def test_datalinklint_finds_no_fault(here, stilts, ids, kind):
    identifier = ids.get(kind, "ivo://trapdb/image?7/117440513")
    result = subprocess.run(
        [stilts, "datalinklint", f"votable={here}/datalink?ID={identifier}"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    told = [line for line in result.stdout.splitlines() if line.startswith(("E-", "W-", "F-"))]
    assert told == []
    assert "Errors: 0" in result.stdout, result.stdout + result.stderr


def ask(http, query, **parameters):
    return http.post("/tap/sync", data={"LANG": "ADQL", "QUERY": query, **parameters})


@pytest.mark.parametrize("form", ["votable", "votable/td"])
def test_an_answer_with_sources_leads_to_their_light_curves(http, here, form):
    query = "SELECT TOP 3 name, source_id FROM variability NATURAL JOIN running_catalogue"
    reply = ask(http, query, FORMAT=form)
    services = services_of(reply.content)
    assert services["lightcurve"][0]["accessURL"] == f"{here}/lightcurve"
    assert services["source_links"][0]["accessURL"] == f"{here}/datalink"
    assert {name: taken["ID"] for name, (_, taken) in services.items()} == {
        "lightcurve": "source_id", "source_links": "source_id",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT TOP 3 * FROM ivoa.obscore", {"links": "obs_publisher_did"}),
        ("SELECT TOP 3 source_id AS n FROM lightcurve", {"lightcurve": "n", "source_links": "n"}),
        ("SELECT TOP 3 a.source_id, b.source_id FROM variability AS a, variability AS b", {}),
        ("SELECT TOP 3 source_id + 0 AS source_id FROM variability", {}),
        ('SELECT TOP 3 source_id AS "<&" FROM variability', {}),
        ("SELECT COUNT(*) AS source_id FROM variability", {}),
    ],
)
def test_only_what_is_one_is_taken_for_an_identifier(http, query, columns):
    found = services_of(ask(http, query).content)
    assert {name: taken["ID"] for name, (_, taken) in found.items()} == columns


def test_rows_of_obscore_lead_to_their_links_also_in_jobs(http, here, ids):
    query = "SELECT access_url FROM ivoa.obscore WHERE obs_publisher_did = '{}'"
    for kind in ("image", "curve"):
        asked = {"LANG": "ADQL", "QUERY": query.format(ids[kind]), "FORMAT": "csv"}
        expected = [f"{here}/datalink?ID={ids[kind]}"]
        assert http.post("/tap/sync", data=asked).text.split()[1:] == expected
        job = http.post("/tap/async", data={**asked, "PHASE": "RUN"}).headers["location"]
        assert "COMPLETED" in http.get(job, params={"WAIT": 20}).text
        assert http.get(f"{job}/results/result").text.split()[1:] == expected


def test_the_light_curve_is_that_of_the_database(http, look, ids):
    points = look.execute(
        "select taken_at, freq_eff, kind, usable, int_flux, peak_flux_err, measurement_id, ra"
        " from trap.lightcurve_of(%s)",
        [ids["source"]],
    ).fetchall()
    reply = http.get("/lightcurve", params={"ID": ids["curve"]})
    document = parse(io.BytesIO(reply.content))
    table = document.get_first_table()
    found = table.to_table()
    assert len(found) == len(points) >= 2
    names = ("freq_eff", "kind", "usable", "int_flux", "peak_flux_err", "measurement_id", "ra")
    for number, name in enumerate(names, 1):
        assert [None if v is None else v for v in found[name].tolist()] == [
            row[number] for row in points
        ]
    times = Time([row[0].replace(tzinfo=None) for row in points], scale="utc")
    assert found["obs_time"].tolist() == pytest.approx(times.mjd.tolist(), abs=1e-9)
    known = {field.name: field for field in table.fields}
    (system,) = document.resources[0].time_systems
    assert (system.ID, system.timescale) == (known["obs_time"].ref, "UTC")
    (place,) = document.resources[0].coordinate_systems
    assert known["ra"].ref == place.ID
    assert {param.name for param in table.params} == {
        "source_name", "dataset", "source_ra", "source_dec",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["votable/td", "csv", "fits"])
def test_the_light_curve_in_other_forms(http, ids, form):
    asked = {"ID": ids["source"], "RESPONSEFORMAT": form, "MAXREC": "1"}
    assert http.get("/lightcurve", params=asked).status_code == 200


@pytest.mark.parametrize(
    ("identifier", "status"),
    [(None, 400), ("ivo://trapdb/image?1/16777217", 400), ("1 or 1=1", 400), ("17", 404)],
)
def test_no_light_curve(http, identifier, status):
    reply = http.get("/lightcurve", params={"ID": identifier} if identifier else {})
    assert reply.status_code == status
    assert 'value="ERROR"' in reply.text


def test_votlint_finds_no_fault_of_a_light_curve(http, stilts, ids, tmp_path):
    for form in ("votable", "votable/td"):
        file = tmp_path / "curve.vot"
        asked = {"ID": ids["curve"], "RESPONSEFORMAT": form}
        file.write_bytes(http.get("/lightcurve", params=asked).content)
        result = subprocess.run(
            [stilts, "votlint", f"votable={file}"], capture_output=True, text=True, timeout=60
        )
        assert (result.returncode, result.stdout.strip()) == (0, ""), result.stdout


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_pyvo_follows_a_source_of_an_answer(here, look, ids):
    with requests.Session() as session:
        query = f"SELECT source_id FROM running_catalogue WHERE source_id = {ids['source']}"
        found = TAPService(f"{here}/tap", session=session).search(query)
        linked = next(found.iter_datalinks(preserve_order=True))
        curve = next(linked.bysemantics("#this", include_narrower=False))
        points = parse(io.BytesIO(curve.getdataset().read())).get_first_table().array
        ((number,),) = look.execute(
            "select count(*) from trap.lightcurve_of(%s)", [ids["source"]]
        ).fetchall()
        assert len(points) == number
    del found, linked, curve
    gc.collect()  # what pyvo leaves open
