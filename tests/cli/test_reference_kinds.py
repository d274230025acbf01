"""Known kinds read tables that have the form of the real ones: names, units, blanks, limits.

The values are made up; excerpts that are no part of the project are in test_reference_excerpts.py.
"""

import numpy as np
import pytest

ARCSEC = 1 / 3600
COS_60, COS_HALF = np.cos(np.radians([60, 0.5]))

# As VizieR writes text: a limit has its sign in a column of its own.
NVSS = """\
_RAJ2000;_DEJ2000;NVSS;RAJ2000;DEJ2000;e_RAJ2000;e_DEJ2000;{s};e_{s};l_MajAxis;MajAxis;l_MinAxis;MinAxis;f_resFlux
15.0;60.0;010000+600000;01 00 00.00;+60 00 00.0;0.04;0.6;2000.5;60.1; ;20.0;<;15.0;P*
345.0;-0.5;230000-003000;22 59 60.00;-00 30 00.0;0.03;0.6;3.0;0.5;<;50.0;<;40.0;
"""
NVSS_ROWS = [
    ("010000+600000", 15, 60, 0.04 * 15 * ARCSEC * COS_60, 2.0005, 0.0601, 20 * ARCSEC, None),
    ("230000-003000", 345, -0.5, 0.03 * 15 * ARCSEC * COS_HALF, 0.003, 0.0005, None, None),
]
NVSS_COLUMNS = "designation, ra, dec, ra_err, flux, flux_err, major, minor"

SUMSS = """\
_RAJ2000;_DEJ2000;RAJ2000;e_RAJ2000;DEJ2000;e_DEJ2000;Sp;e_Sp;St;e_St;MajAxis;MinAxis;PA;dMajAxis;dMinAxis;dPA;Mosaic
15.0;-75.5;01 00 00.00;1.5;-75 30 00.00;1.7;9.0;1.1;10.5;1.5;47.0;45.3;26.2;0.0;0.0;     ;J0100M76
"""

# CASDA: the flux of the whole source stands beside that of the Gaussian
RACS_LOW = """\
id,gaussian_id,source_id,ra,dec,e_ra,e_dec,total_flux_gaussian,e_total_flux_gaussian,\
total_flux_source,e_total_flux_source,peak_flux,e_peak_flux,maj_axis,min_axis,pa,noise
1,made-up_1_1,made-up_1,10.5,-20.5,0.36,0.72,4.0,0.4,9.0,0.9,3.9,0.3,25.2,25.2,90.0,0.3
"""
RACS_LOW_SOURCES = """\
id,source_name,source_id,ra,dec,e_ra,e_dec,total_flux_source,e_total_flux_source,maj_axis,min_axis,pa
1,RACS-MADE J004200-203000,made-up_1,10.5,-20.5,0.36,0.72,9.0,0.9,25.2,25.2,90.0
"""
RACS_MID = """\
id,catalogue_id,name,ra,e_ra,dec,e_dec,total_flux,e_total_flux,peak_flux,maj_axis,min_axis,pa,noise
1,made-up,RACS-MADE J004200-203000,10.5,0.36,-20.5,0.72,2.0,0.2,1.9,10.8,9.0,45.0,0.2
"""

VLASS = """\
Component_name,RA,DEC,E_RA,E_DEC,Total_flux,E_Total_flux,Peak_flux,Maj,Min,PA,Duplicate_flag
MADE J004200-203000,10.5,-20.5,0.0001,0.0002,5.0,0.5,4.0,3.6,1.8,45.0,0
"""

# the flux is a peak, sizes are in deg
VLSSR = """\
#
#   made up
Name\tRAJ2000\tDEJ2000\tSp\tMajAx\tMinAx\tPA
\t"h:m:s"\t"d:m:s"\tJy/beam\tdeg\tdeg\tdeg
----\t-----------\t-----------\t-----\t------\t------\t-----
0100+600\t01 00 00.00\t+60 00 00.0\t 1.25\t0.0250\t0.0200\t 45.0
"""

GAIA = """\
DR3Name\tRA_ICRS\tDE_ICRS\te_RA_ICRS\te_DE_ICRS\tPlx\tpmRA\tpmDE\tVarFlag
\tdeg\tdeg\tmas\tmas\tmas\tmas/yr\tmas/yr\t
-------\t-------\t-------\t----\t----\t----\t----\t----\t----
Gaia DR3 1\t10.5\t-20.5\t0.036\t0.072\t2.5\t1000.0\t-500.0\tVARIABLE
Gaia DR3 2\t11.5\t-20.5\t0.036\t0.072\t   \t   \t   \tNOT_AVAILABLE
"""

