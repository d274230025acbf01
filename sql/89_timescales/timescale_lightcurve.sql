-- The light curve of a place over all timescales of a data set: of each, the points of the source that is nearest to it.
-- reads: trap.lightcurve, trap_data.image
-- writes: nothing
create function trap.timescale_lightcurve(
    p_dataset text, p_ra double precision, p_dec double precision, p_radius_arcsec double precision default 10
)
returns table (
    dataset text, factor integer, source_id bigint, taken_at timestamptz, duration double precision, freq_eff double precision,
    stokes text, kind text, peak_flux double precision, peak_flux_err double precision, int_flux double precision,
    int_flux_err double precision, snr double precision, usable boolean
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_of record;
    v_source_id bigint;
begin
    for v_of in select t.* from trap.timescales_of(p_dataset) as t loop
        select c.source_id into v_source_id
        from trap.cone(v_of.dataset, p_ra, p_dec, p_radius_arcsec / 3600) as c
        limit 1;
        return query
        select
            v_of.dataset, v_of.factor, c.source_id, c.taken_at, i.duration::double precision, c.freq_eff::double precision, c.stokes,
            c.kind::text, c.peak_flux::double precision, c.peak_flux_err::double precision, c.int_flux::double precision,
            c.int_flux_err::double precision, c.snr::double precision, c.usable
        from trap.lightcurve as c
        inner join trap_data.image as i on c.image_id = i.image_id
        where c.dataset_id = v_of.dataset_id and c.source_id = v_source_id
        order by c.taken_at, c.freq_eff, c.stokes, c.measurement_id;
    end loop;
end;
$$;
comment on function trap.timescale_lightcurve is
'Points at a place (p_ra, p_dec [deg], p_radius_arcsec [arcsec]) at every timescale of a data set, shortest first: factor (images in an '
'image [1]); start and duration [s] of the image; flux densities with errors [Jy/beam] [Jy]; snr [1].';
