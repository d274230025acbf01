"""Pages and data without a browser: what is answered, how it is kept, what is refused."""

import html
import re

import pytest
from psycopg.types.json import Jsonb

from tests.explorer.sky import HOSTILE
from trapdb.web.addresses import of_dataset

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
KINDS = ["field", "forked", "one", "empty"]


def path_of(look, name):
    (row,) = look.execute("select dataset_id from trap.dataset where dataset = %s", [name])
    return of_dataset(name, row.dataset_id)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("kind", ["tally", "field", "images", "transients", "offsets"])
def test_every_data_set_has_its_data(http, look, name, kind):
    reply = http.get(f"/data/{kind}/{path_of(look, name)}")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.json() is not None


def test_the_numbers_are_those_of_the_database(http, look):
    (row,) = look.execute("select * from trap.dataset_summary('field')")
    tally = http.get("/data/tally/field").json()
    assert (tally["images"], tally["rejected"]) == (row.images_accepted, row.images_rejected)
    assert tally["sources"] == row.sources
    for one in tally["candidates"]:
        query = "select count(distinct source_id) from trap.transient_by_definition(%s, 'field')"
        assert look.execute(query, [one["name"]]).fetchone()[0] == one["count"]
    found = [one["source_id"] for one in http.get("/data/transients/field").json()]
    assert found == [s for (s,) in look.execute("select source_id from trap.transient('field')")]
    images = http.get("/data/images/field").json()["images"]
    query = "select image_id, status from trap.image where dataset = 'field' order by image_id"
    assert list(zip(images["image_id"], images["status"], strict=True)) == [
        tuple(row) for row in look.execute(query)
    ]
    bad = images["status"].index("rejected")
    assert "rms" in images["reasons"][bad]
    assert images["reasons"].count(None) == len(images["reasons"]) - images["status"].count(
        "rejected"
    )


