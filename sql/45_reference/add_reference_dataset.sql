-- Makes a reference catalogue of the sources of a data set: of a deep or stacked image, say, to compare others with. It is a copy: what
-- becomes of the data set later does not change it. The same content is recognised. Its coverage is that of the band's images, to
-- cells of 0.4 arcmin; its flux limit the one that holds everywhere there: of the sky regions the largest, of the images of a region
-- the smallest, of detection threshold times largest noise. Its beam is the largest.
-- reads: trap_data.dataset, trap_data.band, trap_data.image, trap_data.sky_region
-- writes: trap_data.reference_catalogue, trap_data.reference_source, trap_data.reference_density
create function trap.add_reference_dataset(p_dataset text, p_frequency double precision, p_name text, p_version text)
returns table (catalogue_id integer, is_new boolean, name text, version text)
language plpgsql volatile security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
-- what is digested is what is kept, to the last bit
set extra_float_digits = 1
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_band trap_data.band%rowtype;
    v_beam trap_data.image%rowtype;
    v_first timestamptz;
    v_last timestamptz;
    v_flux_limit double precision;
    v_coverage smoc;
    v_digest text;
begin
    -- what is copied is of one moment: time steps wait
    perform pg_advisory_xact_lock_shared(hashtext('trapdb data set'), v_dataset_id);
    select b.* into v_band from trap_data.band as b where b.band_id = trap.band_at(v_dataset_id, p_frequency);

    select i.* into v_beam
    from trap_data.image as i
    where i.dataset_id = v_dataset_id and i.band_id = v_band.band_id and i.stokes = 'I' and i.status = 'accepted'
    order by i.beam_major desc, i.image_id
    limit 1;
    with region as (
        select
            i.sky_region_id, min(i.detection_threshold * i.rms_max) as flux_limit, min(i.taken_at) as first_at,
            max(i.taken_at) as last_at
        from trap_data.image as i
        where i.dataset_id = v_dataset_id and i.band_id = v_band.band_id and i.stokes = 'I' and i.status = 'accepted'
        group by i.sky_region_id
    )

    select
        max(g.flux_limit), min(g.first_at), max(g.last_at),
        sum(case
            when r.polygon is null
                then smoc(13, scircle(spoint(radians(r.ra), radians(r.dec)), radians(r.radius)))
            else smoc(13, r.polygon)
        end)
    into v_flux_limit, v_first, v_last, v_coverage
    from region as g
    inner join trap_data.sky_region as r on g.sky_region_id = r.sky_region_id
    where r.dataset_id = v_dataset_id;

    select encode(sha256(coalesce(string_agg(sha256(convert_to(s::text, 'UTF8')), ''::bytea order by s.reference_id), '')), 'hex')
    into v_digest
    from trap.dataset_as_reference(v_dataset_id, v_band.band_id) as s;

    select b.catalogue_id, b.is_new, b.name, b.version into catalogue_id, is_new, name, version
    from trap.begin_reference_catalogue(
        p_name, p_version, null, v_digest, jsonb_build_object('dataset', p_dataset, 'band', v_band.freq_central),
        v_band.freq_central, nullif(v_band.freq_high - v_band.freq_low, 0), v_beam.beam_major, v_beam.beam_minor,
        trap.julian_year(v_first), trap.julian_year(v_last), v_flux_limit, null, null, null, null, format('data set %s of this archive', p_dataset)
    ) as b;
    if is_new then
        execute format(
            'insert into trap_data.%I (reference_id, designation, ra, dec, ra_err, dec_err, flux, flux_err, major, minor, pa, epoch) '
            'select s.* from trap.dataset_as_reference($1, $2) as s', format('reference_source_%s', catalogue_id)
        ) using v_dataset_id, v_band.band_id;
        update trap_data.reference_catalogue as c
        set dataset_id = v_dataset_id
        where c.catalogue_id = add_reference_dataset.catalogue_id;
        perform trap.finish_reference_catalogue(catalogue_id, v_coverage::text);
    end if;
    return next;
end;
$$;
comment on function trap.add_reference_dataset is
'Makes a reference catalogue of the sources that a data set has at a frequency [Hz], NULL: in its only band; returns its id, and whether it '
'is a new one: if not, name and version are those under which the same is there.';
