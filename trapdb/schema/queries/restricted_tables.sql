-- The statements that make two schemas, and for each table of trap_data a view of its name, with the rows that belong to some data
-- sets and no others. Of a partitioned table the view names the partitions of these data sets alone: whatever a query does, and
-- whichever way the planner goes, the others are not there. Of another table it is a security barrier: no condition of a query is
-- evaluated on a row that is not shown. Tables of which no rule here says which rows belong to a data set have no rows.
-- Parameters: schema, tables, names of the schemas, of what is shown and of these views; dataset_ids, the numbers of the data sets.
with shown as (
    select dataset_id from unnest(%(dataset_ids)s::integer []) as d (dataset_id)
),

-- the reference catalogues that they use; not those that were made of a data set that is not shown
catalogue as (
    select r.catalogue_id
    from trap_data.reference_catalogue as r
    where
        exists (
            select from trap_data.dataset_reference as used
            inner join shown on used.dataset_id = shown.dataset_id
            where used.catalogue_id = r.catalogue_id
        )
        and (r.dataset_id is null or r.dataset_id in (table shown))
),

tables as (
    select
        c.oid,
        c.relname::text as name,
        c.relkind,
        array_agg(a.attname::text order by a.attnum) as columns
    from pg_class as c
    inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'trap_data'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    group by c.oid
),

partitions as (
    select
        t.oid,
        string_agg(
            format(
                'select %%s from trap_data.%%I',
                (select string_agg(quote_ident(name), ', ') from unnest(t.columns) as column_name (name)),
                part.relname
            ),
            ' union all ' order by part.value
        ) as query
    from tables as t
    inner join pg_inherits as i on t.oid = i.inhparent
    inner join pg_class as c on i.inhrelid = c.oid
    cross join lateral (
        select
            c.relname,
            case t.name when 'reference_source' then 'catalogue_id' else 'dataset_id' end as key,
            substring(c.relname from '_(\d+)$')::integer as value
        offset 0
    ) as part
    where
        case part.key
            when 'catalogue_id' then part.value in (table catalogue)
            else part.value in (table shown)
        end
    group by t.oid
),

-- ids of a data set are in a range of their own
ranges as (
    select
        kind.of_id,
        string_agg(
            format('%%I >= %%s and %%I < %%s', kind.of_id, kind.first_id, kind.of_id, kind.end_id), ' or ' order by shown.dataset_id
        ) as condition
    from shown
    cross join lateral (
        values
        ('image_id', trap.numbered_id(shown.dataset_id, 0), trap.numbered_id(shown.dataset_id + 1, 0)),
        ('run_id', trap.numbered_id(shown.dataset_id, 0), trap.numbered_id(shown.dataset_id + 1, 0)),
        ('sky_region_id', trap.numbered_id(shown.dataset_id, 0), trap.numbered_id(shown.dataset_id + 1, 0)),
        (
            'source_id',
            trap.measurement_id(trap.numbered_id(shown.dataset_id, 0), 0),
            trap.measurement_id(trap.numbered_id(shown.dataset_id + 1, 0), 0)
        )
    ) as kind (of_id, first_id, end_id)
    group by kind.of_id
),

rules as (
    select
        t.*,
        case
            -- which events are injected, those who watch know
            when t.name = 'event' then 'false'
            when t.name in ('label_class', 'transient_definition', 'transient_condition') then 'true'
            when t.name = 'reference_catalogue' then 'true'
            when 'dataset_id' = any(t.columns)
                then format('dataset_id = any(%%L::integer[])', array(table shown))
            when t.name = 'reference_density' then 'true'
            else (
                select r.condition
                from ranges as r
                where r.of_id = any(t.columns)
                order by r.of_id
                limit 1
            )
        end as belongs,
        case
            when 'catalogue_id' = any(t.columns)
                then format('(catalogue_id is null or catalogue_id = any(%%L::integer[]))', array(table catalogue))
            else 'true'
        end as known
    from tables as t
    where t.name not in ('alembic_version', 'code_manifest', 'code_object', 'restriction')
)

select
    name,
    statement
from (
    select
        null as name,
        format('create schema %%I', schema.name) as statement
    from (values (%(schema)s::text), (%(tables)s::text)) as schema (name)
    union all
    select
        r.name,
        case r.relkind
            when 'p'
                then format(
                    'create view %%I.%%I as %%s', %(tables)s::text, r.name,
                    coalesce(p.query, format('select * from trap_data.%%I where false', r.name))
                )
            else format(
                'create view %%I.%%I with (security_barrier) as select * from trap_data.%%I where %%s and (%%s)',
                %(tables)s::text, r.name, r.name, r.known, coalesce(r.belongs, 'false')
            )
        end
    from rules as r
    left join partitions as p on r.oid = p.oid
) as made
order by name nulls first;
