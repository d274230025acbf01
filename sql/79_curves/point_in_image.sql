-- The point that a source has in an image, as a row or packed: one at most. It costs the same however long the light curve is.
-- reads: trap_data.association, trap_data.curve_stretch
-- writes: nothing
create function trap.point_in_image(p_source_id bigint, p_image_id bigint)
returns table (measurement_id bigint, kind trap_data.association_kind, known_image_id bigint)
language sql stable parallel safe
begin atomic
select a.measurement_id, a.kind, a.known_image_id
from trap_data.association as a
where
    a.dataset_id = trap.dataset_of_source(p_source_id) and a.source_id = p_source_id
    and trap.is_in_image(a.measurement_id, p_image_id)
union all
select p.measurement_id, p.kind, p.known_image_id
from trap_data.curve_stretch as c
cross join lateral trap.packed_point(c) as p
where
    c.dataset_id = trap.dataset_of_source(p_source_id) and c.source_id = p_source_id
    and c.first_measurement_id < trap.measurement_id(p_image_id + 1, 0) and c.last_measurement_id >= trap.measurement_id(p_image_id, 0)
    and p.image_id = p_image_id;
end;
comment on function trap.point_in_image is 'The point that a source itself has in an image: measurement, how it came to the source, and the last image known then.';
