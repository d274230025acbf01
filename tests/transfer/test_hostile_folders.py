"""Folders that anybody may have made: refused in a line, and nothing is left of them."""

import hashlib
import json
import os
import shutil

import pytest

from tests.transfer.conftest import silent
from tests.transfer.test_transfer import everything
from trapdb.errors import TrapdbError
from trapdb.transfer.restoring import restore


@pytest.fixture
def forged(folder, tmp_path):
    """A copy of the folder, to be changed."""
    return shutil.copytree(folder, tmp_path / "forged")


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def say(folder, change):
    """Change what the manifest says."""
    manifest = manifest_of(folder)
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def put(folder, table, content, rows=None):
    """Put another file in the place of one, and sign it."""
    (folder / f"{table}.copy").write_bytes(content)

    def sign(manifest):
        said = manifest["tables"][table]
        said |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        said["rows"] = said["rows"] if rows is None else rows

    say(folder, sign)


def replace(folder, table, old, new):
    content = (folder / f"{table}.copy").read_bytes()
    assert old in content
    put(folder, table, content.replace(old, new, 1))


def link(folder):
    (folder / "band.copy").unlink()
    (folder / "band.copy").symlink_to("/etc/passwd")


def pipe(folder):
    (folder / "band.copy").unlink()
    os.mkfifo(folder / "band.copy")


def without(folder, name):
    (folder / name).unlink()


def truncated(folder):
    content = (folder / "measurement.copy").read_bytes()
    (folder / "measurement.copy").write_bytes(content[:-100])


def longer(folder):
    with (folder / "measurement.copy").open("ab") as stream:
        stream.write(b"x" * 5_000_000)


def flipped(folder, signed):
    """One bit of the first flux density."""
    content = bytearray((folder / "measurement.copy").read_bytes())
    columns = [name for name, _ in manifest_of(folder)["tables"]["measurement"]["columns"]]
    place = 19 + 2  # signature, flags and extension; the number of fields
    for _ in columns[: columns.index("int_flux")]:
        place += 4 + max(0, int.from_bytes(content[place : place + 4], signed=True))
    content[place + 4 + 7] ^= 1
    if signed:
        put(folder, "measurement", bytes(content))
    else:
        (folder / "measurement.copy").write_bytes(content)


