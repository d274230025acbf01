"""A login that is shown two data sets of three, and a service that uses it.

The rights are the boundary: most of these tests are of SQL as the login may send it, whatever a
query in ADQL could become.
"""

import re

import httpx
import numpy as np
import psycopg
import pytest
from psycopg import sql

from tests.conftest import RESTRICTED, SUPERUSER, WEB, WORKER
from tests.service import running
from trapdb import schema
from trapdb.errors import DatabaseError
from trapdb.reference.healpix import merged
from trapdb.reference.moc import read_moc
from trapdb.web.application import ROUTES
from trapdb.web.running import run
from trapdb.web.settings import Settings

SHOWN = ["meridian", "off"]
HIDDEN = "pole"
SCHEMA = f"shown_to_{RESTRICTED}"
# These are of the whole archive: what its users watch and say, catalogues that no data set shown
# has. The login finds them empty.
EMPTY = {
    "label_history", "skymap", "skymap_cell", "watch_entry", "watch_list",
    "reference_catalogue", "reference_source", "indexed_reference_source",
}  # fmt: skip
# and of these the rows have to be found by the identifier of an image
BY_IMAGE = {"obscore_radio", "indexed_obscore_radio"}
# Of these the login is shown no more than the public: not who did what from where.
WITHOUT_NAMES = {"dataset", "pipeline_run"}
# It is made of the others, for minutes.
TOO_SLOW = {"candidate"}


@pytest.fixture(scope="module", autouse=True)
def hidden(database, look):
    """A source of the data set that is not shown, with a label; the login is made."""
    (source_id,) = look.execute(
        "select min(source_id) from trap.running_catalogue where dataset = %s", [HIDDEN]
    ).fetchone()
    look.execute("select trap.add_label(%s, 'real', p_note => 'a secret')", [source_id])
    schema.restrict(database, RESTRICTED, SHOWN)
    yield source_id
    look.execute("delete from trap_data.label")
    schema.restrict(database, RESTRICTED, [])


@pytest.fixture(scope="module")
def login(cluster):
    with psycopg.connect(cluster.url("archived", RESTRICTED), autocommit=True) as conn:
        yield conn


def views(conn):
    return conn.execute("""select n.nspname, c.relname,
        array(select attname::text from pg_attribute where attrelid = c.oid)
        from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ('trap', 'ivoa') and c.relkind = 'v'""").fetchall()


def test_every_view_has_the_rows_of_these_data_sets_alone(look, login):
    content = "select md5(string_agg(v::text, ' ' order by v::text)), count(*) from {} as v"
    numbers = look.execute(
        "select string_agg(dataset_id::text, '|') from trap.dataset where dataset = any(%s)",
        [SHOWN],
    ).fetchone()
    for conn in (look, login):  # the last digit of a sum is a matter of its order
        conn.execute("set extra_float_digits = -3")
    partly = 0
    for name, view, columns in views(look):
        if view in TOO_SLOW:
            continue
        whole = sql.SQL(content).format(sql.Identifier(name, view))
        look.execute(f"set role {'trapdb_public' if view in WITHOUT_NAMES else 'none'}")
        if view in EMPTY:
            wanted = (None, 0)
        elif view in BY_IMAGE:
            wanted = look.execute(
                whole + sql.SQL(" where obs_publisher_did ~ %s"), [rf"\?({numbers[0]})/"]
            ).fetchone()
        elif of := {"dataset", "obs_collection"} & set(columns):
            condition = sql.SQL(" where {} = any(%s)").format(sql.Identifier(of.pop()))
            wanted = look.execute(whole + condition, [SHOWN]).fetchone()
            partly += wanted != look.execute(whole).fetchone()
        else:
            wanted = look.execute(whole).fetchone()
        found = login.execute(sql.SQL(content).format(sql.Identifier(SCHEMA, view))).fetchone()
        assert found == wanted, view
    look.execute("reset role")
    assert partly > 15
    for conn in (look, login):
        conn.execute("reset extra_float_digits")


