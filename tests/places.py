"""Where the servers of tests have their files."""

import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes; all servers of a run have taken less than half of that


def _servers() -> str:
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return str(MEMORY) if roomy else "/tmp"


# A database has more than a thousand files, and to make them takes some file systems longer than
# all that a test does with them. Not pytest's own folder, which is closed to the user that servers
# run as.
SERVERS = _servers()
