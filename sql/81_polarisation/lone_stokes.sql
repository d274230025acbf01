-- Images of the open time step that lack another Stokes parameter beside them: Q and U are of use together, and all of them with I.
-- reads: trap_data.image
-- writes: nothing
create function trap.lone_stokes() returns table (stokes text, lacking text, images bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_step constant record := trap.require_time_step();
begin
    return query
    select one.stokes, needed.lacking, count(*)
    from (
        select
            i.stokes::text as stokes,
            array_agg(i.stokes::text) over (partition by i.band_id, i.duration, i.ra, i.dec) as beside
        from trap_data.image as i
        where
            i.image_id >= v_step.first_image_id and trap.is_in_dataset(i.image_id, v_step.dataset_id)
            and i.status = 'accepted'
    ) as one
    inner join (values ('Q', 'U'), ('U', 'Q'), ('Q', 'I'), ('U', 'I'), ('V', 'I')) as needed (stokes, lacking)
        on one.stokes = needed.stokes and needed.lacking <> all(one.beside)
    group by one.stokes, needed.lacking
    order by one.stokes, needed.lacking;
end;
$$;
comment on function trap.lone_stokes is
'How many images of the open time step lack another Stokes parameter of their band, duration and centre.';
