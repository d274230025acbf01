-- Drops the partitions of data sets and reference catalogues that are no more. Dropping one locks the whole table against
-- everybody, so this gives up at once when somebody has it open; what is left is empty and is dropped another time. So is what a
-- restricted login is still shown.
-- reads: trap_data.dataset, trap_data.reference_catalogue
-- writes: nothing but the partitions of what was deleted
create function trap.drop_empty_partitions() returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_partition regclass;
begin
    perform set_config('lock_timeout', '100ms', true);
    for v_partition in
        select c.oid::regclass
        from pg_inherits as i
        inner join pg_class as c on i.inhrelid = c.oid and c.relkind = 'r'
        inner join pg_class as parent on i.inhparent = parent.oid
        cross join lateral (select substring(c.relname from '_(\d+)$')::integer as id offset 0) as owner
        left join trap_data.dataset as d on owner.id = d.dataset_id and parent.relname <> 'reference_source'
        left join trap_data.reference_catalogue as r on owner.id = r.catalogue_id and parent.relname = 'reference_source'
        where
            parent.relnamespace = 'trap_data'::regnamespace
            and d.dataset_id is null and r.catalogue_id is null
            and not exists (
                select from pg_depend as v
                where v.refclassid = 'pg_class'::regclass and v.refobjid = c.oid and v.classid = 'pg_rewrite'::regclass
            )
        order by c.relname
    loop
        execute format('drop table %s', v_partition);
    end loop;
    return true;
exception when lock_not_available then
    return false;
end;
$$;
comment on function trap.drop_empty_partitions is
'Drops the emptied partitions of deleted data sets and reference catalogues; false if some are left because somebody was using the tables.';
