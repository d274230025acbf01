"""A collection holds what the database holds, whatever happened, and however it was killed."""

import fcntl
import json
import multiprocessing
import os
import re
import signal
from datetime import timedelta
from itertools import count

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from tests.conftest import READER
from tests.feeding import START, FedImage, Feeder, measurements
from tests.sql.catalogue import fill_in, monitor
from tests.sql.conftest import module_url  # noqa: F401  # a fixture
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.database.connection import call, open_url
from trapdb.errors import InputError
from trapdb.hats import catalogue, cells, rows
from trapdb.hats.collection import export
from trapdb.hats.contents import Contents
from trapdb.ingest import rebuild
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here

RA, DEC = 123.0, 10.0
DAY = timedelta(days=1)
_names = count()
SINGLE = (
    *("source_id", "name", "ra", "dec", "ra_err", "dec_err", "n_blind", "n_forced"),
    *("first_seen", "last_seen", "monitored"),
)


class Sky:
    """A data set of a field of sources that is fed epoch after epoch."""

    def __init__(self, conn, sources=60, name=None):
        self.rng = np.random.default_rng(1)
        self.feeder = Feeder(conn, name or f"field {next(_names)}")
        self.ra = RA + self.rng.uniform(-2, 2, sources)
        self.dec = DEC + self.rng.uniform(-2, 2, sources)

    def epoch(self, share=0.7, twice=0.0):
        """Find a share of the sources, some arcsec from where they are; some of them twice."""
        seen = np.flatnonzero(self.rng.random(len(self.ra)) < share)
        seen = np.concatenate([seen, seen[self.rng.random(len(seen)) < twice]])
        away = self.rng.normal(0, 5 / 3600, (2, len(seen)))
        flux = self.rng.uniform(0.01, 0.02, len(seen))
        blind = measurements(self.ra[seen] + away[0], self.dec[seen] + away[1], int_flux=flux)
        self.feeder.step(FedImage(blind))


@pytest.fixture(autouse=True)
def few_rows(monkeypatch):
    """Let pixels be divided that have few sources."""
    monkeypatch.setattr(cells, "ROWS_OF_A_PIXEL", 60)


@pytest.fixture(scope="module")
def db(module_url):  # noqa: F811
    with open_url(module_url) as conn:
        yield conn


@pytest.fixture(scope="module")
def reader(db, cluster):
    with open_url(cluster.url(db.info.dbname, READER)) as conn:
        yield conn


@pytest.fixture(scope="module")
def exported(reader):
    def exported(sky, folder, since_last=False):
        return export(reader, sky.feeder.name, sky.feeder.dataset_id, folder, since_last)

    return exported


def catalogues(folder):
    told = catalogue.read_properties(folder / "collection.properties")
    return folder / told["hats_primary_table_url"], folder / told["default_margin"]


def files(folder):
    """The files of a catalogue, by their paths in it."""
    data = folder / "dataset"
    return {path.relative_to(data): path for path in sorted(data.rglob("*.parquet"))}


def contents(folder):
    """All that a collection holds, by catalogue and path of the pixel."""
    return [
        {path: pq.ParquetFile(file).read() for path, file in files(one).items()}
        for one in catalogues(folder)
    ]


def rows_of(folder):
    main = contents(folder)[0]
    return [row for table in main.values() for row in table.to_pylist()]


def assert_is_the_database(folder, db, dataset_id):
    """Compare with what SQL gives, value by value, in the order in which it was measured."""
    with db.cursor(row_factory=dict_row) as cursor:
        sources = cursor.execute(
            "select * from trap.running_catalogue where dataset_id = %s", [dataset_id]
        ).fetchall()
        points = cursor.execute(
            "select * from trap.lightcurve where dataset_id = %s order by measurement_id",
            [dataset_id],
        ).fetchall()
    curves = {row["source_id"]: [] for row in sources}
    for point in points:
        curves[point["source_id"]].append(point)
    found = {row["source_id"]: row for row in rows_of(folder)}
    assert found.keys() == curves.keys()
    for source in sources:
        row = found[source["source_id"]]
        assert {name: row[name] for name in SINGLE} == {name: source[name] for name in SINGLE}
        lists = row["lightcurve"]
        assert lists.keys() == points[0].keys() - {"dataset", "dataset_id", "source_id"}
        for name, values in lists.items():
            assert values == [point[name] for point in curves[source["source_id"]]], name


