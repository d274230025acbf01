"""Injections from the command line: the truth, what is found of it, and that it stays at home."""

import json
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from trapdb.simulate.light_curves import Images, own_flux

MAKE = ("inject", "field", "--into", "made", "--number", "6", "--snr", "12", "60", "--seed", "3")
KINDS = ("--kind", "flare_star=2", "--kind", "steady", "--kind", "single_burst=3")


@pytest.fixture
def made(filled, tmp_path):
    """The command line, on a database with a data set of copies, which are kept."""
    done = filled(*MAKE, *KINDS, "--keep", tmp_path / "copies")
    assert done.status == 0, done.err
    assert done.out.splitlines()[-1] == "6 sources injected; next: trapdb completeness made"
    return filled


def sql(trapdb, statement):
    answer = trapdb("query", statement, "--format", "json")
    assert answer.status == 0, answer.err
    return json.loads(answer.out)


def test_what_is_injected_is_known_found_and_measured(made, field, tmp_path):
    truth = sql(made, "select * from trap.injection order by number")
    assert [row["number"] for row in truth] == [1, 2, 3, 4, 5, 6]
    assert {row["kind"] for row in truth} <= {"flare_star", "steady", "single_burst"}
    assert all(12 <= float(row["peak_snr"]) <= 60.001 for row in truth)
    assert [row["images"] for row in truth] == [8] * 6
    found = sql(made, "select * from trap.injected_source order by number")
    assert all(row["source_id"] for row in found)

    # the measured fluxes are those of the light curves, within their errors
    images = sql(made, "select image_id, taken_at, duration, freq_eff from trap.image"
                 " where dataset = 'made' order by taken_at, freq_eff")  # fmt: skip
    start = np.repeat(np.arange(4) * 600.0, 2)
    frequency = [float(row["freq_eff"]) for row in images]
    seen = Images.of(start, 600.0, frequency)
    pulls = []
    for row, source in zip(truth, found, strict=True):
        flux = own_flux(row["kind"], json.loads(row["parameters"]), seen)
        assert np.abs(flux).max() == pytest.approx(float(row["peak_flux"]), rel=0.3)
        points = sql(made, "select image_id, kind, peak_flux, peak_flux_err from trap.lightcurve"
                     f" where source_id = {source['source_id']}")  # fmt: skip
        for point in points:
            at = next(i for i, one in enumerate(images) if one["image_id"] == point["image_id"])
            pulls.append((float(point["peak_flux"]) - flux[at]) / float(point["peak_flux_err"]))
    assert len(pulls) >= 40
    assert abs(np.mean(pulls)) < 0.5
    assert 0.75 < np.std(pulls) < 1.25

    table = made("completeness", "made").rows
    assert (table[0]["quantity"], table[0]["injected"], table[0]["found"]) == ("all", "6", "6")
    for quantity in ("kind", "peak_snr", "centre_distance"):
        counted = [int(row["injected"]) for row in table if row["quantity"] == quantity]
        assert sum(counted) == 6
    # the chance of 6 of 6 is 6/7 or more, within one sigma after Wilson
    assert float(table[0]["recall_low"]) == pytest.approx(6 / 7)
    none = made("completeness", "made", "--snr-min", "1000", "--format", "json")
    assert json.loads(none.out)[0]["found"] == 0
    by_definition = made("completeness", "made", "--definition", "variable").rows
    assert 0 < int(by_definition[0]["found"]) <= 6

    drawn = made("plot", "completeness", "--dataset", "made", "-o", tmp_path / "recall.png")
    assert drawn.status == 0, drawn.err
    assert (tmp_path / "recall.png").stat().st_size > 10000

    # copies say what they are, and cannot become a data set that is real
    copies = sorted((tmp_path / "copies").iterdir())
    assert len(copies) == 8
    assert all(fits.getval(copy, "INJECTED") is True for copy in copies)
    refused = made("ingest", tmp_path / "copies", "--dataset", "real")
    assert refused.status == 1
    assert "sources were injected into it" in refused.err
    assert (
        made("ingest", tmp_path / "copies", "--dataset", "again", "--tense", "injected").status == 0
    )
    tenses = sql(made, "select dataset, configuration->'dataset'->>'tense' as tense"
                 " from trap.dataset order by dataset")  # fmt: skip
    assert [tuple(row.values()) for row in tenses] == [
        ("again", "injected"), ("field", "real"), ("made", "injected"),
    ]  # fmt: skip
    tsv = made("extract", copies[0])
    assert tsv.status == 0


