-- The columns of the views that can be queried. What is yes or no is 1 or 0 here, and "size" is there because the standard has it still.
-- Source: IVOA Recommendation, TAP 1.1, section 4.3.
-- reads: trap.column_description
create view tap_schema.columns as
select
    d.schema_name || '.' || d.view_name as table_name,
    trap.adql_name(d.column_name) as column_name,
    d.datatype,
    d.arraysize,
    d.xtype,
    null::integer as "size",
    d.vo_description as description,
    d.utype,
    d.vo_unit as unit,
    d.ucd,
    d.indexed::integer as indexed,
    d.principal::integer as principal,
    d.std::integer as std,
    d.column_index
from trap.column_description as d;
comment on view tap_schema.columns is 'The columns of the views that can be queried.';
comment on column tap_schema.columns.table_name is 'View, with its schema. {meta.id;meta.table principal}';
comment on column tap_schema.columns.column_name is 'Name of the column, as a query writes it. {meta.id;meta.main principal}';
comment on column tap_schema.columns.datatype is 'Type in a VOTable. {meta.code.class principal}';
comment on column tap_schema.columns.arraysize is 'Length in a VOTable: * for any; NULL for a single value. {meta.number principal}';
comment on column tap_schema.columns.xtype is 'How its text is to be read, as DALI names it. {meta.code.class principal}';
comment on column tap_schema.columns."size" is 'Always NULL: arraysize tells. {meta.number}';
comment on column tap_schema.columns.description is 'What it means. {meta.note principal}';
comment on column tap_schema.columns.utype is 'Place in a data model; NULL: none. {meta.id principal}';
comment on column tap_schema.columns.unit is 'Unit, as VOUnits writes it; NULL: none. {meta.unit principal}';
comment on column tap_schema.columns.ucd is 'Unified Content Descriptor. {meta.ucd principal}';
comment on column tap_schema.columns.indexed is '1 if to ask by it is quick. {meta.code}';
comment on column tap_schema.columns.principal is '1 if it is one of those to look at first. {meta.code}';
comment on column tap_schema.columns.std is '1 if a standard asks for it. {meta.code}';
comment on column tap_schema.columns.column_index is 'Place in the view, from 1. {meta.record}';
