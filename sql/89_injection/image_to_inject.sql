-- The accepted images of a data set, in the order of time, with what decides what is seen of a source in them.
-- reads: trap_data.image, trap_data.sky_region, trap_data.difference
-- writes: nothing
create function trap.image_to_inject(p_dataset text)
returns table (
    image_id bigint, path text, digest text, taken_at timestamptz, duration double precision, freq_eff double precision, stokes text,
    ra double precision, "dec" double precision, beam_major double precision, beam_minor double precision, beam_pa double precision,
    pixel_scale double precision, rms double precision, noise_correlation double precision, detection_threshold double precision,
    sky_region_id bigint, radius double precision, origin_image_id bigint, is_difference boolean
)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    return query
    select
        i.image_id, i.path, i.digest, i.taken_at, i.duration::double precision, i.freq_eff::double precision, i.stokes::text,
        i.ra::double precision, i.dec::double precision,
        i.beam_major::double precision, i.beam_minor::double precision, i.beam_pa::double precision, i.pixel_scale_x::double precision,
        i.rms_median::double precision, i.noise_correlation::double precision, i.detection_threshold::double precision,
        i.sky_region_id, r.radius, i.origin_image_id,
        exists (select from trap_data.difference as d where d.dataset_id = i.dataset_id and d.digest = i.digest)
    from trap_data.image as i
    inner join trap_data.sky_region as r on r.dataset_id = v_dataset_id and i.sky_region_id = r.sky_region_id
    where i.dataset_id = v_dataset_id and i.status = 'accepted' and i.rms_median > 0
    order by i.taken_at, i.freq_eff, position(i.stokes::text in 'IQUV'), i.image_id;
end;
$$;
comment on function trap.image_to_inject is
'The accepted images of a data set with a known noise, in the order of time: path, digest, start, duration [s], frequency [Hz]; centre, '
'beam, pixel and radius of the footprint [deg]; rms [Jy/beam], noise_correlation [beams] and detection_threshold [sigma].';