def test_nothing_is_known_of_the_hidden_source(login, hidden):
    for function in ("lightcurve_of", "labels_of", "position_history", "variability_history"):
        call = sql.SQL("select * from {}(%s)").format(sql.Identifier(SCHEMA, function))
        assert login.execute(call, [hidden]).fetchall() == []
    for call, message in (
        ("dataset_id_of('{}')", 'there is no data set named "{}"'),
        ("dataset_summary('{}')", 'there is no data set named "{}"'),
        ("transient('{}')", 'there is no data set named "{}"'),
    ):
        told = []
        for name in (HIDDEN, "nowhere"):
            with pytest.raises(psycopg.Error) as refused:
                login.execute(f"select * from {SCHEMA}.{call.format(name)}")
            told.append(refused.value.diag.message_primary == message.format(name))
        assert told == [True, True]


@pytest.mark.parametrize(
    "text",
    [
        "select 1 from trap_data.source",
        "select 1 from trap_data.source_3",
        "select 1 from trap_data.dataset",
        "select 1 from trap_data.job",
        "select 1 from trap_data.restriction",
        "select 1 from trap.running_catalogue",
        "select 1 from trap.dataset",
        "select 1 from ivoa.obscore",
        "select 1 from trap.label_history",
        f"select 1 from data_{SCHEMA}.dataset",
        "select * from trap.lightcurve_of(1)",
        "select * from trap.dataset_summary('pole')",
        f"select {SCHEMA}.delete_dataset('pole')",
        f"select {SCHEMA}.open_dataset('mine', '{{}}')",
        f"select {SCHEMA}.add_label(1, 'real')",
        f"delete from {SCHEMA}.dataset",
        f"create view {SCHEMA}.mine as select 1",
        f"create function {SCHEMA}.mine() returns int language sql return 1",
        "set role trapdb_public",
        "set role trapdb_admin",
        f"set session authorization {SUPERUSER}",
        "select pg_read_file('postgresql.conf')",
        "copy (select 1) to '/tmp/mine'",
        "copy (select 1) to program 'true'",
        "select * from pg_statistic",
        "alter table trap_data.source enable row level security",
    ],
)
def test_the_login_reaches_nothing_else(login, text):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        login.execute(text)


def test_no_way_of_planning_shows_what_is_hidden(cluster, look, hidden):
    """A function that is cheaper than any comparison is put before it, and tells all it meets."""
    told = []
    with psycopg.connect(cluster.url("archived", RESTRICTED), autocommit=True) as conn:
        conn.add_notice_handler(lambda notice: told.append(notice.message_primary))
        conn.execute("""create function pg_temp.tell(p_what text) returns boolean
            language plpgsql cost 0.0001
            as $$begin raise notice '%', p_what; return true; end$$""")
        for option in ("enable_partition_pruning", "enable_hashjoin", "enable_indexscan"):
            conn.execute(f"set {option} = off")
        conn.execute("set constraint_exclusion = off")
        for view, column in (
            ("dataset", "dataset"), ("image", "image_id"), ("running_catalogue", "source_id"),
            ("indexed_source", "pos"), ("measurement", "measurement_id"), ("band", "band_id"),
            ("lightcurve", "image_id"), ("lightcurve", "freq_eff"), ("curve_point", "source_id"),
            ("label", "label_id"), ("source_label", "source_id"), ("indexed_obscore", "obs_id"),
            ("sky_region", "dec"), ("pipeline_run", "run_id"), ("variability", "source_id"),
        ):  # fmt: skip
            told.clear()
            said = f"from {SCHEMA}.{view} where pg_temp.tell({column}::text)"
            shown = {str(value) for (value,) in conn.execute(f"select {column}::text {said}")}
            assert set(told) == shown, (view, column)


def test_a_division_by_zero_tells_nothing(login, look):
    """An error that depends on the row would say that there is such a row."""
    (taken_at,) = look.execute(
        "select max(image_id) from trap.image where dataset = %s", [HIDDEN]
    ).fetchone()
    for view in ("image", "lightcurve", "obscore"):
        column = "t_min" if view == "obscore" else "image_id"
        login.execute(f"select 1 from {SCHEMA}.{view} where 1 / ({column} - {taken_at}) > 2")


