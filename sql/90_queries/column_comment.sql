-- The comment of a column, with its unit in square brackets: for files with the result of a query.
-- reads: the system catalogue
-- writes: nothing
create function trap.column_comment(p_relation oid, p_column integer) returns text
language sql stable
return col_description(p_relation, p_column);
comment on function trap.column_comment is 'The comment of a column of a table or view, given by oid and number; NULL if there is none.';
