-- Recomputes all sums of some sources from their points, after points were removed. Whoever moved sources has them matched anew.
-- reads: nothing (but by way of trap.recomputed_source, trap.recomputed_flux and trap.recomputed_before)
-- writes: trap_data.source, trap_data.source_flux, trap_data.new_source
create function trap.restore_sources(p_dataset_id integer, p_source_ids bigint[]) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
begin
    update trap_data.source as s
    set
        -- a monitored position stays where it is
        ra = coalesce(mean.ra, old.ra), dec = coalesce(mean.dec, old.dec),
        ra_err = 1 / sqrt(nullif(r.weight_l, 0)), dec_err = 1 / sqrt(nullif(r.weight_m, 0)),
        pos = coalesce(spoint(radians(mean.ra), radians(mean.dec)), old.pos),
        weight_l = r.weight_l, weighted_l = r.weighted_l, weight_m = r.weight_m, weighted_m = r.weighted_m,
        n_blind = r.n_blind, n_forced = r.n_forced, forced_steps = r.forced_steps,
        last_forced_image_id = r.last_forced_image_id, first_seen = r.first_seen, last_seen = r.last_seen,
        last_blind_image_id = r.last_blind_image_id,
        shape_weight = r.shape_weight, shape_ll = r.shape_ll, shape_lm = r.shape_lm, shape_mm = r.shape_mm
    from trap.recomputed_source(p_dataset_id, p_source_ids) as r
    inner join trap_data.source as old on old.dataset_id = p_dataset_id and r.source_id = old.source_id
    cross join lateral trap.sky_position(
        old.reference_ra, old.reference_dec, r.weighted_l / nullif(r.weight_l, 0), r.weighted_m / nullif(r.weight_m, 0)
    ) as mean
    where s.dataset_id = p_dataset_id and s.source_id = r.source_id;
    delete from trap_data.source_flux as f where f.dataset_id = p_dataset_id and f.source_id = any(p_source_ids);
    insert into trap_data.source_flux
    select r.*
    from trap.recomputed_flux(p_dataset_id, p_source_ids) as r;
    update trap_data.new_source as n
    set before_n = r.n, before_weight = r.weight, before_flux = r.flux
    from trap.recomputed_before(p_dataset_id, p_source_ids) as r
    where n.source_id = r.source_id;
end;
$$;
comment on function trap.restore_sources is 'Recomputes the sums, positions and fluxes of sources from their points.';
