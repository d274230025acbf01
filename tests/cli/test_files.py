"""Which files a path means, and what a data set is called after them."""

import pytest

from trapdb.errors import InputError
from trapdb.files import dataset_name, find_images


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


def test_a_directory_without_images_is_told(tmp_path):
    with pytest.raises(InputError, match="no images here"):
        find_images([str(tmp_path)])


def test_a_data_set_is_named_after_the_first_directory(folder, monkeypatch):
    assert dataset_name([str(folder)]) == "night"
    assert dataset_name([f"{folder}/b.fits", f"{folder}/n"]) == "n"
    assert dataset_name([f"{folder}/b.fits"]) == "night"
    assert dataset_name([f"{folder}/*.fits"]) == "night"
    monkeypatch.chdir(folder)
    assert dataset_name(["."]) == "night"
    assert dataset_name(["b.fits"]) == "night"
