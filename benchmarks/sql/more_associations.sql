-- Each further measurement is a point of the source that was founded in the same row of the first image.
insert into trap_data.association (dataset_id, source_id, measurement_id, kind, known_image_id, backfilled)
select
    m.dataset_id, s.source_id, m.measurement_id,
    case when m.kind = 'blind' then 'one_to_one' else 'null_detection' end::trap_data.association_kind, trap.image_of(m.measurement_id), false
from trap_data.measurement as m
inner join trap_data.source as s
    on s.dataset_id = %(dataset_id)s and trap.row_of(s.source_id) = trap.row_of(m.measurement_id)
where m.dataset_id = %(dataset_id)s and m.measurement_id <> s.source_id;
