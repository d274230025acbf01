-- The accepted images and the light curves as ivoa.obscore has them, with positions and footprints in types of pgSphere: ADQL is translated
-- to it, by trapdb/adql/views.py. Either half is left out of a query for the other one, and has an index of its own: of footprints for
-- images, of positions for light curves. What a light curve needs of its bands is looked up where it is asked for, and else not.
-- Data sets that are injected are left out: what is harvested from here is taken for the sky elsewhere, where no name of a data set warns.
-- reads: trap_data.image, trap_data.dataset, trap_data.sky_region, trap_data.source, trap_data.source_flux, trap_data.band
create view ivoa.indexed_obscore as
select
    'image'::text as dataproduct_type,
    2 as calib_level,
    d.name as obs_collection,
    d.name || to_char(i.taken_at at time zone 'UTC', ' YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as obs_id,
    trap.image_did(i.image_id) as obs_publisher_did,
    coalesce(trap.datalink_url(trap.image_did(i.image_id)), case when i.path ~ '^https?://' then i.path end) as access_url,
    case
        when trap.datalink_url('') is not null then 'application/x-votable+xml;content=datalink'
        when i.path ~ '^https?://' and i.path ~* '\.fits$' then 'image/fits'
    end as access_format,
    null::bigint as access_estsize,
    null::text as target_name,
    i.ra::double precision as s_ra,
    i.dec::double precision as s_dec,
    2 * r.radius as s_fov,
    trap.footprint_text(r.ra, r.dec, r.radius, r.vertex_ra, r.vertex_dec) as s_region,
    i.beam_major * 3600 as s_resolution,
    null::bigint as s_xel1,
    null::bigint as s_xel2,
    taken.mjd as t_min,
    taken.mjd + i.duration / 86400 as t_max,
    i.duration as t_exptime,
    null::double precision as t_resolution,
    1::bigint as t_xel,
    -- the speed of light over the upper edge of the band
    299792458 / (i.freq_eff + coalesce(i.bandwidth, 0) / 2) as em_min,
    case
        when coalesce(i.bandwidth, 0) < 2 * i.freq_eff then 299792458 / (i.freq_eff - coalesce(i.bandwidth, 0) / 2)
    end as em_max,
    i.freq_eff / nullif(i.bandwidth, 0) as em_res_power,
    1::bigint as em_xel,
    'phot.flux.density.sb;em.radio'::text as o_ucd,
    '/' || i.stokes || '/' as pol_states,
    1::bigint as pol_xel,
    i.telescope as facility_name,
    null::text as instrument_name,
    i.dataset_id,
    i.image_id as number,
    spoint(radians(i.ra), radians(i.dec)) as pos,
    r.polygon as footprint,
    scircle(spoint(radians(r.ra), radians(r.dec)), radians(r.radius)) as circle,
    r.circle as around,
    false as is_place
from trap_data.image as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
inner join trap_data.sky_region as r on i.dataset_id = r.dataset_id and i.sky_region_id = r.sky_region_id
cross join lateral (
    select (extract(epoch from i.taken_at) / 86400 + 40587)::double precision as mjd
) as taken
where i.status = 'accepted' and d.tense <> 'injected'
union all
select
    'timeseries'::text as dataproduct_type,
    4 as calib_level,
    d.name as obs_collection,
    d.name || ' ' || s.name as obs_id,
    trap.source_did(s.source_id) as obs_publisher_did,
    trap.datalink_url(trap.source_did(s.source_id)) as access_url,
    case when trap.datalink_url('') is not null then 'application/x-votable+xml;content=datalink' end as access_format,
    null::bigint as access_estsize,
    s.name as target_name,
    s.ra as s_ra,
    s.dec as s_dec,
    null::double precision as s_fov,
    concat_ws(' ', 'CIRCLE ICRS', s.ra, s.dec, 0) as s_region,
    null::double precision as s_resolution,
    null::bigint as s_xel1,
    null::bigint as s_xel2,
    (extract(epoch from s.first_seen) / 86400 + 40587)::double precision as t_min,
    (extract(epoch from s.last_seen) / 86400 + 40587)::double precision as t_max,
    null::double precision as t_exptime,
    null::double precision as t_resolution,
    (s.n_blind + s.n_forced)::bigint as t_xel,
    299792458 / (
        select max(b.freq_high)
        from trap_data.source_flux as f
        inner join trap_data.band as b on f.band_id = b.band_id
        where f.dataset_id = s.dataset_id and f.source_id = s.source_id
    ) as em_min,
    299792458 / (
        select nullif(greatest(min(b.freq_low), 0), 0)
        from trap_data.source_flux as f
        inner join trap_data.band as b on f.band_id = b.band_id
        where f.dataset_id = s.dataset_id and f.source_id = s.source_id
    ) as em_max,
    null::double precision as em_res_power,
    (
        select count(distinct f.band_id)
        from trap_data.source_flux as f
        where f.dataset_id = s.dataset_id and f.source_id = s.source_id
    ) as em_xel,
    'phot.flux.density;em.radio'::text as o_ucd,
    (
        select '/' || string_agg(distinct f.stokes::text, '/') || '/'
        from trap_data.source_flux as f
        where f.dataset_id = s.dataset_id and f.source_id = s.source_id
    ) as pol_states,
    (
        select count(distinct f.stokes)
        from trap_data.source_flux as f
        where f.dataset_id = s.dataset_id and f.source_id = s.source_id
    ) as pol_xel,
    (
        select i.telescope
        from trap_data.image as i
        where i.image_id = trap.image_of(s.source_id)
    ) as facility_name,
    null::text as instrument_name,
    s.dataset_id,
    s.source_id as number,
    s.pos,
    null::spoly as footprint,
    scircle(spoint(radians(s.ra), radians(s.dec)), 0) as circle,
    scircle(spoint(radians(s.ra), radians(s.dec)), 0) as around,
    true as is_place
from trap_data.source as s
inner join trap_data.dataset as d on s.dataset_id = d.dataset_id
where d.tense <> 'injected';
comment on view ivoa.indexed_obscore is
'Images and light curves as ivoa.obscore has them, with their data sets, positions and footprints for conditions that use the indexes.';
comment on column ivoa.indexed_obscore.dataproduct_type is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.calib_level is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.obs_collection is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.obs_id is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.obs_publisher_did is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.access_url is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.access_format is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.access_estsize is 'As in ivoa.obscore [kbyte].';
comment on column ivoa.indexed_obscore.target_name is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.s_ra is 'As in ivoa.obscore [deg].';
comment on column ivoa.indexed_obscore.s_dec is 'As in ivoa.obscore [deg].';
comment on column ivoa.indexed_obscore.s_fov is 'As in ivoa.obscore [deg].';
comment on column ivoa.indexed_obscore.s_region is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.s_resolution is 'As in ivoa.obscore [arcsec].';
comment on column ivoa.indexed_obscore.s_xel1 is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.s_xel2 is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.t_min is 'As in ivoa.obscore [d].';
comment on column ivoa.indexed_obscore.t_max is 'As in ivoa.obscore [d].';
comment on column ivoa.indexed_obscore.t_exptime is 'As in ivoa.obscore [s].';
comment on column ivoa.indexed_obscore.t_resolution is 'As in ivoa.obscore [s].';
comment on column ivoa.indexed_obscore.t_xel is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.em_min is 'As in ivoa.obscore [m].';
comment on column ivoa.indexed_obscore.em_max is 'As in ivoa.obscore [m].';
comment on column ivoa.indexed_obscore.em_res_power is 'As in ivoa.obscore [1].';
comment on column ivoa.indexed_obscore.em_xel is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.o_ucd is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.pol_states is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.pol_xel is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.facility_name is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.instrument_name is 'As in ivoa.obscore.';
comment on column ivoa.indexed_obscore.dataset_id is 'Data set.';
comment on column ivoa.indexed_obscore.number is 'Image, or source of the light curve.';
comment on column ivoa.indexed_obscore.pos is
'The position for conditions that use an index; of a light curve it may lag behind s_ra and s_dec by 3 arcsec.';
comment on column ivoa.indexed_obscore.footprint is 'The footprint where it is a polygon; NULL for a circle.';
comment on column ivoa.indexed_obscore.circle is 'The circle that it is, or that is about the polygon; of a light curve, its place.';
comment on column ivoa.indexed_obscore.around is 'A circle about it, indexed for images, for which it is a little larger.';
comment on column ivoa.indexed_obscore.is_place is
'Whether it is a light curve: its footprint is no more than a place, which the index of positions finds.';
