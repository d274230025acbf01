"""Images that lie off a reference catalogue, or whose flux scale does, are told and rejected."""

import numpy as np
import pytest
from astropy.io import fits

from trapdb.simulate import simulate

ARCSEC = 1 / 3600


def sky_model(path, sources, frequency=150e6):
    """Write sources of a simulation as a sky model."""
    rows = [
        f"{one['name']}, POINT, {one['ra']}deg, {one['dec']}deg, {one['flux']}, [{alpha}]\n"
        for one in sources
        for alpha in [one["spectral_index"]]
    ]
    head = "FORMAT = Name, Type, Ra, Dec, I, SpectralIndex, "
    path.write_text("".join([head + f"ReferenceFrequency='{frequency}'\n", *rows]))


def shift(path, east=0.0, north=0.0, scale=1.0):
    """Shift an image by so much (arcsec), and scale its fluxes."""
    with fits.open(path, mode="update") as hdus:
        header = hdus[0].header
        header["CRVAL2"] += north * ARCSEC
        header["CRVAL1"] += east * ARCSEC / np.cos(np.radians(header["CRVAL2"]))
        hdus[0].data *= scale


@pytest.fixture
def field(tmp_path):
    """Five epochs of a field: one shifted, one too bright, one that lies off by three beams."""
    truth = simulate(tmp_path / "field", epochs=5, size=256, sources=20, bands=1, minimum_snr=30.0)
    steady = truth.sources[truth.sources["kind"] == "steady"]
    sky_model(tmp_path / "known.skymodel", steady, float(truth.images["frequency"][0]))
    shift(truth.paths[1], 6.0, -4.0)
    shift(truth.paths[2], scale=1.5)
    shift(truth.paths[3], -50.0, 40.0)
    return truth


def ingest(trapdb, field, settings, catalogue="known"):
    path = field.folder.parent / f"{catalogue}.skymodel"
    trapdb("reference", "add", path, "--as", catalogue)
    limits = field.folder.parent / "limits.toml"
    limits.write_text(f'{settings}\n[reference]\ncatalogues = ["{catalogue}"]\n')
    return trapdb("ingest", field.folder, "--config", limits)


LIMITS = "[quality]\nreference_offset_max_arcsec = 10\nreference_flux_ratio = [0.8, 1.25]"
CHECKS = """
select q.name, q.value, q.low, q.high, q.passed, q.detail
from trap.quality_check as q inner join trap.image as i using (image_id)
where q.name like 'reference%' order by i.taken_at, q.name
"""


def test_images_are_rejected_by_offset_and_flux_scale(trapdb, field, db):
    answer = ingest(trapdb, field, LIMITS)
    assert answer.status == 1
    assert "3 of 5 images taken" in answer.out
    rows = db.execute(CHECKS).fetchall()
    ratios, offsets = rows[::2], rows[1::2]
    assert {row[0] for row in offsets} == {"reference_offset"}
    values = [row[1] for row in offsets]
    assert values == pytest.approx([0, np.hypot(6, 4), 0, np.hypot(50, 40), 0], abs=0.3)
    assert [row[4] for row in offsets] == [True, True, True, False, True]
    assert {row[2:4] for row in offsets} == {(None, 10.0)}
    assert [row[1] for row in ratios] == pytest.approx([1, 1, 1.5, 1, 1], rel=0.02)
    assert [row[4] for row in ratios] == [True, True, False, True, True]
    assert {row[2:4] for row in ratios} == {(0.8, 1.25)}
    reasons = db.execute("select reason, detail from trap.rejection order by 1").fetchall()
    assert [reason for reason, _ in reasons] == ["reference_flux_ratio", "reference_offset"]
    assert "median ratio of the flux densities to those of" in reasons[0][1]
    assert "sources of known: 1." in reasons[0][1]
    assert "(should be at least 0.8 and at most 1.25)" in reasons[0][1]
    assert "median offset from 20 sources of known, arcsec: 6" in reasons[1][1]
    assert "(should be at most 10)" in reasons[1][1]
    # the same figures as the views have of those that were taken
    stored = db.execute(
        "select sqrt(o.median_east_arcsec ^ 2 + o.median_north_arcsec ^ 2), s.ratio"
        " from trap.image_reference_offset as o"
        " inner join trap.image_reference_flux_scale as s using (image_id)"
        " order by image_id"
    ).fetchall()
    taken = [0, 1, 4]
    judged = [(values[i], ratios[i][1]) for i in taken]
    np.testing.assert_allclose(stored, judged, atol=1e-9)


