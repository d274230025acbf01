-- The id of a data set, with which a query reads one partition only; refuses a name that there is not.
-- reads: trap.dataset
-- writes: nothing
create function trap.dataset_id_of(p_dataset text) returns integer
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset_id integer;
begin
    select d.dataset_id into v_dataset_id from trap.dataset as d where d.dataset = p_dataset;
    if not found then
        raise exception 'there is no data set named "%"', p_dataset using errcode = 'TR002';
    end if;
    return v_dataset_id;
end;
$$;
comment on function trap.dataset_id_of is 'The id of the data set of this name.';
