-- The accepted images as ivoa.obscore has them, with their footprints in types of pgSphere: ADQL is translated to it, by
-- trapdb/adql/views.py.
-- reads: trap_data.image, trap_data.dataset, trap_data.sky_region
create view ivoa.indexed_obscore as
select
    'image'::text as dataproduct_type,
    2 as calib_level,
    d.name as obs_collection,
    d.name || to_char(i.taken_at at time zone 'UTC', ' YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as obs_id,
    trap.image_did(i.image_id) as obs_publisher_did,
    case when i.path ~ '^https?://' then i.path end as access_url,
    case when i.path ~ '^https?://' and i.path ~* '\.fits$' then 'image/fits' end as access_format,
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
    r.polygon as footprint,
    scircle(spoint(radians(r.ra), radians(r.dec)), radians(r.radius)) as circle,
    r.circle as around
from trap_data.image as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
inner join trap_data.sky_region as r on i.dataset_id = r.dataset_id and i.sky_region_id = r.sky_region_id
cross join lateral (
    select (extract(epoch from i.taken_at) / 86400 + 40587)::double precision as mjd
) as taken
where i.status = 'accepted';
comment on view ivoa.indexed_obscore is
'The accepted images as ivoa.obscore has them, with their data sets, and their footprints for conditions that use the index.';
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
comment on column ivoa.indexed_obscore.footprint is 'The footprint where it is a polygon; NULL for a circle.';
comment on column ivoa.indexed_obscore.circle is 'The circle that it is, or that is about the polygon.';
comment on column ivoa.indexed_obscore.around is 'A circle about it that is a little larger, and indexed.';
