-- The images as ivoa.obscore_radio has them, with what tells them apart by numbers: ADQL is translated to it, by
-- trapdb/adql/views.py, so that a join with ivoa.obscore by identifiers is one by numbers, and passes the light curves over.
-- reads: trap_data.image, trap_data.dataset, trap_data.sky_region
create view ivoa.indexed_obscore_radio as
select
    trap.image_did(i.image_id) as obs_publisher_did,
    i.beam_minor * 3600 as s_resolution_min,
    i.beam_major * 3600 as s_resolution_max,
    2 * r.radius as s_fov_min,
    2 * r.radius as s_fov_max,
    i.bandwidth / 1000 as f_resolution,
    null::double precision as s_largest_angular_scale,
    null::double precision as s_largest_angular_scale_min,
    null::double precision as s_largest_angular_scale_max,
    null::double precision as uv_distance_min,
    null::double precision as uv_distance_max,
    null::double precision as uv_distribution_ecc,
    null::double precision as uv_distribution_fill,
    null::integer as instr_tel_number,
    null::double precision as instr_tel_min_dist,
    null::double precision as instr_tel_max_dist,
    null::double precision as instr_tel_diameter,
    null::integer as instr_feed,
    null::text as scan_mode,
    null::text as tracking_type,
    i.dataset_id,
    i.image_id as number,
    false as is_place
from trap_data.image as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
inner join trap_data.sky_region as r on i.dataset_id = r.dataset_id and i.sky_region_id = r.sky_region_id
where i.status = 'accepted' and d.tense <> 'injected';
comment on view ivoa.indexed_obscore_radio is 'The images as ivoa.obscore_radio has them, with the numbers by which they are joined.';
comment on column ivoa.indexed_obscore_radio.obs_publisher_did is 'As in ivoa.obscore_radio.';
comment on column ivoa.indexed_obscore_radio.s_resolution_min is 'As in ivoa.obscore_radio [arcsec].';
comment on column ivoa.indexed_obscore_radio.s_resolution_max is 'As in ivoa.obscore_radio [arcsec].';
comment on column ivoa.indexed_obscore_radio.s_fov_min is 'As in ivoa.obscore_radio [deg].';
comment on column ivoa.indexed_obscore_radio.s_fov_max is 'As in ivoa.obscore_radio [deg].';
comment on column ivoa.indexed_obscore_radio.f_resolution is 'As in ivoa.obscore_radio [kHz].';
comment on column ivoa.indexed_obscore_radio.s_largest_angular_scale is 'As in ivoa.obscore_radio [arcsec].';
comment on column ivoa.indexed_obscore_radio.s_largest_angular_scale_min is 'As in ivoa.obscore_radio [arcsec].';
comment on column ivoa.indexed_obscore_radio.s_largest_angular_scale_max is 'As in ivoa.obscore_radio [arcsec].';
comment on column ivoa.indexed_obscore_radio.uv_distance_min is 'As in ivoa.obscore_radio [m].';
comment on column ivoa.indexed_obscore_radio.uv_distance_max is 'As in ivoa.obscore_radio [m].';
comment on column ivoa.indexed_obscore_radio.uv_distribution_ecc is 'As in ivoa.obscore_radio [1].';
comment on column ivoa.indexed_obscore_radio.uv_distribution_fill is 'As in ivoa.obscore_radio [1].';
comment on column ivoa.indexed_obscore_radio.instr_tel_number is 'As in ivoa.obscore_radio.';
comment on column ivoa.indexed_obscore_radio.instr_tel_min_dist is 'As in ivoa.obscore_radio [m].';
comment on column ivoa.indexed_obscore_radio.instr_tel_max_dist is 'As in ivoa.obscore_radio [m].';
comment on column ivoa.indexed_obscore_radio.instr_tel_diameter is 'As in ivoa.obscore_radio [m].';
comment on column ivoa.indexed_obscore_radio.instr_feed is 'As in ivoa.obscore_radio.';
comment on column ivoa.indexed_obscore_radio.scan_mode is 'As in ivoa.obscore_radio.';
comment on column ivoa.indexed_obscore_radio.tracking_type is 'As in ivoa.obscore_radio.';
comment on column ivoa.indexed_obscore_radio.dataset_id is 'Data set.';
comment on column ivoa.indexed_obscore_radio.number is 'Image.';
comment on column ivoa.indexed_obscore_radio.is_place is 'False: it is no light curve.';
