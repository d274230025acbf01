"""Following directories: what is complete, and what never becomes so."""

import os
import tempfile
from pathlib import Path

import pytest

from trapdb.configuration.keys import Ingest, Stream
from trapdb.errors import InputError
from trapdb.stream.folder import Folder

SETTINGS = Stream(rest_s=2, wait_s=10)


@pytest.fixture
def folder(tmp_path):
    return Folder([str(tmp_path)], SETTINGS, Ingest())


def names(look):
    return [os.path.basename(path) for path in look.complete]


def test_what_is_not_taken_is_told_once(tmp_path):
    folder = Folder([str(tmp_path)], SETTINGS, Ingest(exclude=["*-MFS-*"]))
    for name in ("a-image.fits", "a-psf.fits", "a-MFS-image.fits"):
        (tmp_path / name).write_bytes(b"1")
    (told,) = folder.look(0.0).warnings
    assert told.startswith("passed over, by their names no images of the sky")
    assert "a-psf.fits" in told
    assert "image.fits" not in told
    assert folder.look(1.0).warnings == []
    look = folder.look(2.0)
    assert (names(look), look.warnings) == (["a-image.fits"], [])
    (tmp_path / "b-psf.fits").write_bytes(b"1")
    (told,) = folder.look(3.0).warnings
    assert "a-psf.fits" not in told


@pytest.fixture
def nobody():
    """Be somebody whom the rights of files stop."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)
        if user == 0:
            os.seteuid(65534)
        yield Path(place)
        os.seteuid(user)


@pytest.mark.parametrize(
    ("mode", "told"),
    [(0o000, "no: cannot be searched"), (0o400, "no/a.fits: cannot be reached")],
)
def test_what_may_not_be_read_is_told_of_once_until_it_may(nobody, mode, told):
    folder = Folder([str(nobody)], SETTINGS, Ingest())
    closed = nobody / "no"
    closed.mkdir()
    (closed / "a.fits").write_bytes(b"1")
    (nobody / "b.fits").write_bytes(b"1")
    for now in (0.0, 10.0):
        closed.chmod(mode)
        assert folder.look(now).warnings == [f"{nobody}/{told}: Permission denied"]
        look = folder.look(now + 3)
        assert (names(look), look.warnings) == (["b.fits"] * (now == 0), [])
        closed.chmod(0o700)
        assert folder.look(now + 4).warnings == []
    assert names(folder.look(20.0)) == ["a.fits"]


def test_a_file_is_complete_when_it_rests(folder, tmp_path):
    path = tmp_path / "a.fits"
    path.write_bytes(b"1")
    assert names(folder.look(0.0)) == []
    path.write_bytes(b"12")
    assert names(folder.look(2.0)) == []
    assert names(folder.look(3.9)) == []
    assert names(folder.look(4.0)) == ["a.fits"]
    assert names(folder.look(9.0)) == []


def test_an_image_without_the_file_beside_it_is_waited_for(tmp_path):
    folder = Folder([str(tmp_path)], SETTINGS, Ingest(), "-pb -> -flat")
    (tmp_path / "a-pb.fits").write_bytes(b"1")
    for now in (0.0, 3.0):
        look = folder.look(now)
        assert (names(look), look.warnings) == ([], [])
    (told,) = folder.look(101.0).warnings
    assert f"without {tmp_path}/a-flat.fits beside it" in told
    (tmp_path / "a-flat.fits").write_bytes(b"1")
    assert names(folder.look(102.0)) == []  # it may be written yet
    assert names(folder.look(105.0)) == ["a-pb.fits"]
    (tmp_path / "a-flat.fits").write_bytes(b"22")
    folder.look(106.0)
    assert names(folder.look(109.0)) == ["a-pb.fits"]  # another pair


def test_a_file_renamed_into_place_is_complete_when_it_rests(folder, tmp_path):
    hidden = tmp_path / ".a.fits"
    hidden.write_bytes(b"1")
    assert names(folder.look(0.0)) == []
    hidden.rename(tmp_path / "a.fits")
    folder.look(5.0)
    assert names(folder.look(7.0)) == ["a.fits"]


def test_a_file_that_changes_afterwards_is_offered_again(folder, tmp_path):
    path = tmp_path / "a.fits"
    path.write_bytes(b"1")
    folder.look(0.0)
    assert names(folder.look(2.0)) == ["a.fits"]
    path.write_bytes(b"12")
    assert names(folder.look(3.0)) == []
    assert names(folder.look(5.0)) == ["a.fits"]


def test_a_file_that_is_replaced_by_a_rename_is_offered_again(folder, tmp_path):
    for number in (b"1", b"2"):  # of the same size
        hidden = tmp_path / "a.fits.part"
        hidden.write_bytes(number)
        os.utime(hidden, ns=(0, int(number)))
        hidden.rename(tmp_path / "a.fits")
        folder.look(10.0 * int(number))
        assert names(folder.look(10.0 * int(number) + 2)) == ["a.fits"]


def test_directories_that_appear_are_followed(folder, tmp_path):
    folder.look(0.0)
    deep = tmp_path / "night" / "band3"
    deep.mkdir(parents=True)
    (deep / "a.fits").write_bytes(b"1")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "b.fits").write_bytes(b"1")
    folder.look(1.0)
    assert names(folder.look(3.0)) == ["a.fits"]


def test_what_is_gone_is_forgotten(folder, tmp_path):
    """However many files there ever were, those that are there now are kept in mind."""
    path = tmp_path / "a.fits"
    for second in (0.0, 10.0):
        path.write_bytes(b"1")
        os.utime(path, ns=(0, 0))
        folder.look(second)
        assert names(folder.look(second + 2)) == ["a.fits"]
        path.unlink()
        folder.look(second + 3)


def test_a_file_that_never_rests_is_warned_of_once(folder, tmp_path):
    path = tmp_path / "a.fits"
    warnings = []
    for second in range(150):
        path.write_bytes(b"1" * second)
        look = folder.look(float(second))
        assert not look.complete
        warnings += look.warnings
    (warning,) = warnings
    assert "a.fits: still being written 101 s after it appeared" in warning
    assert names(folder.look(151.0)) == ["a.fits"]


def test_a_file_that_vanishes_is_warned_of_once_if_it_was_not_complete(folder, tmp_path):
    for name in ("a.fits", "b.fits"):
        (tmp_path / name).write_bytes(b"1")
    folder.look(0.0)
    (tmp_path / "a.fits").unlink()
    look = folder.look(2.0)
    assert names(look) == ["b.fits"]
    assert [warning.partition(": ")[2] for warning in look.warnings] == [
        "vanished before it was complete"
    ]
    (tmp_path / "b.fits").unlink()
    assert folder.look(3.0).warnings == []


def test_a_fifo_is_not_looked_at(folder, tmp_path):
    """To open one is to wait for its writer."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.fits").symlink_to(tmp_path / "pipe")
    os.mkfifo(tmp_path / "b.fits")
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "c.fits").symlink_to(tmp_path / "file")
    folder.look(0.0)
    assert names(folder.look(2.0)) == ["c.fits"]


def test_a_directory_that_is_gone_ends_it(folder, tmp_path):
    tmp_path.rmdir()
    with pytest.raises(InputError, match="the directory that was followed is gone"):
        folder.look(0.0)
