-- The forced fits that an image has already within a tenth of a beam of some places, the nearest of each: where another data set has its
-- measurements, they need not be made anew.
-- reads: trap_data.image, trap_data.measurement
-- writes: nothing
create function trap.stored_forced(p_image_id bigint, p_ra double precision[], p_dec double precision[])
returns table (
    number integer, ra double precision, "dec" double precision, ra_err double precision, dec_err double precision,
    ra_fit_err double precision, dec_fit_err double precision, peak_flux double precision, peak_flux_err double precision,
    int_flux double precision, int_flux_err double precision, peak_flux_raw double precision, snr double precision,
    local_rms double precision, background double precision, major double precision, minor double precision, pa double precision,
    major_err double precision, minor_err double precision, pa_err double precision, deconvolved_major double precision,
    deconvolved_minor double precision, deconvolved_pa double precision, deconvolved_major_err double precision,
    deconvolved_minor_err double precision, deconvolved_pa_err double precision, chi2 double precision, x double precision,
    y double precision, island integer, flags integer, usable boolean
)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_near constant double precision := (select i.beam_major / 10 from trap_data.image as i where i.image_id = p_image_id);
begin
    return query
    select distinct on (p.number)
        p.number::integer, m.ra::double precision, m.dec::double precision, m.ra_err::double precision, m.dec_err::double precision,
        m.ra_fit_err::double precision, m.dec_fit_err::double precision, m.peak_flux::double precision, m.peak_flux_err::double precision,
        m.int_flux::double precision, m.int_flux_err::double precision, m.peak_flux_raw::double precision, m.snr::double precision,
        m.local_rms::double precision, m.background::double precision,
        m.major::double precision, m.minor::double precision, m.pa::double precision,
        m.major_err::double precision, m.minor_err::double precision, m.pa_err::double precision,
        m.deconvolved_major::double precision, m.deconvolved_minor::double precision, m.deconvolved_pa::double precision,
        m.deconvolved_major_err::double precision, m.deconvolved_minor_err::double precision, m.deconvolved_pa_err::double precision,
        m.chi2::double precision, m.x::double precision, m.y::double precision, coalesce(m.island, -1), m.flags::integer, m.usable
    from unnest(p_ra, p_dec) with ordinality as p (ra, dec, number)
    inner join trap_data.measurement as m
        on
            m.dataset_id = v_dataset_id and trap.is_in_image(m.measurement_id, p_image_id) and m.kind <> 'blind'
            and abs(m.dec - p.dec) < v_near
            and trap.angular_separation(p.ra, p.dec, m.ra, m.dec) < v_near
    order by p.number, trap.angular_separation(p.ra, p.dec, m.ra, m.dec), m.measurement_id;
end;
$$;
comment on function trap.stored_forced is
'The forced fits of an image within a tenth of its beam of places p_ra, p_dec [deg], the nearest of each, with its number, from 1; the '
'other columns are those of trap.measurement.';
