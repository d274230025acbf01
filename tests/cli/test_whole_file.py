"""Files are there whole or not at all."""

import os
import threading
from pathlib import Path

import pytest

from trapdb.errors import InputError
from trapdb.whole_file import whole_file


def write(output, text):
    with whole_file(output) as path:
        path.write_text(text)


def test_a_file_is_replaced_when_all_is_written(tmp_path):
    output = tmp_path / "out.csv"
    output.write_text("before")
    output.chmod(0o640)
    with whole_file(output) as path:
        path.write_text("after")
        assert output.read_text() == "before"
    assert output.read_text() == "after"
    assert output.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["out.csv"]


def test_what_fails_leaves_the_file_as_it_was(tmp_path):
    output = tmp_path / "out.csv"
    output.write_text("before")

    def break_off():
        with whole_file(output) as path:
            path.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert output.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_link_stays_one(tmp_path):
    (tmp_path / "link.csv").symlink_to("out.csv")
    write(tmp_path / "link.csv", "after")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "out.csv").read_text() == "after"


def test_a_pipe_is_written_to(tmp_path):
    reading, writing = os.pipe()
    with open(reading) as pipe:
        writer = threading.Thread(
            target=lambda: (write(Path(f"/dev/fd/{writing}"), "after"), os.close(writing))
        )
        writer.start()
        assert pipe.read() == "after"
        writer.join()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_in_a_closed_directory_is_written_to(tmp_path):
    output = tmp_path / "out.csv"
    output.write_text("before")
    tmp_path.chmod(0o555)
    write(output, "after")
    assert output.read_text() == "after"


@pytest.mark.parametrize("name", ["missing/out.csv", "file/out.csv", "folder"])
def test_what_cannot_be_written_is_told(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=f"{name}: cannot be written: "):
        write(tmp_path / name, "after")
