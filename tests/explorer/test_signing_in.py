"""Where others reach the service: who writes signs in with a login of the database."""

import json
import socket
import subprocess
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.conftest import OPERATOR, WEB
from tests.explorer.watched import Watched, inaccessible
from tests.service import PROGRAM, running

ANNA, PASSWORD, PUBLIC = "test_anna", "correct <horse> & 'battery'", "https://archive.example.org"


@pytest.fixture(scope="module")
def logins(cluster, look):
    """Logins of which the database asks a password: of a rater, and of somebody who only reads."""
    rules = Path(cluster.host) / "data/pg_hba.conf"
    before = rules.read_text()
    look.execute(f"create role {ANNA} login password $p${PASSWORD}$p$ in role trapdb_rater")
    look.execute(f"create role test_otto login password $p${PASSWORD}$p$ in role trapdb_reader")
    rules.write_text(f"local all {ANNA},test_otto scram-sha-256\n{before}")
    look.execute("select pg_reload_conf()")
    yield
    rules.write_text(before)
    look.execute("select pg_reload_conf()")
    look.execute(f"drop role {ANNA}")
    look.execute("drop role test_otto")


@pytest.fixture(scope="module")
def local(cluster, database, logins, tmp_path_factory):
    """The address, on this machine, of a service behind a proxy."""
    config = tmp_path_factory.mktemp("shared") / "serve.toml"
    config.write_text(f'[serve]\nbase_url = "{PUBLIC}"\n')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = cluster.url("explored", WEB)
    with running("--writable", "--config", config, "--database", url, "--port", port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def behind(chromium, local):
    """A browser's page of that service, by way of a proxy."""

    def passed(route):
        route.fulfill(response=route.fetch(url=route.request.url.replace(PUBLIC, local)))

    with Watched(chromium, PUBLIC) as watched:
        watched.page.route(f"{PUBLIC}/**", passed)
        yield watched
        watched.page.wait_for_load_state("networkidle")


@pytest.fixture
def source_id(look):
    """A source."""
    (row,) = look.execute(
        "select source_id from trap.running_catalogue where dataset = 'one' limit 1"
    )
    yield row.source_id
    look.execute("truncate trap_data.label")


def sign_in(page, user=ANNA, password=PASSWORD):
    page.get_by_role("button", name="Sign in").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User").fill(user)
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_label("Password").press("Enter")


def test_who_signs_in_writes_in_their_own_name_by_their_own_login(behind, look, source_id):
    page = behind.page
    page.goto(f"/source/{source_id}")
    expect(page.locator("#rating")).to_be_hidden()
    sign_in(page, password="wrong")
    expect(page.get_by_role("dialog")).to_contain_text("does not let this login in")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#who-name")).to_have_text(ANNA)
    page.keyboard.press("r")
    expect(page.locator("#labels tbody tr")).to_contain_text(ANNA)
    page.goto("/dataset/field/variability?eta_from=1.5&v_from=0.02")
    form = page.get_by_role("form", name="Store them as a definition")
    form.get_by_label("Name").fill("annas")
    form.get_by_role("button", name="Store").click()
    expect(form.get_by_role("status")).to_have_text("stored: annas")
    query = "select owner from trap.transient_definition where name = 'annas'"
    assert look.execute(query).fetchall() == [(ANNA,)]
    look.execute("select trap.delete_definition('annas')")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in").first).to_be_visible()
    expect(form).to_be_hidden()
    # the browser's own word for a wrong password
    behind.faults = [one for one in behind.faults if "403" not in one]


def test_signing_in_is_accessible(behind):
    behind.page.goto("/dataset/one/candidates", wait_until="networkidle")
    behind.page.get_by_role("button", name="Sign in").first.click()
    assert inaccessible(behind.page) == []


def sent(local, path, given, **headers):
    own = {"Origin": PUBLIC, "Host": "archive.example.org", "Content-Type": "application/json"}
    return httpx.post(
        f"{local}{path}", content=json.dumps(given), headers={**own, **headers}, timeout=30
    )


@pytest.mark.parametrize(
    ("user", "password", "message"),
    [
        (ANNA, "wrong", "does not let this login in"),
        (ANNA, "", "expected a user and a password"),
        ("", PASSWORD, "expected a user and a password"),
        ("nobody\0", PASSWORD, "expected a user and a password"),
        ("x" * 64, PASSWORD, "no such login"),
        ("\ud800", PASSWORD, "does not let this login in"),
        ("nobody host=elsewhere", PASSWORD, "does not let this login in"),
        (OPERATOR, PASSWORD, "lets this login in without a password"),
        ("test_otto", PASSWORD, "no member of trapdb_rater"),
    ],
)
def test_who_is_no_rater_or_has_no_password_is_not_let_in(local, user, password, message):
    reply = sent(local, "/session", {"user": user, "password": password})
    assert reply.status_code == 403
    assert message in reply.json()["error"]
    assert "key" not in reply.json()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://archive.example.org"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ],
)
def test_another_page_signs_nobody_in(local, headers):
    reply = sent(local, "/session", {"user": ANNA, "password": PASSWORD}, **headers)
    assert reply.status_code == 403
    assert "key" not in reply.json()


def test_a_key_is_of_one_person_until_they_sign_out(local, look, source_id):
    key = sent(local, "/session", {"user": ANNA, "password": PASSWORD}).json()["key"]
    for given, status in ((key, 200), (key[:-1], 403), ("", 403)):
        reply = sent(local, f"/label/{source_id}", {"rating": "real"}, **{"Trapdb-Key": given})
        assert reply.status_code == status
    own = {"Origin": PUBLIC, "Content-Type": "application/json", "Trapdb-Key": key}
    assert httpx.get(f"{local}/session", headers=own).json() == {"user": ANNA}
    connections = "select count(*) from pg_stat_activity where usename = %s"
    assert look.execute(connections, [ANNA]).fetchone() == (1,)
    assert httpx.delete(f"{local}/session", headers=own).status_code == 200
    assert httpx.get(f"{local}/session", headers=own).json() == {"user": None}
    reply = sent(local, f"/label/{source_id}", {"rating": "real"}, **{"Trapdb-Key": key})
    assert reply.status_code == 403


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ("", ["--host", "0.0.0.0"]),
        ('base_url = "http://archive.example.org"', []),
    ],
)
def test_passwords_do_not_go_where_they_could_be_read(
    cluster, database, tmp_path, settings, options
):
    config = tmp_path / "serve.toml"
    config.write_text(f"[serve]\n{settings}\n")
    url = cluster.url("explored", WEB)
    command = [*PROGRAM, "--writable", "--config", config, "--database", url, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "a proxy with TLS" in done.stderr
    assert done.stderr.count("\n") == 1
