"""The statements of the benchmarks, which run by hand alone, go with the schema."""

import re
from pathlib import Path

import pytest

PREPARED = ("select", "insert", "update", "delete", "with")


def statement(path):
    """Return the text without comments, and without the EXPLAIN around it."""
    text = re.sub(r"^\s*--.*$", "", path.read_text(), flags=re.MULTILINE).strip().rstrip(";")
    return re.sub(r"^explain\s*\([^)]*\)\s*", "", text, flags=re.IGNORECASE)


FILES = [
    path
    for path in sorted((Path(__file__).parents[2] / "benchmarks" / "sql").glob("*.sql"))
    if statement(path).lower().startswith(PREPARED)
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_statement_is_understood(conn, path):
    text = statement(path)
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
    for number, name in enumerate(names, 1):
        text = text.replace(f"%({name})s", f"${number}")
    text = text.replace("%%", "%")
    # numbers that are put into the text, where no parameter may stand
    text = re.sub(r"\{\w+\}", "1", text)
    conn.execute(f"prepare it as {text}".encode())
    conn.execute("deallocate it")