def test_few_counterparts_judge_nothing(trapdb, field, db):
    path = field.folder.parent / "known.skymodel"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:5]))
    answer = ingest(trapdb, field, LIMITS)
    assert answer.status == 0
    rows = db.execute(CHECKS).fetchall()
    assert len(rows) == 10
    assert {row[1:5] for row in rows} == {(None, None, None, True)}
    assert "flux scale not told: 4 counterparts in known are too few" in rows[0][5]
    assert "offset not told: 4 counterparts in known are too few" in rows[1][5]


def test_one_limit_alone_makes_one_check(trapdb, field, db):
    ingest(trapdb, field, "[quality]\nreference_flux_ratio = [0.1, 10]")
    assert {row[0] for row in db.execute(CHECKS).fetchall()} == {"reference_flux_ratio"}


def test_without_limits_there_is_no_check(trapdb, field, db):
    assert ingest(trapdb, field, "").status == 0
    assert db.execute(CHECKS).fetchall() == []


def test_the_first_catalogue_counts(trapdb, field, db):
    wrong = field.folder.parent / "other.skymodel"
    sky_model(wrong, field.sources[field.sources["kind"] == "steady"][:6])
    trapdb("reference", "add", wrong, "--as", "other")
    trapdb("reference", "add", field.folder.parent / "known.skymodel", "--as", "known")
    config = field.folder.parent / "limits.toml"
    for name, catalogues in (("one", '"known", "other"'), ("two", '"other", "known"')):
        config.write_text(f"{LIMITS}\n[reference]\ncatalogues = [{catalogues}]\n")
        trapdb("ingest", field.folder, "--config", config, "--dataset", name)
    details = {
        name: " ".join(
            detail
            for (detail,) in db.execute(
                "select detail from trap.quality_check where dataset = %s", [name]
            ).fetchall()
        )
        for name in ("one", "two")
    }
    assert "of known" in details["one"]
    assert "of other" not in details["one"]
    assert "of other" in details["two"]
    assert "of known" not in details["two"]


def test_a_catalogue_that_is_gone_ends_the_run_with_what_to_do(trapdb, field, db):
    ingest(trapdb, field, LIMITS)
    trapdb("dataset", "rewind", "field", "--to", "2025-01-01T00:00:00", "--yes")
    assert trapdb("reference", "remove", "known", "--yes").status == 0
    (field.folder / "truth_images.ecsv").unlink()
    shift(field.paths[0], 1.0)
    answer = trapdb("ingest", field.paths[0], "--dataset", "field")
    assert answer.status != 0
    assert 'reference catalogue "known", and that is not there any more' in answer.err
    assert "trapdb reference match known --dataset field" in answer.err
    assert db.execute("select count(*) from trap.image where status = 'accepted'").fetchone() == (
        0,
    )


def test_a_limit_without_a_catalogue_is_refused(run, tmp_path):
    config = tmp_path / "limits.toml"
    for setting in ("reference_offset_max_arcsec = 5", "reference_flux_ratio = [0.8, 1.25]"):
        config.write_text(f"[quality]\n{setting}\n")
        answer = run("config", "check", config)
        assert answer.status != 0
        assert "need a catalogue: name it in reference.catalogues" in answer.err
        assert answer.err.count("\n") == 1
    config.write_text("[quality]\nreference_flux_ratio = [1.25, 0.8]\n")
    assert "must be below the second" in run("config", "check", config).err
