#!/bin/sh
# astropy 8.0.2: WCS.to_header() writes a header with CDi_j as PCi_j with the same numbers and CDELTi = 1, not as PCi_j
# = 1 with CDELTi. The third axis of a cube with CD3_3 = 1e6 then has CDELT3 = 1.0 and PC3_3 = 1e6. That is right by the
# standard, and whoever takes CDELT3 for the width of a channel, as for nearly all headers of radio images, has channels
# of 1 Hz. So it is in what is cut out with astropy (Cutout2D, WCS slicing) and written with its header.
#
# One would guess otherwise: the header is valid, 1.0 in Hz passes every check, the sky axes come out right since they
# are read through a WCS, and a header with CDELTi comes out of to_header() with its CDELTi.
#
# Seen (Python 3.11):
#   CD3_3=1e6 comes out as: CDELT3 = 1.0 Hz, PC3_3 = 1000000.0
#   CDELT3=1e6 comes out as: CDELT3 = 1000000.0 Hz, PC3_3 = None
#
# What depends on it: test_header_kinds.py, where the step is that of the whole matrix.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check astropy==8.0.2 numpy==2.4.6

venv/bin/python - <<'EOF'
from astropy.io import fits
from astropy.wcs import WCS

AXES = (("RA---SIN", 10.0, -0.001, "deg"), ("DEC--SIN", 40.0, 0.001, "deg"), ("FREQ", 1e9, 1e6, "Hz"))
found = {}
for kind in ("CD", "CDELT"):
    header = fits.Header()
    for number, (ctype, value, step, unit) in enumerate(AXES, 1):
        header[f"CTYPE{number}"], header[f"CUNIT{number}"] = ctype, unit
        header[f"CRVAL{number}"], header[f"CRPIX{number}"] = value, 1.0
        header[f"CD{number}_{number}" if kind == "CD" else f"CDELT{number}"] = step
    again = WCS(header).to_header()
    found[kind] = again["CDELT3"], again.get("PC3_3")
    name = "CD3_3" if kind == "CD" else "CDELT3"
    print(f"{name}=1e6 comes out as: CDELT3 = {found[kind][0]} Hz, PC3_3 = {found[kind][1]}")
assert found == {"CD": (1.0, 1e6), "CDELT": (1e6, None)}
EOF
