#!/bin/sh
# python-casacore 3.8.1: a CASA image without a date of observation has one. Its coordinates hold an epoch of 0 days,
# with the reference LAST, local apparent sidereal time. There is no keyword to leave out, and no value for unknown.
#
# One would guess otherwise: the FITS file of which it was made has no DATE-OBS, and the FITS file that is written of it
# has none again. Who reads get_obsdate() has a valid epoch, which as a modified Julian date is 1858-11-17, and a time
# system, LAST, which then also stands beside a date that is supplied from elsewhere.
#
# Seen (Python 3.11):
#   DATE-OBS of the FITS file: None
#   get_obsdate(): 0.0 d, LAST
#   DATE-OBS of the FITS file that is written of it: None
#
# What depends on it: test_casa_images.py, test_a_casa_image_without_a_date_takes_the_users.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check astropy==8.0.2 numpy==2.4.6 python-casacore==3.8.1

venv/bin/python -W ignore - 2>/dev/null <<'EOF'
import numpy as np
from astropy.io import fits
from casacore.images import image

plane = fits.PrimaryHDU(np.ones((1, 8, 8), "f4"))
axes = (("RA---SIN", 10.0, -0.001, "deg"), ("DEC--SIN", 40.0, 0.001, "deg"), ("FREQ", 1e9, 1e6, "Hz"))
for number, (kind, value, step, unit) in enumerate(axes, 1):
    plane.header[f"CTYPE{number}"], plane.header[f"CUNIT{number}"] = kind, unit
    plane.header[f"CRVAL{number}"], plane.header[f"CDELT{number}"] = value, step
    plane.header[f"CRPIX{number}"] = 1.0
plane.header.update({"BUNIT": "Jy/beam", "EQUINOX": 2000.0, "SPECSYS": "TOPOCENT"})
plane.writeto("plain.fits")
image("plain.fits").saveas("plain.image")
opened = image("plain.image")
epoch = opened.coordinates().get_obsdate()
opened.tofits("again.fits")
dates = [fits.getheader(name).get("DATE-OBS") for name in ("plain.fits", "again.fits")]
print(f"DATE-OBS of the FITS file: {dates[0]}")
print(f"get_obsdate(): {epoch['m0']['value']} {epoch['m0']['unit']}, {epoch['refer']}")
print(f"DATE-OBS of the FITS file that is written of it: {dates[1]}")
assert dates == [None, None]
assert (epoch["m0"], epoch["refer"]) == ({"unit": "d", "value": 0.0}, "LAST")
EOF
