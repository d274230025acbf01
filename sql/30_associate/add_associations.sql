-- Writes the light-curve points of the image's associated measurements, blind or forced.
-- reads: pg_temp.resolved_pair
-- writes: trap_data.association, pg_temp.seen
create function trap.add_associations(p_image_id bigint, p_known_image_id bigint, p_backfilled boolean) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into trap_data.association (
        dataset_id, source_id, measurement_id, kind, de_ruiter_radius, separation_arcsec, known_image_id,
        backfilled
    )
    select
        trap.dataset_of(p_image_id), p.source_id, p.measurement_id, p.kind, p.de_ruiter_radius, p.separation * 3600, p_known_image_id,
        p_backfilled
    from pg_temp.resolved_pair as p
    -- in the order of the index
    order by p.source_id;
    insert into pg_temp.seen (image_id, source_id)
    select p_image_id, p.source_id from pg_temp.resolved_pair as p where p.kind in ('new', 'one_to_one', 'many_to_one', 'fork');
end;
$$;
comment on function trap.add_associations is 'Writes the light-curve points of an image''s associated measurements.';
