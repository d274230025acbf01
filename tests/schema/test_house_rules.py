"""The rules that keep sql/ readable, checked file by file with PostgreSQL's own parser."""

import re
from functools import cache

import pglast
import psycopg
import pytest
from pglast import ast

from trapdb.schema import queries, resources

SQL = resources.sql_directory()
PRIVILEGES = "99_privileges.sql"
FILES = sorted(path.relative_to(SQL).as_posix() for path in SQL.rglob("*.sql"))
DEFINITIONS = [path for path in FILES if path != PRIVILEGES]

# Creating and dropping the partitions of a data set or reference catalogue, named by its number,
# and making the key of one anew.
DYNAMIC = {
    *("create_partitions", "delete_dataset", "drop_empty_partitions"),
    *("begin_reference_catalogue", "finish_reference_catalogue", "remove_reference_catalogue"),
    *("add_reference_dataset", "shrink_point_key"),
}

# A view cannot write, and need not say so.
NAMES = r".+(?:\n--   .+)*"
HEADER = re.compile(
    rf"(?:-- .+\n)+-- reads: (?P<reads>{NAMES})\n(?:-- writes: (?P<writes>{NAMES})\n)?"
)
# The row type of a relation is not read.
SCHEMAS = ("trap", "trap_data", "tap_schema", "ivoa")
RELATION = re.compile(rf"(?<!setof )\b((?:{'|'.join(SCHEMAS)})\.[a-z_]+)\b(?!%)")
TARGET = re.compile(
    r"\b(?:insert into|update|delete from|merge into|truncate)\s+((?:trap|trap_data)\.[a-z_]+)\b"
)


def stem_of(path):
    return path.rpartition("/")[2].removesuffix(".sql")


@cache
def schema_of(path):
    """All is in schema trap but what services ask for by the name of a standard."""
    if path.startswith("95_services/"):
        return name_of(statements(path)[0])[0]
    return "trap"


def text_of(path):
    return (SQL / path).read_text()


def statements(path):
    return [raw.stmt for raw in pglast.parse_sql(text_of(path))]


def name_of(statement):
    """Schema and name of what a statement creates."""
    match statement:
        case ast.CreateFunctionStmt(funcname=names):
            pass
        case ast.ViewStmt(view=relation):
            return relation.schemaname, relation.relname
        case ast.CompositeTypeStmt(typevar=relation):
            return relation.schemaname, relation.relname
        case ast.CreateEnumStmt(typeName=names) | ast.CreateDomainStmt(domainname=names):
            pass
        case ast.DefineStmt(defnames=names):
            pass
        case _:
            pytest.fail(f"{type(statement).__name__} has no place in sql/")
    return tuple(name.sval for name in names)


def options_of(function):
    return {option.defname: option.arg for option in function.options}


def language_of(function):
    return options_of(function)["language"].sval


def volatility_of(function):
    given = options_of(function).get("volatility")
    return "volatile" if given is None else given.sval


@pytest.mark.parametrize("path", DEFINITIONS)
def test_a_file_defines_one_thing_and_is_named_after_it(path):
    first, *rest = statements(path)
    assert name_of(first) == (schema_of(path), stem_of(path))
    assert rest, "COMMENT ON is missing"
    assert {type(statement) for statement in rest} == {ast.CommentStmt}


@pytest.mark.parametrize("path", DEFINITIONS)
def test_a_file_lies_in_a_numbered_folder(path):
    assert re.fullmatch(r"\d\d_[a-z_]+/[a-z0-9_]+\.sql", path)


# Points of light curves are rows of association, or packed. Who looks at the rows alone either has
# both, or looks at an open time step, of which nothing is packed, or has made rows of them before.
OF_ROWS_ALONE = {
    *("curve_point", "lightcurve", "flux_point", "curve_state", "point_in_image", "leakage_sample"),
    *("pack_points", "unpack_points", "known_point"),
    *("add_associations", "add_events", "take_forced"),
    *("part_blends", "rewind_dataset", "subtract_positions", "delete_monitor_position"),
}


def test_whoever_asks_for_points_gets_the_packed_ones_too():
    direct = {
        stem_of(path)
        for path in DEFINITIONS
        if re.search(r"trap_data\.association\b(?!_)", code_of(path))
    }
    assert direct == OF_ROWS_ALONE


def test_privileges_are_granted_in_one_place():
    assert {type(statement) for statement in statements(PRIVILEGES)} == {ast.GrantStmt}


@pytest.mark.parametrize("path", FILES)
def test_a_file_says_what_it_does_reads_and_writes(path):
    header = HEADER.match(text_of(path))
    assert header, "a file begins with: -- A sentence.   -- reads: tables   -- writes: tables"
    assert header["writes"] or isinstance(statements(path)[0], ast.ViewStmt)


