#!/bin/sh
# bdsf 1.14.1 (PyBDSF), AegeanTools 2.3.5 and radio-pyse 0.7.1 (PySE) do not look at BUNIT. Of an image in mJy/beam their
# lists hold numbers in mJy. Aegean and PySE write no unit. PyBDSF does: Jy and Jy/beam, so that fluxes are a thousand
# times too high for whoever goes by the units of the table.
#
# One would guess otherwise: BUNIT is a keyword of the standard that imagers write, and a table whose columns state
# their units seems to have been made by something that knew them.
#
# The image has four sources of 100 mJy/beam. Seen (peak of the brightest one; Python 3.11):
#   image: BUNIT mJy/beam, peak 98.4
#   PyBDSF: 99.7 Jy / beam
#   Aegean: 99.6, no unit
#   PySE: 99.6, no unit
#
# What depends on it: test_source_lists.py, test_finders_write_fluxes_in_the_unit_of_the_image.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    bdsf==1.14.1 AegeanTools==2.3.5 radio-pyse==0.7.1 astropy==8.0.2 numpy==2.4.6 scipy==1.17.1

venv/bin/python - <<'EOF'
import numpy as np
from astropy.io import fits
from scipy.ndimage import gaussian_filter

PIXEL, SIGMA = 0.002, 2.0  # deg, pixels
data = gaussian_filter(np.random.default_rng(0).normal(size=(256, 256)), SIGMA)
data /= data.std()
y, x = np.mgrid[:256, :256]
for x0, y0 in ((60.3, 80.7), (200.2, 150.4), (128.0, 30.6), (180.7, 215.1)):
    data += 100 * np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * SIGMA**2))
header = fits.Header()
for number, (kind, value, step) in enumerate(
    (("RA---SIN", 258.0, -PIXEL), ("DEC--SIN", 44.0, PIXEL), ("FREQ", 150e6, 1e6), ("STOKES", 1, 1)), 1
):
    header[f"CTYPE{number}"], header[f"CRVAL{number}"], header[f"CDELT{number}"] = kind, value, step
    header[f"CRPIX{number}"] = 128.0 if number < 3 else 1.0
fwhm = SIGMA * np.sqrt(8 * np.log(2)) * PIXEL
header.update({"BMAJ": fwhm, "BMIN": fwhm, "BPA": 0.0, "EQUINOX": 2000.0, "BUNIT": "mJy/beam",
               "DATE-OBS": "2020-01-01T00:00:00", "TELESCOP": "none"})
fits.writeto("image.fits", data[None, None].astype("f4"), header)
EOF
venv/bin/python - >pybdsf.log 2>&1 <<'EOF'
import bdsf

image = bdsf.process_image("image.fits", quiet=True, rms_map=False, thresh="hard")
image.write_catalog(outfile="pybdsf.fits", format="fits", catalog_type="srl")
EOF
venv/bin/aegean --cores 1 --table aegean.fits image.fits >aegean.log 2>&1
venv/bin/pyse --csv image.fits >pyse.log 2>&1

venv/bin/python - <<'EOF'
import csv

from astropy.io import fits
from astropy.table import Table

image = fits.open("image.fits")[0]
print(f"image: BUNIT {image.header['BUNIT']}, peak {image.data.max():.1f}")
pybdsf, aegean = Table.read("pybdsf.fits")["Peak_flux"], Table.read("aegean_comp.fits")["peak_flux"]
with open("image.csv") as stream:
    rows = [{name.strip(): value for name, value in row.items()} for row in csv.DictReader(stream)]
pyse = max(float(row["peak"]) for row in rows)
print(f"PyBDSF: {max(pybdsf):.1f} {pybdsf.unit}")
print(f"Aegean: {max(aegean):.1f}, {aegean.unit or 'no unit'}")
print(f"PySE: {pyse:.1f}, no unit")
assert str(pybdsf.unit) == "Jy / beam" and aegean.unit is None
assert all(90 < peak < 110 for peak in (max(pybdsf), max(aegean), pyse))
EOF
