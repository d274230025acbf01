-- Measurements with lower ids are of images whose points an ingest leaves alone: those before the last images in which it may still
-- back-fill, or before the last sixteen.
-- reads: trap_data.dataset
-- writes: nothing
create function trap.settled_measurement_id(p_dataset_id integer) returns bigint
language sql stable parallel safe
begin atomic
select trap.measurement_id(
    trap.first_backfill_image(
        d.dataset_id, greatest(16, coalesce((d.configuration #>> '{null_detection,backfill}')::integer, 0))
    ), 0
)
from trap_data.dataset as d
where d.dataset_id = p_dataset_id;
end;
comment on function trap.settled_measurement_id is
'The id below which measurements are of images in which an ingest deletes no points any more.';