def test_it_may_do_what_the_public_may_and_no_more(look, login):
    may = """select p.proname from pg_proc as p where p.pronamespace = any(%s::regnamespace[])
        and has_function_privilege(%s, p.oid, 'execute') and has_schema_privilege(%s,
        p.pronamespace, 'usage')"""
    ours = {name for (name,) in look.execute(may, [[SCHEMA], RESTRICTED, RESTRICTED])}
    public = {name for (name,) in look.execute(may, [["trap", "ivoa"], *["trapdb_public"] * 2])}
    assert ours == public
    ours = {name for (name,) in look.execute(may, [["trap", "ivoa"], RESTRICTED, RESTRICTED])}
    assert ours == {"angular_separation", "vo_unit", "annotation", "adql_name"}
    may = """select oid::regclass::text from pg_class where relkind in ('r', 'p', 'v', 'm', 'S')
        and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
        and has_schema_privilege(%s, relnamespace, 'usage')
        and has_table_privilege(%s, oid, 'select, insert, update, delete, truncate')"""
    tables = {name for (name,) in look.execute(may, [RESTRICTED] * 2)}
    others = {name for name in tables if not name.startswith((f"{SCHEMA}.", "tap_schema."))}
    assert others == {f"trap_data.{n}" for n in ("alembic_version", "code_manifest", "code_object")}


def test_what_is_shown_is_made_of_nothing_else(look):
    """No function names a table of the archive but those that need no naming: to make some."""
    names = [
        name
        for (name,) in look.execute(
            "select relname from pg_class where relnamespace = 'trap_data'::regnamespace"
            " and relkind in ('r', 'p')"
        )
    ]
    body = """select proname, pg_get_functiondef(oid) from pg_proc
        where pronamespace = %s::regnamespace and prokind = 'f'"""
    naming = re.compile(rf"\b(?:trap_data\.(?:{'|'.join(names)})\b|trap\.|ivoa\.)")
    (tested,) = look.execute("select count(*) from pg_proc where proname = 'lightcurve_of'")
    assert tested == (2,)
    for name, text in look.execute(body, [SCHEMA]):
        public = look.execute(
            "select bool_or(has_function_privilege('trapdb_public', oid, 'execute')) from pg_proc"
            " where proname = %s and pronamespace in ('trap'::regnamespace, 'ivoa'::regnamespace)",
            [name],
        ).fetchone()
        code = re.sub(r"'[^']*'|--[^\n]*", "", text) if public == (True,) else ""
        assert not naming.findall(code), name
    for view, text in look.execute(
        "select viewname, definition from pg_views where schemaname = %s", [SCHEMA]
    ):
        assert not naming.findall(re.sub(r"'[^']*'", "", text)), view


@pytest.fixture(scope="module")
def service(cluster, tmp_path_factory):
    """The address of a service of the data sets that are shown."""
    folder = tmp_path_factory.mktemp("restricted")
    config = folder / "serve.toml"
    config.write_text(
        f'[serve]\ndatasets = {SHOWN}\nresults = "{folder}"\npublisher = "P"\ncontact = "c@d.org"\n'
        'identifier = "ivo://org.example/some"\ndescription = "Some."\n'
    )
    url = cluster.url("archived", RESTRICTED)
    jobs = {"TRAPDB_JOBS_URL": cluster.url("archived", WORKER)}
    with (
        running("--config", config, "--database", url, **jobs) as started,
        httpx.Client(base_url=started.address, timeout=30) as client,
    ):
        yield client


def asked(client, query, **given):
    data = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": query}
    reply = client.post("/tap/sync", data=data, **given)
    assert reply.status_code == 200, reply.text
    return reply.text.split()[1:]


def test_the_service_shows_these_data_sets(service, hidden):
    assert asked(service, "SELECT dataset FROM trap.dataset ORDER BY dataset") == SHOWN
    names = "SELECT DISTINCT obs_collection FROM ivoa.obscore ORDER BY obs_collection"
    assert asked(service, names) == SHOWN
    count = "SELECT COUNT(*) FROM running_catalogue WHERE "
    assert asked(service, f"{count} dataset = 'pole'") == ["0"]
    assert asked(service, f"{count} source_id = {hidden}") == ["0"]
    assert asked(service, f"{count} 1 = CONTAINS(POINT(ra, dec), CIRCLE(0, 90, 5))") == ["0"]
    assert asked(service, f"{count} 1 = CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 9))") == ["500"]
    tables = "SELECT COUNT(*) FROM tap_schema.tables WHERE table_name = 'trap.lightcurve'"
    assert asked(service, tables) == ["1"]
    assert "trap.running_catalogue" in service.get("/tap/tables").text
    record = service.get("/registry").text
    assert 'xsi:type="vs:CatalogService"' in record