GLEAM = """\
<?xml version="1.0"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.4"><RESOURCE><TABLE>
<FIELD ID="GLEAM" name="GLEAM" datatype="char" arraysize="14"/>
<FIELD ID="RAJ2000" name="RAJ2000" datatype="double" unit="deg"/>
<FIELD ID="DEJ2000" name="DEJ2000" datatype="double" unit="deg"/>
<FIELD ID="Fpwide" name="Fpwide" datatype="double" unit="Jy/beam"/>
<FIELD ID="Fintwide" name="Fintwide" datatype="double" unit="Jy"/>
<FIELD ID="e_Fintwide" name="e_Fintwide" datatype="double" unit="Jy"/>
<FIELD ID="alpha" name="alpha" datatype="double"><VALUES null="nan"/></FIELD>
<DATA><TABLEDATA>
<TR><TD>J010000-200000</TD><TD>15.0</TD><TD>-20.0</TD><TD>1.1</TD><TD>1.5</TD><TD>0.02</TD><TD>-0.8</TD></TR>
<TR><TD>J020000-200000</TD><TD>30.0</TD><TD>-20.0</TD><TD>0.1</TD><TD>0.2</TD><TD>0.02</TD><TD>nan</TD></TR>
</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>
"""

RACS_COLUMNS = "designation, ra, dec, ra_err, dec_err, flux, flux_err, major"
CASES = {
    "nvss": ("nvss", NVSS.format(s="S1.4"), NVSS_COLUMNS, NVSS_ROWS),
    "nvss in FITS": ("nvss", NVSS.format(s="S1_4"), NVSS_COLUMNS, NVSS_ROWS),
    "sumss": (
        "sumss",
        SUMSS,
        "designation, ra, dec, ra_err, flux, flux_err, major, pa",
        [(None, 15, -75.5, 1.5 * ARCSEC, 0.0105, 0.0015, 47 * ARCSEC, 26.2)],
    ),
    "racs-low, Gaussians": (
        "racs-low",
        RACS_LOW,
        RACS_COLUMNS,
        [("made-up_1_1", 10.5, -20.5, 1e-4, 2e-4, 0.004, 0.0004, 0.007)],
    ),
    "racs-low, sources": (
        "racs-low",
        RACS_LOW_SOURCES,
        RACS_COLUMNS,
        [("RACS-MADE J004200-203000", 10.5, -20.5, 1e-4, 2e-4, 0.009, 0.0009, 0.007)],
    ),
    "racs-mid": (
        "racs-mid",
        RACS_MID,
        RACS_COLUMNS,
        [("RACS-MADE J004200-203000", 10.5, -20.5, 1e-4, 2e-4, 0.002, 0.0002, 0.003)],
    ),
    "racs-high": (
        "racs-high",
        RACS_MID,
        "frequency, flux",
        [(1655.5e6, 0.002)],
    ),
    "vlass": (
        "vlass",
        VLASS,
        RACS_COLUMNS,
        [("MADE J004200-203000", 10.5, -20.5, 1e-4, 2e-4, 0.005, 0.0005, 0.001)],
    ),
    "vlssr": (
        "vlssr",
        VLSSR,
        "designation, ra, dec, flux, major, minor, pa",
        [("0100+600", 15, 60, None, 0.025, 0.02, 45)],
    ),
    "gaia": (
        "gaia",
        GAIA,
        "designation, ra, dec, ra_err, parallax, pm_ra, pm_dec, epoch, object_class",
        [
            ("Gaia DR3 1", 10.5, -20.5, 1e-8, 2.5, 1000, -500, 2016, "variable star"),
            ("Gaia DR3 2", 11.5, -20.5, 1e-8, None, None, None, 2016, None),
        ],
    ),
    "gleam": (
        "gleam",
        GLEAM,
        "designation, ra, dec, flux, flux_err, spectral_index",
        [
            ("J010000-200000", 15, -20, 1.5, 0.02, -0.8),
            ("J020000-200000", 30, -20, 0.2, 0.02, None),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_known_kind_reads_a_table_of_its_form(trapdb, db, tmp_path, case):
    kind, text, columns, expected = CASES[case]
    path = tmp_path / "table"
    path.write_text(text)
    answer = trapdb("reference", "add", path, "--as", "cat", "--catalogue", kind)
    assert answer.status == 0, answer.err
    rows = db.execute(
        f"select {columns} from trap.reference_source order by reference_id"
    ).fetchall()
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        for value, what in zip(row, wanted, strict=True):
            number = isinstance(what, int | float)
            assert value == (pytest.approx(what, rel=1e-9) if number else what), (row, wanted)
