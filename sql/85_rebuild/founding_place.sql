-- Where and when the sources of a data set were founded: a row for each sky region that covers the place.
-- reads: trap.curve_point, trap_data.measurement, trap_data.image, trap_data.sky_region
-- writes: nothing
create function trap.founding_place(p_dataset_id integer)
returns table (
    source_id bigint, ra double precision, "dec" double precision, taken_at timestamptz, band_id bigint,
    stokes trap_data.stokes_parameter, sky_region_id bigint
)
language sql stable
begin atomic
select a.source_id, m.ra, m.dec, i.taken_at, i.band_id, i.stokes, r.sky_region_id
from trap.curve_point as a
inner join trap_data.measurement as m on m.dataset_id = p_dataset_id and a.measurement_id = m.measurement_id
inner join trap_data.image as i on m.image_id = i.image_id
inner join trap_data.sky_region as r
    on r.dataset_id = p_dataset_id and r.circle @> spoint(radians(m.ra), radians(m.dec))
    -- as limit_new_sources has it: the image's own region covers what was found in it
    and (i.sky_region_id = r.sky_region_id or trap.region_covers(r.ra, r.dec, r.radius, r.polygon, m.ra, m.dec))
    and not trap.is_blank(r.ra, r.dec, r.blank_size, r.near_blank, m.ra, m.dec)
where a.dataset_id = p_dataset_id and not a.inherited and a.kind = 'new';
end;
comment on function trap.founding_place is
'Where the sources of a data set were founded, in deg, and when; a row for each sky region that covers the place.';
