-- The only spatial join: which sources lie near enough to which measurements of the image.
-- The index is probed with a circle as large as either limit allows. No source has a larger error than the largest of any
-- measurement; with that error on the source's side, the de Ruiter limit is a limit of separation.
-- The circle is padded by what the indexed position may lag behind the mean (0.3 arcsec) and by pgSphere's own rounding (0.2 mas);
-- the limits themselves are then exact, so that the answer does not depend on the plan.
-- reads: pg_temp.detection, trap_data.source, trap_data.image, trap_data.dataset
-- writes: pg_temp.candidate_pair
create function trap.find_candidate_pairs(p_image_id bigint) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
-- one index probe a measurement: anything else reads the whole catalogue
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
    v_dataset_id constant integer := (p_image_id >> 24)::integer;
    v_separation_limit double precision;
    v_de_ruiter_limit double precision;
    v_err_max double precision;
begin
    select d.beam_limit * i.beam_major / 2, d.de_ruiter_limit, d.position_err_max
    into v_separation_limit, v_de_ruiter_limit, v_err_max
    from trap_data.image as i
    inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
    where i.image_id = p_image_id;

    truncate pg_temp.candidate_pair;
    insert into pg_temp.candidate_pair (measurement_id, source_id, de_ruiter_radius, separation)
    select near.measurement_id, near.source_id, near.de_ruiter_radius, near.separation
    from (
        select
            x.measurement_id, s.source_id, o.separation,
            trap.de_ruiter_radius(o.east, o.north, s.ra_err, s.dec_err, x.ra_err, x.dec_err) as de_ruiter_radius
        from pg_temp.detection as x
        inner join trap_data.source as s
            on s.dataset_id = v_dataset_id
            and s.pos <@ scircle(
                x.pos,
                radians(0.301 / 3600) + least(
                    radians(v_separation_limit),
                    2 * asin(least(1, radians(
                        v_de_ruiter_limit * sqrt(v_err_max * v_err_max + power(greatest(x.ra_err, x.dec_err), 2))
                    ) / 2))
                )
            )
        cross join lateral trap.tangent_offset(s.ra, s.dec, x.ra, x.dec) as o
        where not s.monitored
        offset 0
    ) as near
    where near.separation < v_separation_limit and near.de_ruiter_radius < v_de_ruiter_limit;
end;
$$;
comment on function trap.find_candidate_pairs is
'Finds the pairs of measurement and source within both the separation limit and the de Ruiter limit (both exclusive).';
