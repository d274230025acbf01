-- Points that take no part because the measurement is a blend: forced fits at the same sources replace them.
-- reads: trap_data.blended_point, trap_data.dataset
create view trap.blended_point as
select
    d.name as dataset, b.dataset_id, b.source_id, b.measurement_id, trap.image_of(b.measurement_id) as image_id, b.kind::text as kind,
    b.backfilled, b.known_image_id, b.blended_image_id, b.de_ruiter_radius, b.separation_arcsec
from trap_data.blended_point as b
inner join trap_data.dataset as d on b.dataset_id = d.dataset_id;
comment on view trap.blended_point is
'Points that take no part in light curves, because the measurement is a blend with a neighbour; forced fits replace them.';
comment on column trap.blended_point.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.blended_point.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.blended_point.source_id is 'Source. {meta.id;src principal indexed}';
comment on column trap.blended_point.measurement_id is 'Measurement. {meta.id;meta.main principal indexed}';
comment on column trap.blended_point.image_id is 'Its image. {meta.id;obs.image principal}';
comment on column trap.blended_point.kind is
'How it came, or would have come, to the source: new, one_to_one, many_to_one, fork or null_detection. {meta.code.class principal}';
comment on column trap.blended_point.backfilled is 'Whether it was measured after its own time step. {meta.code}';
comment on column trap.blended_point.known_image_id is
'The last image that had been taken when it was measured, or became a point. {meta.id;obs.image}';
comment on column trap.blended_point.blended_image_id is
'The last image that had been taken when it was known to be a blend: its own, or the one that showed the neighbour. {meta.id;obs.image}';
comment on column trap.blended_point.de_ruiter_radius is
'De Ruiter radius of the association at the time [1]. {pos.angDistance;arith.ratio}';
comment on column trap.blended_point.separation_arcsec is 'Separation from the source at the time [arcsec]. {pos.angDistance}';
