-- Whether who asks works with the archive, as reader, operator or admin: the public, and those who are shown some data sets only, are
-- not told who loaded what from where, nor which data sets are injected. Views say so column by column, with NULL for them: so the same
-- query serves all.
-- reads: nothing
-- writes: nothing
create function trap.is_insider() returns boolean
language sql stable parallel safe
return pg_has_role('trapdb_reader', 'usage') or pg_has_role('trapdb_operator', 'usage') or pg_has_role('trapdb_admin', 'usage');
comment on function trap.is_insider is
'Whether who asks works with the archive, and so may know who loaded what from where, and which data sets are injected; not the public.';
