"""Images at URLs are those in files; what can go wrong on the way is told in a line."""

import gzip
import os
import resource
import socket
import sys
from pathlib import Path

import fsspec
import numpy as np
import pytest
from astropy.io import fits

import extractor
from extractor.errors import ImageError
from extractor.readers import urls
from tests.web import serving
from trapdb.simulate import simulate


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two images of more than a megabyte, one of them gzipped too, and a cube."""
    folder = tmp_path_factory.mktemp("web") / "night"
    simulate(folder, epochs=2, size=640, sources=3)
    first = min(folder.glob("*.fits"))
    (folder / "packed.fits.gz").write_bytes(gzip.compress(first.read_bytes(), 1))
    with fits.open(first) as hdus:
        header, data = hdus[0].header.copy(), hdus[0].data
    cube = np.concatenate([data, data + 1, data + 2], axis=1)
    fits.writeto(folder / "cube.fits", cube, header)
    return folder


@pytest.fixture(scope="module")
def web(folder):
    with serving(folder) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setattr(urls, "PAUSES_S", (0.01, 0.01))
        yield server


@pytest.mark.parametrize(
    "name",
    ["epoch0000_band00.fits", "packed.fits.gz", "cube.fits[2]", "moved/epoch0001_band00.fits"],
)
def test_an_image_at_a_url_is_that_in_the_file(web, folder, name):
    url = f"{web.url}/{name}"
    image, here = extractor.open(url), extractor.open(f"{folder}/{name.removeprefix('moved/')}")
    assert (image.digest, image.path) == (here.digest, url)
    (key,) = extractor.read_keys(url)
    assert (key.taken_at, key.freq_eff, key.path) == (here.taken_at, here.freq_eff, url)


def test_keys_need_the_beginning_of_a_file(web, folder, monkeypatch):
    sizes = []

    def copy(url, file, enough, copy=urls._copy):
        copy(url, file, enough)
        sizes.append(file.tell())

    monkeypatch.setattr(urls, "_copy", copy)
    assert len(extractor.read_keys(f"{web.url}/cube.fits")) == 3
    (size,) = sizes
    assert size < (folder / "cube.fits").stat().st_size / 2


def test_an_image_far_behind_the_beginning_is_found(web, folder):
    with fits.open(folder / "epoch0000_band00.fits") as hdus:
        image = fits.ImageHDU(hdus[0].data, hdus[0].header)
        table = fits.BinTableHDU.from_columns([fits.Column("x", "D", array=np.zeros(200_000))])
        fits.HDUList([fits.PrimaryHDU(), table, image]).writeto(folder / "far.fits")
    assert (folder / "far.fits").stat().st_size > 2 * urls.HEAD_BYTES
    assert extractor.read_keys(f"{web.url}/far.fits") != []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none.fits", r"HTTP status 404 \(Not Found\)"),
        ("403/epoch0000_band00.fits", r"HTTP status 403 \(Forbidden\)"),
        ("500/epoch0000_band00.fits", r"HTTP status 500 \(Internal Server Error\)"),
        ("broken/epoch0000_band00.fits", "the transfer broke off"),
        ("moved/moved/none.fits", "HTTP status 404"),
    ],
)
def test_what_cannot_be_fetched_is_told(web, name, told):
    with pytest.raises(ImageError, match=f"^{web.url}/{name}: {told}"):
        extractor.open(f"{web.url}/{name}")


def test_a_server_that_is_overloaded_is_asked_again(web):
    assert extractor.read_keys(f"{web.url}/once/epoch0000_band00.fits") != []
    asked = len(web.requests)
    with pytest.raises(ImageError, match="404"):
        extractor.open(f"{web.url}/404/epoch0000_band00.fits")
    assert len(web.requests) == asked + 1


def test_a_server_that_sends_nothing_is_not_waited_for(web, monkeypatch):
    monkeypatch.setattr(urls, "PATIENCE_S", 0.2)
    with pytest.raises(ImageError, match=r"slow/.*: nothing came for 0\.2 s"):
        extractor.open(f"{web.url}/slow/epoch0000_band00.fits")


def test_a_server_that_is_gone(web):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(ImageError, match=r"x\.fits: no connection \("):
            extractor.open(f"http://127.0.0.1:{port}/x.fits")


def test_a_file_without_end_is_not_taken(web, monkeypatch):
    monkeypatch.setattr(urls, "MAX_BYTES", 10_000)
    with pytest.raises(ImageError, match="it has more than 10000 bytes"):
        extractor.open(f"{web.url}/epoch0000_band00.fits")


def test_a_file_for_which_there_is_no_room(web, folder):
    """Files may not be that large here, which comes as from a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ImageError, match=r"band00\.fits: it cannot be kept in /.*TMPDIR$"):
            extractor.open(f"{web.url}/epoch0000_band00.fits")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_nothing_is_left_behind(web, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with urls.fetched(f"{web.url}/packed.fits.gz") as path:
        assert Path(path).stat().st_size
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(ImageError):
        extractor.open(f"{web.url}/none.fits")
    open_files = [
        os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()
    ]
    assert [path for path in open_files if str(tmp_path) in path] == []


def test_credentials_are_given_beside_the_url(web, tmp_path, monkeypatch):
    url = f"{web.url}/closed/epoch0000_band00.fits"
    with pytest.raises(ImageError, match="HTTP status 401"):
        extractor.read_keys(url)
    monkeypatch.setitem(
        fsspec.config.conf, "http", {"client_kwargs": {"headers": {"Authorization": "Bearer x"}}}
    )
    assert extractor.read_keys(url) != []
    monkeypatch.delitem(fsspec.config.conf, "http")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hush\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    fsspec.get_filesystem_class("http").clear_instance_cache()  # another process would not have it
    assert extractor.read_keys(url) != []


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hush@host/x.fits",
        "https://hush@host/x.fits",
        "sftp://me:hush@host/x.fits",
        "https://me:hu/hush@host/x.fits",
        "https://me:hu?hush@host/x.fits",
        "s3://me:hush#2@bucket/x.fits",
        "https://host/x.fits?X-Amz-Date=1&X-Amz-Signature=hush",
        "https://host/x.fits?id=3&access_token=hush",
        "https://host/*.fits?sv=2024&sig=hush",
        "https://host/x.fits#access_token=hush",
    ],
)
def test_secrets_are_refused_and_not_told(url):
    for read in (extractor.open, extractor.read_keys, urls.expand):
        with pytest.raises(ImageError, match="would be stored: put") as told:
            read(url)
        assert "hush" not in str(told.value)


