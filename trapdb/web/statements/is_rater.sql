select pg_has_role('trapdb_rater', 'usage') or pg_has_role('trapdb_operator', 'usage');
