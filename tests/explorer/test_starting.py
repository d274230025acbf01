"""`trapdb serve` at a terminal: it opens a browser; stopped, it lets those go who watch."""

import os
import pty
import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.conftest import RATER, WEB
from tests.service import PROGRAM, running


@pytest.fixture
def browser(tmp_path: Path) -> dict[str, str]:
    """The environment of a user whose browser notes what it is to show."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/shown\n')
    program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name != "SSH_CONNECTION"}
    return {**kept, "DISPLAY": ":99", "BROWSER": str(program)}


def lines_of(terminal: int, last: str) -> str:
    """Read what is written to a terminal, until a pattern is found."""
    text = ""
    while not re.search(last, text):
        text += os.read(terminal, 1000).decode()
    return text


def shown(tmp_path: Path) -> str:
    """What the browser was to show."""
    file = tmp_path / "shown"
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize("options", [[], ["--no-browser"]])
def test_at_a_terminal_a_browser_is_opened_unless_it_is_not_wanted(
    cluster, database, browser, tmp_path, options
):
    master, terminal = pty.openpty()
    command = [*PROGRAM[:-1], "--database", cluster.url("explored", WEB)]
    with subprocess.Popen(
        [*command, *options], env=browser, stdout=terminal, stderr=subprocess.PIPE, text=True
    ) as process:
        here = re.search(r"is at (\S+/) ", lines_of(master, r"/tap\)"))[1]
        with httpx.stream("GET", f"{here}data/live/one", timeout=30) as reply:
            lines = reply.iter_lines()
            assert next(lines).startswith("retry")
            process.send_signal(signal.SIGINT)
            assert "still" not in "".join(lines)  # to its end
        assert process.wait() == 128 + signal.SIGINT
        assert process.stderr.read().split() == ["trapdb:", "interrupted"]
    os.close(master)
    os.close(terminal)
    assert shown(tmp_path) == ("" if options else f"{here}\n")


def test_the_key_is_in_no_command_that_others_see(cluster, database, browser, tmp_path):
    """The browser is led to the address by a file of one's own."""
    master, terminal = pty.openpty()
    browser["TRAPDB_RATER_URL"] = cluster.url("explored", RATER)
    command = [*PROGRAM[:-1], "--writable", "--database", cluster.url("explored", WEB)]
    with subprocess.Popen(command, env=browser, stdout=terminal) as process:
        address = re.search(r"open (\S+#key=\S{43})\s", lines_of(master, r"#key=\S+\s"))[1]
        while not shown(tmp_path):
            time.sleep(0.05)
        file = Path(urlsplit(shown(tmp_path).strip()).path)
        assert address in file.read_text()
        assert file.stat().st_mode & 0o077 == 0
        process.terminate()
    assert not file.exists()
    os.close(master)
    os.close(terminal)


def test_behind_a_proxy_the_path_may_be_there_or_taken_away(cluster, database, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "serve.toml"
    config.write_text(f'[serve]\nbase_url = "http://127.0.0.1:{port}/sky/sea"\n')
    url = cluster.url("explored", WEB)
    with running("--config", config, "--port", port, "--database", url) as service:
        assert service.address.endswith(f"{port}/sky/sea")
        html = {"Accept": "text/html"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=html, timeout=30) as client:
            for path in ("/", "/dataset/one", "/tap/availability"):
                there, away = client.get(f"/sky/sea{path}"), client.get(path)
                assert there.status_code == away.status_code == 200
            page = client.get("/sky/sea/dataset/one").text
            for link in re.findall(r'(?:href|src)="(/[^"]*)"', page):
                assert link.startswith("/sky/sea/")
            assert client.get(re.search(r'href="(/[^"]*css)"', page)[1]).status_code == 200
            assert "VOTABLE" in client.get("/sky/sea/tap/nothing").text
            assert "<h1>" in client.get("/sky/sea/nothing").text


def test_stopped_while_it_counts_it_says_so_to_who_waits_and_nothing_in_its_log(cluster, database):
    command = [*PROGRAM, "--database", cluster.url("explored", WEB)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one,
        psycopg.connect(database) as held,
        ThreadPoolExecutor() as others,
    ):
        here = re.search(r"is at (\S+/) ", one.stdout.readline())[1]
        held.execute("lock table trap_data.source in access exclusive mode")
        answer = others.submit(httpx.get, f"{here}data/tally/one", timeout=60)
        waiting = "select 1 from pg_locks where not granted"
        while not held.execute(waiting).fetchone():
            time.sleep(0.05)
        one.terminate()
        assert answer.result().status_code == 503
        assert "being stopped" in answer.result().text
        held.rollback()
        assert "Traceback" not in one.stderr.read()