def test_the_same_again_adds_nothing_and_another_is_refused(made, tmp_path):
    again = made(*MAKE, *KINDS)
    assert again.status == 0, again.err
    assert "0 of 8 images taken" in again.out
    other = made(*MAKE[:-1], "4", *KINDS)
    assert other.status == 2
    assert other.err.splitlines()[-1] == (
        'trapdb: data set "made" has other injections: give the same sources, settings and seed, '
        "or another name"
    )
    full = made("inject", "field", "--into", "field2", "--table", tmp_path / "no")
    assert full.status == 2
    assert made("dataset", "verify", "made").status == 0


def test_truth_goes_with_its_data_set_and_with_nothing_else(made):
    truth = sql(made, "select * from trap.injection order by number")
    taken = sql(made, "select distinct taken_at from trap.image where dataset = 'made' order by 1")
    assert made("dataset", "rewind", "made", "--to", taken[1]["taken_at"], "--yes").status == 0
    assert sql(made, "select * from trap.injection order by number") == truth
    assert made("dataset", "replay", "made").status == 0
    assert made("completeness", "made").rows[0]["found"] == "6"
    assert made("reassociate", "made", "--as", "tight", "--de-ruiter", "4").status == 0
    copied = sql(made, "select * from trap.injection where dataset = 'tight' order by number")
    assert [row["parameters"] for row in copied] == [row["parameters"] for row in truth]
    assert sql(made, "select configuration->'dataset'->>'tense' as tense from trap.dataset"
               " where dataset = 'tight'") == [{"tense": "injected"}]  # fmt: skip
    assert made("dataset", "delete", "made", "--yes").status == 0
    left = sql(made, "select distinct dataset from trap.injection")
    assert left == [{"dataset": "tight"}]


