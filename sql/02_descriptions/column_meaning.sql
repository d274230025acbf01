-- What a column of any table or view is, for files with the result of a query: those of users' own tables as far as their comments
-- follow the form.
-- reads: the system catalogue
-- writes: nothing
create function trap.column_meaning(p_relation oid, p_column integer)
returns table (description text, unit text, ucd text, utype text)
language sql stable parallel safe
begin atomic
select said.vo_description, said.vo_unit, said.ucd, said.utype
from trap.annotation(col_description(p_relation, p_column)) as said;
end;
comment on function trap.column_meaning is
'Meaning, unit and UCD of a column of a table or view, given by oid and number; NULL if there is no comment.';
