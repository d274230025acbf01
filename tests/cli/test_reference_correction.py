"""Images with pixels are put right by a reference catalogue, and measured at their sources."""

import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from tests.cli.test_reference_checks import shift, sky_model
from trapdb.simulate import simulate

# of each image: to the east and north (arcsec), times the flux
ERRORS = [(0, 0, 1), (7, -5, 1.3), (-6, 8, 0.8), (50, 30, 1.1), (-9, -9, 1), (3, 2, 1.2)]
LIMITS = "[extraction]\nsystematic_error_arcsec = 0.5\n"


def make_field(folder):
    """Six epochs of a field: a flare, and sources of one epoch that others measure by force."""
    return simulate(folder, epochs=6, size=256, sources=20, one_epoch=3, bands=1, minimum_snr=60.0)


@pytest.fixture
def fields(tmp_path):
    """The field as it is, and the same with errors of each image."""
    (tmp_path / "perfect").mkdir()
    perfect = make_field(tmp_path / "perfect/field")
    spoilt = make_field(tmp_path / "spoilt")
    for path, errors in zip(spoilt.paths, ERRORS, strict=True):
        shift(path, *errors)
    steady = spoilt.sources[spoilt.sources["kind"] == "steady"]
    sky_model(tmp_path / "known.skymodel", steady, float(spoilt.images["frequency"][0]))
    return perfect, spoilt


def settings(folder, *correct):
    path = folder / f"{'-'.join(correct) or 'nothing'}.toml"
    listed = ", ".join(f'"{one}"' for one in correct)
    path.write_text(f'{LIMITS}[reference]\ncatalogues = ["known"]\ncorrect = [{listed}]\n')
    return path


def curves(db, name):
    """Points in the order of sources by place, of images by time."""
    return db.execute(
        """
        select round(s.ra::numeric, 3), round(s.dec::numeric, 3), c.taken_at, c.kind::text,
            c.backfilled, c.ra, c.dec, c.int_flux, c.int_flux_err, m.x, m.y, c.local_rms
        from trap.lightcurve as c
        inner join trap.running_catalogue as s using (dataset_id, source_id)
        inner join trap.measurement as m using (dataset_id, measurement_id)
        where c.dataset = %s order by s.dec, s.ra, c.taken_at
        """,
        [name],
    ).fetchall()


def test_corrected_images_give_the_curves_of_perfect_ones(trapdb, fields, db, tmp_path):
    perfect, spoilt = fields
    assert trapdb("reference", "add", tmp_path / "known.skymodel", "--as", "known").status == 0
    config = settings(tmp_path, "astrometry", "flux")
    plain = settings(tmp_path)
    for name, truth, chosen in (("perfect", perfect, plain), ("put-right", spoilt, config)):
        answer = trapdb("ingest", truth.folder, "--config", chosen, "--dataset", name)
        assert answer.status == 0, answer.err
    expected, found = curves(db, "perfect"), curves(db, "put-right")
    assert len(found) == len(expected)
    assert {row[3] for row in found} == {"blind", "null_detection"}
    assert {row[4] for row in found} == {True, False}
    names = [(row[2], row[3]) for row in expected]
    assert [(row[2], row[3]) for row in found] == names
    numbers = (
        np.array([row[5:] for row in expected], float),
        np.array([row[5:] for row in found], float),
    )
    east = (numbers[1][:, 0] - numbers[0][:, 0]) * np.cos(np.radians(30)) * 3600
    north = (numbers[1][:, 1] - numbers[0][:, 1]) * 3600
    np.testing.assert_allclose([east, north], 0, atol=0.5)
    # forced fits among them: the same pixels were measured, to a tenth of a pixel
    np.testing.assert_allclose(numbers[1][:, 4:6], numbers[0][:, 4:6], atol=0.1)
    np.testing.assert_allclose(numbers[1][:, 3], numbers[0][:, 3], rtol=0.03)
    np.testing.assert_allclose(numbers[1][:, 6], numbers[0][:, 6], rtol=0.03)
    bright = numbers[0][:, 2] > 10 * numbers[0][:, 3]
    np.testing.assert_allclose(numbers[1][bright, 2], numbers[0][bright, 2], rtol=0.03)
    faint = np.abs(numbers[1][~bright, 2] - numbers[0][~bright, 2]) / numbers[0][~bright, 3]
    assert (faint < 0.3).all()

    applied = db.execute(
        "select east_arcsec, north_arcsec, flux_scale from trap.image_correction"
        " where dataset = 'put-right' order by image_id"
    ).fetchall()
    by = [(-east, -north, 1 / scale) for east, north, scale in applied]
    np.testing.assert_allclose(np.array(by)[:, :2], np.array(ERRORS)[:, :2], atol=0.5)
    np.testing.assert_allclose(np.array(by)[:, 2], np.array(ERRORS)[:, 2], rtol=0.03)

    assert trapdb("dataset", "verify", "put-right").status == 0
    # a rewind and a replay change nothing
    before = [row[2:] for row in found]
    for command in (
        ["rewind", "put-right", "--to", "2026-01-01T00:15:00", "--yes"],
        ["replay", "put-right"],
    ):
        answer = trapdb("dataset", *command)
        assert answer.status == 0, answer.err
    again = [row[2:] for row in curves(db, "put-right")]
    assert [row[:3] for row in again] == [row[:3] for row in before]
    numbers = [np.array([row[3:] for row in rows], float) for rows in (again, before)]
    np.testing.assert_allclose(*numbers, rtol=1e-6)
    assert trapdb("dataset", "verify", "put-right").status == 0


