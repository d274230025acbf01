-- The data sets that belong to a data set, of all timescales: whichever of them is named.
-- reads: trap.timescale
-- writes: nothing
create function trap.timescales_of(p_dataset text)
returns table (dataset text, dataset_id integer, factor integer)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    return query
    select t.dataset, t.dataset_id, t.factor
    from trap.timescale as t
    where t.parent_id = (select own.parent_id from trap.timescale as own where own.dataset_id = v_dataset_id)
    order by t.factor, t.dataset;
end;
$$;
comment on function trap.timescales_of is
'The data set of single images and those of sums of them, shortest first, by the name of any of them; factor: images in an image [1].';
