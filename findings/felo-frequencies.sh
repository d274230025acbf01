#!/bin/sh
# astropy 8.0.2 (wcslib) and python-casacore 3.8.1 (CASA) do not agree on the frequencies of a FITS cube whose axis is
# CTYPE3 = 'FELO-LSR', AIPS's name for channels of equal width in frequency that are labelled by their optical velocity.
# wcslib reads it as that (VOPT-F2W: linear in frequency). casacore reads it as linear in velocity. They agree in the
# reference channel, and differ by the square of the distance from it: here by eighteen channels after 511.
#
# One would guess otherwise: both cite the same conventions, agree on VELO-LSR with and without VELREF, and on VRAD and
# VOPT, and neither says anything when the file is opened.
#
# Seen, for HI at 5000 km/s with channels of -20 km/s (Python 3.11):
#   channel 0: astropy 1397.105 MHz, casacore 1397.105 MHz
#   channel 511: astropy 1443.951 MHz, casacore 1445.576 MHz
#   they differ by -1625.3 kHz, a channel is 91.7 kHz wide
#
# What depends on it: test_header_kinds.py keeps that FELO is linear in frequency.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check astropy==8.0.2 numpy==2.4.6 python-casacore==3.8.1

venv/bin/python -W ignore - 2>/dev/null <<'EOF'
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from casacore.images import image

CHANNELS, REST = 512, 1.42040575e9
cube = fits.PrimaryHDU(np.zeros((CHANNELS, 4, 4), "f4"))
axes = (("RA---SIN", 10.0, -0.001, "deg"), ("DEC--SIN", 40.0, 0.001, "deg"),
        ("FELO-LSR", 5.0e6, -2.0e4, "m/s"))
for number, (kind, value, step, unit) in enumerate(axes, 1):
    cube.header[f"CTYPE{number}"], cube.header[f"CUNIT{number}"] = kind, unit
    cube.header[f"CRVAL{number}"], cube.header[f"CDELT{number}"] = value, step
    cube.header[f"CRPIX{number}"] = 1.0
cube.header.update({"RESTFREQ": REST, "VELREF": 1, "BUNIT": "Jy/beam", "EQUINOX": 2000.0})
cube.writeto("cube.fits")

wcs = WCS(fits.getheader("cube.fits"))
wcs.wcs.sptr("FREQ-???", 2)
of_astropy = wcs.wcs_pix2world([[0, 0, channel] for channel in range(CHANNELS)], 0)[:, 2]
opened = image("cube.fits")
of_casacore = np.array([opened.toworld([channel, 0, 0])[0] for channel in range(CHANNELS)])
for channel in (0, CHANNELS - 1):
    print(f"channel {channel}: astropy {of_astropy[channel] / 1e6:.3f} MHz, "
          f"casacore {of_casacore[channel] / 1e6:.3f} MHz")
apart, width = of_astropy[-1] - of_casacore[-1], of_astropy[1] - of_astropy[0]
print(f"they differ by {apart / 1e3:.1f} kHz, a channel is {abs(width) / 1e3:.1f} kHz wide")
assert abs(of_astropy[0] - of_casacore[0]) < 1
assert np.ptp(np.diff(of_astropy)) < 1  # linear in frequency
speed = 299792458 * (REST / of_casacore - 1)
assert np.ptp(np.diff(speed)) < 1e-3  # linear in optical velocity
assert abs(apart) > 10 * abs(width)
EOF
