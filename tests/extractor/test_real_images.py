from pathlib import Path

import numpy as np
import pytest

import extractor
from extractor import ImageError

DATA = Path(__file__).parents[3] / "shared" / "data"
LOFAR = DATA / "GRB201006A_final_2min_srcs-t0002-image-pb_cutout.fits"
AMI = DATA / "SWIFT_554620-130504.fits"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real images in {DATA}")


def nearest(sources, ra, dec):
    distance = extractor.geometry.sky.separation(sources.ra, sources.dec, ra, dec)
    return sources.select(np.array([distance.argmin()])), distance.min()


def test_lofar():
    image = extractor.open(LOFAR)
    assert image.freq_eff == pytest.approx(143.650817871e6)
    assert image.taken_at.isoformat() == "2020-10-06T01:26:36.800000+00:00"
    footprint = extractor.footprint(image, margin_px=0)
    sources = extractor.extract(
        image, extractor.background(image), footprint, detection_threshold=5
    )
    assert 3 <= len(sources) <= 8
    for ra, dec, peak in ((61.386, 63.229, 0.10), (61.794, 63.307, 0.092), (61.184, 63.315, 0.074)):
        source, distance = nearest(sources, ra, dec)
        assert distance < 2e-3
        assert source.peak_flux[0] == pytest.approx(peak, rel=0.1)
    assert 2 <= len(image.extract(det=10)) <= 4


def test_ami():
    image = extractor.open(AMI)
    assert image.freq_eff == pytest.approx(16.87992813e9)
    assert image.bandwidth == pytest.approx(2.24844375e9)
    assert extractor.background(image).rms_median == pytest.approx(6.0e-5, rel=0.05)
    source, distance = nearest(image.extract(), 173.1361, 27.698)
    assert distance < 1e-3
    assert source.peak_flux[0] == pytest.approx(5.1e-4, rel=0.05)


def test_missing_metadata():
    with pytest.raises(ImageError, match="frequency"):
        extractor.open(DATA / "missing_metadata.fits")
