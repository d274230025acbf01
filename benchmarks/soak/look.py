"""What the processes, files and tables of a place hold at a moment."""

import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.soak.place import Place
from benchmarks.watching import run
from trapdb.errors import TrapdbError

Figures = dict[str, float]


@dataclass(frozen=True)
class Process:
    """A process of a place: `whose` is the data set of its client, or "server"."""

    pid: int
    whose: str
    role: str


def processes_of(place: Place) -> list[Process]:
    """Find the processes of a place, also those whose parent is gone."""
    clients = {client.mark.encode(): client for client in place.clients}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            pid = int(folder.name)
            if (folder / "cwd").readlink().parent == place.home:
                found.append(Process(pid, "server", "server"))
                continue
            marks = clients.keys() & set((folder / "environ").read_bytes().split(b"\0"))
            for client in map(clients.__getitem__, marks):
                role = "client" if pid == client.pid else "other"
                if b"trapdb.measuring.worker" in (folder / "cmdline").read_bytes():
                    role = "nursery" if _parent(folder) == client.pid else "worker"
                found.append(Process(pid, client.name, role))
    return found


def look(place: Place) -> Figures:
    """Look at processes, connections and files.

    Memory is what processes have of their own, MB: not what they map from files, nor the server's
    buffer pool. What several share counts once. Of what is not there just now there is no figure.
    """
    figures: Figures = defaultdict(float)
    processes = processes_of(place)
    for process in processes:
        name = "server" if process.role == "server" else f"{process.whose} {process.role}"
        with suppress(OSError):  # it ends
            memory = _memory(process.pid)
            figures[f"{name} MB"] += memory["Pss_Anon"]
            figures[f"{name} files"] += _entries(process.pid, "fd")
            figures[f"{name} threads"] += _entries(process.pid, "task")
            figures[f"{name} processes"] += 1
            figures["all MB"] += memory["Pss"]
    figures["zombies"] = float(_zombies({process.pid for process in processes}))
    data = place.home / "pgdata"
    figures["write-ahead log MB"] = sum(_sizes(data / "pg_wal")) / 1e6
    for folder in (place.home / "tmp", data / "base/pgsql_tmp", data / "pg_dynshmem"):
        figures["temporary files"] += len(_sizes(folder))
    figures["temporary files"] += len(list((data / "base").glob("*/t[0-9]*_*")))
    with suppress(psycopg.Error, TrapdbError), place.connection() as conn:
        backends = [row.pid for row in run(conn, "ingesting")]
        figures["connections"] = len(backends)
        with suppress(OSError):
            figures["backends MB"] = sum(_memory(pid)["Pss_Anon"] for pid in backends)
            figures["backends files"] = sum(_entries(pid, "fd") for pid in backends)
    return dict(figures)


def look_at_tables(place: Place) -> Figures:
    """Look at what tables take on the disk, with their indexes: MB, and bytes for each row."""
    figures: Figures = {}
    with suppress(psycopg.Error, TrapdbError), place.connection() as conn:
        for table in run(conn, "table_sizes"):
            figures[f"table {table.name} MB"] = table.bytes / 1e6
            if table.rows:
                figures[f"table {table.name} bytes a row"] = table.bytes / table.rows
    return figures


def _memory(pid: int) -> dict[str, float]:
    """Return the lines of smaps_rollup, MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) / 1e3 for name, _, rest in (s.partition(":") for s in lines)}


def _entries(pid: int, folder: str) -> int:
    return len(os.listdir(f"/proc/{pid}/{folder}"))


def _parent(folder: Path) -> int:
    return int((folder / "stat").read_text().rpartition(")")[2].split()[1])


def _zombies(parents: set[int]) -> int:
    """Count children of processes that nobody asked how they ended."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            found += state == "Z" and int(parent) in parents
    return found


def _sizes(folder: Path) -> list[int]:
    """Return the sizes of the files in a folder, to the bottom; bytes."""
    sizes = []
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                sizes.append(os.stat(os.path.join(where, name)).st_size)
    return sizes
