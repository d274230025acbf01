-- Adds points, blind or forced, to the running fluxes of their sources in the band and Stokes parameter of the image.
-- reads: pg_temp.resolved_pair, pg_temp.detection, trap_data.image
-- writes: trap_data.source_flux
create function trap.update_fluxes(p_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_band_id bigint;
    v_stokes trap_data.stokes_parameter;
begin
    select i.band_id, i.stokes into v_band_id, v_stokes from trap_data.image as i where i.image_id = p_image_id;

    -- one point is a sample of its own, with nothing about its mean; two samples are merged
    insert into trap_data.source_flux as f (
        dataset_id, source_id, band_id, stokes, n, int_mean, int_m2, int_weight, int_weighted_mean, int_weighted_m2,
        peak_mean, peak_m2, peak_weight, peak_weighted_mean, peak_weighted_m2
    )
    select
        (p_image_id >> 24)::integer, p.source_id, v_band_id, v_stokes, 1,
        x.int_flux, 0, 1 / (x.int_flux_err * x.int_flux_err), x.int_flux, 0,
        x.peak_flux, 0, 1 / (x.peak_flux_err * x.peak_flux_err), x.peak_flux, 0
    from pg_temp.resolved_pair as p
    inner join pg_temp.detection as x on p.measurement_id = x.measurement_id
    on conflict (source_id, band_id, stokes, dataset_id) do update
    set
        n = f.n + excluded.n,
        int_mean = trap.merged_mean(f.n, f.int_mean, excluded.n, excluded.int_mean),
        int_m2 = trap.merged_m2(f.n, f.int_mean, f.int_m2, excluded.n, excluded.int_mean, excluded.int_m2),
        int_weight = f.int_weight + excluded.int_weight,
        int_weighted_mean = trap.merged_mean(
            f.int_weight, f.int_weighted_mean, excluded.int_weight, excluded.int_weighted_mean
        ),
        int_weighted_m2 = trap.merged_m2(
            f.int_weight, f.int_weighted_mean, f.int_weighted_m2,
            excluded.int_weight, excluded.int_weighted_mean, excluded.int_weighted_m2
        ),
        peak_mean = trap.merged_mean(f.n, f.peak_mean, excluded.n, excluded.peak_mean),
        peak_m2 = trap.merged_m2(f.n, f.peak_mean, f.peak_m2, excluded.n, excluded.peak_mean, excluded.peak_m2),
        peak_weight = f.peak_weight + excluded.peak_weight,
        peak_weighted_mean = trap.merged_mean(
            f.peak_weight, f.peak_weighted_mean, excluded.peak_weight, excluded.peak_weighted_mean
        ),
        peak_weighted_m2 = trap.merged_m2(
            f.peak_weight, f.peak_weighted_mean, f.peak_weighted_m2,
            excluded.peak_weight, excluded.peak_weighted_mean, excluded.peak_weighted_m2
        );
end;
$$;
comment on function trap.update_fluxes is 'Adds an image''s points, blind or forced, to the running fluxes of their sources.';