def test_associated_anew_without_a_correction(trapdb, fields, db, tmp_path):
    _, spoilt = fields
    trapdb("reference", "add", tmp_path / "known.skymodel", "--as", "known")
    config = settings(tmp_path, "astrometry", "flux")
    trapdb("ingest", spoilt.folder, "--config", config, "--dataset", "put-right")
    trapdb("ingest", spoilt.folder, "--config", settings(tmp_path), "--dataset", "raw")
    answer = trapdb("reassociate", "put-right", "--as", "anew", "--correct", "nothing")
    assert answer.status == 0, answer.err
    query = """
        select m.ra, m.dec, m.int_flux, m.int_flux_err, m.local_rms, i.rms_min
        from trap.measurement as m inner join trap.image as i using (image_id)
        where m.dataset = %s and m.kind = 'blind' order by m.measurement_id
    """
    rows = [np.array(db.execute(query, [name]).fetchall(), float) for name in ("anew", "raw")]
    np.testing.assert_allclose(*(row[:, [0, 1, 2, 5]] for row in rows), rtol=1e-11)
    # the error of the flux and the noise, to the last bit of numbers of four bytes
    errors = (row[:, 3:5].astype(np.float32) for row in rows)
    np.testing.assert_array_max_ulp(*errors, maxulp=1)
    assert db.execute(
        "select count(*) from trap.image_correction where dataset in ('anew', 'raw')"
    ).fetchone() == (0,)
    answer = trapdb("reassociate", "raw", "--as", "back", "--correct", "both")
    assert answer.status == 0, answer.err
    rows = [np.array(db.execute(query, [name]).fetchall(), float) for name in ("back", "put-right")]
    np.testing.assert_allclose(*rows, rtol=1e-11)


def test_what_cannot_be_corrected_is_a_warning(trapdb, fields, db, tmp_path):
    _, spoilt = fields
    known = tmp_path / "known.skymodel"
    known.write_text("".join(known.read_text().splitlines(keepends=True)[:4]))
    trapdb("reference", "add", known, "--as", "known")
    config = settings(tmp_path, "astrometry")
    answer = trapdb("ingest", spoilt.folder, "--config", config)
    assert answer.status == 0
    told = r"^{}: astrometry not corrected: [0-3] counterparts in known are too few$"
    warnings = [row[0] for row in db.execute("select message from trap.run_warning").fetchall()]
    for path in spoilt.paths:
        expected = re.compile(told.format(re.escape(str(path))), re.M)
        assert len(expected.findall(answer.err)) == 1
        assert sum(expected.match(message) is not None for message in warnings) == 1
    assert db.execute("select count(*) from trap.image_correction").fetchone() == (0,)


def test_a_killed_run_goes_on(trapdb, fields, db, db_url, tmp_path):
    _, spoilt = fields
    trapdb("reference", "add", tmp_path / "known.skymodel", "--as", "known")
    arguments = ["ingest", spoilt.folder, "--config", settings(tmp_path, "astrometry", "flux")]
    trapdb(*arguments)
    undisturbed = curves(db, "spoilt")
    trapdb("dataset", "delete", "spoilt", "--yes")
    command = [sys.executable, "-c", "from trapdb.cli import main; main()"]
    process = subprocess.Popen(
        [*command, *arguments, "--database", db_url],
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stderr.readline()  # the first time step is taken
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert trapdb(*arguments).status == 0
    assert curves(db, "spoilt") == undisturbed


def test_a_source_is_drawn_where_it_is_in_the_file(trapdb, fields, tmp_path, monkeypatch):
    from trapdb.plots import cutouts

    _, spoilt = fields
    trapdb("reference", "add", tmp_path / "known.skymodel", "--as", "known")
    trapdb("ingest", spoilt.folder, "--config", settings(tmp_path, "astrometry"))
    places = []
    monkeypatch.setattr(
        cutouts, "cut", lambda image, ra, dec, size: places.append((ra, dec)) or np.zeros((3, 3))
    )
    steady = spoilt.sources[spoilt.sources["kind"] == "steady"][0]
    at = ["--ra", steady["ra"], "--dec", steady["dec"]]
    answer = trapdb("plot", "image", *at, "-o", tmp_path / "pieces.png")
    assert answer.status == 0, answer.err
    ra, dec = np.transpose(places)
    east = (ra - steady["ra"]) * np.cos(np.radians(dec)) * 3600
    north = (dec - steady["dec"]) * 3600
    expected = np.array(ERRORS)[:, :2].T
    np.testing.assert_allclose([east, north], expected, atol=1.5)


def test_a_correction_needs_a_catalogue_and_a_kind(run, tmp_path):
    config = tmp_path / "correct.toml"
    config.write_text('[reference]\ncorrect = ["astrometry"]\n')
    assert "need a catalogue: name it in" in run("config", "check", config).err
    config.write_text('[reference]\ncatalogues = ["known"]\ncorrect = ["fluxes"]\n')
    answer = run("config", "check", config)
    assert answer.status != 0
    assert "reference.correct" in answer.err
