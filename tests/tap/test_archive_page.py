"""docs/archive.md, its parts on TOPCAT and pyvo: what they show is answered."""

import gc
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/archive.md").read_text()


def part(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]


def test_the_queries_for_topcat_are_answered(http):
    whole, upload = re.findall(r"(?:^    (?:SELECT|FROM|ON|ORDER).*\n)+", part("TOPCAT"), re.M)
    asked = {"LANG": "ADQL", "QUERY": whole}
    assert http.post("/tap/sync", data=asked).status_code == 200
    table = (
        '<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="ra" datatype="double"/>'
        '<FIELD name="dec" datatype="double"/><DATA><TABLEDATA><TR><TD>1</TD><TD>2</TD></TR>'
        "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    asked = {"LANG": "ADQL", "QUERY": upload, "UPLOAD": "t1,param:t"}
    reply = http.post("/tap/sync", data=asked, files={"t": table.encode()})
    assert reply.status_code == 200, reply.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_example_for_pyvo_runs(here):
    (example,) = re.findall(r"^```python\n(.*?)^```", part("pyvo"), re.M | re.S)
    names = {}
    exec(example.replace("https://archive.example.org/trapdb", here), names)
    assert len(names["datasets"]) == 3
    assert set(names["sources"]["name"]) <= set(names["near"]["name"])
    assert len(names["points"]) >= 2
    assert len(names["light_curve"]) >= 2
    assert len(names["images"]) == 4
    del names["around"], names["links"], names["curve"], names["images"]
    del names
    gc.collect()  # what pyvo leaves open