def assert_is_as_made_at_once(folder, sky, exported):
    """Compare with a collection that is made of the same data set whole."""
    whole = folder.with_name(f"whole {next(_names)}")
    exported(sky, whole)
    for one, other in zip(contents(folder), contents(whole), strict=True):
        assert one.keys() == other.keys()
        for path in one:
            assert one[path].equals(other[path], check_metadata=True), path
    for one, other in zip(catalogues(folder), catalogues(whole), strict=True):
        for name in ("partition_info.csv", "dataset/_common_metadata"):
            assert (one / name).read_bytes() == (other / name).read_bytes()


def test_a_collection_is_what_the_database_holds(db, exported, tmp_path):
    sky = Sky(db)
    monitor(sky.feeder, "never", 300.0, -40.0)
    for twice in (0, 0.5, 0):
        sky.epoch(twice=twice)
    done = exported(sky, tmp_path / "field")
    assert done.written == done.pixels == sum(map(len, contents(tmp_path / "field")))
    assert len(files(done.catalogue)) > 3
    assert_is_the_database(tmp_path / "field", db, sky.feeder.dataset_id)
    points = [row["lightcurve"] for row in rows_of(tmp_path / "field")]
    assert sum(len(one["ra"]) for one in points) == done.points
    assert any(one["inherited"] and any(one["inherited"]) for one in points)


def test_units_and_ucds_are_told(db, exported, tmp_path):
    sky = Sky(db)
    sky.epoch()
    done = exported(sky, tmp_path / "field")
    schema = pq.read_schema(next(iter(files(done.catalogue).values())))
    flux = schema.field("lightcurve").type.field("peak_flux").metadata
    assert (flux[b"unit"], flux[b"ucd"]) == (b"Jy/beam", b"phot.flux.density.sb;em.radio")
    assert schema.field("ra").metadata[b"ucd"] == b"pos.eq.ra;meta.main"
    told = pq.read_schema(done.catalogue / "dataset/_common_metadata").metadata
    assert b'<FIELD name="lightcurve.peak_flux"' in told[b"IVOA.VOTable-Parquet.content"]


def test_programs_for_hats_find_it_valid(db, exported, tmp_path):
    validation = pytest.importorskip("hats.io.validation", reason="hats is not installed")
    sky = Sky(db)
    sky.epoch()
    exported(sky, tmp_path / "field")
    assert validation.is_valid_collection(tmp_path / "field", strict=True)
    sky.epoch()
    exported(sky, tmp_path / "field", since_last=True)
    assert validation.is_valid_collection(tmp_path / "field", strict=True)


def test_a_collection_of_one_pixel_has_an_empty_margin(db, exported, tmp_path):
    validation = pytest.importorskip("hats.io.validation", reason="hats is not installed")
    sky = Sky(db, sources=1)
    sky.epoch(share=1)
    exported(sky, tmp_path / "field")
    assert [len(one) for one in contents(tmp_path / "field")] == [1, 0]
    assert validation.is_valid_collection(tmp_path / "field", strict=True)


