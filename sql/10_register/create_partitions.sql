-- Makes a data set's partitions. Each is made as a plain table with its CHECK and then attached: that takes no lock that an
-- open time step of another data set holds, where CREATE TABLE ... PARTITION OF would wait for all of them.
-- The fill factors leave room on each page for the updates of the running catalogue to stay there (HOT).
-- A key of a partitioned table has to have the data set in it, which is the same all over a partition: the two largest tables have their
-- keys in the partitions alone. That of measurements grows at its end, so its pages can be full.
-- reads: nothing
-- writes: trap_data.measurement, trap_data.source, trap_data.source_flux, trap_data.association, trap_data.curve_stretch,
--   trap_data.sky_region
create function trap.create_partitions(p_dataset_id integer) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_parent record;
    v_name text;
begin
    for v_parent in
        values ('measurement', 100, ', primary key (measurement_id) with (fillfactor = 100)'), ('source', 60, ''), ('source_flux', 60, ''),
        ('association', 100, ', primary key (source_id, measurement_id)'), ('curve_stretch', 100, ''), ('sky_region', 100, '')
    loop
        v_name := format('%s_%s', v_parent.column1, p_dataset_id);
        execute format(
            'create table trap_data.%I (like trap_data.%I including all, check (dataset_id = %s)%s) with ('
            'fillfactor = %s, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1)',
            v_name, v_parent.column1, p_dataset_id, v_parent.column3, v_parent.column2
        );
        execute format(
            'alter table trap_data.%I attach partition trap_data.%I for values in (%s)',
            v_parent.column1, v_name, p_dataset_id
        );
    end loop;
end;
$$;
comment on function trap.create_partitions is 'Makes the partitions of a new data set.';
