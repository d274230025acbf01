"""The archive from Python: questions about sources, light curves, transients and images.

    from trapdb.archive import connect

    archive = connect()                               # the private server
    archive = connect("postgresql://reader@host/sky")
    archive = connect("https://host/tap")             # a TAP service of trapdb

    archive.lightcurve(SkyCoord("10h00m24s +29d42m54s")).plot()

The same methods give the same tables whichever way the archive is reached: each is a query in
ADQL, which a backend answers. docs/archive.md has examples.
"""

from trapdb.archive.archive import Archive
from trapdb.archive.connecting import connect
from trapdb.archive.curve import LightCurve
from trapdb.archive.service import TruncatedWarning

__all__ = ["Archive", "LightCurve", "TruncatedWarning", "connect"]
