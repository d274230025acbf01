-- Adds the associated measurements to the mean positions and shapes of their sources: weighted means of the direction cosines about each
-- source's reference point, so right everywhere on the sphere and independent of the order of the measurements.
-- reads: pg_temp.resolved_pair, pg_temp.detection, trap_data.image
-- writes: trap_data.source, pg_temp.moved_source
create function trap.update_positions(p_image_id bigint) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
-- the touched sources by where their rows are, in one scan, and then hashed: never the whole catalogue, whatever is believed about its
-- size, and without an index
set enable_nestloop = off
set enable_mergejoin = off
set enable_indexscan = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_taken_at timestamptz;
    v_updated bigint;
begin
    select i.taken_at into v_taken_at from trap_data.image as i where i.image_id = p_image_id;

    truncate pg_temp.moved_source;
    with updated as (
        update trap_data.source as s
        set
            (ra, dec, ra_err, dec_err, pos, weight_l, weighted_l, weight_m, weighted_m) = (
                select
                    mean.ra, mean.dec, 1 / sqrt(summed.weight_l), 1 / sqrt(summed.weight_m),
                    -- an update that leaves the indexed column alone stays on its page
                    case
                        when (s.pos <-> spoint(radians(mean.ra), radians(mean.dec))) < radians(3.0 / 3600) then s.pos
                        else spoint(radians(mean.ra), radians(mean.dec))
                    end,
                    summed.weight_l, summed.weighted_l, summed.weight_m, summed.weighted_m
                from (
                    select
                        s.weight_l + 1 / (x.ra_err * x.ra_err) as weight_l,
                        s.weighted_l + c.l / (x.ra_err * x.ra_err) as weighted_l,
                        s.weight_m + 1 / (x.dec_err * x.dec_err) as weight_m,
                        s.weighted_m + c.m / (x.dec_err * x.dec_err) as weighted_m
                    from trap.direction_cosines(s.reference_ra, s.reference_dec, x.ra, x.dec) as c
                    offset 0
                ) as summed
                cross join lateral trap.sky_position(
                    s.reference_ra, s.reference_dec, summed.weighted_l / summed.weight_l, summed.weighted_m / summed.weight_m
                ) as mean
            ),
            shape_weight = s.shape_weight + x.shape_weight,
            -- a measurement without a shape changes nothing
            shape_ll = coalesce(trap.merged_mean(s.shape_weight, s.shape_ll, nullif(x.shape_weight, 0), x.shape_ll), s.shape_ll),
            shape_lm = coalesce(trap.merged_mean(s.shape_weight, s.shape_lm, nullif(x.shape_weight, 0), x.shape_lm), s.shape_lm),
            shape_mm = coalesce(trap.merged_mean(s.shape_weight, s.shape_mm, nullif(x.shape_weight, 0), x.shape_mm), s.shape_mm),
            n_blind = s.n_blind + 1,
            forced_steps = 0,
            last_seen = v_taken_at,
            last_blind_image_id = p_image_id,
            -- a branch that is found apart once more is no accident of the fit that forked
            established_image_id = coalesce(
                s.established_image_id,
                case when p.kind in ('one_to_one', 'fork') and s.source_id < trap.measurement_id(p_image_id, 0) then p_image_id end
            )
        from pg_temp.resolved_pair as p
        inner join pg_temp.detection as x on p.measurement_id = x.measurement_id
        where
            s.dataset_id = v_dataset_id and s.source_id = p.source_id
            and s.ctid = any(array(select touched.stored_at from pg_temp.resolved_pair as touched))
        returning s.source_id, s.ra, s.dec, s.pos
    ),

    moved as (
        insert into pg_temp.moved_source (source_id)
        select u.source_id
        from updated as u
        where u.pos = spoint(radians(u.ra), radians(u.dec))
    )

    select count(*) into v_updated from updated as u;
    -- the lock of the data set leaves rows where they were read
    if v_updated <> (select count(distinct p.source_id) from pg_temp.resolved_pair as p) then
        raise exception 'image %: of the sources of its measurements, % were where they had been read', p_image_id, v_updated;
    end if;
end;
$$;
comment on function trap.update_positions is 'Adds an image''s associated measurements to the mean positions and shapes of their sources.';