def test_so_do_the_services_beside_tap(service, http, look, hidden):
    (image,) = look.execute(
        "select min(trap.image_did(image_id)) from trap.image where dataset = %s", [HIDDEN]
    ).fetchone()
    links = service.get("/datalink", params={"ID": [str(hidden), image]}).text
    assert links.count("NotFoundFault") == 2
    assert service.get("/lightcurve", params={"ID": hidden}).status_code == 404
    assert service.get("/soda", params={"ID": image}).status_code == 404
    assert service.get("/moc", params={"DATASET": HIDDEN}).status_code == 400
    whole, *parts = (
        read_moc(client.get("/moc", params={"RESPONSEFORMAT": "ascii", **names}).text)
        for client, names in ((service, {}), *((http, {"DATASET": name}) for name in SHOWN))
    )
    assert np.array_equal(whole, merged(*np.concatenate(parts, axis=1)))
    for address, parameters in (
        ("/scs", {"RA": 0, "DEC": 90, "SR": 5, "RESPONSEFORMAT": "csv"}),
        ("/sia2", {"POS": "CIRCLE 0 90 1", "RESPONSEFORMAT": "csv"}),
    ):
        found = service.get(address, params=parameters).text.splitlines()
        assert len(found) == 1, found
        assert len(http.get(address, params=parameters).text.splitlines()) > 1
    (curve,) = look.execute(
        "select min(source_id) from trap.running_catalogue where dataset = %s", [SHOWN[0]]
    ).fetchone()
    assert len(service.get(f"/lightcurve?ID={curve}&RESPONSEFORMAT=csv").text.splitlines()) > 2
    assert "#this" in service.get("/datalink", params={"ID": curve}).text
    assert "there is no data set" in service.get("/moc", params={"DATASET": HIDDEN}).text


def test_no_page_tells_of_what_is_hidden(service, look, hidden):
    """What is hidden is answered as what was never there, on every page that there is."""
    (image,) = look.execute(
        "select min(image_id) from trap.image where dataset = %s", [HIDDEN]
    ).fetchone()
    (source,) = look.execute(
        "select min(source_id) from trap.running_catalogue where dataset = 'off'"
    ).fetchone()
    (ours,) = look.execute("select min(image_id) from trap.image where dataset = 'off'").fetchone()
    shown = {"dataset": "off", "source": source, "image": ours}
    tried = 0
    for route in ROUTES:
        names = set(route.param_convertors)
        # what writes is of services that show all, and of pages of their own
        if not names or not names <= set(shown) or "GET" not in (route.methods or ()):
            continue
        # what some of them ask for besides
        given = {"images": image, "band": 1, "stokes": "I", "of": f"{source},1,I"}
        if "/live/" not in route.path:  # which answers for as long as somebody listens
            reply = service.get(route.path.format(**shown), params=given)
            assert reply.status_code == 200, route.path
        for values in (
            {"dataset": HIDDEN, "source": hidden, "image": image},
            {"dataset": "nowhere", "source": 99, "image": 99},
        ):
            reply = service.get(route.path.format(**values), params=given)
            assert reply.status_code == 404, route.path
        tried += 1
    assert tried >= 8
    for view, column in (("dataset", "dataset"), ("running_catalogue", "source_id")):
        query = f"SELECT {column} AS x FROM trap.{view} WHERE dataset IN ('{HIDDEN}', 'off')"
        page = service.get("/query", params={"query": query}).text
        assert ">off<" in page if view == "dataset" else f"/source/{source}" in page
        assert f">{HIDDEN}<" not in page
        assert f"/source/{hidden}" not in page
    own = {"Origin": str(service.base_url).rstrip("/")}
    assert service.post("/query", data={"query": "select 1"}, headers=own).status_code == 403
    dictionary = service.get("/data/dictionary").text
    assert not re.search(rf"\b{HIDDEN}\b", dictionary)  # a dipole is no secret
    assert HIDDEN not in service.get("/").text
    assert "off" in service.get("/").text


