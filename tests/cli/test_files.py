"""Which files a path means, and what a data set is called after them."""

import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from trapdb.cli.naming import dataset_name
from trapdb.errors import InputError
from trapdb.measuring.image_files import find_images
from trapdb.paths import is_text, printable


@pytest.fixture
def folder(tmp_path):
    for name in [
        "b.fits",
        "a.FITS",
        "c.fits.gz",
        "d.fits.fz",
        "notes.txt",
        ".hidden.fits",
        "n/e.fits",
        ".h/f.fits",
    ]:
        path = tmp_path / "night" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.touch()
    return tmp_path / "night"


def names(found, folder):
    return [path.removeprefix(f"{folder}/") for path in found]


def test_a_directory_is_searched_to_the_bottom(folder):
    found = names(find_images([str(folder)]), folder)
    assert found == ["a.FITS", "b.fits", "c.fits.gz", "d.fits.fz", "n/e.fits"]


def test_casa_images_are_directories(folder):
    for name in ("c.image", "n/a.image"):
        (folder / name).mkdir()
        (folder / name / "table.info").write_text("Type = Image\nSubType = \n")
        (folder / name / "table.fits").touch()
    found = names(find_images([str(folder)]), folder)
    assert found[2:] == ["c.fits.gz", "c.image", "d.fits.fz", "n/a.image", "n/e.fits"]
    assert find_images([f"{folder}/c.image"]) == [f"{folder}/c.image"]


def test_a_plane_of_a_file_may_be_named(folder):
    assert find_images([f"{folder}/b.fits[3]"]) == [f"{folder}/b.fits[3]"]
    with pytest.raises(InputError, match="no such file"):
        find_images([f"{folder}/z.fits[3]"])


def test_a_glob_is_expanded(folder):
    assert names(find_images([f"{folder}/*.fits"]), folder) == ["b.fits"]


def test_a_file_is_taken_whatever_its_suffix(folder):
    assert names(find_images([f"{folder}/notes.txt"]), folder) == ["notes.txt"]


def test_a_file_counts_once(folder):
    (folder / "again.fits").symlink_to(folder / "b.fits")
    found = names(find_images([f"{folder}/b.fits", str(folder)]), folder)
    assert found == ["b.fits", "a.FITS", "c.fits.gz", "d.fits.fz", "n/e.fits"]


@pytest.mark.parametrize("path", ["nowhere", "nowhere/*.fits"])
def test_a_path_that_leads_nowhere_is_told(path):
    with pytest.raises(InputError, match="no such file or directory"):
        find_images([path])


@pytest.mark.parametrize("target", ["gone.fits", "link.fits"])
@pytest.mark.parametrize("named", ["link.fits", "*.fits", ""])
def test_a_link_that_leads_nowhere_is_a_file_to_be_told_of(tmp_path, target, named):
    (tmp_path / "link.fits").symlink_to(tmp_path / target)
    assert find_images([str(tmp_path / named)]) == [str(tmp_path / "link.fits")]


def test_a_directory_without_images_is_told(tmp_path):
    with pytest.raises(InputError, match="no images here"):
        find_images([str(tmp_path)])


def told_to_nobody(path):
    """Search a path as a user who may not do everything; the line that refuses it."""
    script = (
        "import sys\n"
        "from trapdb.errors import InputError\n"
        "from trapdb.measuring.image_files import find_images\n"
        "try:\n    print(find_images(sys.argv[1:]))\n"
        "except InputError as error:\n    print(error)\n"
    )
    # what is needed is imported before, because the user may not be allowed to read it
    drop = "import os; from extractor.readers import casa, planes, urls"
    drop += "; import trapdb.measuring.image_files; os.getuid() == 0 and os.setuid(65534)\n"
    done = subprocess.run(
        [sys.executable, "-c", drop + script, path], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def closed():
    """A folder that anyone can reach, with one in it that nobody can."""
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    os.mkdir(f"{folder}/no")
    for name in ("a.fits", "no/b.fits"):
        open(f"{folder}/{name}", "w").close()
    os.chmod(f"{folder}/no", 0)
    yield folder
    os.chmod(f"{folder}/no", 0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "/no: cannot be searched: Permission denied"),
        ("/no", "/no: cannot be searched: Permission denied"),
        ("/no/b.fits", "/no/b.fits: cannot be reached: Permission denied"),
        ("/no/*.fits", "/no/*.fits: cannot be reached: Permission denied"),
        ("/none", "/none: no such file or directory"),
    ],
)
def test_a_directory_that_is_closed_is_told(closed, path, told):
    assert told_to_nobody(closed + path).startswith(closed + told)


def test_names_are_shown_in_one_line_that_does_nothing_to_a_terminal(tmp_path):
    name = "a\x1b[31m\n\u202eb\udcff\u00e9 \\"
    assert printable(name) == "a\\x1b[31m\\n\\u202eb\\xff\u00e9 \\"
    assert printable(printable(name)) == printable(name)
    assert not is_text(name)
    assert is_text("a\x1b\n")
    with pytest.raises(InputError, match=r"/a\\x1b\\n: no such file"):
        find_images([f"{tmp_path}/a\x1b\n"])


def test_a_data_set_is_named_after_the_first_directory(folder, monkeypatch):
    assert dataset_name([str(folder)]) == "night"
    assert dataset_name([f"{folder}/b.fits", f"{folder}/n"]) == "n"
    assert dataset_name([f"{folder}/b.fits"]) == "night"
    assert dataset_name([f"{folder}/*.fits"]) == "night"
    monkeypatch.chdir(folder)
    assert dataset_name(["."]) == "night"
    assert dataset_name(["b.fits"]) == "night"