class Story(Sky):
    """What may happen to a data set, if it can happen now."""

    waiting = watched = False

    def find(self, **how):
        if self.waiting:
            self.replay()
        self.epoch(**how)

    def rewind(self):
        """Go back to before the last epoch."""
        if self.feeder.next_at > START + 2 * DAY and not self.waiting:
            to = self.feeder.next_at - 2 * DAY
            routines.rewind_dataset(self.feeder.conn, self.feeder.name, to)
            self.waiting = True

    def replay(self):
        conn, feeder = self.feeder.conn, self.feeder
        images = routines.replayable_images(conn, feeder.dataset_id, "rewound")
        with Run(conn, feeder.name, Configuration(), "test") as run:
            list(rebuild.replay(run, images, Here()))
        self.waiting = False

    def fill(self):
        """Measure in the images of before what was not known then; every third fit fails."""
        fill_in(self.feeder, force=lambda _, asked: faint(asked))

    def watch(self):
        """Monitor a position, or forget it with what was measured there."""
        if self.watched:
            call(self.feeder.conn, "delete_monitor_position", dataset=self.feeder.name, name="here")
        else:
            monitor(self.feeder, "here", RA, DEC + 0.5)
        self.watched = not self.watched


def faint(requests):
    usable = np.arange(len(requests)) % 3 > 0
    flux = np.where(usable, 1e-3, np.nan)
    return measurements(requests.ra, requests.dec, int_flux=flux, usable=usable)


HAPPENS = {
    "epoch": Story.find,
    "forks": lambda story: story.find(twice=0.5),
    "few": lambda story: story.find(share=0.1),
    "rewind": Story.rewind,
    "fill": Story.fill,
    "watch": Story.watch,
}