def test_an_uploaded_table_takes_the_place_of_none(service):
    table = b"""<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE>
        <TABLE><FIELD name="ra" datatype="double"/><FIELD name="dec" datatype="double"/><DATA>
        <TABLEDATA><TR><TD>0</TD><TD>89</TD></TR><TR><TD>0</TD><TD>0</TD></TR></TABLEDATA></DATA>
        </TABLE></RESOURCE></VOTABLE>"""
    for name in ("mine", "dataset", "running_catalogue"):
        found = asked(
            service,
            f"SELECT m.dec, COUNT(s.source_id) AS n FROM TAP_UPLOAD.{name} AS m "
            "LEFT JOIN trap.running_catalogue AS s "
            "ON 1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(m.ra, m.dec, 9)) "
            "GROUP BY m.dec ORDER BY m.dec",
            params={"UPLOAD": f"{name},param:f"},
            files={"f": ("f", table)},
        )
        assert [line.split(",")[1] for line in found] == ["500", "0"]


def test_jobs_are_of_one_service(service, http):
    query = {"LANG": "ADQL", "QUERY": "SELECT dataset FROM trap.dataset", "FORMAT": "csv"}
    jobs = []
    for client in (service, http):
        reply = client.post("/tap/async", data={**query, "PHASE": "RUN"})
        jobs.append(re.search(r"[0-9a-f-]{36}", reply.headers["location"])[0])
    mine, theirs = jobs
    for client, own, other in ((service, mine, theirs), (http, theirs, mine)):
        assert own in client.get("/tap/async").text
        assert other not in client.get("/tap/async").text
        assert client.get(f"/tap/async/{other}").status_code == 404
        phase = client.get(f"/tap/async/{own}", params={"WAIT": 10}).text
        assert "COMPLETED" in phase
    result = service.get(f"/tap/async/{mine}/results/result", follow_redirects=True)
    assert sorted(result.text.split()[1:]) == SHOWN
    for client, own in ((service, mine), (http, theirs)):
        client.delete(f"/tap/async/{own}")


def test_a_service_shows_what_it_says_or_nothing(cluster):
    some, every = (cluster.url("archived", user) for user in (RESTRICTED, WEB))
    for url, datasets, message in (
        (some, None, "is not shown all data sets"),
        (every, SHOWN, "sees all data sets"),
        (some, ["meridian"], f"trapdb db restrict {RESTRICTED} meridian"),
        (some, [*SHOWN, HIDDEN], "is shown meridian, off, and"),
    ):
        with pytest.raises(DatabaseError, match=message):
            run(Settings(datasets=datasets, port=0), url, browser=False, writable=False)


def plan(conn, query):
    return "\n".join(line for (line,) in conn.execute(f"explain (costs off) {query}"))


def test_indexes_are_used_and_hidden_partitions_are_not_there(login, look):
    (number,) = look.execute(
        "select dataset_id from trap.dataset where dataset = %s", [HIDDEN]
    ).fetchone()
    login.execute("set enable_seqscan = off")
    near = "(values (0, 0), (1, 1)) as m (ra, dec) on s.pos <@ scircle(spoint(m.ra, m.dec), 0.001)"
    for query, index in (
        (f"{SCHEMA}.indexed_source where pos <@ scircle(spoint(0, 0), 0.001)", "_pos_idx"),
        (f"{SCHEMA}.indexed_source as s inner join {near}", "_pos_idx"),
        (f"{SCHEMA}.lightcurve where source_id = 1 and dataset_id = 1", "association_1_pkey"),
        (f"{SCHEMA}.variability where source_id = 1 and dataset_id = 1", "source_flux_1_pkey"),
    ):
        found = plan(login, f"select * from {query}")
        assert index in found, found
        assert f"_{number} " not in found
    assert "source_2" not in plan(
        login, f"select * from {SCHEMA}.running_catalogue where dataset_id = 1"
    )
    login.execute("reset enable_seqscan")


def test_of_what_is_asked_for_all_has_to_be_there(database, login):
    for given, message in (
        ((RESTRICTED, ["off", "nowhere"]), "no data set named nowhere"),
        (("nobody", ["off"]), "there is no login nobody"),
        ((WEB, ["off"]), "may see more anyhow"),
    ):
        with pytest.raises(DatabaseError, match=message):
            schema.restrict(database, *given)
    assert login.execute(f"select count(*) from {SCHEMA}.dataset").fetchone() == (2,)