def test_images_come_before_and_after_one(http):
    images = http.get("/data/images/field").json()["images"]["image_id"]
    middle = images[len(images) // 2]
    after = http.get(f"/data/images/field?after={middle}").json()["images"]["image_id"]
    before = http.get(f"/data/images/field?before={middle}").json()["images"]["image_id"]
    assert [*before, middle, *after] == images
    assert http.get(f"/data/images/field?after={images[-1]}").json()["images"] == {}


def test_the_brightest_sources_come_with_their_places(http, look):
    sources = http.get("/data/field/field").json()["sources"]
    assert sources["flux"] == sorted(sources["flux"], reverse=True)
    query = "select ra from trap.running_catalogue where dataset = 'field' and source_id = %s"
    assert look.execute(query, [sources["source_id"][0]]).fetchone()[0] == sources["ra"][0]


def test_offsets_and_flux_scale_are_those_of_the_views(http, look):
    """With so few sources the brightest ones are all of them."""
    found = http.get("/data/offsets/field").json()
    query = """
        select o.median_east_arcsec, o.median_north_arcsec, f.ratio, f.ratio_err
        from trap.image_offset as o inner join trap.image_flux_scale as f using (image_id)
        where o.image_id = %s
    """
    for i, image_id in enumerate(found["image_id"]):
        (row,) = look.execute(query, [image_id])
        ours = [found[name][i] for name in ("east", "north", "ratio", "ratio_err")]
        assert ours == pytest.approx(list(row), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", [*KINDS, *HOSTILE])
def test_names_are_text(http, look, name):
    """Every < that a name brought is escaped: what is left are the template's own elements."""
    plain, path = http.get("/dataset/one", headers=HTML).text, path_of(look, name)
    reply = http.get(f"/dataset/{path}", headers=HTML)
    assert reply.status_code == 200
    assert html.escape(name).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in reply.text
    elements = set(re.findall(r"<\s*/?([a-zA-Z]+)", plain)) | {"h"}
    assert set(re.findall(r"<\s*/?([a-zA-Z]+)", reply.text)) <= elements
    assert not re.search(r"<[^>]*\son\w+\s*=", reply.text)
    assert http.get(f"/data/tally/{path}").status_code == 200


def test_no_page_has_a_script_or_a_style_within(http):
    for path in ("/", "/dataset/field", "/nothing"):
        reply = http.get(path, headers=HTML)
        assert reply.headers["content-type"].startswith("text/html")
        policy = reply.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|javascript:", reply.text)
        assert set(re.findall(r'(?:src|href)="(\w+):', reply.text)) <= {"mailto"}


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/nowhere", "/dataset/~", "/dataset/~x", "/dataset/~99999", "/dataset/~9999999999",
        "/dataset/%00", "/dataset/field/nothing", "/assets", "/wherever",
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_on_a_page(http, path):
    reply = http.get(path, headers=HTML)
    assert reply.status_code == 404
    assert reply.headers["content-type"].startswith("text/html")
    assert "<h1>Not found</h1>" in reply.text


def test_programs_are_told_in_their_own_words(http):
    assert "VOTABLE" in http.get("/wherever").text
    assert "VOTABLE" in http.get("/tap/wherever", headers=HTML).text
    reply = http.get("/data/tally/nowhere")
    assert reply.status_code == 404
    assert reply.json() == {"error": "there is no data set 'nowhere'"}


@pytest.mark.parametrize(
    "path",
    [
        "/?before=x", "/?before=-1", "/dataset/field?before=x", "/data/images/field?after=1e3",
        "/data/footprints", "/data/footprints?ids=1,", "/data/footprints?ids=1;drop",
        "/data/footprints?ids=" + ",".join(["1"] * 51),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_line(http, path):
    reply = http.get(path, headers=HTML)
    assert reply.status_code == 400
    assert "Traceback" not in reply.text


def test_assets_are_kept_until_they_change(http):
    page = http.get("/", headers=HTML).text
    (path,) = re.findall(r'href="(/assets/\w+/trapdb.css)"', page)
    reply = http.get(path)
    assert reply.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in reply.headers["cache-control"]
    old = http.get(re.sub(r"/assets/\w+/", "/assets/old/", path))
    assert old.content == reply.content
    assert old.headers["cache-control"] == "no-store"
    plain = http.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == reply.content
    for wrong in ("/assets/x/nothing.js", "/assets/x/..%2Fguard.py", "/assets/x/%2Fetc%2Fpasswd"):
        assert http.get(wrong).status_code == 404


def test_older_data_sets_are_on_pages_of_their_own(http, look):
    ids = [row.dataset_id for row in look.execute("select dataset_id from trap.dataset")]
    page = http.get(f"/?before={max(ids)}", headers=HTML).text
    shown = [int(one) for one in re.findall(r'data-id="(\d+)"', page)]
    assert shown == sorted(set(ids) - {max(ids)}, reverse=True)
    assert "There is none before that." in http.get("/?before=1", headers=HTML).text


@pytest.mark.parametrize("timings", ['{"a": "<b>", "b": null, "c": 2.5}', "[1]", '"x"', "{}"])
def test_runs_of_a_restored_dump_may_say_anything_of_their_times(http, look, timings):
    ((run_id, before),) = look.execute(
        "select run_id, timings from trap.pipeline_run where dataset_id = "
        "(select dataset_id from trap.dataset where dataset = 'field') limit 1"
    ).fetchall()
    change = "update trap_data.pipeline_run set timings = %s where run_id = %s"
    look.execute(change, [timings, run_id])
    try:
        reply = http.get("/dataset/field", headers=HTML)
    finally:
        look.execute(change, [Jsonb(before), run_id])
    assert reply.status_code == 200
    assert ("c 2.5" in reply.text) == ("2.5" in timings)


def test_a_noise_map_without_a_mesh_is_told(http, look):
    ((image_id, dataset_id, dl),) = look.execute(
        "select n.image_id, i.dataset_id, n.dl from trap_data.image_noise as n "
        "inner join trap_data.image as i using (image_id) where i.status = 'accepted' limit 1"
    ).fetchall()
    change = "update trap_data.image_noise set dl = %s where image_id = %s"
    look.execute(change, [5e-324, image_id])
    try:
        reply = http.get(f"/noise?ID=ivo://trapdb/image?{dataset_id}/{image_id}")
    finally:
        look.execute(change, [dl, image_id])
    assert reply.status_code == 404
    assert "makes no sense" in reply.text
