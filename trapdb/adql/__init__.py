"""ADQL, the query language of the Virtual Observatory, translated for PostgreSQL with pgSphere.

A query is read into a tree, each node of which is looked up in what is allowed, and the SQL is
written from the tree: nothing is passed on. docs/adql.md says what is understood.

    translate(text, tables) -> Translation

sqlglot is an extra, so that this package is imported where it is used.
"""
