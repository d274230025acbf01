"""Images without a bandwidth whose frequencies drift: a band each, and a word about it."""

import pytest
from astropy.io import fits

from trapdb.simulate import simulate


@pytest.fixture
def drifting(tmp_path):
    """Make images of several times, each 0.1 MHz above the last one, and tell no bandwidth."""

    def make(drift_hz, epochs=3, **keywords):
        truth = simulate(tmp_path / "drift", epochs=epochs, size=128, sources=3)
        for number, path in enumerate(sorted(truth.folder.glob("*.fits"))):
            with fits.open(path, mode="update") as hdus:
                header = hdus[0].header
                for key in ("RESTFRQ", "RESTBW", "BANDWIDT", "CDELT3", "CDELT4"):
                    header.remove(key, ignore_missing=True)
                for axis in (3, 4):
                    if header.get(f"CTYPE{axis}", "").startswith("FREQ"):
                        header.remove(f"CTYPE{axis}")
                header.update({"RESTFRQ": 1.4e9 + number * drift_hz, **keywords})
        return truth.folder

    return make


def test_bands_of_one_time_are_told_of_with_the_key_that_mends_it(trapdb, drifting, tmp_path, db):
    folder = drifting(1e5)
    answer = trapdb("ingest", folder)
    assert answer.status == 0
    (line,) = [line for line in answer.err.splitlines() if "bandwidth_max" in line]
    assert "3 bands" in line
    assert "1400000000 to 1400200000 Hz" in line
    assert "bandwidth_max = 400000 " in line
    assert db.execute("select message from trap.run_warning").fetchall() == [(line,)]

    config = tmp_path / "bandwidth.toml"
    config.write_text("[image]\nbandwidth_max = 400000\n")
    again = trapdb("ingest", folder, "--dataset", "again", "--config", config)
    assert "bandwidth_max" not in again.err
    bands = db.execute("select count(*) from trap.band where dataset = 'again'").fetchone()
    assert bands == (1,)


@pytest.mark.parametrize(
    "series", [{"drift_hz": 0.0}, {"drift_hz": 1e5, "RESTBW": 1e6}, {"drift_hz": 1e5, "epochs": 1}]
)
def test_other_bands_are_no_news(trapdb, drifting, series):
    assert "bandwidth_max" not in trapdb("ingest", drifting(**series)).err
