-- Adds the forced fits of an image that were copied into the measurement table: those of its own time step, or those that were made later
-- (back-filled). They are points of the sources for which they were made. A fit that failed is a point too, without a flux, and
-- counts in no sum. They come as the image has them, and are corrected as its blind measurements were.
-- reads: trap_data.measurement, trap_data.curve_stretch, trap_data.blended_point, trap_data.image_correction
-- writes: trap_data.measurement, trap_data.association, trap_data.source_flux, pg_temp.detection, pg_temp.resolved_pair
create function trap.take_forced(p_image_id bigint, p_known_image_id bigint, p_backfilled boolean) returns integer
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
-- how many rows an image has is estimated a thousand times too low while its data set grows
set enable_nestloop = off
-- as in load_image
set default_statistics_target = 1
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_count integer;
begin
    truncate pg_temp.detection, pg_temp.resolved_pair;
    insert into pg_temp.resolved_pair (measurement_id, source_id, parent_id, kind, de_ruiter_radius, separation)
    select
        m.measurement_id, m.forced_for, null::bigint, m.kind::text::trap_data.association_kind,
        null::double precision, null::double precision
    from trap_data.measurement as m
    where
        m.dataset_id = v_dataset_id
        and trap.is_in_image(m.measurement_id, p_image_id)
        and m.kind <> 'blind'
        -- those of its own time step are points already
        and (
            not p_backfilled
            or not exists (
                select from trap_data.association as a
                where a.dataset_id = v_dataset_id and a.source_id = m.forced_for and a.measurement_id = m.measurement_id
            )
            -- in one statement, since a point may be packed between two
            and not (
                (
                    select exists (
                        select from trap_data.curve_stretch as c where c.dataset_id = v_dataset_id and c.last_known_image_id >= p_image_id
                    )
                )
                and exists (
                    select
                    from trap_data.curve_stretch as c
                    where
                        c.dataset_id = v_dataset_id and c.source_id = m.forced_for
                        and c.first_measurement_id <= m.measurement_id and c.last_measurement_id >= m.measurement_id
                        and m.measurement_id = any(c.measurement_ids)
                    -- one source after the other: to hash them all is to read them all
                    offset 0
                )
            )
        )
        -- nor is one that was measured again
        and not exists (
            select from trap_data.blended_point as b where b.measurement_id = m.measurement_id and b.source_id = m.forced_for
        )
    order by m.measurement_id;
    get diagnostics v_count = row_count;
    if v_count = 0 then
        return 0;
    end if;
    analyze pg_temp.resolved_pair (measurement_id, source_id);
    perform trap.correct_measurements(array(select p.measurement_id from pg_temp.resolved_pair as p), p_image_id, 1);
    insert into pg_temp.detection (
        measurement_id, ra, dec, ra_err, dec_err, int_flux, int_flux_err, peak_flux, peak_flux_err, pos
    )
    select
        m.measurement_id, m.ra, m.dec, m.ra_err, m.dec_err, m.int_flux, m.int_flux_err, m.peak_flux, m.peak_flux_err,
        spoint(radians(m.ra), radians(m.dec))
    from trap_data.measurement as m
    where
        m.dataset_id = v_dataset_id
        and trap.is_in_image(m.measurement_id, p_image_id)
        and m.usable
        and m.measurement_id in (select p.measurement_id from pg_temp.resolved_pair as p)
    order by m.measurement_id;
    analyze pg_temp.detection (measurement_id);
    perform trap.add_associations(p_image_id, p_known_image_id, p_backfilled);
    perform trap.update_fluxes(p_image_id);
    return v_count;
end;
$$;
comment on function trap.take_forced is
'Adds the forced fits that were copied in for an image, of its own time step or back-filled; returns how many.';
