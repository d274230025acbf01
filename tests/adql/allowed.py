"""What SQL that was made of ADQL may hold, by PostgreSQL's own parser."""

from collections.abc import Iterator
from typing import Any

import pglast
from pglast import ast

FUNCTIONS = {
    *("abs", "acos", "asin", "atan", "atan2", "atan2d", "ceil", "cos", "cot", "degrees", "exp"),
    *("floor", "ln", "log", "lower", "mod", "pi", "power", "radians", "random", "round", "sin"),
    *("sqrt", "tan", "trunc", "upper", "to_char", "timezone", "like_escape"),
    *("avg", "count", "max", "min", "sum"),
    *("public.spoint", "public.scircle", "public.spoly", "public.area", "public.center"),
    *("public.long", "public.lat", "public.radius", "trap.angular_separation"),
}
TYPES = {
    *("pg_catalog.int2", "pg_catalog.int4", "pg_catalog.int8", "pg_catalog.float4"),
    *("pg_catalog.float8", "pg_catalog.varchar", "text", "pg_catalog.timestamptz"),
    *("pg_catalog.timestamp", "pg_catalog.numeric", "public.spoly"),
}
NODES = {
    *("RawStmt", "SelectStmt", "ResTarget", "ColumnRef", "String", "RangeVar", "Alias", "A_Const"),
    *("Integer", "Float", "Boolean", "BoolExpr", "A_Expr", "FuncCall", "TypeCast", "TypeName"),
    *("JoinExpr", "RangeSubselect", "SubLink", "SortBy", "NullTest", "CaseExpr", "CaseWhen"),
    *("CoalesceExpr", "A_ArrayExpr", "WithClause", "CommonTableExpr"),
}


def nodes_of(tree: Any) -> Iterator[ast.Node]:
    """Return a node and all below it."""
    if isinstance(tree, tuple):
        for one in tree:
            yield from nodes_of(one)
    elif isinstance(tree, ast.Node):
        yield tree
        for name in tree:
            yield from nodes_of(getattr(tree, name))


def dotted(names: Any) -> str:
    return ".".join(name.sval for name in names)


def check(sql: str, relations: set[str]) -> None:
    """Fail unless a statement only reads these relations, by what is allowed."""
    (statement,) = pglast.parse_sql(sql)
    assert isinstance(statement.stmt, ast.SelectStmt)
    named = {node.ctename for node in nodes_of(statement) if isinstance(node, ast.CommonTableExpr)}
    for node in nodes_of(statement):
        assert type(node).__name__ in NODES
        match node:
            case ast.RangeVar(schemaname=None):
                assert node.relname in named
            case ast.RangeVar():
                assert f"{node.schemaname}.{node.relname}" in relations
            case ast.FuncCall():
                assert dotted(node.funcname) in FUNCTIONS
            case ast.TypeName():
                assert dotted(node.names) in TYPES, sql
            case ast.SelectStmt():
                assert node.intoClause is None
                assert node.lockingClause is None
