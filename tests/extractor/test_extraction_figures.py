"""The figures by which the extractor is judged, on samples for which they are known."""

import subprocess
import sys

import numpy as np
import pytest

from benchmarks import report
from benchmarks.extraction import peers
from benchmarks.extraction.blends import pairs
from benchmarks.extraction.skies import isolated
from benchmarks.extraction.statistics import completeness, peaks_above, truncated, width


def test_width_is_the_deviation_of_a_normal_sample_whatever_its_outliers():
    values = 3 * np.random.default_rng(1).standard_normal(20_000) + 7
    values[:100] = 1e6
    assert width(values) == pytest.approx(3, rel=0.03)


def test_half_of_the_sources_at_the_threshold_are_complete():
    assert completeness([5.0], 5.0) == 0.5
    assert completeness([4.0, 6.0], 5.0) == pytest.approx(0.5)
    assert completeness([6.0], 5.0) == pytest.approx(0.8413, abs=1e-4)


def test_a_cut_narrows_the_pulls_of_faint_sources_only():
    at_the_cut, _ = truncated(np.random.default_rng(3), [5.0] * 10_000, 5.0, 0.0)
    # the median absolute deviation of the half-normal distribution is 0.3991
    assert width(at_the_cut) == pytest.approx(1.4826 * 0.3991, abs=0.01)
    above, _ = truncated(np.random.default_rng(3), [10.0] * 10_000, 5.0, 0.0)
    assert width(above) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("correlation", [0.0, 0.7, 1.0])
def test_the_integrated_flux_follows_the_peak_as_far_as_they_are_correlated(correlation):
    peak, integrated = truncated(np.random.default_rng(4), [5.0] * 10_000, 5.0, correlation)
    # of a normal distribution the upper half is left
    assert peak.min() > 0
    assert np.mean(peak) == pytest.approx(np.sqrt(2 / np.pi), abs=0.01)
    assert np.mean(integrated) == pytest.approx(correlation * np.sqrt(2 / np.pi), abs=0.01)


def test_peaks_are_counted_once_however_many_pixels_they_have():
    pixels = np.zeros((20, 20), np.float32)
    pixels[3:5, 3:5] = pixels[5, 5] = 6  # diagonal neighbours belong together
    pixels[10, 10] = 6
    pixels[15, 15] = 4
    assert peaks_above(pixels, 5.0) == 2


def test_tables_are_markdown_with_what_falls_short_in_bold(capsys):
    report.print_table(
        ["what", "figure"],
        [["good", report.judged("1.0", True)], ["bad", report.judged("2.0", False)]],
    )
    assert capsys.readouterr().out.splitlines() == [
        "",
        "| what |  figure |",
        "| ---- | ------: |",
        "| good |     1.0 |",
        "| bad  | **2.0** |",
    ]


def test_peers_that_cannot_be_installed_are_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "trapdb").write_text("a file where the folder would be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert peers.environment() is None
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith("# without sep and radio-pyse, which could not be installed: ")
    assert str(tmp_path) in last


def test_pairs_are_as_far_apart_as_they_were_simulated():
    seen = pairs(1, "psf", 512, (1.0, 3.0))
    assert len(seen.separation) == 39
    assert seen.separation.min() >= 1.0
    assert seen.separation.max() <= 1.5
    assert seen.split[seen.separation > 1.25].all()
    assert len(seen.peak) == 2 * seen.split.sum()


def test_a_sample_has_an_error_for_each_source_that_was_found():
    sample = isolated(1, "psf", 512)
    assert len(sample.snr) == len(sample.found) == 6 * 78
    assert 0.8 < sample.found[sample.snr > 5].mean() <= 1
    for name in ("ra", "dec", "peak", "integrated"):
        assert len(sample.pulls(name)) == sample.found.sum()
        assert width(sample.pulls(name)) == pytest.approx(1, abs=0.2)


def test_the_command_tells_the_sections_that_are_asked_for(tmp_path):
    command = [sys.executable, "-m", "benchmarks.extraction", "forced", "scatter"]
    options = ["--size", "384", "--seeds", "1", "--noise", "psf"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    titles = [line for line in done.stdout.splitlines() if line.startswith("## ")]
    assert [title.split(" in ")[0] for title in titles] == [
        "## Forced fits at 88 positions",
        "## Scatter of points",
    ]


def test_an_unknown_section_is_refused_in_a_line():
    command = [sys.executable, "-m", "benchmarks.extraction", "speeed"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no section speeed: choose of speed, pulls, scatter, blends, forced" in done.stderr
