"""Write the data dictionary: what COMMENT ON says of views, functions, tables and columns.

    python -m tools.data_dictionary > docs/data-dictionary.md

The database is the private one, or that of TRAPDB_DATABASE_URL, with the current schema.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from trapdb.server.access import connect

HEAD = """# Data dictionary

Generated from the comments in the database by `python -m tools.data_dictionary`; not edited by
hand. In psql, `\\d+ trap.lightcurve` and `\\df+ trap.cone` show the same.

Angles are in degrees (ICRS), flux densities in Jy, frequencies in Hz, times in UTC. The unit 1 is a
pure number. `ra_err` is an angle on the sky (cos dec included). What the words mean:
[concepts.md](concepts.md). The UCD says what a column is to tools of the Virtual Observatory, in
words of the IVOA's UCD1+ list.
"""

SECTIONS = {
    "view": (
        "Views",
        "What queries read. Give `dataset_id`, too, where you can: then one data set is read.",
    ),
    "function": (
        "Functions",
        "What readers may call. Arguments can be named: `trap.cone(p_dataset => 'field', ...)`.",
    ),
    "type": ("Types", "Kinds and ranges of the columns of tables."),
    "table": (
        "Tables",
        "How it is stored. No interface: readers have no rights on the tables, which may change "
        "from release to release.",
    ),
}


def dictionary(conn: psycopg.Connection[Any]) -> str:
    """Return the dictionary of a database as Markdown.

    Parameters
    ----------
    conn : psycopg.Connection
        Any user's; only the system catalogue is read.
    """
    query = Path(__file__).with_suffix(".sql").read_bytes()
    with conn.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(query).fetchall()
    lines = [HEAD]
    for section, group in groupby(rows, key=itemgetter(0)):
        title, remark = SECTIONS[section]
        lines += [f"## {title}\n", f"{remark}\n"]
        write = _relations if section in ("view", "table") else _list
        lines += write(group)
    return "\n".join(lines).rstrip() + "\n"


def _relations(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    for name, group in groupby(rows, key=itemgetter(1)):
        (section, *_, remark, _, _), *columns = group
        yield f"### {name}\n"
        yield f"{remark}\n"
        if not columns:  # a view that is another one, with what is described there
            continue
        # services give views away, and the UCDs of their columns with them
        has_ucds = section == "view"
        yield "| column | type | unit | " + ("UCD | " if has_ucds else "") + "meaning |"
        yield "|---|---|---|---|" + ("---|" if has_ucds else "")
        for _, _, column, kind, meaning, unit, ucd in columns:
            cells = [column, kind, unit or "", *([ucd] if has_ucds else []), meaning]
            yield f"| {' | '.join(cells)} |"
        yield ""


def _list(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    for _, name, _, signature, remark, *_ in rows:
        yield f"* **{name}**: {remark}" + (f"<br>\n  `{name}{signature}`" if signature else "")
    yield ""


if __name__ == "__main__":
    with connect("reader") as connection:
        print(dictionary(connection), end="")
