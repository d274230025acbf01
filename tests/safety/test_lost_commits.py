"""A connection that is lost at the commit of a time step: the step is there exactly once."""

import tempfile
from pathlib import Path

import pytest

from tests.safety.cut_line import cut_line
from tests.safety.story import ingest
from tests.safety.test_kills import compare


def sums(out):
    """The lines that sum a run up, but for its name and how long it took."""
    first, *rest = out.splitlines()
    return [first.partition(":")[2], *rest[:-1]]


@pytest.mark.parametrize("lost", ["commit", "answer"])
def test_a_time_step_whose_commit_is_in_doubt_is_there_once(trapdb, field, calm, lost):
    """And the run says so: it takes none of its own images for those of another run."""
    undisturbed = trapdb.complete(*ingest(field, f"{lost} not lost"))
    name = f"{lost} lost"
    with (
        tempfile.TemporaryDirectory(prefix="trapdb-line-", dir="/tmp") as folder,
        cut_line(Path(folder), trapdb.server.socket, lost) as line,
    ):
        url = trapdb.server.url("trapdb_ingest").replace(str(trapdb.server.socket), folder)
        ended = trapdb.run(*ingest(field, name), "--database", url)
        assert line.cuts == 1
    assert (ended.status, ended.complaints) == (1, [])
    assert sums(ended.out) == sums(undisturbed.out)
    compare(trapdb, name, calm)