def test_a_query_without_secrets_is_no_matter(web):
    url = f"{web.url}/epoch0000_band00.fits?release=3&monkey=1&mail=me@host"
    assert extractor.read_keys(url)[0].path == url


def test_globs_where_they_can_be_listed(web, folder):
    assert urls.expand(f"{web.url}/epoch*.fits") == [
        f"{web.url}/epoch0000_band00.fits",
        f"{web.url}/epoch0001_band00.fits",
    ]
    assert urls.expand("http://host/x.fits") == ["http://host/x.fits"]
    with pytest.raises(ImageError, match=r"cannot be listed: Protocol not known: nowhere"):
        urls.expand("nowhere://bucket/*.fits")


def test_other_file_systems_of_fsspec(folder):
    """Without a network: the same path as a URL."""
    path = f"{folder}/epoch0000_band00.fits"
    assert extractor.open(f"file://{path}").digest == extractor.open(path).digest
    with pytest.raises(ImageError, match="there is no such file"):
        extractor.open(f"file://{folder}/none.fits")


@pytest.mark.parametrize("missing", ["fsspec", "aiohttp"])
def test_without_the_extra_a_line_tells_what_to_install(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    told = r"\.fits: to read images at URLs, install .* pip install 'trapdb\[url\]'"
    with pytest.raises(ImageError, match=rf"^https://host/x{told}"):
        extractor.open("https://host/x.fits")
    with pytest.raises(ImageError, match=rf"^https://host/\*{told}"):
        urls.expand("https://host/*.fits")
