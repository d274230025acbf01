"""Pictures: that they are made, what they show, and what is said when they cannot be made."""

import builtins
import shutil

import numpy as np
import pytest
from astropy.io import fits
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from trapdb.cli.plot import plot
from trapdb.plots import canvas


@pytest.fixture
def plotted(filled, monkeypatch):
    """Plot something of the field and get the figure."""
    figures = []
    deliver = canvas.deliver
    monkeypatch.setattr(
        canvas, "deliver", lambda figure, output: (figures.append(figure), deliver(figure, output))
    )

    def plot(*arguments):
        answer = filled("plot", *arguments)
        assert answer.status == 0, answer.err
        return figures[-1]

    plot.trapdb = filled
    return plot


def written(figure: Figure) -> str:
    """All texts of a figure."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def names(plotted):
    return [row["name"] for row in plotted.trapdb("transients").rows]


def test_a_light_curve_and_the_plane_of_eta_and_v(plotted, tmp_path):
    (transient,) = {row["name"] for row in plotted.trapdb("transients").rows
                    if "new" in row["reason"]}  # fmt: skip
    output = tmp_path / "curve.png"
    figure = plotted("lightcurve", transient, "--output", output)
    assert imread(output).std() > 0
    text = written(figure)
    for word in (transient, "150 MHz", "180 MHz", "integrated flux density [mJy]", "time (UTC)"):
        assert word in text
    for word in ("blind", "forced", "back-filled", "upper limits of 3 sigma"):
        assert word in text
    # what was measured is drawn, below the limit too
    measured = {1e3 * float(row["int_flux"]) for row in plotted.trapdb("lightcurve", transient).rows
                if row["usable"] == "True"}  # fmt: skip
    drawn = {y for axis in figure.axes for line in axis.lines for y in line.get_ydata()}
    assert all(min(abs(flux - y) for y in drawn) < 1e-6 for flux in measured)
    (flare,) = {row["name"] for row in plotted.trapdb("transients").rows} - {transient}
    assert "upper limits" not in written(plotted("lightcurve", flare, "-o", output))
    assert "[mJy/beam]" in written(plotted("lightcurve", transient, "--flux", "peak", "-o", output))

    output = tmp_path / "plane.pdf"
    figure = plotted("variability", "--eta-min", 5, "--v-min", 0.2, "-o", output)
    assert output.read_bytes().startswith(b"%PDF")
    plane = figure.axes[0]
    lines = {tuple(line.get_xdata()) for line in plane.lines}
    assert (5, 5) in lines
    for name in names(plotted):
        assert name in written(figure)


def test_in_the_plane_all_bands_of_a_transient_are_ringed_and_positions_stand_apart(
    plotted, tmp_path
):
    flare = next(row for row in plotted.trapdb("transients").rows if "new" not in row["reason"])
    before = plotted("variability", "-o", tmp_path / "plane.png")
    plotted.trapdb("monitor", "add", "mine", flare["ra"], flare["dec"], "--backfill")
    figure = plotted("variability", "-o", tmp_path / "plane.png")
    assert "monitored" in written(figure)
    rings = next(line for line in figure.axes[0].lines if line.get_label() == "transients")
    shown = plotted.trapdb("query", "select source_id, eta_int from trap.variability").rows
    ringed = {f"{eta:.6g}" for eta in rings.get_xdata()}
    of_flare = [row for row in shown if row["source_id"] == flare["source_id"]]
    assert len(of_flare) == 2
    assert {f"{float(row['eta_int']):.6g}" for row in of_flare} <= ringed

    def counted(figure):
        """How many sources each histogram above the plane has."""
        return [steps.get_xy()[1:-1:2, 1].sum() for steps in figure.axes[1].patches]

    assert all(counted(before))
    assert counted(figure) == counted(before)


def test_names_keep_clear_of_each_other_of_points_and_of_the_frame():
    axis = Figure(figsize=(8, 8)).add_subplot()
    points = [(0.5, 0.5), (0.5, 0.501), (0.99, 0.999), (0.01, 0.001), (3, 3)]
    axis.set(xlim=(0, 1), ylim=(0, 1))
    canvas.name_points(axis, points, ["J100024.0+294254"] * 5, [*points, (0.6, 0.5)])
    axis.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axis.texts]
    assert len(boxes) == 4
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[:n])
    assert not any(box.contains(*axis.transData.transform((0.6, 0.5))) for box in boxes)
    frame = axis.get_window_extent()
    assert all(
        frame.x0 < b.x0 and b.x1 < frame.x1 and frame.y0 < b.y0 < b.y1 < frame.y1 for b in boxes
    )


def test_a_field_with_and_without_an_image(plotted, field, tmp_path):
    plotted.trapdb("monitor", "add", "mine", "150.0", "30.0")
    plotted.trapdb("monitor", "add", "far", "10.0", "-30.0")
    for arguments in ((), ("--image", field.paths[0])):
        figure = plotted("field", "-o", tmp_path / "field.png", *arguments)
        text = written(figure)
        taken = "epoch0000_band00.fits" if arguments else "8 images"
        for word in ("footprint", "sources", "mine", taken, "2026-01-01", "150 MHz"):
            assert word in text
        assert all(name in text for name in names(plotted))
        assert "far" not in text
        assert bool(figure.axes[0].images) == bool(arguments)
    path = tmp_path / "blank.fits"
    shutil.copy(field.paths[0], path)
    with fits.open(path, mode="update") as hdus:
        hdus[0].data[:] = np.nan
    figure = plotted("field", "-o", tmp_path / "field.png", "--image", path)
    assert "blank" in written(figure)


def test_a_source_epoch_by_epoch(plotted, field, tmp_path, db):
    path = tmp_path / "epoch0001_band00.fits"
    shutil.copy(field.paths[0], path)
    changed = db.execute(
        "select image_id from trap.image where path like '%%epoch0001_band00.fits'"
    ).fetchone()
    db.execute("update trap_data.image set path = %s where image_id = %s", [str(path), *changed])
    db.execute(
        "update trap_data.image set path = '/nowhere' where path like '%%epoch0000_band01%%'"
    )
    figure = plotted("image", names(plotted)[0], "-o", tmp_path / "pieces.png")
    assert "blank" not in written(figure)
    wide = plotted("image", names(plotted)[0], "--size-arcsec", 4000, "-o", tmp_path / "wide.png")
    assert "blank" in written(wide)
    shown = [axis for axis in figure.axes if axis.get_title()]
    assert len(shown) == 8
    assert sum(bool(axis.images) for axis in shown) == 6
    text = written(figure)
    assert "the\nfile\nis gone" in text
    assert "the\nfile\nhas changed" in text
    # the source is in the middle, and it is the brightest thing there
    brightest = max(np.nanmax(axis.images[0].get_array()[45:56, 45:56]) for axis in shown
                    if axis.images)  # fmt: skip
    assert brightest == max(np.nanmax(axis.images[0].get_array()[30:71, 30:71]) for axis in shown
                            if axis.images)  # fmt: skip


def test_what_stands_in_the_way_is_told_in_one_line(plotted, tmp_path, monkeypatch):
    trapdb = plotted.trapdb
    cases = {
        ("field", "-o", tmp_path / "field.xyz"): "no format for a plot",
        ("field", "-o", tmp_path / "no" / "field.png"): "cannot be written",
        ("field",): "there is no screen for a window: name a file",
        ("lightcurve", "12345", "-o", tmp_path / "x.png"): "there is no source 12345",
    }
    monkeypatch.setenv("MPLBACKEND", "agg")
    for arguments, complaint in cases.items():
        answer = trapdb("plot", *arguments)
        assert (answer.status, answer.err.count("\n")) == (2, 1)
        assert complaint in answer.err

    imports = builtins.__import__

    def without_matplotlib(name, *arguments, **options):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return imports(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    answer = trapdb("plot", "field", "-o", tmp_path / "field.png")
    assert answer.status == 2
    assert "pip install 'trapdb[plot]'" in answer.err


def test_what_cannot_be_drawn_is_refused_before_anything_is_asked(trapdb, tmp_path, monkeypatch):
    """No database is needed to say so."""
    monkeypatch.setenv("TRAPDB_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("TRAPDB_READER_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("MPLBACKEND", "agg")
    output = tmp_path / "it.xyz"
    commands = [("plot", name) for name in plot.commands] + [("classify", "report")]
    arguments = {"image": ["1"], "lightcurve": ["1"], "report": ["x"], "differences": ["1"]}
    for command in commands:
        answer = trapdb(*command, *arguments.get(command[1], []), "-o", output)
        assert (answer.status, answer.err.count("\n")) == (2, 1), (command, answer.err)
        assert f"{output}: no format for a plot; known are" in answer.err, command
    assert "there is no screen for a window" in trapdb("plot", "field").err


def test_peak_fluxes_have_thresholds_of_the_field_too(plotted, tmp_path):
    figure = plotted("variability", "--flux", "peak", "-o", tmp_path / "plane.png")
    (usual, *_) = plotted.trapdb(
        "query",
        "select v.* from trap.dataset as d"
        " cross join lateral trap.field_variability(d.dataset_id, true) as v",
    ).rows
    limit = 10 ** (float(usual["log_eta_mean"]) + 3 * float(usual["log_eta_sigma"]))
    drawn = {line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 2}
    assert any(x == pytest.approx(limit, rel=1e-3) for x in drawn)


COLUMN_MAP = """
frequency = "150 MHz"
epochs = [2015.0, 2016.0]
flux_limit = "1 mJy"
[columns]
ra = "ra [deg]"
dec = "dec [deg]"
flux = "flux [Jy]"
flux_err = "flux_err [Jy]"
"""


@pytest.fixture
def known(plotted, field, tmp_path):
    """A catalogue of all that is there always, 1 arcsec to the north, and of two that are not.

    The first of them all is four times as bright in it.
    """
    steady = field.sources[field.sources["kind"] == "steady"]
    table = tmp_path / "known.csv"
    lines = [
        f"{row['ra']},{row['dec'] + 1 / 3600},{4 * row['flux'] if n == 0 else row['flux']},0.001"
        for n, row in enumerate(steady)
    ]
    lines += ["150.02,30.02,1,0.1", "150.01,29.98,0.1,0.1"]
    table.write_text("\n".join(["ra,dec,flux,flux_err", *lines]))
    (tmp_path / "map.toml").write_text(COLUMN_MAP)
    add = ("reference", "add", table, "--as", "deep", "--catalogue", tmp_path / "map.toml")
    plotted.trapdb(*add, "--coverage", "all")
    return steady


def labelled(axis):
    """What is drawn on an axis, by label."""
    return {one.get_label(): one for one in (*axis.lines, *axis.collections)}


def test_a_field_with_a_catalogue(plotted, known, tmp_path):
    arguments = ("field", "--reference", "deep", "-o", tmp_path / "field.png")
    answer = plotted.trapdb("plot", *arguments)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "is not matched with a reference catalogue deep: `trapdb reference match`" in answer.err
    plotted.trapdb("reference", "match", "deep", "--dataset", "field")
    figure = plotted(*arguments)
    (axis,) = figure.axes
    shown = labelled(axis)
    found, missed = (shown[f"deep: {what}"] for what in ("found", "not found"))
    np.testing.assert_allclose(
        np.sort(found.get_offsets()[:, 1]), np.sort(known["dec"] + 1 / 3600), atol=1e-9
    )
    places = [[150.02, 30.02], [150.01, 29.98]]
    np.testing.assert_allclose(missed.get_offsets(), places, rtol=0, atol=1e-9)
    # the brighter one is the larger
    assert missed.get_sizes()[0] > missed.get_sizes()[1]
    transients = sorted(float(row["dec"]) for row in plotted.trapdb("transients").rows)
    np.testing.assert_allclose(sorted(shown["not in deep"].get_ydata()), transients, atol=1e-5)
    for word in ("1 Jy", "0.1 Jy", *names(plotted)):
        assert word in written(figure)


def test_a_data_set_against_a_catalogue(plotted, known, tmp_path):
    output = tmp_path / "against.png"
    plotted.trapdb("reference", "match", "deep", "--dataset", "field")
    figure = plotted("reference", "deep", "-o", output)
    offsets, fluxes, ratios, *_ = figure.axes
    text = written(figure)
    assert f"deep version 1: {len(known)} counterparts" in text
    assert "median: " in text
    north = np.concatenate([line.get_ydata() for line in offsets.lines if line.get_marker() == "."])
    assert np.median(north) == pytest.approx(1, abs=0.5)
    assert {"150 MHz", "180 MHz"} <= {text.get_text() for text in figure.axes[4].findobj(Text)}
    # what is four times as bright in the catalogue has changed, in both bands
    ringed = labelled(ratios)["changed by 5 sigma or more"]
    assert ringed.get_ydata() == pytest.approx([0.25, 0.25], rel=0.2)
    assert [text.get_text()[:1] for text in ratios.texts] == ["J", "J"]
    lines = labelled(fluxes)["equal"]
    np.testing.assert_array_equal(lines.get_xdata(), lines.get_ydata())


def test_a_catalogue_without_fluxes_and_one_in_two_versions(plotted, known, tmp_path):
    output = tmp_path / "against.png"
    stars = tmp_path / "stars.csv"
    stars.write_text("ra,dec\n" + "".join(f"{row['ra']},{row['dec']}\n" for row in known))
    column_map = tmp_path / "stars.toml"
    column_map.write_text('[columns]\nra = "ra [deg]"\ndec = "dec [deg]"\n')
    add = ("reference", "add", stars, "--as", "deep", "--catalogue", column_map, "--version", "2")
    plotted.trapdb(*add)
    plotted.trapdb("reference", "match", "deep", "--version", "2", "--dataset", "field")
    # the only one with which the data set is matched
    assert len(plotted("reference", "deep", "-o", output).axes) == 2
    shown = labelled(plotted("field", "--reference", "deep", "-o", output).axes[0])
    assert len(set(shown["deep: found"].get_sizes())) == 1
    plotted.trapdb("reference", "match", "deep", "--version", "1", "--dataset", "field")
    answer = plotted.trapdb("plot", "reference", "deep", "-o", output)
    assert "is matched with deep in versions 1, 2: say which" in answer.err
    assert len(plotted("reference", "deep", "--version", "1", "-o", output).axes) == 6