@settings(
    max_examples=2,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(["fill", "export", "forks", "export", "rewind", "export", "few", "watch", "fill", "watch"])
@given(st.lists(st.sampled_from([*HAPPENS, "export"]), min_size=5, max_size=8))
def test_increments_are_what_one_export_gives(db, exported, tmp_path_factory, told):
    folder = tmp_path_factory.mktemp("stories") / "field"
    story = Story(db)
    for what in ["epoch", "epoch", "export", *told, "export"]:
        if what == "export":
            exported(story, folder, since_last=True)
            assert_is_as_made_at_once(folder, story, exported)
        else:
            HAPPENS[what](story)
    assert_is_the_database(folder, db, story.feeder.dataset_id)


def test_only_what_changed_is_read_and_written(db, exported, tmp_path, monkeypatch):
    sky = Sky(db, sources=200)
    sky.epoch(share=1)
    first = exported(sky, tmp_path / "field")
    read = []
    asked = Contents.rows

    def reading(self, sources=None):
        read.extend([None] if sources is None else sources.tolist())
        return asked(self, sources)

    monkeypatch.setattr(Contents, "rows", reading)
    assert exported(sky, tmp_path / "field", since_last=True).written == 0
    assert read == []
    # one source more in one corner of the field
    found = measurements(RA - 1.9, DEC - 1.9)
    sky.feeder.step(FedImage(found, RA - 1.9, DEC - 1.9, radius=0.01))
    done = exported(sky, tmp_path / "field", since_last=True)
    assert 1 <= done.written <= 4 < done.pixels / 2
    assert len(set(read)) == 1
    before, after = files(first.catalogue.with_name("sources_2")), files(done.catalogue)
    written = [p for p in after if p not in before or not after[p].samefile(before[p])]
    assert 1 <= len(written) <= done.written
    assert_is_as_made_at_once(tmp_path / "field", sky, exported)


def test_what_is_read_in_portions_is_the_same(db, exported, tmp_path, monkeypatch):
    sky = Sky(db, sources=200)
    sky.epoch()
    sky.epoch(twice=0.5)
    monkeypatch.setattr(rows, "SORTED_AT_ONCE", 100)
    monkeypatch.setattr(rows, "HELD_AT_ONCE", 100)
    exported(sky, tmp_path / "field")
    assert_is_the_database(tmp_path / "field", db, sky.feeder.dataset_id)
    sky.epoch(share=0.1)
    exported(sky, tmp_path / "field", since_last=True)
    monkeypatch.undo()
    monkeypatch.setattr(cells, "ROWS_OF_A_PIXEL", 60)
    assert_is_as_made_at_once(tmp_path / "field", sky, exported)


def _killed_after(url, name, dataset_id, folder, writes):
    write = catalogue.write
    left = iter(range(writes))

    def writing(*arguments):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        write(*arguments)

    catalogue.write = writing
    with open_url(url) as conn:
        export(conn, name, dataset_id, folder, since_last=True)


def kill_an_export(sky, url, folder, writes):
    """Kill an export, which is a process of its own, when it has written some files."""
    arguments = url, sky.feeder.name, sky.feeder.dataset_id, folder, writes
    process = multiprocessing.get_context("fork").Process(target=_killed_after, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_an_export_that_is_killed_leaves_the_collection_as_it_was(
    db, module_url, exported, tmp_path  # noqa: F811
):  # fmt: skip
    folder = tmp_path / "field"
    sky = Sky(db)
    sky.epoch()
    kill_an_export(sky, module_url, folder, 2)
    assert not (folder / "collection.properties").exists()
    exported(sky, folder)
    before = contents(folder)
    sky.epoch()
    kill_an_export(sky, module_url, folder, 2)
    after = contents(folder)
    assert [one.keys() for one in after] == [one.keys() for one in before]
    assert all(
        one[p].equals(other[p]) for one, other in zip(after, before, strict=True) for p in one
    )
    exported(sky, folder, since_last=True)
    assert_is_as_made_at_once(folder, sky, exported)
    # what it left is gone
    names = {path.name for path in folder.iterdir()}
    assert names == {"collection.properties", "sources_1", "margin_1", "sources_2", "margin_2"}


def test_what_is_not_a_collection_of_the_data_set_is_left_alone(db, exported, tmp_path):
    sky, other = Sky(db), Sky(db)
    with pytest.raises(InputError, match="has no sources"):
        exported(sky, tmp_path / "field")
    sky.epoch()
    other.epoch()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/mine.txt").write_text("mine")
    with pytest.raises(InputError, match="has other files in it"):
        exported(sky, tmp_path / "notes")
    exported(sky, tmp_path / "field")
    with pytest.raises(InputError, match="--since-last brings it up to date"):
        exported(sky, tmp_path / "field")
    with pytest.raises(
        InputError, match=f'has data set "{sky.feeder.name}", not {other.feeder.name}'
    ):
        exported(other, tmp_path / "field", since_last=True)
    (tmp_path / "field/collection.properties").write_text("hats_primary_table_url=elsewhere\n")
    with pytest.raises(InputError, match="was not made by trapdb"):
        exported(sky, tmp_path / "field", since_last=True)
    with pytest.raises(InputError, match=r"mine.txt: cannot be written"):
        exported(sky, tmp_path / "notes/mine.txt")


def test_a_broken_file_is_told_in_a_line(db, exported, tmp_path):
    sky = Sky(db)
    sky.epoch()
    done = exported(sky, tmp_path)
    next(iter(files(done.catalogue).values())).write_bytes(b"PAR1")
    with pytest.raises(InputError, match="has a file that cannot be read") as told:
        exported(sky, tmp_path, since_last=True)
    assert "\n" not in str(told.value)


def test_two_exports_do_not_write_to_one_folder(db, exported, tmp_path):
    sky = Sky(db)
    sky.epoch()
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(InputError, match="another export writes to it"):
        exported(sky, tmp_path)
    os.close(handle)
    exported(sky, tmp_path)


def test_a_name_cannot_add_to_the_properties(db, exported, tmp_path):
    sky = Sky(db, sources=1, name="a\nall_margins=/etc\\u000a é=☉")
    sky.epoch(share=1)
    done = exported(sky, tmp_path / "field")
    told = catalogue.read_properties(tmp_path / "field/collection.properties")
    assert json.loads(told["trapdb_dataset"]) == sky.feeder.name
    assert told["all_margins"] == "margin_1"
    assert re.fullmatch(r"[\w.-]+", told["obs_collection"], re.ASCII)
    assert exported(sky, tmp_path / "field", since_last=True).written == 0
    assert done.sources == 1
