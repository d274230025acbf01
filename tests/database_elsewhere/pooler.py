"""A PgBouncer as docs/beyond-one-machine.md sets it up, with a pool that is as bad as it can be.

Each transaction gets another one of three connections, so that whatever was left in a session is
lost to him who left it, and met by somebody else.
"""

import configparser
import re
import shutil
import signal
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import psycopg
from psycopg.conninfo import make_conninfo

from tests.database_elsewhere.servers import ADMIN, Server, as_owner, owner, wait_for

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
PAGE = Path(__file__).parents[2] / "docs/beyond-one-machine.md"
CONNECTIONS = 3


def documented() -> configparser.ConfigParser:
    """Read the configuration that the page has."""
    text = re.search(r"^    \[databases\]\n(?:    .*\n|\n(?=    ))*", PAGE.read_text(), re.M)
    assert text
    settings = configparser.ConfigParser()
    settings.read_string(dedent(text[0]))
    return settings


@dataclass
class Pooler:
    """A PgBouncer in front of a server."""

    folder: Path
    port: int
    password: str
    process: subprocess.Popen | None = field(default=None)

    def url(self, user: str, **more: object) -> str:
        """Return the connection string of a user."""
        where = {"host": "127.0.0.1", "port": self.port, "dbname": "trapdb", "user": user}
        return make_conninfo(**{**where, "password": self.password, **more})

    def lead_to(self, server: Server) -> None:
        """Write the configuration, in front of a server."""
        settings = documented()
        settings["databases"] = {"trapdb": f"host=127.0.0.1 port={server.port}"}
        users = self.folder / "userlist.txt"
        settings["pgbouncer"].update(
            {
                "listen_addr": "127.0.0.1",
                "listen_port": str(self.port),
                "auth_file": str(users),
                "default_pool_size": str(CONNECTIONS),
                "server_round_robin": "1",
                "server_login_retry": "0.1",
                "unix_socket_dir": "",
                "admin_users": ADMIN,
            }
        )
        with (self.folder / "pgbouncer.ini").open("w") as file:
            settings.write(file)
        with server.connect() as conn:
            query = re.search(r"^    (select format\(.*;)$", PAGE.read_text(), re.M)
            assert query
            rows = conn.execute(query[1].encode()).fetchall()
        users.write_text("".join(f"{line}\n" for (line,) in rows))
        for path in self.folder.iterdir():
            shutil.chown(path, owner().pw_uid, owner().pw_gid)

    def start(self) -> None:
        """Start it and fill its pool."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                as_owner(PROGRAM, "pgbouncer.ini"), cwd=self.folder, stdout=log, stderr=log
            )
        wait_for(self.answers, (self.folder / "log").read_text)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(ADMIN)).close()
        except psycopg.OperationalError:
            return False
        return True

    def fill(self, user: str) -> None:
        """Make it open all connections of a user at once."""
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                stack.enter_context(psycopg.connect(self.url(user))).execute("select")

    def tell(self, command: str) -> None:
        """Send it one of its own commands."""
        with psycopg.connect(self.url(ADMIN, dbname="pgbouncer"), autocommit=True) as conn:
            conn.cursor().execute(command.encode())

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None
