-- Says that the images of a data set are sums of so many images of another one.
-- reads: trap_data.dataset
-- writes: trap_data.timescale
create function trap.set_timescale(p_dataset text, p_parent text, p_factor integer) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_parent_id constant integer := trap.dataset_id_of(p_parent);
begin
    if not p_factor >= 2 or v_dataset_id = v_parent_id then
        raise exception 'data set "%" cannot be at % times the timescale of "%"', p_dataset, p_factor, p_parent using errcode = 'TR004';
    end if;
    perform trap.lock_dataset(v_dataset_id);
    insert into trap_data.timescale (dataset_id, parent_id, factor) values (v_dataset_id, v_parent_id, p_factor)
    on conflict (dataset_id) do update set parent_id = excluded.parent_id, factor = excluded.factor;
end;
$$;
comment on function trap.set_timescale is
'Says that the images of data set p_dataset are sums of p_factor images [1] of data set p_parent.';