def nobody(folder):
    """An empty COPY: signature, flags, no extension, and the end."""
    put(folder, "dataset", b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff", rows=0)


def twice(folder):
    content = (folder / "dataset.copy").read_bytes()
    put(folder, "dataset", content[:-2] + content[19:], rows=2)


def says(**values):
    return lambda folder: say(folder, lambda manifest: manifest.update(values))


def says_of(table, **values):
    return lambda folder: say(folder, lambda manifest: manifest["tables"][table].update(values))


def never(folder):
    """A data set whose last time step was taken at the end of time."""
    content = (folder / "dataset.copy").read_bytes()
    names = [name for name, _ in manifest_of(folder)["tables"]["dataset"]["columns"]]
    at = 19 + 2
    for name in names:
        size = int.from_bytes(content[at : at + 4], "big")
        if name == "last_taken_at":
            assert size == 8
            end = b"\x7f" + b"\xff" * 7
            return put(folder, "dataset", content[: at + 4] + end + content[at + 12 :])
        at += 4 + (size if size < 2**31 else 0)


FORGERIES = {
    "no folder": (shutil.rmtree, "manifest.json: cannot be read: No such file"),
    "no manifest": (lambda f: without(f, "manifest.json"), "cannot be read: No such file"),
    "no JSON": (lambda f: (f / "manifest.json").write_bytes(b"\xff\0"), "not the manifest"),
    "a manifest without end": (
        lambda f: (f / "manifest.json").write_bytes(b" " * 2_000_000),
        "larger than 1000000 bytes",
    ),
    "deep nesting": (lambda f: (f / "manifest.json").write_text("[" * 900_000), "not the manifest"),
    "another format": (says(format="trapdb data set 9"), "not the manifest"),
    "a key too many": (says(more=1), "not the manifest .*: more: Extra inputs"),
    "an impossible number": (says(dataset_id=600_000), "not the manifest .*: dataset_id"),
    "a number that leaves none for others": (
        says(dataset_id=524_287),
        "the number 524287, beyond which there are few .*--renumber",
    ),
    "another revision": (
        says(revision="0001"),
        "of revision 0001 of the schema, and the database is at .* dump it again",
    ),
    "a path as a table": (
        lambda f: say(f, lambda m: m["tables"].update({"../x": m["tables"]["band"]})),
        r"tables too many or missing: \.\./x",
    ),
    "a table too few": (
        lambda f: say(f, lambda m: m["tables"].pop("band")),
        "tables too many or missing: band",
    ),
    "other columns": (says_of("band", columns=[["x", "int8"]]), "table band has other columns"),
    "a file less": (lambda f: without(f, "image.copy"), r"image\.copy: cannot be read"),
    "a link": (link, r"band\.copy: cannot be read"),
    "a pipe": (pipe, r"band\.copy: no regular file"),
    "a file cut off": (truncated, r"measurement\.copy: "),
    "a file too long": (longer, r"measurement\.copy: "),
    "more rows than there are": (says_of("band", rows=7), r"band\.copy: not the file that was"),
    "a bit": (lambda f: flipped(f, signed=False), r"measurement\.copy: "),
    "a bit, signed": (lambda f: flipped(f, signed=True), "another checksum|measurement"),
    "no COPY": (lambda f: put(f, "band", b"\0" * 1000), r"band\.copy: COPY file signature"),
    "text": (lambda f: put(f, "band", b"1\t2\t3\n" * 9), r"band\.copy: COPY file signature"),
    "no data set": (nobody, "holds 0 data sets"),
    "two data sets": (twice, "data"),
    "a false publication": (
        lambda f: replace(
            f, "publication", manifest_of(f)["checksum"]["checksum"].encode(), b"0" * 64
        ),
        "another checksum than it says of itself",
    ),
    "another checksum": (
        lambda f: say(f, lambda m: m["checksum"].update(checksum="0" * 64)),
        "another checksum than it says of itself",
    ),
    "a word that is none": (
        lambda f: replace(f, "image", b"accepted", b"acceptee"),
        r"image\.copy: invalid input value for enum",
    ),
    "a row that breaks a check": (
        lambda f: replace(f, "monitor_position", b"\0\0\0\x04mine", b"\0\0\0\x04\0\0\0\0"),
        r"monitor_position\.copy: invalid byte sequence",
    ),
    "a time without end": (never, r"dataset\.copy: last_taken_at: infinity is no possible time"),
    "a configuration that is none": (
        lambda f: replace(f, "dataset", b'"beam_limit": ', b'"bean_limit": '),
        "the configuration of the data set makes no sense",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_it_is_refused_in_a_line_and_nothing_is_left(forged, here, forgery):
    change, complaint = FORGERIES[forgery]
    before = everything(here)
    change(forged)
    with pytest.raises(TrapdbError, match=complaint) as refused:
        restore(here, forged, None, False, silent)
    assert "\n" not in str(refused.value)
    assert everything(here) == before


def test_rows_that_name_another_data_set_come_to_their_own(forged, here, folder):
    """Whatever number the rows give: they are made anew with that of the data set."""
    restore(here, folder, "first", True, silent)
    before = {table: count for table, count in everything(here).items() if table.endswith("_1")}
    there, other = (number.to_bytes(8, "big") for number in (2 << 24 | 1, 1 << 24 | 1))
    replace(forged, "run_log", there, other)
    restore(here, forged, None, False, silent)
    log = here.execute("select trap.dataset_of(run_id) as id from trap_data.run_log order by 1")
    assert [row.id for row in log.fetchall()] == [1, 2]
    assert before.items() <= everything(here).items()