def code_of(path):
    """The definition without comments and strings."""
    code, _, _ = text_of(path).partition("\ncomment on ")
    return re.sub(r"--.*|'(?:[^']|'')*'", "", code)


def listed(names):
    """Relations named in a line of the header; remarks in parentheses are left out."""
    return set(RELATION.findall(re.sub(r"\(.*?\)", "", names or "")))


def used_by(path, pattern, relations, *, with_callees):
    """Relations named by a file, and by the routines and views that it uses in turn."""
    found, seen, waiting = set(), set(), {path}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        own = f"{schema_of(path)}.{stem_of(path)}"
        found |= set(pattern.findall(code_of(path))) & relations - {own}
        if with_callees:
            waiting |= {one for one in mentioned_files(path) if one not in seen}
    return found


def mentioned_files(path):
    names = set(re.findall(r"\b((?:trap|tap_schema|ivoa)\.[a-z_0-9]+)", code_of(path)))
    return {one for one in DEFINITIONS if f"{schema_of(one)}.{stem_of(one)}" in names}


@pytest.mark.parametrize("path", [path for path in DEFINITIONS if stem_of(path) not in DYNAMIC])
def test_the_header_tells_the_truth(path, relations):
    """All that the file itself names; of what its callees do, as much as helps the reader."""
    header = HEADER.match(text_of(path))
    writes = listed(header["writes"])
    assert writes >= used_by(path, TARGET, relations, with_callees=False)
    assert writes <= used_by(path, TARGET, relations, with_callees=True)
    both = listed(header["reads"]) | writes
    assert both >= used_by(path, RELATION, relations, with_callees=False)
    assert both <= used_by(path, RELATION, relations, with_callees=True)


@pytest.fixture(scope="session")
def relations(template, cluster):
    """Names of all tables and views."""
    url = cluster.url(template.template_dbname)
    with psycopg.connect(url) as conn:
        return {
            name
            for (name,) in conn.execute(
                "select relnamespace::regnamespace || '.' || relname from pg_class"
                " where relkind in ('r', 'p', 'v', 'm')"
                " and relnamespace::regnamespace::text = any(%s)",
                [list(SCHEMAS)],
            )
        }


def functions():
    for path in DEFINITIONS:
        statement = statements(path)[0]
        if isinstance(statement, ast.CreateFunctionStmt):
            yield path, statement


PLPGSQL = [path for path, function in functions() if language_of(function) == "plpgsql"]


@pytest.mark.parametrize("path", [path for path, _ in functions()])
def test_a_routine_is_plpgsql_or_a_standard_body(path):
    function = statements(path)[0]
    assert path in PLPGSQL or function.sql_body is not None, (
        "a body that is a string is not parsed when it is created"
    )


@pytest.mark.parametrize("path", PLPGSQL)
def test_no_dynamic_sql(path):
    is_dynamic = re.search(r"\bexecute\b", code_of(path)) is not None
    assert is_dynamic == (stem_of(path) in DYNAMIC)


READING = [path for path, function in functions() if volatility_of(function) != "volatile"]


@pytest.mark.parametrize("path", READING)
def test_what_only_reads_is_parallel_safe(path):
    """One routine that is not takes parallel plans from the whole of a query.

    What looks into temporary tables is not: only the session's own process has them.
    """
    parallel = options_of(statements(path)[0]).get("parallel")
    is_safe = parallel is not None and parallel.sval == "safe"
    sees_temporary = used_by(path, re.compile(r"\b(pg_temp)\."), {"pg_temp"}, with_callees=True)
    assert is_safe == (not sees_temporary)


@pytest.mark.parametrize("path", [path for path in DEFINITIONS if not path.startswith("05_ids/")])
def test_what_ids_are_made_of_is_said_in_one_folder(path):
    assert not re.search(r"<<|(?<![-#])>>|\b(?:16777215|16777216|1048575|1048576)\b", code_of(path))


def test_search_paths(db):
    """plpgsql looks names up when it runs: on a fixed path, the caller's temporary tables last.

    A standard body was resolved when it was created, and SET would forbid inlining it.
    """
    routines = db.execute("""
        select pg_proc.oid::regprocedure::text, prosqlbody is null, setting
        from pg_proc left join unnest(proconfig) as setting on setting like 'search_path=%'
        where pronamespace::regnamespace::text in ('trap', 'tap_schema', 'ivoa') and prokind <> 'a'
    """).fetchall()
    for name, is_looked_up, setting in routines:
        if is_looked_up:
            assert (setting or "").endswith(", pg_temp"), name
        else:
            assert setting is None, name


def test_tables_do_not_depend_on_routines(db):
    assert queries.rows(db, "dependents") == []
