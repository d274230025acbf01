"""A light curve is plotted by a program that knows nothing of trapdb: by what an answer says."""

import io
import shutil
import subprocess
from urllib.parse import urlencode

import httpx
import numpy as np
import pytest
from astropy.io.votable import parse

matplotlib_image = pytest.importorskip("matplotlib.image")


def descriptor_of(document, word):
    """The address of the service whose description has a word, and the column that it takes."""
    for one in document.resources:
        if one.utype == "adhoc:service" and word in (one.description or "").lower():
            address = next(str(param.value) for param in one.params if param.name == "accessURL")
            taken = {param.name: param.ref for group in one.groups for param in group.entries}
            return address, taken
    raise AssertionError(f"nothing describes a {word}")


def test_from_an_answer_of_tap_to_a_plot(service_address, tmp_path):
    stilts = shutil.which("stilts")
    if not stilts:
        pytest.skip("stilts is not installed: on Debian, apt install stilts")
    query = "SELECT TOP 1 * FROM variability WHERE n >= 4 ORDER BY peak_flux_mean DESC"
    reply = httpx.post(f"{service_address}/sync", data={"LANG": "ADQL", "QUERY": query})
    document = parse(io.BytesIO(reply.content))
    address, taken = descriptor_of(document, "light curve")
    (row,) = document.get_first_table().to_table()
    asked = urlencode({name: str(row[column]) for name, column in taken.items()})
    file = tmp_path / "curve.vot"
    file.write_bytes(httpx.get(f"{address}?{asked}").content)

    curve = parse(file)
    fields = curve.get_first_table().fields
    (times,) = curve.resources[0].time_systems
    (time,) = (one.name for one in fields if one.ref == times.ID)
    (flux,) = (one.name for one in fields if one.ucd == "phot.flux.density;em.radio")
    (error,) = (one.name for one in fields if one.ucd == "stat.error;phot.flux.density;em.radio")
    picture = tmp_path / "curve.png"
    result = subprocess.run(
        [
            stilts, "plot2time", f"in={file}", "layer1=mark", "layer2=yerror", f"t={time}",
            f"y={flux}", f"yerrhi2={error}", "color=ff0000", "legend=false", "xpix=400", "ypix=300",
            f"out={picture}",
        ],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    red, green, blue = np.moveaxis(matplotlib_image.imread(picture)[..., :3], -1, 0)
    drawn = (red > 0.8) & (green < 0.4) & (blue < 0.4)
    # points of four epochs lie apart from each other
    columns = np.flatnonzero(drawn.any(axis=0))
    assert len(columns) >= 4
    assert np.ptp(columns) > 100
    assert row["n"] >= 4
