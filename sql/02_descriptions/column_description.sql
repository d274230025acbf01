-- Every column of the views that one may read, as its comment tells: the one description, from which files, services and the data
-- dictionary take theirs. What is to be said of a column is said in its comment.
-- Views indexed_... are not offered: they are others once more, with a position of pgSphere's type, and ADQL reads them in their place.
-- Source: IVOA Recommendation, VOTable 1.4, section 2.1 (data types); DALI 1.1, section 3.3 (timestamp).
-- reads: the system catalogue
create view trap.column_description as
select
    n.nspname::text as schema_name,
    c.relname::text as view_name,
    a.attname::text as column_name,
    a.attnum::integer as column_index,
    typed.sql_type,
    said.meaning,
    said.unit,
    said.vo_unit,
    said.vo_description,
    said.ucd,
    said.utype,
    coalesce(said.xtype, case typed.sql_type when 'timestamp with time zone' then 'timestamp' end) as xtype,
    said.principal,
    said.indexed,
    n.nspname <> 'trap' as std,
    case typed.sql_type
        when 'boolean' then 'boolean'
        when 'smallint' then 'short'
        when 'integer' then 'int'
        when 'bigint' then 'long'
        when 'real' then 'float'
        when 'double precision' then 'double'
        when 'double precision[]' then 'double'
        when 'text' then 'char'
        when 'jsonb' then 'char'
        when 'bytea' then 'char'
        when 'timestamp with time zone' then 'char'
    end as datatype,
    case when typed.sql_type in ('double precision[]', 'text', 'jsonb', 'bytea', 'timestamp with time zone') then '*' end as arraysize
from pg_catalog.pg_namespace as n
inner join pg_catalog.pg_class as c on n.oid = c.relnamespace
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
cross join lateral (select format_type(a.atttypid, a.atttypmod) as sql_type) as typed
cross join lateral trap.annotation(col_description(c.oid, a.attnum)) as said
where
    n.nspname in ('trap', 'tap_schema', 'ivoa') and c.relkind = 'v' and c.relname not like 'indexed\_%' and a.attnum > 0
    -- those who are shown some data sets only have views of the same names
    and (has_table_privilege(c.oid, 'select') or pg_has_role('trapdb_restricted', 'member'));
comment on view trap.column_description is 'Every column of the views that one may read, with its meaning, unit and UCD.';
comment on column trap.column_description.schema_name is 'Schema of the view. {meta.id principal}';
comment on column trap.column_description.view_name is 'View. {meta.id;meta.table principal}';
comment on column trap.column_description.column_name is 'Column. {meta.id;meta.main principal}';
comment on column trap.column_description.column_index is 'Place of the column in the view, from 1. {meta.record}';
comment on column trap.column_description.sql_type is 'Its type in PostgreSQL. {meta.code.class}';
comment on column trap.column_description.meaning is 'What it means. {meta.note principal}';
comment on column trap.column_description.unit is
'Unit, as comments write it: 1 for a pure number, sigma for standard errors; NULL for what is not measured. {meta.unit principal}';
comment on column trap.column_description.vo_unit is 'The same in the grammar of VOUnits; NULL for a pure number. {meta.unit}';
comment on column trap.column_description.vo_description is
'What it means, with the unit where VOUnits has none for it. {meta.note}';
comment on column trap.column_description.ucd is 'Its UCD, Unified Content Descriptor. {meta.ucd principal}';
comment on column trap.column_description.utype is 'Its place in a data model of the Virtual Observatory. {meta.id}';
comment on column trap.column_description.xtype is 'How its text is to be read, as DALI names it: timestamp. {meta.code.class}';
comment on column trap.column_description.principal is 'Whether it is one of those to look at first. {meta.code}';
comment on column trap.column_description.indexed is 'Whether to ask by it is quick. {meta.code}';
comment on column trap.column_description.std is 'Whether a standard asks for it. {meta.code}';
comment on column trap.column_description.datatype is 'Its type in a VOTable. {meta.code.class}';
comment on column trap.column_description.arraysize is 'Its length in a VOTable: * for any; NULL for a single value. {meta.number}';
