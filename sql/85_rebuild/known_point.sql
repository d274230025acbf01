-- The points of which the sums of sources are made: of all sources, or of some. With an image, only those that became known with it or
-- later: rows, since whoever asks for these has unpacked them (trap.unpack_points).
-- reads: trap.curve_point, trap_data.association
-- writes: nothing
create function trap.known_point(p_dataset_id integer, p_source_ids bigint[], p_known_image_id bigint)
returns table (source_id bigint, measurement_id bigint, backfilled boolean)
language sql stable parallel safe
begin atomic
select c.source_id, c.measurement_id, c.backfilled
from trap.curve_point as c
where p_known_image_id is null and c.dataset_id = p_dataset_id and (p_source_ids is null or c.source_id = any(p_source_ids))
union all
select a.source_id, a.measurement_id, a.backfilled
from trap_data.association as a
where
    a.known_image_id >= p_known_image_id and a.dataset_id = p_dataset_id
    and (p_source_ids is null or a.source_id = any(p_source_ids));
end;
comment on function trap.known_point is
'The points of which the sums of sources are made, of all sources of the data set if p_source_ids is NULL; with an image, those that are '
'rows and became known with it or later.';
