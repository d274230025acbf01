-- Drops the partitions of data sets and reference catalogues that are no more. Dropping one locks the whole table against
-- everybody, so this gives up at once when somebody has it open; what is left is empty and is dropped another time.
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
        where
            parent.relnamespace = 'trap_data'::regnamespace
            and substring(c.relname from '_(\d+)$')::integer not in (
                select d.dataset_id from trap_data.dataset as d where parent.relname <> 'reference_source'
                union all
                select r.catalogue_id from trap_data.reference_catalogue as r where parent.relname = 'reference_source'
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
