"""The statements of the benchmarks, which run by hand alone, go with the schema."""

import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[2] / "benchmarks" / "sql").glob("*.sql"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_statement_is_understood(conn, path):
    text = re.sub(r"^\s*--.*$", "", path.read_text(), flags=re.MULTILINE).strip().rstrip(";")
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
    for number, name in enumerate(names, 1):
        text = text.replace(f"%({name})s", f"${number}")
    if names:
        text = text.replace("%%", "%")
    # numbers that are put into the text, where no parameter may stand
    text = re.sub(r"\{\w+\}", "1", text)
    word = text.split()[0].lower()
    if word == "explain":
        text = re.sub(r"^explain\s*\([^)]*\)", "", text, flags=re.IGNORECASE)
    elif word not in ("select", "insert", "update", "delete", "with", "values", "table"):
        pytest.skip(f"{word} is checked when it runs")
    conn.execute(f"prepare it as {text}".encode())
    conn.execute("deallocate it")
