-- A measurement without any candidate pair, which is no blend, founds a source, which has the measurement's id.
-- From here on it is a pair like the others: kind "new", without a radius.
-- reads: pg_temp.detection, pg_temp.candidate_pair, trap_data.blended_point, trap_data.image
-- writes: trap_data.source, pg_temp.resolved_pair
create function trap.add_new_sources(p_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
-- as in load_image
set default_statistics_target = 1
as $$
declare
    v_taken_at timestamptz;
begin
    select i.taken_at into v_taken_at from trap_data.image as i where i.image_id = p_image_id;

    with founded as (
        insert into trap_data.source as s (
            dataset_id, source_id, name, ra, dec, ra_err, dec_err, pos, reference_ra, reference_dec,
            weight_l, weighted_l, weight_m, weighted_m, n_blind, n_forced, forced_steps, last_forced_image_id,
            first_seen, last_seen, last_blind_image_id, monitored, established_image_id,
            shape_weight, shape_ll, shape_lm, shape_mm
        )
        select
            trap.dataset_of(p_image_id), x.measurement_id, trap.iau_name(x.ra, x.dec), x.ra, x.dec, x.ra_err, x.dec_err, x.pos, x.ra, x.dec,
            1 / (x.ra_err * x.ra_err), 0, 1 / (x.dec_err * x.dec_err), 0, 1, 0, 0, null::bigint,
            v_taken_at, v_taken_at, p_image_id, false, p_image_id,
            x.shape_weight, x.shape_ll, x.shape_lm, x.shape_mm
        from pg_temp.detection as x
        where
            not exists (select from pg_temp.candidate_pair as p where p.measurement_id = x.measurement_id)
            and x.measurement_id not in (
                select b.measurement_id from trap_data.blended_point as b where trap.is_in_image(b.measurement_id, p_image_id)
            )
        order by x.measurement_id
        returning s.source_id
    )

    insert into pg_temp.resolved_pair (measurement_id, source_id, parent_id, kind, de_ruiter_radius, separation)
    select f.source_id, f.source_id, null::bigint, 'new', null::double precision, null::double precision
    from founded as f;
    analyze pg_temp.resolved_pair (measurement_id, source_id);
end;
$$;
comment on function trap.add_new_sources is 'Founds a source for each measurement of an image that has no candidate pair.';
