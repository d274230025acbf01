#!/bin/sh
# astropy 8.0.2: a WCS that is pickled, as multiprocessing and Dask do with what they send to workers, is written as a
# FITS header with 12 digits and read again. Positions and times of the copy differ from those of the original in their
# last digits. WCS.deepcopy() and copy.deepcopy() keep every bit.
#
# One would guess otherwise: pickling keeps numbers exactly, numpy arrays included, and copy.deepcopy, which is
# defined by the same protocol for most classes, does so here. The difference is far below any error of a position; it
# shows where results of one process are compared with those of another for equality, or where times count: a start
# given as MJD-OBS moves by 33 microseconds here.
#
# Seen (Python 3.11):
#   deepcopy: right ascension of a pixel differs by 0.0e+00 deg, MJD-OBS by 0.0e+00 s
#   pickle: right ascension of a pixel differs by 4.3e-12 deg, MJD-OBS by 3.3e-05 s
#
# What depends on it: the tests in same_bits, where an image that Dask moves is among what is compared.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check astropy==8.0.2 numpy==2.4.6

venv/bin/python - <<'EOF'
import pickle

from astropy.wcs import WCS

wcs = WCS(naxis=2)
wcs.wcs.ctype = ["RA---SIN", "DEC--SIN"]
wcs.wcs.crval = [123.456789012345678, -30.123456789012345]
wcs.wcs.cdelt = [-1 / 3600, 1 / 3600]
wcs.wcs.crpix = [2049, 2049]
wcs.wcs.mjdobs = 60310.000001423611
wcs.wcs.set()
apart = {}
for name, copy in (("deepcopy", wcs.deepcopy()), ("pickle", pickle.loads(pickle.dumps(wcs)))):
    (ra, dec), (ra_copy, dec_copy) = (w.wcs_pix2world([[4000.0, 10.0]], 0)[0] for w in (wcs, copy))
    apart[name] = abs(ra_copy - ra), abs(copy.wcs.mjdobs - wcs.wcs.mjdobs) * 86400
    print(f"{name}: right ascension of a pixel differs by {apart[name][0]:.1e} deg, "
          f"MJD-OBS by {apart[name][1]:.1e} s")
assert apart["deepcopy"] == (0, 0)
assert apart["pickle"][0] > 0 and apart["pickle"][1] > 1e-6
EOF