def test_without_a_data_set_and_without_copies_that_stay(trapdb, field, tmp_path):
    table = tmp_path / "sources.csv"
    middle = field.images["taken_at"][4][:19]
    ra, dec = 150.0, 30.0
    table.write_text(
        "source,ra,dec,time,peak_flux\n"
        f"a,{ra},{dec + 0.05},{field.images['taken_at'][0][:19]},0.03\n"
        f"a,{ra},{dec + 0.05},{middle},0.05\n"
        f"b,{ra + 0.06},{dec},{0},0.04\nb,{ra + 0.06},{dec},{2400},0.04\n"
    )
    done = trapdb("inject", field.folder, "--into", "made", "--table", table)
    assert done.status == 0, done.err
    truth = sql(trapdb, "select kind, peak_flux from trap.injection order by number")
    assert [row["kind"] for row in truth] == ["table", "table"]
    assert float(truth[1]["peak_flux"]) == pytest.approx(0.04)
    paths = sql(trapdb, "select path from trap.image where dataset = 'made'")
    assert len(paths) == 8
    assert not any(Path(row["path"]).exists() for row in paths)
    found = sql(trapdb, "select source_id from trap.injected_source where dataset = 'made'")
    assert all(row["source_id"] for row in found)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nothing", "--into", "x"], "nothing is neither a data set nor a path"),
        (
            ["field", "--into", "field"],
            "--into field: give the injected data set a name of its own",
        ),
        (
            ["field", "--into", "x", "--kind", "quasar"],
            "there is no kind of source 'quasar': give ",
        ),
        (
            ["field", "--into", "x", "--kind", "step=many"],
            "--kind step=many: give KIND=SHARE, such ",
        ),
        (["field", "--into", "x", "--kind", "step=-1"], "the share of step is -1.0: give a number"),
        (["field", "--into", "x", "--snr", "9", "3"], "S/N from 9.0 to 3.0: give a range above 0"),
        (["field", "--into", "x", "--timescales", "0", "3"], "timescales from 0.0 to 3.0: give a "),
        (["field", "--into", "x", "--number", "5000"], "of 5000 sources fit, 4 beams from each "),
        (["field", "--into", "x", "--header", "BMAJ=1"], "data set field has a configuration: "),
        (
            ["a/", "b/", "--into", "x", "--measurements"],
            "--measurements is for a data set that is ",
        ),
        (["field", "--into", "x", "--table", "gone.csv"], "gone.csv: cannot be read: No such file"),
        (
            ["field", "--into", "x", "--table", "gone.csv", "--number", "3", "--kind", "step"],
            "--table says what is injected: leave out --number, --kind",
        ),
        (["field", "--into", " "], "' ' cannot name a data set"),
    ],
)
def test_what_cannot_be_injected_is_told_in_a_line(filled, arguments, complaint):
    answer = filled("inject", *arguments)
    assert answer.status == 2
    assert complaint in answer.err
    assert len(answer.err.splitlines()) == 1
    assert [row["dataset"] for row in filled("dataset", "list").rows] == ["field"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ra,dec,peak_flux\n", "there is no column kind"),
        ("ra,dec,peak_flux,kind\n", "0 rows; give 1 to 1000000"),
        ("ra,dec,peak_flux,kind\n150,30,1,quasar\n", "row 1: no kind 'quasar': give steady"),
        ("ra,dec,peak_flux,kind\n150,95,1,step\n", "row 1: ra 150, dec 95, peak_flux 1: give 0 "),
        ("ra,dec,peak_flux,kind\n150,x,1,step\n", "row 1: ra 150, dec x, peak_flux 1: give 0 "),
        ("ra,dec,peak_flux,kind\n10,30,1,step\n", "source 1 at 10.0, 30.0 deg is in no image"),
        ("ra,dec,peak_flux,kind,bang\n150,30,1,step,2\n", "row 1: bang = 2 says nothing of step"),
        ("ra,dec,peak_flux,kind,start\n150,30,1,step,soon\n", "row 1: 'soon' is no time: give "),
        (
            "ra,dec,peak_flux,kind,timescale\n150,30,1,single_burst,0\n",
            "row 1: timescale is not above 0 s",
        ),
        (
            "ra,dec,peak_flux,kind,electron_index\n150,30,1,synchrotron,0\n",
            "row 1: electron_index is 0: give 1 to 10",
        ),
        (
            "ra,dec,peak_flux,kind,source_size\n150,30,1,extreme_scattering,0\n",
            "row 1: source_size is 0: give 0.001 to 1000",
        ),
        (
            "source,ra,dec,peak_flux,time\na,150,30,1,5\na,151,30,1,6\n",
            "row 2: source a is at another place than before",
        ),
        (
            "source,ra,dec,peak_flux,time\na,150,30,1,5\na,150,30,1,5\n",
            "row 2: source a: its times do not rise",
        ),
        (
            "ra,dec,peak_flux,kind,start,timescale\n150,30,1,single_burst,1999-01-01T00:00:00,60\n",
            "source 1 shines in no image: its light curve is 0 at the times of all ",
        ),
        (
            "ra,dec,peak_flux,kind\n150,30,1,steady\n150.1,30,-0.1,steady\n",
            "row 2: peak_flux -0.1: in images of Stokes I nothing is negative",
        ),
        (
            "source,ra,dec,peak_flux,time\na,150,30,1,5\na,150,30,-1,6\n",
            "row 2: peak_flux -1: in images of Stokes I nothing is negative",
        ),
        (
            "ra,dec,peak_flux,kind,after\n150,30,1,step,-1\n",
            "row 1: after is -1: give 0 to 1e+06",
        ),
        ("\x00\x01", "there is no column ra and no dec and no peak_flux"),
    ],
)
def test_tables_that_make_no_sense_are_told_in_a_line(filled, tmp_path, text, complaint):
    table = tmp_path / "sources.csv"
    table.write_text(text)
    answer = filled("inject", "field", "--into", "x", "--table", table)
    assert answer.status == 2
    assert complaint in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_data_set_without_injections_has_no_completeness(filled):
    answer = filled("completeness", "field")
    assert answer.status == 2
    assert 'nothing was injected into data set "field": `trapdb inject` does so' in answer.err


