"""Which of the sources found in an image are taken off it before others are measured by force."""

from dataclasses import replace

import numpy as np

from tests.workers.measured import CONFIGURATION, alone
from trapdb.exchange.requests import NOWHERE
from trapdb.measuring import configured
from trapdb.simulate import simulate
from trapdb.timing import Timings


def test_a_blend_is_no_neighbour_of_what_it_is_a_blend_of(tmp_path):
    """All of its flux is that of the positions on either side of it."""
    truth = simulate(tmp_path / "field", epochs=1, size=128, sources=5)
    here = alone(str(truth.paths[0]))
    found, row = here.measurements, int(np.argmax(here.measurements.snr))
    aside = 0.6 * truth.images.meta["beam"][0] / np.cos(np.radians(found.dec[row]))
    asked = replace(
        NOWHERE,
        source_id=np.array([1, 2]),
        kind=np.array(["null_detection"] * 2),
        ra=found.ra[row] + np.array([-aside, aside]),
        dec=found.dec[[row, row]],
        **dict.fromkeys(
            ["deconvolved_major", "deconvolved_minor", "deconvolved_pa"], np.full(2, np.nan)
        ),
    )

    def peaks(*blended_row):
        requests = replace(asked, blended_row=np.array(blended_row))
        return configured.force(here, requests, CONFIGURATION, Timings()).peak_flux

    assert peaks(row, -1).sum() > 0.4 * found.peak_flux[row]
    assert np.abs(peaks(-1, -1)).max() < 0.1 * found.peak_flux[row]
