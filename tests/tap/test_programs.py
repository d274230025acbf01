"""The service as the programs of the Virtual Observatory see it."""

import gc
import re
import subprocess

import pytest
import requests
from pyvo.dal import DALQueryError, TAPService

# There is no table of planned observations, which one of the stages asks for.
STAGES = "TMV TME TMS TMC CPV CAP AVV QGE QPO QAS UWS MDQ OBS UPL EXA"


def test_taplint_finds_no_fault(here, stilts):
    """It ends with 0 whatever it finds; what it found is in its last line."""
    result = subprocess.run(
        [stilts, "taplint", f"tapurl={here}/tap", f"stages={STAGES}"],
        capture_output=True,
        timeout=280,
    )
    told = result.stdout.decode(errors="replace")
    totals = re.search(r"Errors: (\d+); Warnings: (\d+);.* Failures: (\d+)", told)
    assert totals, told[-2000:]
    faults = "\n".join(line for line in told.splitlines() if line.startswith(("E-", "W-", "F-")))
    assert totals.groups() == ("0", "0", "0"), faults


def test_votlint_finds_no_fault(here, stilts, http, tmp_path):
    for form in ("votable", "votable/td"):
        query = "SELECT TOP 20 * FROM lightcurve"
        reply = http.post("/tap/sync", data={"LANG": "ADQL", "QUERY": query, "FORMAT": form})
        file = tmp_path / "answer.vot"
        file.write_bytes(reply.content)
        result = subprocess.run(
            [stilts, "votlint", f"votable={file}"], capture_output=True, text=True, timeout=60
        )
        assert (result.returncode, result.stdout.strip()) == (0, ""), result.stdout


@pytest.mark.parametrize("way", ["sync=true", "sync=false"])
def test_stilts_asks(here, stilts, look, way):
    ((number,),) = look.execute("select count(*) from trap.running_catalogue")
    result = subprocess.run(
        [
            stilts, "tapquery", f"tapurl={here}/tap", way, "ofmt=csv",
            "adql=SELECT COUNT(*) AS n FROM trap.running_catalogue",
        ],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.stdout.split() == ["n", str(number)], result.stderr


@pytest.fixture
def service(here):
    with requests.Session() as session:
        yield TAPService(f"{here}/tap", session=session)
    gc.collect()  # what pyvo leaves open


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_pyvo_asks(service, look):
    rows = look.execute(
        "select source_id, ra from trap.running_catalogue where dataset = 'pole' order by 1"
    ).fetchall()
    query = "SELECT source_id, ra FROM running_catalogue WHERE dataset = 'pole' ORDER BY source_id"
    for found in (service.run_sync(query), service.run_async(query)):
        table = found.to_table()
        assert list(zip(table["source_id"].tolist(), table["ra"].tolist(), strict=True)) == rows
        assert str(table["ra"].unit) == "deg"
    assert "trap.running_catalogue" in list(service.tables.keys())
    assert service.tables["trap.running_catalogue"].description
    assert (service.maxrec, service.hardlimit) == (2000, 5000)
    assert len(service.examples) >= 5
    mine = service.run_sync(query, maxrec=5).to_table()
    count = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine"
    assert service.run_sync(count, uploads={"mine": mine}).to_table()["n"].tolist() == [5]
    with pytest.raises(DALQueryError, match="there is no table nowhere"):
        service.run_sync("SELECT x FROM nowhere")
