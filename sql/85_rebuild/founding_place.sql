-- Where and when the sources of a data set were founded: a row for each sky region that covers the place.
-- Also of those whose first point was set aside since, as a blend with a neighbour that was found later: they stay where they were found.
-- reads: trap.curve_point, trap_data.blended_point, trap_data.measurement, trap_data.image, trap_data.sky_region
-- writes: nothing
create function trap.founding_place(p_dataset_id integer)
returns table (
    source_id bigint, ra double precision, "dec" double precision, taken_at timestamptz, band_id bigint,
    stokes trap_data.stokes_parameter, sky_region_id bigint
)
language sql stable parallel safe
begin atomic
select a.source_id, m.ra, m.dec, i.taken_at, i.band_id, i.stokes, r.sky_region_id
from (
    select p.source_id, p.measurement_id
    from trap.curve_point as p
    where p.dataset_id = p_dataset_id and not p.inherited and p.kind = 'new'
    union all
    select b.source_id, b.measurement_id
    from trap_data.blended_point as b
    where b.dataset_id = p_dataset_id and b.kind = 'new'
) as a
inner join trap_data.measurement as m on m.dataset_id = p_dataset_id and a.measurement_id = m.measurement_id
inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
inner join trap_data.sky_region as r
    on r.dataset_id = p_dataset_id and r.circle @> spoint(radians(m.ra), radians(m.dec))
    -- as limit_new_sources has it: the image's own region covers what was found in it
    and (i.sky_region_id = r.sky_region_id or trap.region_covers(r.ra, r.dec, r.radius, r.polygon, m.ra, m.dec))
    and not trap.is_blank(r.ra, r.dec, r.blank_size, r.near_blank, m.ra, m.dec);
end;
comment on function trap.founding_place is
'Where the sources of a data set were founded, in deg, and when; a row for each sky region that covers the place.';