def test_among_measurements_no_pixels_are_needed(filled, field, tmp_path):
    """Files of the images are not opened: the same with a data set whose files are gone."""
    gone = tmp_path / "gone"
    gone.mkdir()
    for path in field.paths:
        (gone / path.name).write_bytes(path.read_bytes())
    assert filled("ingest", gone, "--dataset", "lost").status == 0
    for path in gone.iterdir():
        path.unlink()
    make = (
        "inject",
        "lost",
        "--into",
        "mixed",
        "--measurements",
        "--number",
        "8",
        "--snr",
        "8",
        "40",
    )
    done = filled(*make, *KINDS)
    assert done.status == 0, done.err
    truth = sql(filled, "select * from trap.injection order by number")
    found = sql(filled, "select * from trap.injected_source order by number")
    assert sum(row["source_id"] is not None for row in found) >= 7
    images = sql(filled, "select image_id, freq_eff from trap.image where dataset = 'mixed'"
                 " order by taken_at, freq_eff")  # fmt: skip
    at = {row["image_id"]: n for n, row in enumerate(images)}
    seen = Images.of(np.repeat(np.arange(4) * 600.0, 2), 600.0, [row["freq_eff"] for row in images])
    pulls, points = [], 0
    for row, source in zip(truth, found, strict=True):
        flux = own_flux(row["kind"], json.loads(row["parameters"]), seen)
        for point in sql(filled, "select image_id, kind, peak_flux, peak_flux_err from"
                         " trap.lightcurve where source_id ="
                         f" {source['source_id'] or 0}"):  # fmt: skip
            points += 1
            pulls.append(
                (point["peak_flux"] - flux[at[point["image_id"]]]) / point["peak_flux_err"]
            )
    assert points > 50  # forced ones before and after, too
    assert abs(np.mean(pulls)) < 0.5
    assert 0.75 < np.std(pulls) < 1.25
    # what was there is there still, as it was
    counts = sql(filled, "select dataset, count(*) as n from trap.measurement as m"
                 " where kind = 'blind' and island < 1e6 group by 1 order by 1")  # fmt: skip
    assert counts[1]["n"] == counts[2]["n"]
    assert filled("dataset", "verify", "mixed").status == 0
    again = filled(*make, *KINDS)
    assert again.status == 0, again.err
    assert "0 of 8 images taken" in again.out
    # also what was rewound, with all fits as they were
    curves = (
        "select taken_at, kind, backfilled, peak_flux from trap.lightcurve"
        " where dataset = 'mixed' order by taken_at, freq_eff, peak_flux"
    )
    before = sql(filled, curves)
    rewound = filled("dataset", "rewind", "mixed", "--to", "2026-01-01T00:05:00", "--yes")
    assert rewound.status == 0, rewound.err
    again = filled(*make, *KINDS)
    assert again.status == 0, again.err
    assert "6 of 8 images taken" in again.out
    assert sql(filled, curves) == before


def test_what_is_made_of_copies_is_injected_as_well(made, tmp_path):
    for command in ("difference", "stack"):
        done = made(command, "made", "-o", tmp_path / command)
        assert done.status == 0, done.err
        files = [path for path in (tmp_path / command).rglob("*.fits")]
        assert files
        assert all(fits.getval(path, "INJECTED") is True for path in files)
    tenses = sql(made, "select dataset, configuration->'dataset'->>'tense' as tense"
                 " from trap.dataset where dataset like 'made%' order by 1")  # fmt: skip
    assert len(tenses) >= 3
    assert {row["tense"] for row in tenses} == {"injected"}
